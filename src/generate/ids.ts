// The loop over token ids alone: no tokenizer, no text. Language models that are asked in ids, and encoder-decoders, run on it.

import type { GenerationConfig } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type ChooseOptions, RowChooser, type TokenChoice } from './processors/row.js';
import { type EndOptions, resolveOptions } from './resolve.js';

/** As for text, but for stop strings, which ids cannot be. The end token is yielded too. */
export interface IdOptions extends ChooseOptions, Omit<EndOptions, 'stop'> {
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
}

/** Chooses tokens until an end id or the limit. Errors: `generate.option`, `generate.context` where there is no room at all. */
export async function* generateIds(
  model: Continuation,
  { promptIds, config, tokenizer }: IdFrame,
  o: IdOptions,
): AsyncGenerator<TokenChoice> {
  const size = { promptTokens: promptIds.length, room: model.room };
  const { choose, endIds, limit } = resolveOptions(o, { ...config, stop: [] }, size);
  const row = RowChooser.create(tokenizer, promptIds, choose, endIds);
  o.signal?.throwIfAborted();
  let logits = await model.first();
  for (let i = 0; i < limit; i++) {
    o.signal?.throwIfAborted();
    const choice = row.choose(logits.data, model.logSum?.());
    yield choice;
    if (row.isEnd(choice.id)) return;
    row.accept(choice.id);
    if (row.ended) return;
    if (i + 1 < limit) logits = await model.next(choice.id);
  }
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
