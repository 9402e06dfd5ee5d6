// What comes back of a chat completion, whole or as events: zod schemas, from which the OpenAPI document is made.

import { z } from 'zod';
import { CLAIM_TYPES } from '../trust/claim.js';
import { toolCall } from './chat-schema.js';

/** A token with its log-probability. */
export const tokenLogprob = z.object({ token: z.string(), logprob: z.number(), bytes: z.array(z.int()).nullable() });
/** Log-probabilities of a reply. */
export const logprobs = z.object({ content: z.array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob) })), refusal: z.null() });
export type TokenLogprob = z.infer<typeof tokenLogprob>;
export type Logprobs = z.infer<typeof logprobs>;

/** Something that a reply says of an image, with what was found about it. */
export const checkedClaim = z.object({
  text: z.string().describe('its words'),
  start: z.int().nullable().describe('where they are in the content, in UTF-16 units'),
  end: z.int().nullable(),
  type: z.enum(CLAIM_TYPES),
  verdict: z.enum(['true', 'false', 'unknown', 'moot']).describe('moot: about an object that is not there'),
  score: z.number().nullable().describe('log-probability of the least probable token of the words'),
  instead: z.string().optional().describe('what is so instead, of a false one'),
});
export type CheckedClaim = z.infer<typeof checkedClaim>;

/** What was found about all claims of a reply. */
export const verification = z.object({
  claims: z.array(checkedClaim),
  corrected: z.string().nullable().describe('the reply without what is false; null where nothing was asked'),
  questions: z.int().describe('questions that the model was asked'),
  error: z.object({ code: z.string().nullable(), message: z.string() }).optional().describe('why claims could not be checked'),
});
export type Verification = z.infer<typeof verification>;

/** An image of a reply. */
export const replyImage = z.object({
  index: z.int(),
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string().describe('data: URL of a PNG') }),
});
export type ReplyImage = z.infer<typeof replyImage>;

/** A mask of a reply: runs of pixels, or a data: URL of a PNG, white inside. */
export const replyMask = z.union([z.string(), z.object({ size: z.array(z.int()), counts: z.array(z.int()) })]);
export type ReplyMask = z.infer<typeof replyMask>;

const places = {
  boxes: z.array(z.array(z.number())).optional().describe('[x0, y0, x1, y1] in 0..1 of the image, where sensorium.places asks for them'),
  masks: z.array(replyMask).optional().describe('of models with a mask head, in the order in which the reply means them'),
};

const finishReason = z.enum(['stop', 'length', 'tool_calls']);
export type FinishReason = z.infer<typeof finishReason>;

/** Tokens of a request. */
export const usage = z.object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() });
export type Usage = z.infer<typeof usage>;

const head = { id: z.string(), created: z.int(), model: z.string(), system_fingerprint: z.string() };

const failure = z.object({ code: z.string(), message: z.string() });
/** What an agent did for a reply. */
export const agentWork = z.object({
  agent: z.string(),
  tier: z.enum(['grammar', 'own', 'url']).describe('who planned: rules, a small model of ours, a server'),
  steps: z.array(z.object({ kind: z.string(), name: z.string(), text: z.string().optional(), error: failure.optional() })),
  failed: failure.optional().describe('why there is no answer; the content is then empty'),
});

/** A step of a chain. */
const chainStep = z.object({
  kind: z.enum(['thought', 'question', 'answer', 'look', 'vote']),
  by: z.enum(['thinker', 'eye', 'verifier']),
  text: z.string(),
  doubt: z.string().optional().describe('why it should be doubted'),
  dropped: z.boolean().optional(),
  depth: z.int().optional().describe('of a tree: how many questions stand above it'),
  sample: z.int().optional().describe('of several chains: the number of its own'),
});

/** The chain that led to a reply. */
export const chainWork = z.object({
  chain: z.string(),
  tier: z.enum(['grammar', 'own', 'url', 'recorded']).describe('who thought: rules, or the model'),
  steps: z.array(chainStep),
  vote: z
    .array(z.object({ answer: z.string(), n: z.int() }))
    .optional()
    .describe('of several chains: their answers'),
  ties: z.array(z.string()).optional().describe('answers that as many chains came to'),
  calls: z.int().describe('questions to the model'),
  tokens: z.int().describe('tokens of its replies'),
  stopped: z.enum(['calls', 'tokens']).optional().describe('what ran out before the end; finish_reason is then length'),
});
export type ChainWork = z.infer<typeof chainWork>;

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
        reasoning_content: z.string().optional().describe('an extension: what a model that thinks thought before'),
        tool_calls: z.array(toolCall).optional(),
        images: z.array(replyImage).optional().describe('an extension: of models that draw'),
        sensorium: z
          .object({ ...verification.partial().shape, ...places })
          .optional()
          .describe('an extension: where sensorium.verify or sensorium.places asks for it'),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage,
  sensorium: z.union([agentWork, chainWork]).optional().describe('an extension: where sensorium.agent or sensorium.chain asks for it'),
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
        reasoning_content: z.string().optional(),
        tool_calls: z.array(toolCall.extend({ index: z.int() })).optional(),
        images: z.array(replyImage).optional(),
      }),
      logprobs: logprobs.nullable(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullable().optional(),
  sensorium: z
    .union([
      z.object({ index: z.int(), claim: checkedClaim }),
      verification.omit({ claims: true }).extend({ index: z.int() }),
      z.object({ index: z.int(), step: chainStep }),
      chainWork.omit({ steps: true }).extend({ index: z.int() }),
      z.object({ index: z.int(), ...places }),
    ])
    .optional()
    .describe(
      'an extension: claims, or steps of a chain, of choice `index` one by one, then before its end what they come to, and one with its places',
    ),
});
export type ChatChunk = z.infer<typeof chatChunk>;
