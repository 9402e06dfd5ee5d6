// The loop over token ids alone: no tokenizer, no text. Language models that are asked in ids, and encoder-decoders, run on it.

import type { GenerationConfig } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type NamedMethod, withMethod } from './methods/index.js';
import type { Logits, Method, Policy, Prompt } from './policy.js';
import type { ChooseOptions, TokenChoice } from './processors/row.js';
import { ReplyBuilder } from './reply-builder.js';
import { type EndOptions, resolveOptions } from './resolve.js';
import { runReplies } from './run.js';
import { logSumExp } from './sampling.js';

/** As for text, but for stop strings, which ids cannot be. The end token is yielded too. */
export interface IdOptions extends ChooseOptions, Omit<EndOptions, 'stop'> {
  /** As in `GenerateOptions`. */
  method?: NamedMethod | Method;
  signal?: AbortSignal;
}

/** How a model goes on: logits of one sequence after a prompt, and after each further token. */
export interface Continuation {
  /** Most tokens that there is room for. */
  room: number;
  first(): Promise<HostTensor<'float32'>>;
  next(id: number): Promise<HostTensor<'float32'>>;
  /** `logSumExp` of the logits given last. Default: computed. */
  logSum?(): number | undefined;
}

/** What the ids of a continuation are chosen by. */
export interface IdFrame {
  /** Ids that penalties count as already generated. */
  promptIds: ArrayLike<number>;
  /** The model's settings. */
  config: GenerationConfig;
  /** For response formats, which need one. */
  tokenizer?: Tokenizer;
  /** What the row begins with. Default: `promptIds`. */
  prompt?: Prompt;
}

/** A continuation as a policy of a single row, which cannot be forked. */
export function continuationPolicy(model: Continuation): Policy {
  let last: HostTensor<'float32'> | undefined;
  const logits: Logits = {
    at: () => (last as HostTensor<'float32'>).data,
    logSum: () => model.logSum?.() ?? logSumExp((last as HostTensor<'float32'>).data),
  };
  const only = (): never => {
    throw new SensoriumError('generate.policy', 'a continuation has one row and goes one way', { expected: 'a policy of a whole model' });
  };
  return {
    capacity: model.room,
    vocabSize: Number.POSITIVE_INFINITY,
    room: () => model.room,
    async start() {
      last = await model.first();
      return { count: 1, logits };
    },
    async step(_, ids) {
      last = await model.next(ids[0] as number);
      return logits;
    },
    select: only,
    read: only,
    score: only,
  };
}

/** Chooses tokens until an end id or the limit. Errors: `generate.option`, `generate.context` where there is no room at all. */
export async function* generateIds(
  model: Continuation | Policy,
  { promptIds, config, tokenizer, prompt = { ids: Int32Array.from(promptIds) } }: IdFrame,
  o: IdOptions,
): AsyncGenerator<TokenChoice> {
  const policy = withMethod('first' in model ? continuationPolicy(model) : model, o.method);
  const size = { promptTokens: promptIds.length, room: policy.room(prompt) };
  const options = resolveOptions(o, { ...config, stop: [] }, size);
  const reply = new ReplyBuilder({ tokenizer, options, promptIds, text: false });
  for await (const _ of runReplies(policy, [prompt], { replies: [reply], signal: o.signal })) yield reply.choice as TokenChoice;
}

/** Prompts are ids of the model's vocabulary, at least one. Errors: `generate.input`, naming the place of the wrong id. */
export function checkIds(ids: ArrayLike<number>, vocabSize: number): void {
  if (ids.length === 0) throw new SensoriumError('generate.input', 'the prompt is empty', { expected: 'at least one token', got: 'none' });
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (!(Number.isInteger(id) && id >= 0 && id < vocabSize))
      throw new SensoriumError('generate.input', 'a token id is outside the vocabulary', {
        place: `ids[${i}]`,
        expected: `0 to ${vocabSize - 1}`,
        got: String(id),
      });
  }
}
