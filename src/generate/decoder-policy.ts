// The policy of a decoder-only model: rows of one key-value cache, images encoded where a prompt begins.

import type { Sequence, SequenceMedia } from '../model/sequence.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { DecodeInput, Decoder, KvCache } from './decoder.js';
import { checkSwitch } from './methods/halle.js';
import {
  commonPrefix,
  type EncodeMedia,
  firstRead,
  type Logits,
  type Policy,
  type Prompt,
  type Reading,
  scoreSequences,
} from './policy.js';
import { cutAfter, reachOf, settledWithin } from './reach.js';
import { SlotRows } from './slot-rows.js';

/** Tokens of a given sequence that are computed at once. */
const CHUNK = 128;

/** Image rows and their places in the ids that they are fed with. */
interface ImageRows {
  features: HostTensor<'float32'>;
  at: Int32Array;
}

type CacheRows = SlotRows<KvCache>;

/** A decoder as a policy. `encode` gives the rows of media; without it prompts bring theirs as `features`. */
export function decoderPolicy(decoder: Decoder, { encode }: { encode?: EncodeMedia } = {}): Policy {
  const { capacity } = decoder;
  const vocabSize = decoder.language.config.vocab_size;
  const memory = {
    capacity,
    vocabSize,
    step: (cache: KvCache, ids: readonly Int32Array[]) => decoder.step(cache, { ids }),
    larger: (_: KvCache, batch: number) => decoder.cache(batch),
    copy: copyRow,
  };

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

  const epsilonOf = (of: Pick<Sequence, 'epsilon'>): number => {
    checkSwitch(decoder.language, of);
    return of.epsilon ?? 0;
  };

  const policy: Policy = {
    capacity,
    vocabSize,
    room: ({ ids }) => capacity - ids.length,

    async start(prompts: readonly Prompt[]) {
      const rows: CacheRows = new SlotRows(decoder.cache(prompts.length), memory);
      const longest = prompts.reduce((n, p) => Math.max(n, p.ids.length), 0);
      const images: ImageRows[] = [];
      const encoded = await rowsOf(prompts.flatMap((p) => (p.features ? [] : (p.media ?? []))));
      for (const [b, p] of prompts.entries()) {
        rows.memory.epsilons[b] = epsilonOf(p);
        const own = p.features && p.imagePositions ? { features: p.features, at: p.imagePositions } : placed(p.media ?? [], encoded);
        if (own) images.push(b === 0 ? own : { ...own, at: own.at.map((at) => b * longest + at) });
      }
      const all = joined(images);
      rows.take(
        await decoder.step(rows.memory, {
          ids: prompts.map((p) => p.ids),
          positions: prompts.map((p) => p.positions),
          features: all?.features,
          imagePositions: all?.at,
        }),
      );
      return rows;
    },

    step: (rows, ids) => (rows as CacheRows).step(ids),
    select: (rows, parents, reserve) => (rows as CacheRows).select(parents, reserve),

    async *read(sequences: readonly Sequence[]): AsyncGenerator<Reading> {
      const cache = decoder.cache(1);
      let images: ImageRows | undefined;
      for (const [s, sequence] of sequences.entries()) {
        const { ids, positions, media } = sequence;
        if (ids.length > capacity) tooLong(ids.length, capacity);
        const before = sequences[s - 1];
        const from = firstRead(sequence);
        // Logits of what is in common are those of the other one only where the switch is turned alike.
        const alike = before && before.epsilon === sequence.epsilon && firstRead(before) <= from;
        const reach = reachOf(decoder.language, positions);
        const shared = alike ? settledWithin(reach, commonPrefix(before, sequence)) : 0;
        cache.epsilons[0] = epsilonOf(sequence);
        // The last position in common again: what follows it is read from its logits.
        const start = Math.max(0, Math.min(shared, ids.length) - 1);
        if (!(before && sameMedia(before, sequence))) images = placed(media, await rowsOf(media));
        cache.truncate(start);
        if (start === 0) cache.offsets.fill(0);
        for (let at = start, n = 0; at < ids.length; at += n) {
          n = cutAfter(reach, at, Math.min(at + CHUNK, ids.length)) - at;
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

/** Copies the filled positions of a row. */
function copyRow(from: KvCache, source: number, to: KvCache, target: number): void {
  const length = from.lengths[source] as number;
  if (from.resident) to.resident?.copyFrom(from.resident, source, target, length);
  else copyBuffers(from, source, to, target, length);
  if (from.media) to.media?.copyRow(from.media, source, target);
  to.lengths[target] = length;
  to.epsilons[target] = from.epsilons[source] as number;
  to.offsets[target] = from.offsets[source] as number;
}

/** Copies positions of a row: buffers are [batch, heads, capacity, headDim]. */
function copyBuffers(from: KvCache, source: number, to: KvCache, target: number, length: number): void {
  for (const [name, buffer] of Object.entries(from.buffers)) {
    const other = to.buffers[name] as HostTensor<'float32'>;
    const [, heads, capacity, size] = buffer.shape as [number, number, number, number];
    const otherCapacity = other.shape[2] as number;
    for (let h = 0; h < heads; h++) {
      const at = (source * heads + h) * capacity * size;
      other.data.set(buffer.data.subarray(at, at + length * size), (target * heads + h) * otherCapacity * size);
    }
  }
}

function tooLong(length: number, capacity: number): never {
  throw new SensoriumError('generate.context', 'the sequence is longer than the context', {
    expected: `at most ${capacity} tokens`,
    got: String(length),
    hint: 'Shorten it, or load the model with a larger capacity',
  });
}
