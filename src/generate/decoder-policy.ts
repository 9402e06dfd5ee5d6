// The policy of a decoder-only model: rows of one key-value cache, images encoded where a prompt begins.

import type { Sequence, SequenceMedia } from '../model/sequence.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { DecodeInput, Decoder, KvCache } from './decoder.js';
import {
  commonPrefix,
  type EncodeMedia,
  firstRead,
  type Logits,
  type Policy,
  type Prompt,
  type Reading,
  type Rows,
  scoreSequences,
} from './policy.js';

/** Tokens of a given sequence that are computed at once. */
const CHUNK = 128;

/** Image rows and their places in the ids that they are fed with. */
interface ImageRows {
  features: HostTensor<'float32'>;
  at: Int32Array;
}

/** Rows of a cache. */
class CacheRows implements Rows {
  /** Fed again and again. */
  readonly input: { ids: Int32Array[] };
  private data: Float32Array = new Float32Array();
  readonly logits: Logits;

  constructor(
    readonly cache: KvCache,
    /** The row of the cache for each row. */
    readonly slots: readonly number[],
    vocab: number,
  ) {
    this.input = { ids: Array.from({ length: cache.batch }, () => new Int32Array(1)) };
    this.logits = {
      at: (i) => this.data.subarray((slots[i] as number) * vocab, ((slots[i] as number) + 1) * vocab),
      logSum: (i) => cache.logSums[slots[i] as number] as number,
    };
  }

  get count(): number {
    return this.slots.length;
  }

  /** Takes [batch, vocab]. */
  take({ data }: HostTensor<'float32'>): Logits {
    this.data = data;
    return this.logits;
  }
}

/** A decoder as a policy. `encode` gives the rows of media; without it prompts bring theirs as `features`. */
export function decoderPolicy(decoder: Decoder, { encode }: { encode?: EncodeMedia } = {}): Policy {
  const { capacity } = decoder;
  const vocabSize = decoder.language.config.vocab_size;

  /** Rows by key; equal media are encoded once. */
  const rowsOf = async (media: readonly SequenceMedia[]): Promise<Map<string, HostTensor<'float32'>>> => {
    const each = new Map(media.map((m) => [m.key, m]));
    if (each.size === 0) return new Map();
    if (!encode)
      throw new SensoriumError('generate.input', 'this policy cannot encode media', {
        expected: 'prompts of ids, or with image rows that are encoded already',
        got: 'an image',
        hint: 'Make the policy with an encoder of media',
      });
    const rows = await encode([...each.values()]);
    return new Map([...each.keys()].map((key, i) => [key, rows[i] as HostTensor<'float32'>]));
  };
  const placed = (media: readonly SequenceMedia[], rows: ReadonlyMap<string, HostTensor<'float32'>>): ImageRows | undefined =>
    joined(media.map(({ key, at }) => ({ features: rows.get(key) as HostTensor<'float32'>, at })));

  const policy: Policy = {
    capacity,
    vocabSize,
    room: ({ ids }) => capacity - ids.length,

    async start(prompts: readonly Prompt[]) {
      const rows = new CacheRows(decoder.cache(prompts.length), [...prompts.keys()], vocabSize);
      const longest = prompts.reduce((n, p) => Math.max(n, p.ids.length), 0);
      const images: ImageRows[] = [];
      const encoded = await rowsOf(prompts.flatMap((p) => (p.features ? [] : (p.media ?? []))));
      for (const [b, p] of prompts.entries()) {
        const own = p.features && p.imagePositions ? { features: p.features, at: p.imagePositions } : placed(p.media ?? [], encoded);
        if (own) images.push(b === 0 ? own : { ...own, at: own.at.map((at) => b * longest + at) });
      }
      const all = joined(images);
      rows.take(
        await decoder.step(rows.cache, {
          ids: prompts.map((p) => p.ids),
          positions: prompts.map((p) => p.positions),
          features: all?.features,
          imagePositions: all?.at,
        }),
      );
      return rows;
    },

    async step(given, ids) {
      const rows = given as CacheRows;
      const { cache, slots, input } = rows;
      let active = 0;
      for (let i = 0; i < slots.length; i++) {
        const id = ids[i] as number;
        (input.ids[slots[i] as number] as Int32Array)[0] = Math.max(id, 0);
        if (id >= 0) active++;
      }
      if (active === cache.batch) return rows.take(await decoder.step(cache, input));
      // An idle row computes garbage at a position that nobody reads and that its own next token overwrites.
      const lengths = cache.lengths.slice();
      const isActive = new Set(slots.filter((_, i) => (ids[i] as number) >= 0));
      for (let slot = 0; slot < cache.batch; slot++)
        if (!isActive.has(slot)) cache.lengths[slot] = Math.min(lengths[slot] as number, capacity - 1);
      const logits = await decoder.step(cache, input);
      for (let slot = 0; slot < cache.batch; slot++) if (!isActive.has(slot)) cache.lengths[slot] = lengths[slot] as number;
      return rows.take(logits);
    },

    select(given, parents, reserve = parents.length) {
      const { cache, slots } = given as CacheRows;
      const sources = parents.map((parent) => slots[parent] as number);
      if (Math.max(parents.length, reserve) > cache.batch) {
        const larger = decoder.cache(Math.max(parents.length, reserve));
        for (const [slot, source] of sources.entries()) copyRow(cache, source, larger, slot);
        return new CacheRows(larger, [...parents.keys()], vocabSize);
      }
      // The first that goes on from a row stays where that is, the others get copies in rows that nothing goes on from.
      const free = Array.from({ length: cache.batch }, (_, slot) => slot).filter((slot) => !sources.includes(slot));
      const stayed = new Set<number>();
      const placed = sources.map((source) => {
        if (!stayed.has(source)) {
          stayed.add(source);
          return source;
        }
        const slot = free.shift() as number;
        copyRow(cache, source, cache, slot);
        return slot;
      });
      return new CacheRows(cache, placed, vocabSize);
    },

    async *read(sequences: readonly Sequence[]): AsyncGenerator<Reading> {
      const cache = decoder.cache(1);
      let images: ImageRows | undefined;
      for (const [s, sequence] of sequences.entries()) {
        const { ids, positions, media } = sequence;
        if (ids.length > capacity) tooLong(ids.length, capacity);
        const before = sequences[s - 1];
        const from = firstRead(sequence);
        const shared = before && firstRead(before) <= from ? commonPrefix(before, sequence) : 0;
        // The last position in common again: what follows it is read from its logits.
        const start = Math.max(0, Math.min(shared, ids.length) - 1);
        if (!(before && sameMedia(before, sequence))) images = placed(media, await rowsOf(media));
        cache.truncate(start);
        if (start === 0) cache.offsets.fill(0);
        for (let at = start; at < ids.length; at += CHUNK) {
          const n = Math.min(CHUNK, ids.length - at);
          const wanted = Math.max(0, Math.min(n, at + n - from));
          const x: DecodeInput = {
            ids: [ids.subarray(at, at + n)],
            positions: [positions && positionsWithin(positions, ids.length, at, n)],
            ...imagesWithin(images, at, n),
          };
          const { logits, logSums } = await decoder.read(cache, x, wanted);
          if (wanted === 0) continue;
          const part: Logits = {
            at: (i) => logits.data.subarray(i * vocabSize, (i + 1) * vocabSize),
            logSum: (i) => logSums.data[i] as number,
          };
          yield { sequence: s, start: at + n - wanted, count: wanted, logits: part };
        }
      }
    },

    score: (sequences) => scoreSequences(policy, sequences),
  };
  return policy;
}

/** Image rows one after the other. */
function joined(parts: readonly ImageRows[]): ImageRows | undefined {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  const width = first.features.shape[1] as number;
  const count = parts.reduce((n, { at }) => n + at.length, 0);
  const data = new Float32Array(count * width);
  const places = new Int32Array(count);
  let row = 0;
  for (const { features, at } of parts) {
    data.set(features.data, row * width);
    places.set(at, row);
    row += at.length;
  }
  return { features: { dtype: 'float32', shape: [count, width], data }, at: places };
}

/** Image rows at positions [start, start + n), in the form of a step's input. */
function imagesWithin(images: ImageRows | undefined, start: number, n: number): Pick<DecodeInput, 'features' | 'imagePositions'> {
  if (!images) return {};
  const { features, at } = images;
  const width = features.shape[1] as number;
  const rows = [...at.keys()].filter((i) => (at[i] as number) >= start && (at[i] as number) < start + n);
  if (rows.length === 0) return {};
  const data = new Float32Array(rows.length * width);
  for (const [k, i] of rows.entries()) data.set(features.data.subarray(i * width, (i + 1) * width), k * width);
  return {
    features: { dtype: 'float32', shape: [rows.length, width], data },
    imagePositions: Int32Array.from(rows, (i) => (at[i] as number) - start),
  };
}

/** Positions [kinds, n] of the tokens [start, start + n) of [kinds, length]. */
function positionsWithin(positions: Int32Array, length: number, start: number, n: number): Int32Array {
  const kinds = positions.length / length;
  const out = new Int32Array(kinds * n);
  for (let k = 0; k < kinds; k++) out.set(positions.subarray(k * length + start, k * length + start + n), k * n);
  return out;
}

const sameMedia = (a: Sequence, b: Sequence): boolean =>
  a.media.length === b.media.length &&
  a.media.every(
    (m, i) => m.key === b.media[i]?.key && m.at.length === b.media[i]?.at.length && m.at.every((p, k) => p === b.media[i]?.at[k]),
  );

/** Copies the filled positions of a row: buffers are [batch, heads, capacity, headDim]. */
function copyRow(from: KvCache, source: number, to: KvCache, target: number): void {
  const length = from.lengths[source] as number;
  for (const [name, buffer] of Object.entries(from.buffers)) {
    const other = to.buffers[name] as HostTensor<'float32'>;
    const [, heads, capacity, size] = buffer.shape as [number, number, number, number];
    const otherCapacity = other.shape[2] as number;
    for (let h = 0; h < heads; h++) {
      const at = (source * heads + h) * capacity * size;
      other.data.set(buffer.data.subarray(at, at + length * size), (target * heads + h) * otherCapacity * size);
    }
  }
  if (from.media) to.media?.copyRow(from.media, source, target);
  to.lengths[target] = length;
  to.offsets[target] = from.offsets[source] as number;
}

function tooLong(length: number, capacity: number): never {
  throw new SensoriumError('generate.context', 'the sequence is longer than the context', {
    expected: `at most ${capacity} tokens`,
    got: String(length),
    hint: 'Shorten it, or load the model with a larger capacity',
  });
}
