// The token loop: prefill a prompt, then one token at a time until an end token, a stop string, a limit or an abort.

import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { Decoder, KvCache } from './decoder.js';
import type { Continuation } from './ids.js';
import { type ChooseOptions, RowChooser, type TokenChoice } from './processors/row.js';
import { danglingStop, firstStop } from './stops.js';

export interface Prompt {
  ids: Int32Array;
  /** Image rows [m, width] and their positions in `ids`. */
  features?: HostTensor<'float32'>;
  imagePositions?: Int32Array;
  /** [kinds, ids], where tokens have several positions that do not just count on. */
  positions?: Int32Array;
}

export interface GenerateOptions extends ChooseOptions {
  /** Default 128, less where the context ends. */
  maxTokens?: number;
  /** Texts that end the reply; not part of it. */
  stop?: string | readonly string[];
  signal?: AbortSignal;
}

export type FinishReason = 'stop' | 'length';

/** A part of a reply as it is made. */
export interface Piece {
  text: string;
  /** The token, absent for text that was held back and comes at the end. */
  token?: TokenChoice;
  /** On the last piece. */
  finish?: FinishReason;
}

/** Streams a reply. Text that could begin a stop string is held back until it is known not to. */
export async function* generateTokens(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: Prompt,
  o: GenerateOptions = {},
): AsyncGenerator<Piece> {
  let cache: KvCache | undefined;
  const model: TextContinuation = {
    room: decoder.capacity - prompt.ids.length,
    first: () => {
      cache = decoder.cache(1);
      return decoder.step(cache, {
        ids: [prompt.ids],
        features: prompt.features,
        imagePositions: prompt.imagePositions,
        positions: [prompt.positions],
      });
    },
    next: (id) => decoder.step(cache as KvCache, { ids: [[id]] }),
    logSum: () => cache?.logSums[0],
  };
  yield* continueText(model, { tokenizer, promptIds: prompt.ids }, o);
}

/** How a model goes on, where it may know the log-sums of its logits. */
export interface TextContinuation extends Continuation {
  /** `logSumExp` of the logits given last. Default: computed. */
  logSum?(): number | undefined;
}

/** What turns the ids of a continuation into text. */
export interface TextFrame {
  tokenizer: Tokenizer;
  /** What penalties count as said before the reply. */
  promptIds: ArrayLike<number>;
  /** Ids that end a reply. Default: the tokenizer's. */
  endIds?: readonly number[];
}

/** The loop behind every stream of text, whatever the model. Errors: `generate.option`, `generate.context`, `constrain.*`. */
export async function* continueText(
  model: TextContinuation,
  { tokenizer, promptIds, endIds }: TextFrame,
  o: GenerateOptions = {},
): AsyncGenerator<Piece> {
  const row = RowChooser.create(tokenizer, promptIds, o, endIds);
  const stops = typeof o.stop === 'string' ? [o.stop] : [...(o.stop ?? [])];
  if (stops.some((s) => s === '')) throw new SensoriumError('generate.option', 'a stop string is empty', { place: 'stop' });
  if (o.maxTokens !== undefined && !(Number.isInteger(o.maxTokens) && o.maxTokens > 0))
    throw new SensoriumError('generate.option', 'maxTokens is out of range', {
      place: 'maxTokens',
      expected: 'a positive integer',
      got: String(o.maxTokens),
    });
  if (model.room < 1)
    throw new SensoriumError('generate.context', 'the prompt fills the context', {
      expected: `fewer than ${model.room + promptIds.length} tokens`,
      got: String(promptIds.length),
      hint: 'Send fewer messages or images.',
    });
  const limit = Math.min(o.maxTokens ?? 128, model.room);
  const text = tokenizer.stream({ skipSpecial: true });
  o.signal?.throwIfAborted();
  let logits = await model.first();
  let held = '';
  for (let i = 0; i < limit; i++) {
    o.signal?.throwIfAborted();
    const token = row.choose(logits.data, model.logSum?.());
    if (row.isEnd(token.id)) {
      yield { text: held + text.end(), finish: 'stop' };
      return;
    }
    row.accept(token.id);
    held += text.push(token.id);
    const cut = firstStop(held, stops);
    if (cut >= 0) {
      yield { text: held.slice(0, cut), token, finish: 'stop' };
      return;
    }
    if (row.ended) {
      yield { text: held + text.end(), token, finish: 'stop' };
      return;
    }
    const safe = held.length - danglingStop(held, stops);
    yield { text: held.slice(0, safe), token };
    held = held.slice(safe);
    if (i + 1 < limit) logits = await model.next(token.id);
  }
  yield { text: held + text.end(), finish: 'length' };
}

export interface ManyOptions extends ChooseOptions {
  /** Default 16. */
  maxTokens?: number;
  /** Prompts in one batch. Default 32. */
  batch?: number;
  signal?: AbortSignal;
}

/** Replies to many prompts at once, in batches of equal work; the same as one by one, also drawn: every row has the seed to itself. */
export async function generateMany(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompts: readonly Prompt[],
  o: ManyOptions = {},
): Promise<string[]> {
  const { batch = 32 } = o;
  const order = prompts.map((_, i) => i).sort((a, b) => (prompts[a] as Prompt).ids.length - (prompts[b] as Prompt).ids.length || a - b);
  const replies: string[] = new Array(prompts.length).fill('');
  for (let at = 0; at < order.length; at += batch) {
    const members = order.slice(at, at + batch);
    const texts = await generateBatch(
      decoder,
      tokenizer,
      members.map((i) => prompts[i] as Prompt),
      o,
    );
    members.forEach((i, k) => {
      replies[i] = texts[k] as string;
    });
  }
  return replies;
}

async function generateBatch(decoder: Decoder, tokenizer: Tokenizer, prompts: readonly Prompt[], o: ManyOptions): Promise<string[]> {
  const { maxTokens = 16, signal } = o;
  const cache = decoder.cache(prompts.length);
  const rows = prompts.map((p) => RowChooser.create(tokenizer, p.ids, o));
  const done = prompts.map(() => false);
  signal?.throwIfAborted();
  let logits = await decoder.step(cache, {
    ids: prompts.map((p) => p.ids),
    positions: prompts.map((p) => p.positions),
    ...stackImages(prompts),
  });
  const vocab = logits.shape[1] as number;
  for (let t = 0; t < maxTokens; t++) {
    signal?.throwIfAborted();
    const next = rows.map((row, b) => {
      if (done[b]) return 0; // a row that is done goes along; what it is fed does not matter
      const { id } = row.choose(logits.data.subarray(b * vocab, (b + 1) * vocab), cache.logSums[b]);
      row.accept(id);
      done[b] = row.isEnd(id) || row.ended;
      return id;
    });
    if (done.every(Boolean) || t + 1 === maxTokens) break;
    if (prompts.some((_, b) => (cache.lengths[b] as number) >= decoder.capacity)) break;
    logits = await decoder.step(cache, { ids: next.map((id) => [id]) });
  }
  return rows.map((row) => tokenizer.decode(row.ids, { skipSpecial: true }));
}

function stackImages(prompts: readonly Prompt[]): { features?: HostTensor<'float32'>; imagePositions?: Int32Array } {
  const n = Math.max(...prompts.map((p) => p.ids.length));
  const with_ = prompts.flatMap((p, b) => (p.features && p.imagePositions ? [{ b, features: p.features, at: p.imagePositions }] : []));
  const first = with_[0];
  if (!first) return {};
  const width = first.features.shape[1] as number;
  const rows = with_.reduce((s, x) => s + (x.features.shape[0] as number), 0);
  const data = new Float32Array(rows * width);
  const positions = new Int32Array(rows);
  let row = 0;
  for (const { b, features, at } of with_) {
    data.set(features.data, row * width);
    at.forEach((p, i) => {
      positions[row + i] = b * n + p;
    });
    row += at.length;
  }
  return { features: { dtype: 'float32', shape: [rows, width], data }, imagePositions: positions };
}
