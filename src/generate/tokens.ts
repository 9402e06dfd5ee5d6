// The token loop: prefill a prompt, then one token at a time until an end token, a stop string, a limit or an abort.

import { type GenerationConfig, generationOf } from '../model/generation-config.js';
import type { Tokenizer } from '../text/index.js';
import type { HostTensor } from '../util/host.js';
import type { Decoder, KvCache } from './decoder.js';
import type { Continuation } from './ids.js';
import { type ChooseOptions, RowChooser, type TokenChoice } from './processors/row.js';
import { type EndOptions, type ResolvedOptions, resolveOptions } from './resolve.js';
import { firstStop, StoppingText } from './stops.js';

export interface Prompt {
  ids: Int32Array;
  /** Image rows [m, width] and their positions in `ids`. */
  features?: HostTensor<'float32'>;
  imagePositions?: Int32Array;
  /** [kinds, ids], where tokens have several positions that do not just count on. */
  positions?: Int32Array;
}

/** What a reply is asked for with. What is left open is as generation_config.json has it. */
export interface GenerateOptions extends ChooseOptions, EndOptions {
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

/** Streams a reply. Text that could begin a stop string is held back until it is known not to. `config`: default, the tokenizer's end. */
export async function* generateTokens(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompt: Prompt,
  o: GenerateOptions = {},
  config: GenerationConfig = generationOf(tokenizer),
): AsyncGenerator<Piece> {
  let cache: KvCache | undefined;
  const model: Continuation = {
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
  yield* continueText(model, { tokenizer, promptIds: prompt.ids, config }, o);
}

/** What turns the ids of a continuation into text. */
export interface TextFrame {
  tokenizer: Tokenizer;
  /** Ids that penalties count as already generated. */
  promptIds: ArrayLike<number>;
  /** The model's settings. */
  config: GenerationConfig;
}

/** The loop behind every stream of text, whatever the model. Errors: `generate.option`, `generate.context`, `constrain.*`. */
export async function* continueText(
  model: Continuation,
  { tokenizer, promptIds, config }: TextFrame,
  o: GenerateOptions = {},
): AsyncGenerator<Piece> {
  const { choose, endIds, limit, minTokens, stops } = resolveOptions(o, config, { promptTokens: promptIds.length, room: model.room });
  const row = RowChooser.create(tokenizer, promptIds, choose, endIds);
  const decoded = tokenizer.stream({ skipSpecial: true, skipUnknown: true });
  const text = new StoppingText(stops);
  o.signal?.throwIfAborted();
  let logits = await model.first();
  for (let i = 0; i < limit; i++) {
    o.signal?.throwIfAborted();
    const token = row.choose(logits.data, model.logSum?.());
    if (row.isEnd(token.id)) {
      yield { text: text.end(decoded.end()).text, finish: 'stop' };
      return;
    }
    row.accept(token.id);
    const fresh = text.push(decoded.push(token.id), i + 1 >= minTokens);
    if (fresh.stopped) {
      yield { text: fresh.text, token, finish: 'stop' };
      return;
    }
    if (row.ended) {
      yield { text: fresh.text + text.end(decoded.end()).text, token, finish: 'stop' };
      return;
    }
    yield { text: fresh.text, token };
    if (i + 1 < limit) logits = await model.next(token.id);
  }
  const { text: rest, stopped } = text.end(decoded.end());
  yield { text: rest, finish: stopped ? 'stop' : 'length' };
}

/** As for one prompt. */
export interface ManyOptions extends ChooseOptions, EndOptions {
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
  config: GenerationConfig = generationOf(tokenizer),
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
      config,
    );
    members.forEach((i, k) => {
      replies[i] = texts[k] as string;
    });
  }
  return replies;
}

async function generateBatch(
  decoder: Decoder,
  tokenizer: Tokenizer,
  prompts: readonly Prompt[],
  o: ManyOptions,
  config: GenerationConfig,
): Promise<string[]> {
  const { signal, maxTokens = 16 } = o;
  const resolved = prompts.map(({ ids }) =>
    resolveOptions({ ...o, maxTokens }, config, { promptTokens: ids.length, room: decoder.capacity - ids.length }),
  );
  const rows = prompts.map((p, b) => {
    const { choose, endIds } = resolved[b] as ResolvedOptions;
    return RowChooser.create(tokenizer, p.ids, choose, endIds);
  });
  const cache = decoder.cache(prompts.length);
  const done = prompts.map(() => false);
  signal?.throwIfAborted();
  let logits = await decoder.step(cache, {
    ids: prompts.map((p) => p.ids),
    positions: prompts.map((p) => p.positions),
    ...stackImages(prompts),
  });
  const vocab = logits.shape[1] as number;
  for (let t = 1; ; t++) {
    signal?.throwIfAborted();
    const next = rows.map((row, b) => {
      if (done[b]) return 0; // a finished row stays in the batch; its input is ignored
      const { id } = row.choose(logits.data.subarray(b * vocab, (b + 1) * vocab), cache.logSums[b]);
      row.accept(id);
      done[b] = row.isEnd(id) || row.ended || t >= (resolved[b] as ResolvedOptions).limit;
      return id;
    });
    if (done.every(Boolean)) break;
    if (prompts.some((_, b) => (cache.lengths[b] as number) >= decoder.capacity)) break;
    logits = await decoder.step(cache, { ids: next.map((id) => [id]) });
  }
  return rows.map((row, b) => {
    const text = tokenizer.decode(row.ids, { skipSpecial: true, skipUnknown: true });
    const cut = firstStop(text, (resolved[b] as ResolvedOptions).stops);
    return cut < 0 ? text : text.slice(0, cut);
  });
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
