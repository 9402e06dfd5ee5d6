// The loop over token ids alone: no tokenizer, no text. Language models that are asked in ids, and encoder-decoders, run on it.

import type { GenerationConfig } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { prepareOptions } from './constrain/compiled.js';
import { type MethodOptions, withMethod } from './methods/index.js';
import type { Policy, Prompt } from './policy.js';
import type { ChooseOptions, TokenChoice } from './processors/row.js';
import { ReplyBuilder } from './reply-builder.js';
import { type EndOptions, resolveOptions } from './resolve.js';
import { ReplyLoop } from './run.js';

/** As for text, but for stop strings, which ids cannot be. The end token is yielded too. */
export interface IdOptions extends ChooseOptions, Omit<EndOptions, 'stop'>, MethodOptions {
  signal?: AbortSignal;
}

/** What a reply in ids begins with, and what its ids are chosen by. */
export interface IdFrame {
  prompt: Prompt;
  /** The model's settings. */
  config: GenerationConfig;
  /** For response formats, which need one. */
  tokenizer?: Tokenizer;
}

/** Chooses tokens until an end id or the limit. Errors: `generate.option`, `generate.context` where there is no room at all. */
export async function* generateIds(model: Policy, { prompt, config, tokenizer }: IdFrame, o: IdOptions): AsyncGenerator<TokenChoice> {
  const policy = withMethod(model, o);
  const size = { promptTokens: prompt.ids.length, room: policy.room(prompt) };
  const options = resolveOptions(await prepareOptions(o, tokenizer), { ...config, stop: [] }, size);
  const reply = new ReplyBuilder({ tokenizer, options, promptIds: prompt.ids, text: false });
  const loop = new ReplyLoop(policy, [prompt], { replies: [reply], signal: o.signal });
  while (await loop.next()) yield reply.choice as TokenChoice;
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
