// Cached decoding: one program with named dimensions serves prefill and decode, over static key-value buffers it writes in place.

import { type PackedForms, PackedTensor, type Parameter, type Rewrite, trainingRewrites, valueBytes } from '../graph/index.js';
import { type CausalDecoder, decodeGraph, type MultimodalNetwork, withoutFusedAttention } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import { Pace } from '../runtime/pace.js';
import type { AnyTensor, Runtime, RuntimeName } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { type Int4Matrix, int4Rewrites } from '../weights/int4.js';
import { type KvView, planesOf } from './kv.js';
import { MediaRows } from './media-rows.js';
import { ResidentCache } from './resident-cache.js';
import { type StepTensors, stepTensors } from './step-tensors.js';

/** From so many tokens on, a step runs on the prefill program where there is one: more than prompt lookup checks at once. */
export const PREFILL_TOKENS = 16;

export interface DecoderOptions {
  /** A language model, or one joined with a vision encoder. */
  network: CausalDecoder | MultimodalNetwork;
  values: ReadonlyMap<Parameter, HostTensor>;
  /** Those whose values change between steps: they are read from `values` and fed anew each time, and not packed once. */
  changing?: ReadonlySet<Parameter>;
  /** Positions a cache holds. Default: the model's maximum. */
  capacity?: number;
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /** Weights of products in four bits: a seventh of the memory and several times the speed, at some cost in accuracy. */
  quantize?: 'int4';
  /** More graph rewrites, before the usual ones. */
  rewrites?: readonly Rewrite[];
  /** Write ONNX Runtime's profile with this file prefix (development). */
  profile?: string;
}

/** What a step is fed for each sequence of the batch. */
export interface DecodeInput {
  /** New tokens of each sequence, as long as the longest; shorter ones are padded on the right with anything. */
  ids: readonly (readonly number[] | Int32Array)[];
  /** Image rows [m, row width] and where they go: positions in the flattened [batch, n] of this call. */
  features?: HostTensor<'float32'>;
  imagePositions?: Int32Array;
  /** Where tokens have several positions (`positionKinds` of the language model): those of each sequence, [kinds, its length]; by default they count on. */
  positions?: readonly (Int32Array | undefined)[];
}

/** A step of `n` tokens. */
interface Step extends StepTensors {
  readonly n: number;
  readonly feeds: Record<string, AnyTensor>;
  readonly into: Record<string, AnyTensor>;
  readonly pace: Pace;
}

/** Logits [positions, vocab], and log(sum(exp(logits))) [positions] of each. */
export interface StepLogits {
  logits: HostTensor<'float32'>;
  logSums: HostTensor<'float32'>;
  /** Hidden states behind the logits, [positions, width], of a model with a head that reads them. */
  states?: HostTensor<'float32'>;
}

/** Keys and values of `batch` sequences, and how many positions of each are filled. */
export class KvCache {
  readonly lengths: Int32Array;
  /** log(sum(exp(logits))) of the last step, for each sequence. */
  readonly logSums: Float32Array;
  /** How far the switch of the model is turned for each sequence; 0 is the plain model. */
  readonly epsilons: Float32Array;
  /** What the next position of each sequence is ahead of its length, where tokens have several positions. */
  readonly offsets: Int32Array;
  /** Of single-token steps. */
  single: Step | undefined;
  /** Of models whose adapters attend to images. */
  media: MediaRows | undefined;
  constructor(
    /** On the host; empty for a cache on a device. */
    readonly buffers: Readonly<Record<string, HostTensor<'float32'>>>,
    readonly batch: number,
    readonly capacity: number,
    /** Where programs run on a device: the caches in its memory. */
    readonly resident?: ResidentCache,
  ) {
    this.lengths = new Int32Array(batch);
    this.offsets = new Int32Array(batch);
    this.logSums = new Float32Array(batch);
    this.epsilons = new Float32Array(batch);
  }
  /** Forgets everything after `length` positions of every sequence. */
  truncate(length: number): void {
    for (let b = 0; b < this.batch; b++) this.lengths[b] = Math.min(this.lengths[b] as number, length);
    this.media?.truncate(length);
  }
  /** Runs a step over what a program is fed of the cache, and writes to. */
  step<T>(run: (view: KvView) => Promise<T>): Promise<T> {
    if (this.resident) return this.resident.step(run);
    const named = (kind: string) => Object.fromEntries(Object.entries(this.buffers).map(([name, buffer]) => [`${kind}.${name}`, buffer]));
    this.view ??= { past: named('past'), present: named('present') };
    return run(this.view);
  }
  private view: KvView | undefined;
  /** Frees what it has on a device. */
  dispose(): void {
    this.resident?.dispose();
  }
}

/** Runs a language model token by token. */
export class Decoder {
  private readonly empty: { features: HostTensor<'float32'>; positions: HostTensor<'int32'> };
  private constructor(
    /** The compiled `decodeGraph`: one session, hence one packed copy of the weights, for every cache that runs on it. */
    readonly program: Program,
    readonly language: CausalDecoder,
    readonly multimodal: boolean,
    /** Most positions of a sequence. */
    readonly capacity: number,
    /** Bytes of the weights that the program computes with. */
    readonly weightBytes: number,
    /** How weights were quantized ('packed': on disk already); then activations are rounded to int8 as they come. */
    readonly quantize: DecoderOptions['quantize'] | 'packed',
    /** The same with eight-bit activations, for steps of `PREFILL_TOKENS` and more. */
    readonly prefill: Program | undefined = undefined,
    /** All products of `prefill` are of int8 by int8: then what a row gives does not depend on the rows beside it, to the bit. */
    readonly rowwise: boolean = false,
    private readonly values: ReadonlyMap<Parameter, HostTensor> = new Map(),
  ) {
    this.empty = { features: hostTensor('float32', [0, language.rowWidth]), positions: hostTensor('int32', [0]) };
  }

  static async create(o: DecoderOptions): Promise<Decoder> {
    const language = 'language_model' in o.network ? o.network.language_model : o.network;
    const capacity = o.capacity ?? language.config.max_position_embeddings;
    const runtime = typeof o.runtime === 'object' ? o.runtime : await selectRuntime(o.runtime ?? 'auto');
    const graph = () => decodeGraph(o.network, language, capacity);
    const outputs = runtime.device === 'webgpu' ? withoutFusedAttention(graph) : graph();
    const int4 = new Map<Parameter, Int4Matrix>();
    const quantized = o.quantize === 'int4' ? int4Rewrites({ values: o.values, cache: int4 }) : [];
    const rewrites = [...quantized, ...(o.rewrites ?? []), ...trainingRewrites];
    const { threads, profile } = o;
    const frozen = packedOnce(o);
    const compiling = { runtime, threads, profile, frozen, rewrites };
    const program = await compile(outputs, { ...compiling, name: 'decode' });
    const forms = (p: Parameter): PackedForms => {
      const value = frozen.get(p);
      return value instanceof PackedTensor ? value.forms : {};
    };
    // Weights that also come for eight-bit activations: steps of many tokens are products of many rows, and several times faster so.
    const both = language.parameters().some((p) => forms(p).blocks && forms(p).channels);
    const table = language.lm_head ? language.model.embed_tokens.weight : undefined;
    const rowwise = both && language.parameters().every((p) => p.dims.length !== 2 || p === table || forms(p).channels);
    const prefill =
      both && program.runtime.device !== 'webgpu'
        ? await compile(outputs, { ...compiling, name: 'prefill', products: 'channels' })
        : undefined;
    let bytes = 0;
    for (const p of new Set(language.parameters())) {
      const q = int4.get(p);
      if (q) bytes += q.packed.data.byteLength + q.scales.data.byteLength;
      // Embeddings are looked up in float32 also where their product is quantized.
      const value = o.values.get(p);
      if (value && (!q || p === language.model.embed_tokens.weight)) bytes += valueBytes(value);
    }
    const packed = language.parameters().some((p) => o.values.get(p) instanceof PackedTensor);
    const quantize = o.quantize ?? (packed ? 'packed' : undefined);
    return new Decoder(program, language, 'language_model' in o.network, capacity, bytes, quantize, prefill, rowwise, o.values);
  }

  /** What every step is fed of weights that change: their values now. */
  weights(): Record<string, HostTensor> {
    return fedWeights(this.program, this.values);
  }

  get runtime(): Runtime {
    return this.program.runtime;
  }

  /** Places that a step has logits of, at least: kernels of devices refuse tensors without elements. */
  get leastPicked(): 0 | 1 {
    return this.runtime.device === 'webgpu' ? 1 : 0;
  }

  /** The program for a step of `n` tokens of each sequence. */
  programFor(n: number): Program {
    return n >= PREFILL_TOKENS ? (this.prefill ?? this.program) : this.program;
  }

  /** Fresh key-value buffers, for `capacity` positions where that is all that will come. */
  cache(batch = 1, capacity = this.capacity): KvCache {
    const planes = planesOf(this.program, 'past');
    const resident = this.runtime.memory && new ResidentCache(this.runtime, planes, { rows: batch, capacity });
    const buffers: Record<string, HostTensor<'float32'>> = {};
    if (!resident) for (const { name, heads, dim } of planes) buffers[name] = hostTensor('float32', [batch, heads, capacity, dim]);
    const cache = new KvCache(buffers, batch, capacity, resident);
    if (this.multimodal && this.language.readsMedia) cache.media = new MediaRows(this.language.rowWidth);
    return cache;
  }

  /**
   * Appends new tokens to the cache and returns the logits after the last new token of each sequence: [batch, vocab].
   * Steps of one token write their logits to the same tensor every time: use or copy them before the next one.
   */
  async step(cache: KvCache, x: DecodeInput): Promise<HostTensor<'float32'>> {
    const t = this.prepare(cache, x);
    const { logits, log_sum } = await cache.step(({ past, present }) =>
      t.pace.run(this.programFor(t.n), { ...t.feeds, ...past }, { ...t.into, ...present }),
    );
    this.advance(cache, x);
    cache.logSums.set((log_sum as HostTensor<'float32'>).data);
    return logits as HostTensor<'float32'>;
  }

  /**
   * Appends tokens to the cache of one sequence and returns the logits after the last `wanted` of them, [wanted, vocab], with
   * log(sum(exp(logits))) of each. Of none wanted, what comes is not to be read.
   */
  async read(cache: KvCache, x: DecodeInput, wanted: number): Promise<StepLogits> {
    const t = this.prepare(cache, x);
    const { n } = t;
    const picked = Math.max(wanted, this.leastPicked);
    const last = Int32Array.from({ length: picked }, (_, i) => n - picked + i);
    const epsilon = this.language.switched && hostTensor('float32', [picked], new Float32Array(picked).fill(cache.epsilons[0] as number));
    const feeds = n === 1 ? t.feeds : { ...t.feeds, last: hostTensor('int32', [picked], last), ...(epsilon ? { epsilon } : {}) };
    const { logits, log_sum, states } = await cache.step(({ past, present }) =>
      t.pace.run(this.programFor(n), { ...feeds, ...past }, { ...t.into, ...present }),
    );
    this.advance(cache, x);
    const own = states ? { states: states as HostTensor<'float32'> } : {};
    return { logits: logits as HostTensor<'float32'>, logSums: log_sum as HostTensor<'float32'>, ...own };
  }

  private advance({ lengths }: KvCache, { ids }: DecodeInput): void {
    for (let b = 0; b < ids.length; b++) lengths[b] = (lengths[b] as number) + (ids[b] as readonly number[]).length;
  }

  /** Checks a step and fills in its tensors. */
  private prepare(cache: KvCache, x: DecodeInput): Step {
    const { batch } = cache;
    let n = 0;
    for (const row of x.ids) n = Math.max(n, row.length);
    if (x.ids.length !== batch || n === 0)
      throw new SensoriumError('generate.input', 'ids do not fit the cache', {
        expected: `${batch} sequences of at least one token`,
        got: `${x.ids.length} of up to ${n}`,
      });
    if (x.ids.some((row) => row.length !== n) && cache.lengths.some((length) => length > 0))
      throw new SensoriumError('generate.input', 'only the first tokens of a batch may differ in number', {
        expected: `${n} tokens in each row, for the cache is not empty`,
        got: x.ids.map((row) => row.length).join(', '),
        hint: 'Go on row by row, or one token at a time',
      });
    const t = this.tensors(cache, n);
    let total = 0;
    for (let b = 0; b < batch; b++) {
      const row = x.ids[b] as readonly number[] | Int32Array;
      t.ids.data.set(row, b * n);
      t.last.data[b] = b * n + row.length - 1;
      const after = (cache.lengths[b] as number) + row.length;
      if (after > this.capacity)
        throw new SensoriumError('generate.context', 'the sequence is longer than the context', {
          expected: `at most ${this.capacity} tokens`,
          got: String(after),
          hint: 'Shorten the prompt, or generate fewer tokens.',
        });
      t.lengths.data[b] = after - 1;
      total = Math.max(total, after);
    }
    t.total.data[0] = total;
    Object.assign(t.feeds, this.weights());
    t.epsilon?.data.set(cache.epsilons);
    if (t.positions) this.place(cache, x, n, t.positions.data);
    if (this.multimodal) {
      t.feeds.features = x.features ?? this.empty.features;
      t.feeds.image_positions = x.imagePositions ? hostTensor('int32', [x.imagePositions.length], x.imagePositions) : this.empty.positions;
    }
    if (cache.media) {
      if (x.features && x.imagePositions) cache.media.append(x.features, x.imagePositions, { n, lengths: cache.lengths });
      // An adapter may ask only where images stand: then the graph has no input for their rows.
      for (const [name, value] of Object.entries(cache.media.feeds()))
        if (this.program.inputs.some((i) => i.name === name)) t.feeds[name] = value;
    }
    return t;
  }

  /** Fills in the positions of a step, and remembers how far they are ahead of the number of tokens. */
  private place(cache: KvCache, { ids, positions }: DecodeInput, n: number, data: Int32Array): void {
    const kinds = this.language.positionKinds;
    for (const [b, row] of ids.entries()) {
      const given = positions?.[b];
      const length = cache.lengths[b] as number;
      const next = length + (cache.offsets[b] as number);
      for (let kind = 0; kind < kinds; kind++)
        for (let i = 0; i < n; i++)
          data[(kind * cache.batch + b) * n + i] = given && i < row.length ? (given[kind * row.length + i] as number) : next + i;
      if (given) cache.offsets[b] = given.reduce((most, p) => Math.max(most, p), 0) + 1 - length - row.length;
    }
  }

  private tensors(cache: KvCache, n: number): Step {
    if (n === 1 && cache.single) return cache.single;
    const { batch } = cache;
    const t = stepTensors(batch, n, { kinds: this.language.positionKinds, switched: this.language.switched });
    const feeds: Record<string, AnyTensor> = { ...t };
    const into: Record<string, AnyTensor> = {};
    const step = { n, ...t, feeds, into, pace: new Pace() };
    if (n === 1) {
      into.logits = hostTensor('float32', [batch, this.language.config.vocab_size]);
      into.log_sum = hostTensor('float32', [batch]);
      cache.single = step;
    }
    return step;
  }

  dispose(): void {
    this.program.dispose();
    this.prefill?.dispose();
  }
}

/** The values that a program packs when it is compiled: all but those that change. */
export function packedOnce({ values, changing }: Pick<DecoderOptions, 'values' | 'changing'>): ReadonlyMap<Parameter, HostTensor> {
  return changing && changing.size > 0 ? new Map([...values].filter(([p]) => !changing.has(p))) : values;
}

/** The values that a program is fed, as they are now. */
export function fedWeights(program: Program, values: ReadonlyMap<Parameter, HostTensor>): Record<string, HostTensor> {
  const fed: Record<string, HostTensor> = {};
  for (const [name, p] of program.parameters) fed[name] = values.get(p) as HostTensor;
  return fed;
}
