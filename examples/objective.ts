// An objective of your own: a small classifier, its graph and its batches, trained by the common loop.
//   npx tsx examples/objective.ts [folder of the run]

import { crossEntropy, input, type Tensor } from 'sensorium/graph';
import { Linear, Module } from 'sensorium/nn';
import { ModelState, type Objective, runStage } from 'sensorium/train';

const BATCH = 32;

class Classifier extends Module {
  hidden = new Linear(2, 32);
  out = new Linear(32, 2);
  forward(x: Tensor): Tensor {
    return this.trace(() => this.out.forward(this.hidden.forward(x).relu()));
  }
}

/** Points of the plane: is a point inside the circle of radius 1? A pure function of the index, so a resumed run takes the same. */
function points(index: number) {
  const x = new Float32Array(BATCH * 2);
  const y = new Int32Array(BATCH);
  for (let i = 0; i < BATCH; i++) {
    const k = index * BATCH + i;
    x[2 * i] = 4 * ((k * 0.7548776662) % 1) - 2;
    x[2 * i + 1] = 4 * ((k * 0.5698402911) % 1) - 2;
    y[i] = Math.hypot(x[2 * i] as number, x[2 * i + 1] as number) < 1 ? 1 : 0;
  }
  return { x: { dtype: 'float32', shape: [BATCH, 2], data: x }, y: { dtype: 'int32', shape: [BATCH], data: y } } as const;
}

const model = new Classifier().nameParameters();
const trained = model.parameters();
const state = new ModelState(trained, { seed: 1 });
const objective: Objective = {
  name: 'circle',
  trained,
  frozen: state.frozen(trained),
  graph: () => ({ loss: crossEntropy(model.forward(input('x', [BATCH, 2])), input('y', [BATCH], 'int32')).mean() }),
  batch: async (index) => ({ bucket: 'all', feeds: points(index), tokens: BATCH, items: BATCH }),
};
const dir = process.argv[2] ?? 'runs/circle';
const summary = await runStage({ objective, state, dir, options: { steps: 400, lr: 2e-2 }, resume: true });
console.log(`loss ${summary.loss.first.toFixed(2)} -> ${summary.loss.last.toFixed(2)}`);
