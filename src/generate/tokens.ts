// Replies in text: a stream for one prompt, batches for many. Both run the loop of `run.ts` over a policy.

import { type GenerationConfig, generationOf } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import { prepareOptions } from './constrain/compiled.js';
import type { Decoder } from './decoder.js';
import { decoderPolicy } from './decoder-policy.js';
import type { DrawOptions } from './draw.js';
import { type MethodOptions, withMethod } from './methods/index.js';
import type { Policy, Prompt } from './policy.js';
import type { ChooseOptions } from './processors/row.js';
import { type Piece, ReplyBuilder } from './reply-builder.js';
import { type EndOptions, resolveOptions } from './resolve.js';
import { ReplyLoop } from './run.js';

export type { Prompt } from './policy.js';
export type { FinishReason, Piece } from './reply-builder.js';

/** What a reply is asked for with. What is left open is as generation_config.json has it. */
export interface GenerateOptions extends ChooseOptions, EndOptions, MethodOptions {
  /** Of a model that draws: how its images are drawn. */
  draw?: DrawOptions;
  signal?: AbortSignal;
}

/** How a conversation becomes a prompt: opened for a reply, or left open where its last message ends. */
export interface PromptOptions {
  /** More variables for the chat template, such as `tools`. */
  variables?: Readonly<Record<string, unknown>>;
  /**
   * The reply goes on with the last message, which is the assistant's, instead of answering it. A string names the field that is
   * continued. Default false. Models without turns in their prompts go on with it in any case.
   */
  continueFinalMessage?: boolean | string;
}

/** The policy of a request; a decoder stands for its own. */
export const policyOf = (model: Decoder | Policy, options: MethodOptions): Policy =>
  withMethod('start' in model ? model : decoderPolicy(model), options);

/** Streams a reply. Text that could begin a stop string is held back until it is known not to. `config`: default, the tokenizer's end. */
export async function* generateTokens(
  model: Decoder | Policy,
  tokenizer: Tokenizer,
  prompt: Prompt,
  o: GenerateOptions = {},
  config: GenerationConfig = generationOf(tokenizer),
): AsyncGenerator<Piece> {
  const policy = policyOf(model, o);
  const reply = replyTo(policy, prompt, { tokenizer, config, o: await prepareOptions(o, tokenizer) });
  const loop = new ReplyLoop(policy, [prompt], { replies: [reply], signal: o.signal });
  for (let pieces = await loop.next(); pieces; pieces = await loop.next()) yield pieces[0] as Piece;
}

/** As for one prompt. */
export interface ManyOptions extends ChooseOptions, EndOptions, MethodOptions {
  /** Default 16. */
  maxTokens?: number;
  /** Prompts in one batch. Default 32. */
  batch?: number;
  signal?: AbortSignal;
}

/** Replies to many prompts at once, in batches of equal work; the same as one by one, also drawn: every row has the seed to itself. */
export async function generateMany(
  model: Decoder | Policy,
  tokenizer: Tokenizer,
  prompts: readonly Prompt[],
  o: ManyOptions = {},
  config: GenerationConfig = generationOf(tokenizer),
): Promise<string[]> {
  const { batch = 32 } = o;
  const policy = policyOf(model, o);
  const prepared = await prepareOptions({ ...o, maxTokens: o.maxTokens ?? 16 }, tokenizer);
  const order = prompts.map((_, i) => i).sort((a, b) => (prompts[a] as Prompt).ids.length - (prompts[b] as Prompt).ids.length || a - b);
  const replies: string[] = new Array(prompts.length).fill('');
  for (let at = 0; at < order.length; at += batch) {
    const members = order.slice(at, at + batch);
    const own = members.map((i) => prompts[i] as Prompt);
    const builders = own.map((prompt) => replyTo(policy, prompt, { tokenizer, config, o: prepared }));
    const loop = new ReplyLoop(policy, own, { replies: builders, signal: o.signal });
    for (let pieces = await loop.next(); pieces; pieces = await loop.next())
      members.forEach((i, k) => {
        replies[i] += pieces?.[k]?.text ?? '';
      });
  }
  return replies;
}

/** Errors: `generate.option`, `generate.context` where there is no room at all, `constrain.*`. */
function replyTo(
  policy: Policy,
  prompt: Prompt,
  { tokenizer, config, o }: { tokenizer: Tokenizer; config: GenerationConfig; o: GenerateOptions },
): ReplyBuilder {
  const options = resolveOptions(o, config, { promptTokens: prompt.ids.length, room: policy.room(prompt) });
  return new ReplyBuilder({ tokenizer, options, promptIds: prompt.ids });
}
