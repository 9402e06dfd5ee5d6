// Cached decoding of encoder-decoders: the source is encoded once, its keys and values stay, and the reply grows token by token.

import { gather, input, logSumExp, type Parameter, type Tensor } from '../graph/index.js';
import type { EncoderDecoder, Seq2SeqLanguage } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { Pace } from '../runtime/pace.js';
import type { AnyTensor, Runtime, RuntimeName } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { type KvKind, type KvView, planesOf } from './kv.js';
import { ResidentCache } from './resident-cache.js';
import { type StepTensors, stepTensors } from './step-tensors.js';

export interface Seq2SeqOptions {
  network: EncoderDecoder;
  /** What sources become: `cross.LAYER.key` and `.value`, of inputs that `encode` of the graph declares. Default: `textSource`. */
  source: Record<string, Tensor>;
  values: ReadonlyMap<Parameter, HostTensor>;
  /** Most tokens of a reply. Default 512. */
  capacity?: number;
  runtime?: Runtime | RuntimeName;
  threads?: number;
}

/** What the decoder needs of sources. */
export interface EncodedSource {
  /** `cross.LAYER.key` and `.value`: [batch, heads, source, d]; on the device of the programs, where they have one. */
  readonly cross: Readonly<Record<string, AnyTensor>>;
  /** int32 [batch, source]: 1 for tokens, 0 for padding. */
  readonly mask: HostTensor<'int32'>;
}

/** Encoded sources and the replies so far. */
export interface Seq2SeqState {
  readonly batch: number;
  /** Tokens of each reply that are in the cache. */
  readonly lengths: Int32Array;
  /** log(sum(exp(logits))) of the last step, for each position with logits. */
  logSums: Float32Array;
  /** On the host: `cross.LAYER.key`, `.value`, `source_mask` and the caches `past.*`. On a device: `source_mask`. */
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly into: Readonly<Record<string, HostTensor>>;
  /** Sources and replies in the memory of a device, where programs run on one. */
  readonly resident?: { readonly sources: ResidentCache; readonly replies: ResidentCache };
  /** Of steps of one token: what is fed, made once, and where logits go. */
  single?: Step;
  readonly pace: Pace;
}

/** A step of `n` tokens. */
interface Step extends StepTensors {
  readonly feeds: Record<string, HostTensor>;
  readonly into: Record<string, HostTensor>;
}

/** An encoder-decoder compiled into two programs: one for sources, one for replies. */
export class Seq2SeqDecoder {
  private constructor(
    readonly network: EncoderDecoder,
    readonly capacity: number,
    private readonly encoder: Program,
    /** Compiled `replyGraph`: one session for every state and engine that runs on it. */
    readonly replies: Program,
  ) {}

  static async create({ network, source, values, capacity = 512, runtime, threads }: Seq2SeqOptions): Promise<Seq2SeqDecoder> {
    const options = { runtime, threads, frozen: values };
    const encoder = await compile(source, { ...options, name: 'encode' });
    try {
      const replies = await compile(replyGraph(network), { ...options, name: 'reply' });
      return new Seq2SeqDecoder(network, capacity, encoder, replies);
    } catch (error) {
      encoder.dispose();
      throw error;
    }
  }

  /** Encodes sources of any lengths: rows of token ids, and what `states` takes beside them. */
  async begin(sources: readonly ArrayLike<number>[], more: Readonly<Record<string, HostTensor>> = {}): Promise<Seq2SeqState> {
    const { cross, mask } = await this.encode(sources, more);
    return this.start(cross, mask);
  }

  /** The part of `begin` that computes. */
  async encode(sources: readonly ArrayLike<number>[], more: Readonly<Record<string, HostTensor>> = {}): Promise<EncodedSource> {
    const n = sources.reduce((most, row) => Math.max(most, row.length), 0);
    if (n === 0)
      throw new SensoriumError('generate.input', 'there is nothing to encode', {
        expected: 'at least one source of at least one token',
        got: `${sources.length} sources`,
      });
    const ids = hostTensor('int32', [sources.length, n]);
    const mask = hostTensor('int32', [sources.length, n]);
    sources.forEach((row, b) => {
      ids.data.set(row, b * n);
      mask.data.fill(1, b * n, b * n + row.length);
    });
    return this.encodeFeeds({ ids, source_mask: mask, ...more }, mask);
  }

  /** The same of what the graph of sources takes. mask: int32 [batch, source]. */
  async encodeFeeds(feeds: Readonly<Record<string, HostTensor>>, mask: HostTensor<'int32'>): Promise<EncodedSource> {
    const { memory } = this.encoder.runtime;
    if (!memory) return { cross: await this.encoder.run(feeds), mask };
    const [batch, n] = mask.shape as [number, number];
    const cross: Record<string, AnyTensor> = {};
    for (const { name, heads, dim } of planesOf(this.replies, 'cross'))
      cross[`cross.${name}`] = memory.allocate('float32', [batch, heads, n, dim]);
    await this.encoder.run(feeds, cross);
    return { cross, mask };
  }

  /** A state from keys and values that another encoder program made (`cross.LAYER.key` and `.value`). mask: int32 [batch, source]. */
  start(cross: Readonly<Record<string, AnyTensor>>, mask: HostTensor<'int32'>): Seq2SeqState {
    const batch = mask.shape[0] as number;
    if (this.replies.runtime.memory) {
      const state = this.blank(mask);
      state.resident?.sources.take(cross);
      return state;
    }
    const { layers, heads, dim } = this.network.cache;
    const feeds: Record<string, HostTensor> = { ...(cross as Record<string, HostTensor>), source_mask: mask };
    const into: Record<string, HostTensor> = {};
    for (let layer = 0; layer < layers; layer++)
      for (const what of ['key', 'value']) {
        const buffer = hostTensor('float32', [batch, heads, this.capacity, dim]);
        feeds[`past.${layer}.${what}`] = buffer;
        into[`present.${layer}.${what}`] = buffer;
      }
    return { ...this.fresh(batch), feeds, into };
  }

  /** On a device: a state whose sources are still to be put. mask: int32 [batch, source]. */
  blank(mask: HostTensor<'int32'>): Seq2SeqState {
    const [rows, source] = mask.shape as [number, number];
    const { runtime } = this.replies;
    const cache = (kind: KvKind, capacity: number): ResidentCache =>
      new ResidentCache(runtime, planesOf(this.replies, kind), { rows, capacity }, kind);
    const resident = { sources: cache('cross', source), replies: cache('past', this.capacity) };
    return { ...this.fresh(rows), feeds: { source_mask: mask }, into: {}, resident };
  }

  private fresh(batch: number): Pick<Seq2SeqState, 'batch' | 'lengths' | 'logSums' | 'pace'> {
    return { batch, lengths: new Int32Array(batch), logSums: new Float32Array(batch), pace: new Pace() };
  }

  /**
   * Appends tokens, as many to every reply, and returns the logits after the last: [batch, vocab]. `wanted`: of a single reply those after
   * so many of its last tokens, [wanted, vocab], instead.
   */
  async step(state: Seq2SeqState, rows: readonly (readonly number[] | Int32Array)[], wanted?: number): Promise<HostTensor<'float32'>> {
    const n = rows[0]?.length ?? 0;
    if (rows.length !== state.batch || n === 0 || rows.some((row) => row.length !== n))
      throw new SensoriumError('generate.input', 'tokens do not fit the replies', {
        expected: `${state.batch} rows of one length, at least one token`,
        got: `rows of ${rows.map((row) => row.length).join(', ')}`,
      });
    const t = this.tensors(state, n, wanted ?? state.batch);
    let total = 0;
    for (let b = 0; b < state.batch; b++) {
      const after = (state.lengths[b] as number) + n;
      total = Math.max(total, after);
      t.ids.data.set(rows[b] as readonly number[], b * n);
      t.lengths.data[b] = after - 1;
      if (wanted === undefined) t.last.data[b] = b * n + n - 1;
    }
    if (total > this.capacity)
      throw new SensoriumError('generate.context', 'the reply is longer than the cache', {
        expected: `at most ${this.capacity} tokens`,
        got: String(total),
        hint: 'Give a larger capacity, or generate fewer tokens',
      });
    for (let i = 0; wanted !== undefined && i < wanted; i++) t.last.data[i] = n - wanted + i;
    t.total.data[0] = total;
    const { logits, log_sum } = await stepOver(state, ({ past, present }) =>
      state.pace.run(this.replies, { ...t.feeds, ...past }, { ...t.into, ...present }),
    );
    for (let b = 0; b < state.batch; b++) state.lengths[b] = (state.lengths[b] as number) + n;
    state.logSums = (log_sum as HostTensor<'float32'>).data;
    return logits as HostTensor<'float32'>;
  }

  private tensors(state: Seq2SeqState, n: number, picked: number): Step {
    const { batch, single } = state;
    const isSingle = n === 1 && picked === batch;
    if (isSingle && single) return single;
    const inputs = stepTensors(batch, n, { picked });
    const into = { ...state.into };
    const t: Step = { ...inputs, feeds: { ...state.feeds, ...inputs }, into };
    if (isSingle) {
      into.logits = hostTensor('float32', [batch, this.network.config.vocab_size]);
      into.log_sum = hostTensor('float32', [batch]);
      state.single = t;
    }
    return t;
  }

  dispose(): void {
    this.encoder.dispose();
    this.replies.dispose();
  }
}

/** Runs a step over what a state has on a device. */
function stepOver<T>({ resident }: Seq2SeqState, run: (view: KvView) => Promise<T>): Promise<T> {
  if (!resident) return run({ past: {}, present: {} });
  const { sources, replies } = resident;
  return sources.step((source) => replies.step(({ past, present }) => run({ past: { ...source.past, ...past }, present })));
}

/**
 * Sources of text: ids and mask, int32 [batch, source] -> keys and values of every decoder block. `states`: encoder states of both, [batch, source,
 * width]; inputs that it declares go to `begin`. Default: the network's of the tokens.
 */
export function textSource(
  network: Seq2SeqLanguage,
  states: (ids: Tensor, mask: Tensor) => Tensor = (ids, mask) => network.encode(network.embed(ids), mask),
): Record<string, Tensor> {
  const at = (name: string): Tensor => input(name, ['batch', 'source'], 'int32');
  return crossOutputs(network, states(at('ids'), at('source_mask')));
}

/** What `Seq2SeqDecoder.start` takes, from encoder states [batch, source, width]: for encoders that read more than token ids. */
export function crossOutputs(network: EncoderDecoder, encoded: Tensor): Record<string, Tensor> {
  const pairs = network.crossKeysValues(encoded);
  return Object.fromEntries(
    pairs.flatMap(({ k, v }, layer) => [
      [`cross.${layer}.key`, k],
      [`cross.${layer}.value`, v],
    ]),
  );
}

/** New tokens of replies over their caches -> logits of the last ones, their log-sums, and the updated caches. */
function replyGraph(network: EncoderDecoder): Record<string, Tensor> {
  const { hidden, outputs } = network.decodeCached(network.embed(input('ids', ['batch', 'seq'], 'int32')));
  const last = gather(hidden.reshape([-1, network.width]), input('last', ['picked'], 'int32'));
  const logits = network.logits(last);
  return { logits, log_sum: logSumExp(logits, -1), ...outputs };
}
