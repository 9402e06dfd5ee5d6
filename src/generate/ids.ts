// The loop over token ids alone: no tokenizer, no text. Language models that are asked in ids, and encoder-decoders, run on it.

import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type Choice, Sampler, type SamplingOptions } from './sampling.js';

export interface IdOptions extends SamplingOptions {
  /** Default 128, less where the context ends. */
  maxTokens?: number;
  /** Ids that end a reply; the end is yielded too. Default: the model's. */
  endIds?: readonly number[];
  signal?: AbortSignal;
}

/** How a model goes on: logits of one sequence after a prompt, and after each further token. */
export interface Continuation {
  /** Most tokens that there is room for. */
  room: number;
  first(): Promise<HostTensor<'float32'>>;
  next(id: number): Promise<HostTensor<'float32'>>;
}

/** Chooses tokens until an end id or the limit. Errors: `generate.option`, `generate.context` where there is no room at all. */
export async function* generateIds(model: Continuation, o: IdOptions): AsyncGenerator<Choice> {
  if (o.maxTokens !== undefined && !(Number.isInteger(o.maxTokens) && o.maxTokens > 0))
    throw new SensoriumError('generate.option', 'maxTokens is out of range', {
      place: 'maxTokens',
      expected: 'a positive integer',
      got: String(o.maxTokens),
    });
  if (model.room < 1)
    throw new SensoriumError('generate.context', 'the prompt fills the context', { hint: 'Shorten the prompt, or give a larger capacity' });
  const sampler = new Sampler(o);
  const ends = new Set(o.endIds);
  const limit = Math.min(o.maxTokens ?? 128, model.room);
  o.signal?.throwIfAborted();
  let logits = await model.first();
  for (let i = 0; i < limit; i++) {
    o.signal?.throwIfAborted();
    const choice = sampler.choose(logits.data);
    yield choice;
    if (ends.has(choice.id)) return;
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
