// Objectives that learn from what the policy does now: completions are collected when their turn comes, kept while they are learned from, and packed.

import { type Input, input, inputsOf, type Parameter, type Shape } from '../../graph/index.js';
import type { Feeds, Sequence } from '../../model/index.js';
import type { DType } from '../../util/host.js';
import { withAuxiliary } from '../auxiliary.js';
import type { Batch, Objective, ObjectiveGraph } from '../objective.js';
import { type Read, SequenceGraph, type SequenceGraphOptions } from '../sequence-graph.js';
import { atPlaces } from '../token-values.js';
import type { TrainedModel } from '../trained-model.js';

/** What a batch is made of. */
export interface OnlineBatch {
  /** Prompts with their completions, whose tokens have weight 1. */
  sequences: readonly Sequence[];
  /** Inputs of the loss, [n]: for each sequence the values of its completion's tokens, or one number for all of them. */
  values: Readonly<Record<string, readonly (number | ArrayLike<number>)[]>>;
  /** As in `Batch`. */
  weight: number;
  rows: readonly number[];
  metrics: Readonly<Record<string, number>>;
  /** As in `Batch`. */
  fault?: string;
}

/** A stage that learns online. `C`: what is collected for a batch, as JSON, so that checkpoints can hold it. */
export interface OnlineObjectiveOptions<C> extends Omit<SequenceGraphOptions, 'values' | 'trained'> {
  name: string;
  state: TrainedModel;
  trained: readonly Parameter[];
  /** Acts with the values of now; called once for each `index`, in order. */
  collect(index: number, signal?: AbortSignal): Promise<C>;
  /** The batch of a step over what was collected, the first being 0; the same each time. Undefined where there is nothing to learn. */
  assemble(collected: C, step: number): Promise<OnlineBatch | undefined>;
  /** Traces the loss; `feed` declares `values` and other inputs. */
  loss(read: Read, feed: (name: string, shape: Shape, dtype?: DType) => Input): ObjectiveGraph;
  /** As `Objective.online.given`. */
  given(index: number): Promise<Feeds>;
  /** Batches of a step. */
  accumulate: number;
  /** Steps that learn from the same completions. Default 1. */
  iterations?: number;
  /** As `Objective.limits`. */
  limits?: Objective['limits'];
  /** As `Objective.measureHeld`. */
  measureHeld?: Objective['measureHeld'];
  describe?: Record<string, unknown>;
  dispose?(): void | Promise<void>;
}

/** What is kept of a round of steps over the same completions. */
interface Round<C> {
  round: number;
  collected: [i: number, collected: C][];
}

/** The objective of a stage that learns online. */
export function onlineObjective<C>(o: OnlineObjectiveOptions<C>): Objective {
  const { name, state, trained, accumulate, iterations = 1 } = o;
  const sequences = new SequenceGraph({ ...o, values: state.values, trained: new Set(trained) });
  const graphs = new Map<string, ObjectiveGraph & { inputs: ReadonlySet<string> }>();
  let kept: Round<C> = { round: -1, collected: [] };

  const graph = (bucket: string): ObjectiveGraph & { inputs: ReadonlySet<string> } => {
    const known = graphs.get(bucket);
    if (known) return known;
    // Without dropout: what is learned from is the policy that drew.
    const traced = withAuxiliary(() => o.loss(sequences.trace(bucket), (...args) => input(...args)));
    const inputs = new Set(inputsOf([traced.loss, ...Object.values(traced.metrics ?? {})]).map((x) => x.name));
    graphs.set(bucket, { ...traced, inputs });
    return { ...traced, inputs };
  };

  /** What the batch at `index` learns from: collected now, or in the first step of its round. */
  const collectedFor = async (index: number, signal?: AbortSignal): Promise<C> => {
    const [step, i] = [Math.floor(index / accumulate), index % accumulate];
    const round = Math.floor(step / iterations);
    if (kept.round !== round) kept = { round, collected: [] };
    const known = kept.collected.find(([at]) => at === i);
    if (known) return known[1];
    const collected = await o.collect(round * accumulate + i, signal);
    kept.collected.push([i, collected]);
    return collected;
  };

  const batch = async (index: number, signal?: AbortSignal): Promise<Batch> => {
    const made = await o.assemble(await collectedFor(index, signal), Math.floor(index / accumulate) % iterations);
    if (!made) return { bucket: 'empty', feeds: {}, weight: 0, tokens: 0, items: 0 };
    const { bucket, feeds, packed } = await sequences.batch(made.sequences);
    const values = Object.fromEntries(Object.entries(made.values).map(([key, list]) => [key, atPlaces(packed, list)]));
    const { inputs } = graph(bucket);
    const all: Record<string, Feeds[string]> = { ...feeds, ...values };
    return {
      bucket,
      feeds: Object.fromEntries(Object.entries(all).filter(([key]) => inputs.has(key))),
      weight: made.weight,
      tokens: made.sequences.reduce((n, { ids }) => n + ids.length, 0),
      items: made.sequences.length,
      rows: made.rows,
      metrics: made.metrics,
      ...(made.fault === undefined ? {} : { fault: made.fault }),
    };
  };

  return {
    name,
    trained,
    frozen: state.frozen(trained),
    graph,
    batch,
    online: { given: (index) => o.given(Math.floor(index / accumulate / iterations) * accumulate + (index % accumulate)) },
    ...(iterations > 1
      ? {
          memory: {
            save: () => kept,
            restore: (saved) => {
              kept = saved as Round<C>;
            },
          },
        }
      : {}),
    ...(o.limits ? { limits: o.limits } : {}),
    ...(o.measureHeld ? { measureHeld: o.measureHeld } : {}),
    describe: { ...o.describe, iterations },
    dispose: () => {
      void sequences.dispose();
      void o.dispose?.();
    },
  };
}
