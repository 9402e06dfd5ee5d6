// The policy of an encoder-decoder: sources are encoded where a row begins, and replies grow over their keys and values.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { commonPrefix, firstRead, type Logits, type Policy, type Reading, type Rows, type Source, scoreSequences } from './policy.js';
import type { EncodedSource, Seq2SeqDecoder, Seq2SeqState } from './seq2seq.js';

/** Encodes one source, alone. */
export type EncodeSource = (source: Source) => Promise<EncodedSource>;

/** Rows of a state. */
class SourceRows implements Rows {
  /** Fed again and again. */
  readonly next: Int32Array[];
  readonly logits: Logits;
  private data: Float32Array = new Float32Array();

  constructor(
    readonly state: Seq2SeqState,
    /** The row of the state for each row. */
    readonly slots: readonly number[],
    vocab: number,
  ) {
    this.next = Array.from({ length: state.batch }, () => new Int32Array(1));
    this.logits = {
      at: (i) => this.data.subarray((slots[i] as number) * vocab, ((slots[i] as number) + 1) * vocab),
      logSum: (i) => state.logSums[slots[i] as number] as number,
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

/** An encoder-decoder as a policy. Prompts have a `source`, and `ids` that begin with the start token. `encode`: default, of ids alone. */
export function seq2seqPolicy(
  decoder: Seq2SeqDecoder,
  { encode = ({ ids }) => decoder.encode([ids]) }: { encode?: EncodeSource } = {},
): Policy {
  const { capacity } = decoder;
  const vocabSize = decoder.network.config.vocab_size;
  const sourceOf = (source: Source | undefined): Promise<EncodedSource> => (source ? encode(source) : noSource());

  const policy: Policy = {
    capacity,
    vocabSize,
    // The last token of a reply takes no position.
    room: ({ ids }) => capacity - ids.length + 1,

    async start(prompts) {
      const n = prompts[0]?.ids.length ?? 0;
      if (prompts.some(({ ids }) => ids.length !== n))
        throw new SensoriumError('generate.input', 'replies of one batch begin with as many ids', {
          expected: `${n} ids in each row`,
          got: prompts.map(({ ids }) => ids.length).join(', '),
        });
      const sources: EncodedSource[] = [];
      for (const { source } of prompts) sources.push(await sourceOf(source)); // alone, as in an engine
      const { cross, mask } = stacked(sources);
      const rows = new SourceRows(decoder.start(cross, mask), [...prompts.keys()], vocabSize);
      rows.take(
        await decoder.step(
          rows.state,
          prompts.map(({ ids }) => ids),
        ),
      );
      return rows;
    },

    async step(given, ids) {
      const rows = given as SourceRows;
      const { state, slots, next } = rows;
      // An idle row computes garbage at a position that nobody reads and that its own next token overwrites.
      const idle = new Map<number, number>();
      for (let slot = 0; slot < state.batch; slot++) if (slots.length < state.batch) idle.set(slot, state.lengths[slot] as number);
      for (let i = 0; i < slots.length; i++) {
        const [slot, id] = [slots[i] as number, ids[i] as number];
        (next[slot] as Int32Array)[0] = Math.max(id, 0);
        if (id < 0) idle.set(slot, state.lengths[slot] as number);
        else idle.delete(slot);
      }
      for (const [slot, length] of idle) state.lengths[slot] = Math.min(length, capacity - 1);
      const logits = await decoder.step(state, next);
      for (const [slot, length] of idle) state.lengths[slot] = length;
      return rows.take(logits);
    },

    select(given, parents, reserve = parents.length) {
      const { state, slots } = given as SourceRows;
      const sources = parents.map((parent) => slots[parent] as number);
      const most = Math.max(parents.length, reserve);
      if (most > state.batch) {
        const larger = decoder.start(...widened(state, most));
        for (const [slot, source] of sources.entries()) copyRow(state, source, larger, slot);
        return new SourceRows(larger, [...parents.keys()], vocabSize);
      }
      const free = Array.from({ length: state.batch }, (_, slot) => slot).filter((slot) => !sources.includes(slot));
      const stayed = new Set<number>();
      const placed = sources.map((source) => {
        if (!stayed.has(source)) {
          stayed.add(source);
          return source;
        }
        const slot = free.shift() as number;
        copyRow(state, source, state, slot);
        return slot;
      });
      return new SourceRows(state, placed, vocabSize);
    },

    async *read(sequences): AsyncGenerator<Reading> {
      let state: Seq2SeqState | undefined;
      for (const [s, sequence] of sequences.entries()) {
        const { ids } = sequence;
        const before = sequences[s - 1];
        const from = firstRead(sequence);
        const isSame = state !== undefined && before !== undefined && sameSource(before.source, sequence.source);
        const shared = isSame && firstRead(before) <= from ? commonPrefix(before, sequence) : 0;
        const start = Math.max(0, shared - 1);
        if (!isSame) {
          const { cross, mask } = await sourceOf(sequence.source);
          state = decoder.start(cross, mask);
        }
        const own = state as Seq2SeqState;
        own.lengths.fill(start);
        const wanted = Math.max(0, Math.min(ids.length - start, ids.length - from));
        const { data } = await decoder.step(own, [ids.subarray(start)], Math.max(wanted, 1));
        if (wanted === 0) continue;
        const { logSums } = own;
        const logits: Logits = {
          at: (i) => data.subarray(i * vocabSize, (i + 1) * vocabSize),
          logSum: (i) => logSums[i] as number,
        };
        yield { sequence: s, start: ids.length - wanted, count: wanted, logits };
      }
    },

    score: (sequences) => scoreSequences(policy, sequences),
  };
  return policy;
}

/** Sources as rows of one batch, shorter ones padded behind the mask. */
function stacked(sources: readonly EncodedSource[]): EncodedSource {
  const [first] = sources;
  if (first && sources.length === 1) return first;
  const longest = sources.reduce((n, { mask }) => Math.max(n, mask.shape[1] as number), 0);
  const mask = hostTensor('int32', [sources.length, longest]);
  for (const [b, source] of sources.entries()) mask.data.set(source.mask.data, b * longest);
  const cross: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(first?.cross ?? {})) {
    const [, heads, , d] = shape as [number, number, number, number];
    const whole = hostTensor('float32', [sources.length, heads, longest, d]);
    for (const [b, source] of sources.entries()) {
      const { data, shape: own } = source.cross[name] as HostTensor<'float32'>;
      const n = (own[2] as number) * d;
      for (let h = 0; h < heads; h++) whole.data.set(data.subarray(h * n, (h + 1) * n), (b * heads + h) * longest * d);
    }
    cross[name] = whole;
  }
  return { cross, mask };
}

/** Keys, values and mask of as many rows, all but the source's length still to be filled. */
function widened({ feeds }: Seq2SeqState, batch: number): [Record<string, HostTensor>, HostTensor<'int32'>] {
  const cross: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(feeds))
    if (name.startsWith('cross.')) cross[name] = hostTensor('float32', [batch, ...shape.slice(1)]);
  const mask = hostTensor('int32', [batch, (feeds.source_mask as HostTensor).shape[1] as number]);
  mask.data.fill(1);
  return [cross, mask];
}

/** Copies the source and the reply so far of a row. Both states have sources of one length and replies of one capacity. */
function copyRow(from: Seq2SeqState, source: number, to: Seq2SeqState, target: number): void {
  for (const [name, { data, shape }] of Object.entries(from.feeds)) {
    const each = shape.slice(1).reduce((n, d) => n * d, 1);
    (to.feeds[name] as HostTensor<'float32'>).data.set(data.subarray(source * each, (source + 1) * each) as Float32Array, target * each);
  }
  to.lengths[target] = from.lengths[source] as number;
}

function sameSource(a: Source | undefined, b: Source | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.ids.length !== b.ids.length) return false;
  return commonPrefix(a, b) === a.ids.length && a.media.length === b.media.length;
}

function noSource(): never {
  throw new SensoriumError('generate.input', 'an encoder-decoder was given no source', {
    expected: 'a prompt with a source and the start token in its ids',
    hint: 'Put what the encoder reads into source',
  });
}
