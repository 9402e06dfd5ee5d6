// The policy of an encoder-decoder: sources are encoded where a row begins, and replies grow over their keys and values.

import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { checkSwitch } from './methods/halle.js';
import { commonPrefix, firstRead, type Logits, type Policy, type Reading, type Source, scoreSequences } from './policy.js';
import type { EncodedSource, Seq2SeqDecoder, Seq2SeqState } from './seq2seq.js';
import { SlotRows } from './slot-rows.js';

/** Encodes one source, alone. */
export type EncodeSource = (source: Source) => Promise<EncodedSource>;

type SourceRows = SlotRows<Seq2SeqState>;

/** An encoder-decoder as a policy. Prompts have a `source`, and `ids` that begin with the start token. `encode`: default, of ids alone. */
export function seq2seqPolicy(
  decoder: Seq2SeqDecoder,
  { encode = ({ ids }) => decoder.encode([ids]) }: { encode?: EncodeSource } = {},
): Policy {
  const { capacity } = decoder;
  const vocabSize = decoder.network.config.vocab_size;
  const memory = {
    capacity,
    vocabSize,
    step: (state: Seq2SeqState, ids: readonly Int32Array[]) => decoder.step(state, ids),
    larger: (state: Seq2SeqState, batch: number) => widened(decoder, state, batch),
    copy: copyRow,
  };
  const sourceOf = (source: Source | undefined): Promise<EncodedSource> => (source ? encode(source) : noSource());

  const policy: Policy = {
    capacity,
    vocabSize,
    // The last token of a reply takes no position.
    room: ({ ids }) => capacity - ids.length + 1,

    async start(prompts) {
      for (const prompt of prompts) checkSwitch({}, prompt);
      const n = prompts[0]?.ids.length ?? 0;
      if (prompts.some(({ ids }) => ids.length !== n))
        throw new SensoriumError('generate.input', 'replies of one batch begin with as many ids', {
          expected: `${n} ids in each row`,
          got: prompts.map(({ ids }) => ids.length).join(', '),
        });
      const sources: EncodedSource[] = [];
      for (const { source } of prompts) sources.push(await sourceOf(source)); // alone, as in an engine
      const rows: SourceRows = new SlotRows(stacked(decoder, sources), memory);
      rows.take(
        await decoder.step(
          rows.memory,
          prompts.map(({ ids }) => ids),
        ),
      );
      return rows;
    },

    step: (rows, ids) => (rows as SourceRows).step(ids),
    select: (rows, parents, reserve) => (rows as SourceRows).select(parents, reserve),

    async *read(sequences): AsyncGenerator<Reading> {
      let state: Seq2SeqState | undefined;
      for (const [s, sequence] of sequences.entries()) {
        const { ids } = sequence;
        checkSwitch({}, sequence);
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
function stacked(decoder: Seq2SeqDecoder, sources: readonly EncodedSource[]): Seq2SeqState {
  const [first] = sources;
  if (first && sources.length === 1) return decoder.start(first.cross, first.mask);
  const longest = sources.reduce((n, { mask }) => Math.max(n, mask.shape[1] as number), 0);
  const mask = hostTensor('int32', [sources.length, longest]);
  for (const [b, source] of sources.entries()) mask.data.set(source.mask.data, b * longest);
  if (decoder.replies.runtime.memory) {
    const state = decoder.blank(mask);
    for (const [b, { cross }] of sources.entries()) state.resident?.sources.put(b, cross);
    return state;
  }
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
  return decoder.start(cross, mask);
}

/** A state of more rows, all but the source's length still to be filled. */
function widened(decoder: Seq2SeqDecoder, { feeds, resident }: Seq2SeqState, batch: number): Seq2SeqState {
  const mask = hostTensor('int32', [batch, (feeds.source_mask as HostTensor).shape[1] as number]);
  mask.data.fill(1);
  if (resident) return decoder.blank(mask);
  const cross: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(feeds))
    if (name.startsWith('cross.')) cross[name] = hostTensor('float32', [batch, ...shape.slice(1)]);
  return decoder.start(cross, mask);
}

/** Copies the source and the reply so far of a row. Both states have sources of one length and replies of one capacity. */
function copyRow(from: Seq2SeqState, source: number, to: Seq2SeqState, target: number): void {
  for (const [name, { data, shape }] of Object.entries(from.feeds)) {
    const each = shape.slice(1).reduce((n, d) => n * d, 1);
    (to.feeds[name] as HostTensor<'float32'>).data.set(data.subarray(source * each, (source + 1) * each) as Float32Array, target * each);
  }
  const length = from.lengths[source] as number;
  if (from.resident && to.resident) {
    const { sources, replies } = from.resident;
    to.resident.sources.copyFrom(sources, source, target, sources.capacity);
    to.resident.replies.copyFrom(replies, source, target, length);
  }
  to.lengths[target] = length;
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
