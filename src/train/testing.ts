// A tiny objective for the tests of training: a two-layer classifier over data that is a pure function of the batch index.

import { crossEntropy, input, Parameter } from '../graph/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import type { Batch, Objective } from './objective.js';
import { ModelState } from './state.js';

export interface TinyOptions {
  batch?: number;
  hidden?: number;
  seed?: number;
  /** Distinct batches; the index wraps around. */
  distinct?: number;
  /** Freeze the first layer. */
  freeze?: boolean;
  /** The "image" feature has no effect on the targets and the graph does not read it. */
  blind?: 'uses' | 'ignores';
  /** Batches wait for it. */
  hold?: Promise<unknown>;
  /** Batches that are held out. */
  held?: number;
  /** Every fourth held-out label is wrong: a model that becomes too sure of itself gets worse on them. */
  mislabeled?: boolean;
}

export interface Tiny {
  objective: Objective;
  state: ModelState;
  parameters: Parameter[];
}

const INPUTS = 8;
const CLASSES = 4;

/** y = W2 relu(W1 x + b1) + b2 with cross entropy. */
export function tinyProblem(options: TinyOptions = {}): Tiny {
  const { batch = 16, hidden = 32, seed = 1, distinct = 1e9, freeze = false, blind, hold, held, mislabeled } = options;
  const normal = (std: number) => (data: Float32Array, _: readonly number[], rng: Rng) => {
    for (let i = 0; i < data.length; i++) data[i] = rng.normal() * std;
  };
  const named = (name: string, dims: number[], std: number): Parameter => {
    const p = new Parameter(dims, normal(std));
    p.name = name;
    return p;
  };
  const [w1, b1, w2, b2] = [
    named('first.weight', [hidden, INPUTS], 0.5),
    named('first.bias', [hidden], 0),
    named('second.weight', [CLASSES, hidden], 0.2),
    named('second.bias', [CLASSES], 0),
  ];
  const parameters = [w1, b1, w2, b2];
  const state = new ModelState(parameters, { seed });
  const trained = freeze ? [w2, b2] : parameters;

  const objective: Objective = {
    name: 'tiny',
    trained,
    frozen: state.frozen(trained),
    graph(bucket) {
      const rows = bucket === 'only' ? batch : Number(bucket);
      const x = input('x', [rows, INPUTS]);
      const image = input('image', [rows, INPUTS]);
      const y = input('y', [rows], 'int64');
      const seen = blind === 'ignores' ? x.add(image.mul(0)) : x.add(image);
      const h = seen.matMul(w1.transpose()).add(b1).relu();
      const logits = h.matMul(w2.transpose()).add(b2);
      const loss = crossEntropy(logits, y).mean();
      return { loss, metrics: { logit: logits.mean() } };
    },
    async batch(index, signal): Promise<Batch> {
      signal?.throwIfAborted();
      await hold;
      const rng = new Rng(7).fork('batch', index % distinct);
      const x = hostTensor('float32', [batch, INPUTS]);
      const image = hostTensor('float32', [batch, INPUTS]);
      const y = hostTensor('int64', [batch]);
      for (let i = 0; i < batch; i++) {
        const k = rng.int(CLASSES);
        y.data[i] = BigInt(k);
        for (let j = 0; j < INPUTS; j++) {
          x.data[i * INPUTS + j] = rng.normal() * 0.5;
          image.data[i * INPUTS + j] = (j === k ? 2 : 0) + rng.normal() * 0.1;
        }
      }
      return { bucket: 'only', feeds: { x, image, y }, tokens: batch, items: batch };
    },
    describe: { batch, hidden },
    async batchPart(index, { part, parts }, signal) {
      const whole = await objective.batch(index, signal);
      const [start, end] = [part, part + 1].map((p) => Math.floor((whole.items * p) / parts)) as [number, number];
      const feeds = Object.fromEntries(
        Object.entries(whole.feeds).map(([name, { dtype, shape, data }]) => {
          const width = data.length / (shape[0] as number);
          return [name, { dtype, shape: [end - start, ...shape.slice(1)], data: data.slice(start * width, end * width) } as HostTensor];
        }),
      );
      return { ...whole, bucket: String(end - start), feeds, tokens: end - start, items: end - start, weight: end - start };
    },
  };
  if (blind)
    objective.blind = (b) => {
      const image = b.feeds.image as ReturnType<typeof hostTensor<'float32'>>;
      const rolled = hostTensor('float32', image.shape);
      rolled.data.set(image.data.subarray(INPUTS));
      rolled.data.set(image.data.subarray(0, INPUTS), image.data.length - INPUTS);
      return { ...b, feeds: { ...b.feeds, image: rolled } };
    };
  const heldBatch = async (index: number): Promise<Batch> => {
    const made = await objective.batch(1e6 + index);
    const labels = made.feeds.y?.data as BigInt64Array;
    if (mislabeled) for (let i = 0; i < batch; i += 4) labels[i] = ((labels[i] as bigint) + 1n) % BigInt(CLASSES);
    return made;
  };
  if (held) objective.held = { batches: held, objective: { ...objective, batch: heldBatch } };
  return { objective, state, parameters };
}
