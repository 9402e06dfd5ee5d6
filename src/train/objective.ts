// What a training stage is to the loop: which parameters, which graph, which batch at which step.

import type { Parameter, Tensor } from '../graph/index.js';
import type { Feeds } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { show } from '../util/show.js';
import type { BatchPart } from './parallel/share.js';

/** One batch. All batches of a bucket have the same shapes, so they share a compiled program. */
export interface Batch {
  /** Names the static shapes; `Objective.graph` is traced once per bucket. */
  bucket: string;
  /** The inputs of the bucket's graph, by name; parameters are fed by the loop. */
  feeds: Record<string, HostTensor>;
  /** Tokens (or items, where there are none) in this batch, for the rate. */
  tokens: number;
  /** Samples. 0 for an index that lies behind the last batch of an epoch: such a batch is passed over. */
  items: number;
  /**
   * Weight of this batch's loss when several are accumulated into one step: the count that the loss is a mean over.
   * Default 1. With it, k batches of any sizes give the gradient of their union. 0: there is nothing to learn; the batch is
   * skipped, reported, and may leave `feeds` empty.
   */
  weight?: number;
  /** Rows of the data set that the batch was made from, for messages. */
  rows?: readonly number[];
  /** Those of `rows` without a token in the loss. */
  withoutLoss?: readonly number[];
  /** Those of `rows` with replies without an end at which the model stops. */
  unended?: readonly number[];
  /** Those of `rows` that lost turns so that they fit. */
  shortened?: readonly { row: number; turns: number }[];
  /** Numbers that are reported with the loss, beside those of the graph. */
  metrics?: Readonly<Record<string, number>>;
  /** Why nothing may be learned from it, in words, such as a divergence beyond its bound: it is treated as one whose loss is not finite. */
  fault?: string;
}

/** Static-shape graph of one bucket. */
export interface ObjectiveGraph {
  /** A scalar. */
  loss: Tensor;
  /** Scalars that are reported with the loss. */
  metrics?: Record<string, Tensor>;
  /** What the next batch is fed for each tensor of `Objective.carried`. */
  carried?: Record<string, Tensor>;
}

/** Throws `train.objective` for what cannot be trained: parts that are missing or of other types, parameters both trained and frozen. */
export function assertObjective(objective: unknown): asserts objective is Objective {
  const o = (typeof objective === 'object' ? (objective ?? {}) : {}) as Partial<Record<keyof Objective, unknown>>;
  const fail = (place: string, expected: string, got: unknown): never => {
    throw new SensoriumError('train.objective', 'the objective cannot be trained', { place, expected, got: show(got) });
  };
  if (typeof o.name !== 'string' || o.name === '') fail('objective.name', 'a name', o.name);
  const place = `objective ${o.name}`;
  if (!Array.isArray(o.trained)) fail(`${place}: trained`, 'a list of parameters', o.trained);
  if (!(o.frozen instanceof Map)) fail(`${place}: frozen`, 'a Map from parameters to their values', o.frozen);
  for (const key of ['graph', 'batch'] as const) if (typeof o[key] !== 'function') fail(`${place}: ${key}`, 'a function', o[key]);
  const both = (o.trained as Parameter[]).find((p) => (o.frozen as Map<Parameter, unknown>).has(p));
  if (both) fail(`${place}: ${both.name}`, 'a parameter that is trained or frozen', 'one that is both');
}

/** Batches that are not trained on. */
export interface HeldBatches {
  readonly batches: number;
  readonly objective: Objective;
}

/** What was measured on rows that are held out. */
export interface HeldMeasure {
  /** Lower is better. */
  loss: number;
  batches: number;
  /** Other numbers, for the log. */
  metrics?: Readonly<Record<string, number>>;
}

/** An objective over the common loop. */
export interface Objective {
  name: string;
  /** Fed and updated. */
  trained: readonly Parameter[];
  /** Initializers: packed once, never changed. */
  frozen: ReadonlyMap<Parameter, HostTensor>;
  /** Traces the graph of a bucket; called once per bucket. */
  graph(bucket: string): ObjectiveGraph;
  /**
   * The batch at `index` (0, 1, 2, …; with accumulation, step * accumulate + i). Must depend on `index` alone, or of an `online` objective on
   * `index`, the trained values and its `memory`: this makes resume exact, and a resumed run checks it.
   */
  batch(index: number, signal?: AbortSignal): Promise<Batch>;
  /**
   * A part of the rows of the batch at `index`, for one of `parts` processes: with their weights the parts give the gradient of the whole.
   * Absent where the loss of a batch compares its samples with each other, so that it cannot be cut.
   */
  batchPart?(index: number, part: BatchPart, signal?: AbortSignal): Promise<Batch>;
  /** The same batch with its images exchanged among the samples; the blind alarm compares the losses. Undefined where all images are equal. */
  blind?(batch: Batch): Batch | undefined | Promise<Batch | undefined>;
  /** Floating-point operations of one gradient step; counted from the graph when absent. */
  flops?(bucket: string): number;
  /** False for parameters without weight decay. Default: those with at least two axes decay. */
  decays?(parameter: Parameter): boolean;
  /** Factor on the learning rate of a parameter. Default 1. */
  rate?(parameter: Parameter): number;
  /** Data that the objective is made from. A run may only be resumed with the same, and with the same loss and batches. */
  describe?: Record<string, unknown>;
  /**
   * Tensors that a batch hands to the next one, by the names of the inputs that they are fed to, such as queues of features. The loop writes what
   * `ObjectiveGraph.carried` gives into them after each batch that counts, and keeps them in checkpoints.
   */
  carried?: Readonly<Record<string, HostTensor<'float32'>>>;
  /**
   * Batches are made with the values that training has reached, such as what the policy replies: each when its turn comes, in order, and never
   * ahead. `given`: what the batch at `index` is made from besides, which depends on `index` alone; a resumed run checks it.
   */
  online?: { given(index: number): Promise<Feeds> };
  /** Most that metrics of the graph may be: a batch beyond is treated as one whose loss is not finite. */
  limits?: Readonly<Record<string, number>>;
  /** What batches are made from that outlasts a step, as JSON: kept in checkpoints. */
  memory?: { save(): unknown; restore(saved: unknown): void };
  /** Batches that are not trained on, with an objective of the same loss whose `batch` gives them, for a held-out loss. */
  held?: HeldBatches;
  /** In place of `held`: measures the held-out loss with the trained values of now. */
  measureHeld?(signal?: AbortSignal): Promise<HeldMeasure>;
  /** Called when the stage ends, however it ends. */
  dispose?(): void;
}
