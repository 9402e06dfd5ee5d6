// The other requests and answers of the API: models, embeddings, health, errors.

import { z } from 'zod';

/** Whether a model is in memory. */
const modelState = z.enum(['loaded', 'loading', 'unloaded', 'failed']);

/** A model in GET /v1/models. What comes after `owned_by` is an extension. */
export const modelCard = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  root: z.string().optional().describe('the base of an adapter; of a base itself'),
  parent: z.string().nullable().optional().describe('the base of an adapter'),
  context_length: z.int().optional().describe('tokens of prompt and reply together; of an encoder-decoder, of the prompt'),
  max_model_len: z.int().optional().describe("the same in vLLM's words"),
  input_modalities: z
    .array(z.enum(['text', 'image', 'video', 'audio']))
    .optional()
    .describe('like what follows, absent until the model was loaded once'),
  output_modalities: z.array(z.enum(['text', 'image', 'embedding'])).optional(),
  capabilities: z
    .object({
      tools: z.boolean(),
      json_schema: z.boolean(),
      regions: z.boolean().optional().describe('images can be pointed into'),
      masks: z.boolean().optional().describe('replies mean masks'),
    })
    .optional(),
  alias_of: z.string().optional().describe('the model that this is another name of'),
  state: modelState.describe('models are loaded when they are asked for'),
});

/** Answer of GET /v1/models. */
export const modelList = z.object({ object: z.literal('list'), data: z.array(modelCard) });

const textItem = z.object({ type: z.literal('text'), text: z.string().min(1) });
const imageItem = z.object({ type: z.literal('image_url'), image_url: z.object({ url: z.string().min(1) }) });
const ids = z.array(z.int().min(0)).min(1).max(65_536);
const item = z.union([z.string().min(1), ids, z.discriminatedUnion('type', [textItem, imageItem])]);

/** The most inputs of one embeddings request. */
export const MAX_INPUTS = 256;

/** Body of POST /v1/embeddings. Images are an extension: parts as in chat messages. */
export const embeddingsRequest = z.strictObject({
  model: z.string().min(1),
  input: z
    .union([z.string().min(1), ids, z.array(item).min(1).max(MAX_INPUTS)])
    .describe("texts, ids of the model's own tokens, and images as image_url parts"),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish().describe('only the width of the model'),
  user: z.string().nullish(),
});

/** Answer of POST /v1/embeddings. */
export const embeddingsResponse = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z.array(
    z.object({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string().describe('base64 of little-endian float32')]),
    }),
  ),
  usage: z.object({ prompt_tokens: z.int(), total_tokens: z.int() }),
});

/** Answer of GET /health. */
export const health = z.object({
  status: z.enum(['ok', 'draining']),
  model: z.string(),
  running: z.int(),
  queued: z.int(),
  slots: z.int(),
  models: z.array(z.object({ id: z.string(), state: modelState })),
  version: z.string(),
});

/** Answer of GET /version. */
export const version = z.object({ version: z.string() });

/** Answer of GET /ready. */
export const readiness = z.object({ status: z.enum(['ready', 'busy']), reason: z.string().optional() });

/** Every error. */
export const errorBody = z.object({
  error: z.object({ message: z.string(), type: z.string(), param: z.string().nullable(), code: z.string().nullable() }),
});
