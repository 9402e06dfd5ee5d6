// A linear probe: a softmax over the mean of a vision tower's tokens, trained on one folder of labeled pictures and tested on another.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crossEntropy, input, Parameter, type Tensor } from '../src/graph/index.js';
import { decodeImage } from '../src/media/index.js';
import { openModel } from '../src/model/index.js';
import type { MultimodalNetwork } from '../src/networks/index.js';
import { init, Module } from '../src/nn/index.js';
import { compile } from '../src/runtime/compile.js';
import { ModelState, type Objective, runStage } from '../src/train/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/sensorium-tiny' },
    data: { type: 'string' },
    out: { type: 'string' },
    steps: { type: 'string', default: '1500' },
  },
});
if (!values.data || !values.out)
  throw new Error('npx tsx scripts/fashion-probe.ts --data DIR --out RUN_DIR [--model MODEL] [--steps 1500]');
const model = await openModel(values.model);
const network = model.network as MultimodalNetwork;
const encoder = await compile({ y: network.encode().mean(1) }, { frozen: model.values });

interface Half {
  x: Float32Array;
  labels: string[];
}

/** Features of every picture, [pictures, width], a batch at a time. */
async function features(dir: string): Promise<Half> {
  const rows = readFileSync(join(dir, 'metadata.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { file_name: string; answer: string });
  const out: Float32Array[] = [];
  for (let at = 0; at < rows.length; at += 64) {
    const images = await Promise.all(rows.slice(at, at + 64).map((row) => decodeImage(join(dir, row.file_name))));
    const each = images.map((image) => model.media?.prepare([image], [])[0]?.feeds().pixels as HostTensor<'float32'>);
    const pixels = hostTensor('float32', [each.length, ...(each[0] as HostTensor).shape.slice(1)]);
    for (const [i, one] of each.entries()) pixels.data.set(one.data, i * one.data.length);
    out.push(Float32Array.from((await encoder.run({ pixels })).y?.data as Float32Array));
  }
  const x = new Float32Array(out.reduce((n, a) => n + a.length, 0));
  let at = 0;
  for (const a of out) {
    x.set(a, at);
    at += a.length;
  }
  return { x, labels: rows.map((row) => row.answer) };
}

const [train, test] = [await features(join(values.data, 'train')), await features(join(values.data, 'test'))];
const width = train.x.length / train.labels.length;
const names = [...new Set(train.labels)].sort();
// Each column is brought to mean 0 and variance 1 by the training half.
for (let c = 0; c < width; c++) {
  const n = train.labels.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const v = train.x[i * width + c] as number;
    sum += v;
    squares += v * v;
  }
  const [mean, deviation] = [sum / n, Math.sqrt(Math.max(squares / n - (sum / n) ** 2, 1e-12))];
  for (const half of [train, test])
    for (let i = 0; i < half.labels.length; i++) half.x[i * width + c] = ((half.x[i * width + c] as number) - mean) / deviation;
}

class Probe extends Module {
  weight = new Parameter([width, names.length], init.zeros);
  bias = new Parameter([names.length], init.zeros);
  logits(x: Tensor): Tensor {
    return x.matMul(this.weight).add(this.bias);
  }
}
const probe = new Probe().nameParameters();
const state = new ModelState(probe.parameters(), { seed: 0 });
const BATCH = 256;
const objective: Objective = {
  name: 'probe',
  trained: probe.parameters(),
  frozen: new Map(),
  graph: () => ({ loss: crossEntropy(probe.logits(input('x', [BATCH, width])), input('labels', [BATCH], 'int32')).mean() }),
  batch: async (index) => {
    const feeds = { x: hostTensor('float32', [BATCH, width]), labels: hostTensor('int32', [BATCH]) };
    for (let i = 0; i < BATCH; i++) {
      const row = (index * BATCH + i) % train.labels.length;
      feeds.x.data.set(train.x.subarray(row * width, (row + 1) * width), i * width);
      feeds.labels.data[i] = names.indexOf(train.labels[row] as string);
    }
    return { bucket: 'all', feeds, tokens: BATCH, items: BATCH };
  },
};
await runStage({ objective, state, dir: values.out, options: { steps: Number(values.steps), lr: 0.01, weightDecay: 0 } });
const n = test.labels.length;
const reader = await compile({ y: probe.logits(input('x', [n, width])) }, { frozen: state.values });
const { y } = await reader.run({ x: hostTensor('float32', [n, width], test.x) });
let right = 0;
for (let i = 0; i < n; i++) {
  const row = (y as HostTensor<'float32'>).data.subarray(i * names.length, (i + 1) * names.length);
  if (names[row.indexOf(Math.max(...row))] === test.labels[i]) right++;
}
process.stdout.write(`${JSON.stringify({ n, accuracy: right / n, train: train.labels.length, width })}\n`);
