// What a request to the Responses API may hold, and what comes back.

import { z } from 'zod';
import { logprobs } from './chat-reply-schema.js';
import { closed, functionName, functionParameters, MOST } from './chat-schema.js';
import { whole } from './files-schema.js';
import { samplingFields, serviceFields } from './sampling-schema.js';

const ignored = z.unknown().optional();
const status = z.string().nullish();

const inputText = closed({
  type: z.enum(['input_text', 'output_text', 'text']),
  text: z.string(),
  annotations: ignored,
  logprobs: ignored,
});
const refusal = closed({ type: z.literal('refusal'), refusal: z.string() });
const inputImage = closed({
  type: z.literal('input_image'),
  image_url: z.string().min(1).nullish().describe('data: or http(s): URL'),
  file_id: z.string().nullish().describe('an image that was uploaded'),
  detail: z.string().nullish(),
});
const inputFile = closed({
  type: z.literal('input_file'),
  file_id: z.string().nullish(),
  file_data: z.string().nullish().describe('an image as a data: URL'),
  file_url: z.string().nullish(),
  filename: z.string().nullish(),
});
const parts = z.array(z.discriminatedUnion('type', [inputText, refusal, inputImage, inputFile])).max(MOST);

const message = closed({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), parts]),
  id: z.string().nullish(),
  status,
  phase: ignored,
});
const call = closed({
  type: z.literal('function_call'),
  id: z.string().nullish(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status,
});
const callOutput = closed({
  type: z.literal('function_call_output'),
  id: z.string().nullish(),
  call_id: z.string(),
  output: z.union([z.string(), parts]),
  status,
});
const reasoning = closed({
  type: z.literal('reasoning'),
  id: z.string().nullish(),
  summary: ignored,
  content: z.array(z.object({ type: z.string(), text: z.string() })).nullish(),
  encrypted_content: ignored,
  status,
});
const reference = closed({ type: z.literal('item_reference').nullish(), id: z.string() });

/** One item of an input. */
export const inputItem = z.union([message, call, callOutput, reasoning, reference]);
export type InputItem = z.infer<typeof inputItem>;
export type InputParts = z.infer<typeof parts>;

const tool = closed({
  type: z.literal('function', 'functions are the only tools of this server'),
  name: functionName,
  description: z.string().nullish(),
  parameters: functionParameters,
  strict: z.boolean().nullish(),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  closed({ type: z.literal('function'), name: z.string() }),
  closed({
    type: z.literal('allowed_tools'),
    mode: z.enum(['auto', 'required']),
    tools: z.array(closed({ type: z.literal('function'), name: z.string() })).min(1),
  }),
]);

const textFormat = z.discriminatedUnion('type', [
  closed({ type: z.literal('text') }),
  closed({ type: z.literal('json_object') }),
  closed({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().nullish(),
    schema: z.record(z.string(), z.unknown()),
    strict: z.boolean().nullish(),
  }),
]);

/** What OpenAI's API can add to a response. */
const INCLUDABLE = [
  'message.output_text.logprobs',
  'message.input_image.image_url',
  'reasoning.encrypted_content',
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
] as const;

/** Body of POST /v1/responses. */
export const responseRequest = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(inputItem).min(1).max(MOST)]),
  instructions: z.string().nullish().describe('a system message before the input'),
  previous_response_id: z.string().nullish().describe('a response of the same key that is still kept: its input and output come first'),
  store: z.boolean().nullish().describe('false: the response cannot be named by later requests'),
  ...samplingFields,
  max_output_tokens: z.int().min(1).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  include: z.array(z.enum(INCLUDABLE)).nullish().describe('message.output_text.logprobs adds log-probabilities; others add nothing'),
  text: closed({ format: textFormat.nullish(), verbosity: z.string().nullish() }).nullish(),
  tools: z
    .array(tool)
    .max(128)
    .refine((tools) => new Set(tools.map((t) => t.name)).size === tools.length, 'functions with different names')
    .nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish().describe('false: one call at most'),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_obfuscation: z.boolean().nullish() }).nullish(),
  truncation: z.literal('disabled', 'nothing is left out of a prompt that is too long').nullish(),
  background: z.literal(false, 'responses are not made in the background').nullish(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish().describe('an extension: more variables for the chat template'),
  ...serviceFields,
  reasoning: z.record(z.string(), z.unknown()).nullish(),
  max_tool_calls: z.int().nullish(),
});
export type ResponseRequest = z.infer<typeof responseRequest>;

const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.never()),
  logprobs: logprobs.shape.content.optional(),
});
const itemStatus = z.enum(['in_progress', 'completed', 'incomplete']);
const outputMessage = z.object({
  type: z.literal('message'),
  id: z.string(),
  role: z.literal('assistant'),
  status: itemStatus,
  content: z.array(outputText),
});
const outputCall = z.object({
  type: z.literal('function_call'),
  id: z.string(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: itemStatus,
});
const outputItem = z.discriminatedUnion('type', [outputMessage, outputCall]);
export type OutputMessage = z.infer<typeof outputMessage>;
export type OutputItem = z.infer<typeof outputItem>;

/** Answer of POST /v1/responses, and the `response` of its events. */
export const responseObject = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  background: z.literal(false),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.literal('max_output_tokens') }).nullable(),
  instructions: z.string().nullable(),
  max_output_tokens: z.int().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  model: z.string(),
  output: z.array(outputItem),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.string().nullable(),
  reasoning: z.object({ effort: z.null(), summary: z.null() }),
  store: z.boolean(),
  temperature: z.number(),
  text: z.object({ format: z.record(z.string(), z.unknown()), verbosity: z.string() }),
  tool_choice: z.union([z.string(), z.record(z.string(), z.unknown())]),
  tools: z.array(z.record(z.string(), z.unknown())),
  top_logprobs: z.int(),
  top_p: z.number(),
  truncation: z.literal('disabled'),
  user: z.string().nullable(),
  usage: z
    .object({
      input_tokens: z.int(),
      input_tokens_details: z.object({ cached_tokens: z.int(), cache_write_tokens: z.int() }),
      output_tokens: z.int(),
      output_tokens_details: z.object({ reasoning_tokens: z.int() }),
      total_tokens: z.int(),
    })
    .nullable(),
});
export type ResponseObject = z.infer<typeof responseObject>;

/** One event of a streamed answer. What else it holds depends on its type. */
export const responseEvent = z.looseObject({ type: z.string(), sequence_number: z.int() });

/** Answer of DELETE /v1/responses/{id}. */
export const responseDeleted = z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) });

/** Query of GET /v1/responses/{id}/input_items. */
export const inputItemsQuery = z.strictObject({
  limit: whole(1, 100).default(20),
  order: z.enum(['asc', 'desc']).default('desc').describe('desc: the last item first'),
  after: z.string().optional().describe('an id: only what comes after that item'),
  include: z.unknown().optional(),
  'include[]': z.unknown().optional(),
});

/** Answer of GET /v1/responses/{id}/input_items. */
export const responseInputItems = z.object({
  object: z.literal('list'),
  data: z.array(z.record(z.string(), z.unknown())),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
  has_more: z.boolean(),
});
