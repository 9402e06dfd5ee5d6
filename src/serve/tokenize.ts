// POST /tokenize and /detokenize, as vLLM has them: the ids that a prompt or a conversation would be, and the text of ids.

import type { Context } from 'hono';
import { z } from 'zod';
import { chosenModel } from './catalog.js';
import { chatRequest } from './chat-schema.js';
import type { AppEnv, ServerContext } from './context.js';
import type { Engine } from './engine.js';
import { ApiError, badRequest } from './errors.js';
import { ownerOf } from './files-api.js';
import { openMessages } from './messages.js';
import { readJson } from './request.js';
import { sendJson } from './write-json.js';

/** Ids of one request. */
const MOST_IDS = 131_072;
const { messages, tools, chat_template_kwargs, continue_final_message } = chatRequest.shape;

/** Body of POST /tokenize: a `prompt`, or `messages`. */
export const tokenizeRequest = z.strictObject({
  model: z.string().min(1),
  prompt: z.string().nullish(),
  add_special_tokens: z.boolean().nullish().describe('of a prompt: what the tokenizer puts around texts; default true'),
  messages: messages.nullish().describe('without images'),
  tools,
  chat_template_kwargs,
  continue_final_message,
  add_generation_prompt: chatRequest.shape.add_generation_prompt,
  return_token_strs: z.boolean().nullish(),
});

/** Answer of POST /tokenize. */
export const tokenizeAnswer = z.object({
  count: z.int(),
  max_model_len: z.int(),
  tokens: z.array(z.int()),
  token_strs: z.array(z.string()).nullable(),
});

/** Body of POST /detokenize. */
export const detokenizeRequest = z.strictObject({ model: z.string().min(1), tokens: z.array(z.int().min(0)).max(MOST_IDS) });

/** Answer of POST /detokenize. */
export const detokenizeAnswer = z.object({ prompt: z.string() });

/** Answers POST /tokenize. */
export async function tokenize(c: Context<AppEnv>, server: ServerContext): Promise<Response> {
  const request = await readJson(c, tokenizeRequest);
  const { engine } = await chosenModel(c, server, request.model);
  const { prompt } = request;
  const isText = typeof prompt === 'string';
  if (isText === Boolean(request.messages))
    throw badRequest('Either prompt or messages', isText ? 'messages' : 'prompt', { code: 'invalid_value' });
  const opened = await openMessages(request.messages ?? [], {
    maxImages: 0,
    images: false,
    sources: { remote: undefined, files: undefined, owner: ownerOf(c) },
    signal: c.get('signal'),
  });
  const tokens = await tokenizerOf(engine).encode({
    messages: opened.messages,
    prompt: isText ? prompt : undefined,
    bare: request.add_special_tokens === false,
    tools: request.tools ?? undefined,
    variables: request.chat_template_kwargs ?? undefined,
    continueFinalMessage: request.continue_final_message ?? undefined,
    signal: c.get('signal'),
  });
  return await sendJson(c, {
    count: tokens.length,
    max_model_len: engine.contextLength,
    tokens: [...tokens],
    token_strs: request.return_token_strs ? tokens.map((id) => tokenizerOf(engine).decode([id])) : null,
  } satisfies z.infer<typeof tokenizeAnswer>);
}

/** Answers POST /detokenize. */
export async function detokenize(c: Context<AppEnv>, server: ServerContext): Promise<Response> {
  const request = await readJson(c, detokenizeRequest);
  const { engine } = await chosenModel(c, server, request.model);
  return c.json({ prompt: tokenizerOf(engine).decode(request.tokens) } satisfies z.infer<typeof detokenizeAnswer>);
}

function tokenizerOf({ tokenizer }: Engine): NonNullable<Engine['tokenizer']> {
  if (tokenizer) return tokenizer;
  throw new ApiError(404, 'The engine of this model does not tell tokens', { code: 'unknown_url' });
}
