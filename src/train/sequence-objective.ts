// Objectives over sequences: a loss on one side, samples on the other, and the loop's batches between them.

import { type Input, input, inputsOf, type Parameter, type Shape } from '../graph/index.js';
import { type Feeds, lossTokens, type PackedSequences, type Sequence } from '../model/index.js';
import { withDropout } from '../nn/index.js';
import { type DType, hostTensor } from '../util/host.js';
import { withAuxiliary } from './auxiliary.js';
import type { Batch, Objective, ObjectiveGraph } from './objective.js';
import { type OrderOptions, rowOrder } from './order.js';
import type { BatchPart } from './parallel/share.js';
import { type Read, SequenceGraph, type SequenceGraphOptions } from './sequence-graph.js';
import type { ModelState } from './state.js';

/** One sample, made ready. */
export interface SampleSequences {
  /** As many for every sample. */
  sequences: readonly Sequence[];
  /** Messages that did not fit and were dropped. */
  dropped?: number;
  /** Replies without an end at which the model stops. */
  unended?: number;
}

/** A loss over sequences: one of each sample (instruction tuning), two (preferences), or more. */
export interface SequenceLoss {
  readonly name: string;
  /** What a batch's loss is a mean over: predicted tokens, by their weights, or samples. */
  readonly over: 'tokens' | 'samples';
  /** Is given every sample that the stage will take, before its first step. */
  ready?(samples: AsyncIterable<readonly Sequence[]>): Promise<void>;
  /** Further inputs of the graph, from the sequences of a batch and how they are packed: log-probabilities under a reference, advantages. */
  prepare?(sequences: readonly Sequence[], packed: PackedSequences): Promise<Feeds>;
  /** Traces the loss; `feed` declares what `prepare` gives. */
  loss(read: Read, feed: (name: string, shape: Shape, dtype?: DType) => Input): ObjectiveGraph;
  readonly describe?: Readonly<Record<string, unknown>>;
  /** The loss compares the samples of a batch with each other: batches cannot be cut. */
  readonly whole?: boolean;
  /** As `Objective.carried`; the graph of the loss gives what comes next. */
  readonly carried?: Objective['carried'];
  dispose?(): void | Promise<void>;
}

/** A training stage over sequences. */
export interface SequenceObjectiveOptions extends OrderOptions, Omit<SequenceGraphOptions, 'values' | 'trained'> {
  state: ModelState;
  loss: SequenceLoss;
  trained: readonly Parameter[];
  sample(index: number): Promise<SampleSequences>;
  /** The row of the data set that an index stands for, in messages. Default: the same. */
  rowOf?(index: number): number;
  describe?: Record<string, unknown>;
  /** True for losses that are measured and not trained on: no dropout. */
  measured?: boolean;
  /** Of the stage, for messages. */
  name?: string;
}

/** The objective of a stage over sequences. */
export function sequenceObjective(o: SequenceObjectiveOptions): Objective {
  const { state, loss, trained, name = loss.name } = o;
  const sequences = new SequenceGraph({ ...o, values: state.values, trained: new Set(trained) });
  const rowsOf = rowOrder(o);
  const placed = new WeakMap<Batch, PackedSequences['media']>();
  /** Graphs by bucket, with the names of what they are fed. */
  const graphs = new Map<string, ObjectiveGraph & { inputs: ReadonlySet<string> }>();

  const lossOf = (bucket: string): ObjectiveGraph => loss.loss(sequences.trace(bucket), (...args) => input(...args));
  const graph = (bucket: string): ObjectiveGraph & { inputs: ReadonlySet<string> } => {
    const known = graphs.get(bucket);
    if (known) return known;
    const {
      loss: value,
      metrics = {},
      carried = {},
    } = o.measured ? lossOf(bucket) : withAuxiliary(() => withDropout(input('dropout_seed', [], 'int64'), () => lossOf(bucket)));
    const inputs = new Set(inputsOf([value, ...Object.values(metrics), ...Object.values(carried)]).map((x) => x.name));
    const traced = { loss: value, metrics, carried, inputs };
    graphs.set(bucket, traced);
    return traced;
  };

  /** The feeds that the graph of a bucket reads. */
  const wanted = (bucket: string, feeds: Batch['feeds']): Batch['feeds'] => {
    const { inputs } = graph(bucket);
    return Object.fromEntries(Object.entries(feeds).filter(([key]) => inputs.has(key)));
  };

  const batchPart = async (index: number, { part, parts }: BatchPart): Promise<Batch> => {
    const taken = rowsOf(index).filter((_, i) => i % parts === part);
    const samples: (SampleSequences & { row: number })[] = [];
    for (const at of taken) samples.push({ row: o.rowOf?.(at) ?? at, ...(await o.sample(at)) });
    const learned = samples.filter((s) => s.sequences.some((q) => lossTokens(q) > 0));
    const longest = (s: SampleSequences): number => Math.max(...s.sequences.map((q) => q.ids.length));
    const ordered = [...learned].sort((a, b) => longest(b) - longest(a));
    const all = ordered.flatMap((s) => s.sequences);
    const about = {
      tokens: all.reduce((n, q) => n + q.ids.length, 0),
      items: taken.length,
      rows: samples.map((s) => s.row),
      withoutLoss: samples.flatMap((s) => (learned.includes(s) ? [] : [s.row])),
      unended: samples.flatMap((s) => (s.unended ? [s.row] : [])),
      shortened: samples.flatMap((s) => (s.dropped ? [{ row: s.row, turns: s.dropped }] : [])),
    };
    if (all.length === 0) return { bucket: 'empty', feeds: {}, weight: 0, ...about };
    const { bucket, feeds, packed, placed: shown } = await sequences.batch(all);
    const more = await loss.prepare?.(all, packed);
    const weight = loss.over === 'tokens' ? packed.weight : ordered.length;
    const dropout_seed = hostTensor('int64', [], [index * parts + part]); // every part drops others
    const made: Batch = { bucket, feeds: wanted(bucket, { ...feeds, ...more, dropout_seed }), weight, ...about };
    placed.set(made, shown);
    return made;
  };

  const blind = async (b: Batch): Promise<Batch | undefined> => {
    const other = await sequences.media?.exchanged(placed.get(b) ?? []);
    return other && { ...b, feeds: { ...b.feeds, ...other.feeds } };
  };

  return {
    name,
    trained,
    frozen: state.frozen(trained),
    graph,
    batch: (index) => batchPart(index, { part: 0, parts: 1 }),
    ...(loss.whole ? {} : { batchPart }),
    blind: sequences.media && blind,
    describe: { ...o.describe, ...loss.describe },
    ...(loss.carried ? { carried: loss.carried } : {}),
    dispose: () => {
      void sequences.dispose();
      void loss.dispose?.();
    },
  };
}
