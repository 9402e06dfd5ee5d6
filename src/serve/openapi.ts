// The OpenAPI document, made from the schemas that requests are checked with.

import { z } from 'zod';
import { packageVersion } from '../util/package.js';
import { chatChunk, chatCompletion, chatRequest } from './chat-schema.js';
import { completionAnswer, completionRequest } from './completions-schema.js';
import { fileDeleted, fileList, fileListQuery, fileObject, fileUpload } from './files-schema.js';
import { responseDeleted, responseEvent, responseInputItems, responseObject, responseRequest } from './responses-schema.js';
import { embeddingsRequest, embeddingsResponse, errorBody, health, modelCard, modelList } from './schema.js';

type Json = Record<string, unknown>;

const SCHEMAS = {
  ChatCompletionRequest: [chatRequest, 'input'],
  ChatCompletion: [chatCompletion, 'output'],
  ChatCompletionChunk: [chatChunk, 'output'],
  CompletionRequest: [completionRequest, 'input'],
  Completion: [completionAnswer, 'output'],
  ResponseRequest: [responseRequest, 'input'],
  Response: [responseObject, 'output'],
  ResponseEvent: [responseEvent, 'output'],
  ResponseInputItems: [responseInputItems, 'output'],
  ResponseDeleted: [responseDeleted, 'output'],
  EmbeddingsRequest: [embeddingsRequest, 'input'],
  Embeddings: [embeddingsResponse, 'output'],
  Model: [modelCard, 'output'],
  ModelList: [modelList, 'output'],
  FileUpload: [fileUpload, 'input'],
  File: [fileObject, 'output'],
  FileList: [fileList, 'output'],
  FileDeleted: [fileDeleted, 'output'],
  Health: [health, 'output'],
  Error: [errorBody, 'output'],
} as const satisfies Record<string, readonly [z.ZodType, 'input' | 'output']>;

const ref = (name: keyof typeof SCHEMAS): Json => ({ schema: { $ref: `#/components/schemas/${name}` } });
const json = (name: keyof typeof SCHEMAS): Json => ({ 'application/json': ref(name) });

function errors(...statuses: number[]): Json {
  const meaning: Record<number, string> = {
    400: 'The request cannot be met as it stands',
    401: 'No or a wrong API key',
    404: 'No such model, file or response',
    413: 'The body or the file is too large',
    415: 'The body is not of the type that is expected',
    429: 'Queue full or rate limit reached; see Retry-After',
    500: 'Unexpected error',
    503: 'Shutting down',
  };
  return Object.fromEntries(statuses.map((s) => [String(s), { description: meaning[s], content: json('Error') }]));
}

/** An OpenAPI 3.1 document of the server. */
export function openApiDocument(options: { keys: boolean; embeddings: boolean; files: boolean }): Json {
  const schemas = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, [schema, io]]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io }) as Json;
      return [name, rest];
    }),
  );
  const post = (summary: string, request: keyof typeof SCHEMAS, content: Json): Json => ({
    summary,
    requestBody: { required: true, content: json(request) },
    responses: { '200': { description: 'OK', content }, ...errors(400, 401, 404, 413, 415, 429, 500, 503) },
  });
  const get = (summary: string, content: Json, ...failures: number[]): Json => ({
    summary,
    responses: { '200': { description: 'OK', content }, ...errors(...failures) },
  });
  const open = { security: [] };
  const paths: Json = {
    '/v1/chat/completions': {
      post: post('Answer a conversation with images', 'ChatCompletionRequest', {
        ...json('ChatCompletion'),
        'text/event-stream': { ...ref('ChatCompletionChunk') },
      }),
    },
    '/v1/completions': {
      post: post('Continue prompts', 'CompletionRequest', { ...json('Completion'), 'text/event-stream': { ...ref('Completion') } }),
    },
    '/v1/responses': {
      post: post('Answer a conversation of items', 'ResponseRequest', {
        ...json('Response'),
        'text/event-stream': { ...ref('ResponseEvent') },
      }),
    },
    ...responsePaths(get),
    '/v1/models': { get: get('Models that are served', json('ModelList'), 401) },
    '/v1/models/{model}': {
      get: {
        ...get('One model', json('Model'), 401, 404),
        parameters: [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }],
      },
    },
    '/health': { get: { ...get('Whether the server answers; 503 while it shuts down', json('Health'), 503), ...open } },
    '/metrics': { get: get('Numbers for Prometheus', { 'text/plain': { schema: { type: 'string' } } }, 401) },
    '/openapi.json': { get: { ...get('This document', { 'application/json': { schema: { type: 'object' } } }), ...open } },
  };
  if (options.embeddings)
    paths['/v1/embeddings'] = { post: post('Texts and images as unit vectors', 'EmbeddingsRequest', json('Embeddings')) };
  if (options.files) Object.assign(paths, filePaths(get));
  return {
    openapi: '3.1.0',
    info: { title: 'Sensorium', version: packageVersion(), description: 'Multimodal language models behind the OpenAI API' },
    paths,
    components: { schemas, ...(options.keys ? { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } : {}) },
    ...(options.keys ? { security: [{ key: [] }] } : {}),
  };
}

/** The paths of /v1/files; `get` describes an operation without a body. */
function filePaths(get: (summary: string, content: Json, ...failures: number[]) => Json): Json {
  const id = { name: 'file_id', in: 'path', required: true, schema: { type: 'string' } };
  const { properties = {} } = z.toJSONSchema(fileListQuery, { io: 'input' }) as { properties?: Json };
  return {
    '/v1/files': {
      post: {
        ...get('Keep an image, to be named by its id in messages of the same key', json('File'), 400, 401, 413, 415, 429, 503),
        requestBody: { required: true, content: { 'multipart/form-data': ref('FileUpload') } },
      },
      get: {
        ...get('Files of this key', json('FileList'), 400, 401),
        parameters: Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema })),
      },
    },
    '/v1/files/{file_id}': {
      get: { ...get('What is known of a file', json('File'), 401, 404), parameters: [id] },
      delete: { ...get('Forget a file', json('FileDeleted'), 401, 404), parameters: [id] },
    },
    '/v1/files/{file_id}/content': {
      get: {
        ...get('The bytes of a file', { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }, 401, 404),
        parameters: [id],
      },
    },
  };
}

/** The paths of responses that are kept. */
function responsePaths(get: (summary: string, content: Json, ...failures: number[]) => Json): Json {
  const parameters = [{ name: 'response_id', in: 'path', required: true, schema: { type: 'string' } }];
  return {
    '/v1/responses/{response_id}': {
      get: { ...get('A response that is kept', json('Response'), 401, 404), parameters },
      delete: { ...get('Forget a response', json('ResponseDeleted'), 401, 404), parameters },
    },
    '/v1/responses/{response_id}/input_items': {
      get: { ...get('Items that a response answers', json('ResponseInputItems'), 401, 404), parameters },
    },
  };
}
