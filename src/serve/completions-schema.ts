// What a request to continue a prompt may hold, and what comes back.

import { z } from 'zod';
import { usage } from './chat-reply-schema.js';
import { MAX_CHOICES } from './chat-schema.js';
import { samplingFields, serviceFields } from './sampling-schema.js';

/** The most prompts of one request. */
const MAX_PROMPTS = 128;
const ids = z.array(z.int().min(0)).min(1);

/** Body of POST /v1/completions. */
export const completionRequest = z.strictObject({
  model: z.string().min(1),
  prompt: z
    .union([z.string(), ids, z.array(z.string()).min(1).max(MAX_PROMPTS), z.array(ids).min(1).max(MAX_PROMPTS)])
    .describe('a text or token ids, or several of them; special tokens in a text are read as such'),
  ...samplingFields,
  n: z.int().min(1).max(MAX_CHOICES).nullish().describe('continuations of each prompt'),
  best_of: z.int().min(1).nullish().describe('only as many as n'),
  max_tokens: z
    .int()
    .min(-1)
    .transform((limit) => (limit === -1 ? Number.MAX_SAFE_INTEGER : limit))
    .nullish()
    .describe('default 16; -1 for as many as fit; 0 with echo'),
  logprobs: z.int().min(0).max(20).nullish().describe('log-probabilities of the tokens, with so many of the likeliest'),
  echo: z.boolean().nullish().describe('the text begins with the prompt, and so do log-probabilities'),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() }).nullish(),
  suffix: z.literal('').nullish().describe('no model here fills in the middle'),
  ...serviceFields,
});
export type CompletionRequest = z.infer<typeof completionRequest>;

const completionLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()).describe('of the first token of a prompt null'),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).nullable(),
  text_offset: z.array(z.int()),
});
export type CompletionLogprobs = z.infer<typeof completionLogprobs>;

/** Answer of POST /v1/completions, and each event of a streamed one. */
export const completionAnswer = z.object({
  id: z.string(),
  created: z.int(),
  model: z.string(),
  system_fingerprint: z.string(),
  object: z.literal('text_completion'),
  choices: z.array(
    z.object({
      index: z.int(),
      text: z.string(),
      logprobs: completionLogprobs.nullable(),
      finish_reason: z.enum(['stop', 'length']).nullable(),
    }),
  ),
  usage: usage.nullable().optional(),
});
export type CompletionAnswer = z.infer<typeof completionAnswer>;
