// The OpenAPI document, made from the schemas that requests are checked with.

import { z } from 'zod';
import { packageVersion } from '../util/package.js';
import { chatChunk, chatCompletion } from './chat-reply-schema.js';
import { chatRequest } from './chat-schema.js';
import { completionAnswer, completionRequest } from './completions-schema.js';
import { fileDeleted, fileList, fileListQuery, fileObject, fileUpload } from './files-schema.js';
import {
  inputItemsQuery,
  responseDeleted,
  responseEvent,
  responseInputItems,
  responseObject,
  responseRequest,
} from './responses-schema.js';
import { embeddingsRequest, embeddingsResponse, errorBody, health, modelCard, modelList, readiness, version } from './schema.js';
import { detokenizeAnswer, detokenizeRequest, tokenizeAnswer, tokenizeRequest } from './tokenize-schema.js';
import { transcriptEvent, transcription, transcriptionForm, translationForm, verboseTranscription } from './transcriptions-schema.js';

type Json = Record<string, unknown>;

/** An operation for everybody. */
const OPEN = { security: [] };

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
  TokenizeRequest: [tokenizeRequest, 'input'],
  Tokens: [tokenizeAnswer, 'output'],
  DetokenizeRequest: [detokenizeRequest, 'input'],
  Detokenized: [detokenizeAnswer, 'output'],
  TranscriptionForm: [transcriptionForm, 'input'],
  TranslationForm: [translationForm, 'input'],
  Transcription: [transcription, 'output'],
  VerboseTranscription: [verboseTranscription, 'output'],
  TranscriptEvent: [transcriptEvent, 'output'],
  Version: [version, 'output'],
  Health: [health, 'output'],
  Readiness: [readiness, 'output'],
  Error: [errorBody, 'output'],
} as const satisfies Record<string, readonly [z.ZodType, 'input' | 'output']>;

const ref = (name: keyof typeof SCHEMAS): Json => ({ schema: { $ref: `#/components/schemas/${name}` } });
const json = (name: keyof typeof SCHEMAS): Json => ({ 'application/json': ref(name) });

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request cannot be met as it stands',
  401: 'No or a wrong API key',
  403: 'Without keys: a Host or an Origin that is not allowed',
  404: 'No such model, file or response',
  405: 'The path has other methods; see Allow',
  408: 'The request came too slowly',
  413: 'The body or the file is too large',
  415: 'The body is not of the type that is expected',
  429: 'Queue full or rate limit reached; see Retry-After',
  431: 'The headers are too large',
  500: 'Unexpected error',
  503: 'Shutting down, or out of memory for bodies; see Retry-After',
};

/** What any request may be told, and what one with a body may be told besides. */
const ALWAYS = [400, 403, 405, 408, 431, 500] as const;
const WITH_BODY = [404, 413, 415, 503] as const;

function errors(statuses: readonly number[]): Json {
  const all = [...new Set([...ALWAYS, ...statuses])].sort((a, b) => a - b);
  return Object.fromEntries(all.map((s) => [String(s), { description: MEANINGS[s], content: json('Error') }]));
}

/** `POST /v1/chat/completions` is `postChatCompletions`, `GET /v1/files/{file_id}` is `getFilesByFileId`. */
function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/v1\//, '/')
    .replaceAll('{', 'by_')
    .split(/[^A-Za-z0-9]+/);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** An OpenAPI 3.1 document of the server. */
export function openApiDocument(options: { keys: boolean; embeddings: boolean; audio: boolean; files: boolean }): Json {
  const schemas = Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, [schema, io]]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io, override: ({ jsonSchema }) => withoutChoiceOfOne(jsonSchema) }) as Json;
      return [name, rest];
    }),
  );
  const post = (summary: string, request: keyof typeof SCHEMAS, content: Json): Json => ({
    summary,
    requestBody: { required: true, content: json(request) },
    responses: { '200': { description: 'OK', content }, ...errors([401, ...WITH_BODY, 429]) },
  });
  const get = (summary: string, content: Json, ...failures: number[]): Json => ({
    summary,
    responses: { '200': { description: 'OK', content }, ...errors(failures) },
  });
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
    '/v1/models': { get: get('Models that are served', json('ModelList'), 401, 429) },
    '/v1/models/{model}': {
      get: {
        ...get('One model', json('Model'), 401, 404, 429),
        parameters: [{ name: 'model', in: 'path', required: true, schema: { type: 'string' } }],
      },
    },
    '/tokenize': { post: post('The ids of a prompt or a conversation', 'TokenizeRequest', json('Tokens')) },
    '/detokenize': { post: post('The text of ids', 'DetokenizeRequest', json('Detokenized')) },
    '/version': { get: { ...get('The version of the server', json('Version')), ...OPEN } },
    '/health': { get: { ...get('Whether the server lives; 503 while it shuts down', json('Health')), ...OPEN } },
    '/ready': { get: { ...get('Whether new work would be taken; 503 with the reason if not', json('Readiness')), ...OPEN } },
    '/metrics': { get: get('Numbers for Prometheus', { 'text/plain': { schema: { type: 'string' } } }, 401, 429) },
    '/openapi.json': { get: { ...get('This document', { 'application/json': { schema: { type: 'object' } } }), ...OPEN } },
  };
  for (const [path, name] of [
    ['/health', 'Health'],
    ['/ready', 'Readiness'],
  ] as const) {
    const { get: operation } = paths[path] as { get: { responses: Json } };
    operation.responses['503'] = { description: 'Not now', content: json(name) };
  }
  if (options.embeddings)
    paths['/v1/embeddings'] = { post: post('Texts and images as unit vectors', 'EmbeddingsRequest', json('Embeddings')) };
  if (options.audio) Object.assign(paths, audioPaths(get));
  if (options.files) Object.assign(paths, filePaths(get));
  for (const [path, operations] of Object.entries(paths) as [string, Record<string, Json>][])
    for (const [method, operation] of Object.entries(operations)) operation.operationId = operationId(method, path);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sensorium',
      version: packageVersion(),
      description: 'Multimodal language models behind the OpenAI API',
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas, ...(options.keys ? { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } : {}) },
    security: options.keys ? [{ key: [] }] : [],
  };
}

/** A choice of one is that one. */
function withoutChoiceOfOne(schema: { oneOf?: unknown[] }): void {
  const { oneOf } = schema;
  if (oneOf?.length !== 1) return;
  delete schema.oneOf;
  Object.assign(schema, oneOf[0]);
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' }) as { properties?: Json };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

/** The paths of /v1/audio. */
function audioPaths(get: (summary: string, content: Json, ...failures: number[]) => Json): Json {
  const text = { schema: { type: 'string' } };
  const spoken = { 'text/plain': text, 'application/x-subrip': text, 'text/vtt': text };
  const whole = { schema: { anyOf: [ref('Transcription').schema, ref('VerboseTranscription').schema] } };
  const post = (summary: string, form: 'TranscriptionForm' | 'TranslationForm', events: Json): Json => ({
    post: {
      ...get(summary, { 'application/json': whole, ...spoken, ...events }, 401, ...WITH_BODY, 429),
      requestBody: { required: true, content: { 'multipart/form-data': ref(form) } },
    },
  });
  return {
    '/v1/audio/transcriptions': post('What is said in a sound file', 'TranscriptionForm', { 'text/event-stream': ref('TranscriptEvent') }),
    '/v1/audio/translations': post('What is said in a sound file, in English', 'TranslationForm', {}),
  };
}

/** The paths of /v1/files; `get` describes an operation without a body. */
function filePaths(get: (summary: string, content: Json, ...failures: number[]) => Json): Json {
  const id = { name: 'file_id', in: 'path', required: true, schema: { type: 'string' } };
  return {
    '/v1/files': {
      post: {
        ...get('Keep an image, to be named by its id in messages of the same key', json('File'), 401, ...WITH_BODY, 429),
        requestBody: { required: true, content: { 'multipart/form-data': ref('FileUpload') } },
      },
      get: {
        ...get('Files of this key', json('FileList'), 401, 429),
        parameters: queryParameters(fileListQuery),
      },
    },
    '/v1/files/{file_id}': {
      get: { ...get('What is known of a file', json('File'), 401, 404, 429), parameters: [id] },
      delete: { ...get('Forget a file', json('FileDeleted'), 401, 404, 429), parameters: [id] },
    },
    '/v1/files/{file_id}/content': {
      get: {
        ...get('The bytes of a file', { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }, 401, 404, 429),
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
      get: {
        ...get('Items that a response answers', json('ResponseInputItems'), 401, 404),
        parameters: [...parameters, ...queryParameters(inputItemsQuery)],
      },
    },
  };
}
