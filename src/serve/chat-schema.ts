// What a chat completion request may hold, and what comes back: zod schemas, from which the OpenAPI document is made.

import { z } from 'zod';

const detail = z.enum(['auto', 'low', 'high', 'original']);
const textPart = z.object({ type: z.literal('text'), text: z.string() });
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string().min(1).describe('data: or http(s): URL, or the id of a file'), detail: detail.nullish() }),
});
const videoPart = z.object({
  type: z.literal('video'),
  video: z.array(z.string().min(1)).min(1).max(768).describe('an extension: the frames of a video in order, each as in image_url'),
  fps: z.number().positive().max(1000).nullish().describe('how many of them are of one second; default 2'),
});
const audioPart = z.object({ type: z.literal('input_audio'), input_audio: z.object({ data: z.string(), format: z.string() }) });
const filePart = z.object({
  type: z.literal('file'),
  file: z.object({
    file_id: z.string().nullish().describe('an image that was uploaded'),
    file_data: z.string().nullish().describe('an image as a data: URL'),
    filename: z.string().nullish(),
  }),
});

/** Far beyond any conversation; what is longer only costs time to check. */
const MOST = 2048;
const texts = z.union([
  z.string(),
  z
    .array(z.discriminatedUnion('type', [textPart]))
    .min(1)
    .max(MOST),
]);
const name = z.string().nullish();

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

/** A message of a conversation. */
export const chatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: texts, name }),
  z.object({ role: z.literal('developer'), content: texts, name }),
  z.object({
    role: z.literal('user'),
    content: z.union([
      z.string(),
      z
        .array(z.discriminatedUnion('type', [textPart, imagePart, videoPart, audioPart, filePart]))
        .min(1)
        .max(MOST),
    ]),
    name,
  }),
  z.object({
    role: z.literal('assistant'),
    content: z
      .union([
        z.string(),
        z
          .array(z.discriminatedUnion('type', [textPart, refusalPart]))
          .min(1)
          .max(MOST),
      ])
      .nullish(),
    name,
    tool_calls: z.array(toolCall).min(1).nullish(),
    refusal: z.string().nullish(),
  }),
  z.object({ role: z.literal('tool'), content: texts, tool_call_id: z.string() }),
]);
export type RequestMessage = z.infer<typeof chatMessage>;

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().regex(/^[\w-]{1,64}$/, 'up to 64 letters, digits, _ and -'),
    description: z.string().nullish(),
    parameters: z
      .record(z.string(), z.unknown())
      .refine(({ type }) => type === undefined || type === 'object', "a JSON schema with type 'object'")
      .nullish(),
    strict: z.boolean().nullish(),
  }),
});

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().nullish(),
      schema: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

/** The most alternatives that `n` may ask for. */
export const MAX_CHOICES = 16;

/** Body of POST /v1/chat/completions. */
export const chatRequest = z.strictObject({
  model: z.string().min(1),
  messages: z.array(chatMessage).min(1).max(MOST),
  temperature: z.number().min(0).max(2).nullish().describe('0 takes the likeliest token; default 1'),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(1).nullish().describe('an extension: sample among the k likeliest tokens'),
  seed: z.int().nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
  n: z.int().min(1).max(MAX_CHOICES).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() }).nullish(),
  response_format: responseFormat.nullish(),
  tools: z
    .array(tool)
    .min(1)
    .max(128)
    .refine((tools) => new Set(tools.map((t) => t.function.name)).size === tools.length, 'functions with different names')
    .nullish(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) })])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish().describe('false: one call at most'),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d+$/, 'token ids'), z.number().min(-100).max(100))
    .refine((biases) => Object.keys(biases).length <= 300, 'at most 300 tokens')
    .nullish(),
  modalities: z.array(z.literal('text', 'only text comes out of this model')).nullish(),
  // Taken and without effect: they steer the service around a model, not the reply.
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.string().nullish(),
  reasoning_effort: z.string().nullish(),
  verbosity: z.string().nullish(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

const tokenLogprob = z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() });
const logprobs = z.object({ content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob) })), refusal: z.null() });
export type TokenLogprob = z.infer<typeof tokenLogprob>;
export type Logprobs = z.infer<typeof logprobs>;

const finishReason = z.enum(['stop', 'length', 'tool_calls']);
export type FinishReason = z.infer<typeof finishReason>;

const usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });
export type Usage = z.infer<typeof usage>;

const head = { id: z.string(), created: z.int(), model: z.string(), system_fingerprint: z.string() };

/** Answer of POST /v1/chat/completions without streaming. */
export const chatCompletion = z.object({
  ...head,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.null(),
        tool_calls: z.array(toolCall).optional(),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage,
});
export type ChatCompletion = z.infer<typeof chatCompletion>;

/** One event of a streamed answer. */
export const chatChunk = z.object({
  ...head,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({
        role: z.literal('assistant').optional(),
        content: z.string().optional(),
        tool_calls: z.array(toolCall.extend({ index: z.int() })).optional(),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullable().optional(),
});
export type ChatChunk = z.infer<typeof chatChunk>;
