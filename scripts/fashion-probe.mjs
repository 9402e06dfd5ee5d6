#!/usr/bin/env node
// Linear probes of a model's vision tower on the folders that fashion-mnist.mjs writes: what a linear classifier reads from frozen features.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, grad, hostTensor, input, withInputs } from 'sensorium/graph';
import { image } from 'sensorium/media';
import { openModel } from 'sensorium/models';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/sensorium-tiny' },
    data: { type: 'string', default: 'data/fashion-mnist' },
    train: { type: 'string', default: '12000' },
    test: { type: 'string', default: '10000' },
    epochs: { type: 'string', default: '40' },
    seed: { type: 'string', default: '0' },
  },
});
const BATCH = 50;
const { network, values: weights, processor } = await openModel(values.model);
const tokens = withInputs({ sizes: { images: BATCH } }, () => network.encode());
const [, patches, width] = tokens.shape;
const tower = await compile({ tokens }, { frozen: weights });

/** Features of one half: the mean over all patches, and the means over a 4 x 4 grid side by side. */
async function featuresOf(half, most) {
  const rows = readFileSync(join(values.data, half, 'metadata.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .slice(0, most)
    .map(JSON.parse);
  const side = Math.sqrt(patches);
  const cell = side / 4;
  const mean = new Float32Array(rows.length * width);
  const grid = new Float32Array(rows.length * 16 * width);
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => rows[Math.min(from + i, rows.length - 1)]);
    const feeds = await Promise.all(batch.map((row) => pixelsOf(join(values.data, half, row.file_name))));
    const shape = [BATCH, ...feeds[0].shape.slice(1)];
    const joined = new Float32Array(BATCH * feeds[0].data.length);
    for (const [i, { data }] of feeds.entries()) joined.set(data, i * data.length);
    const out = (await tower.run({ [tower.inputs[0].name]: hostTensor('float32', shape, joined) })).tokens.data;
    for (let i = 0; i < BATCH && from + i < rows.length; i++)
      for (let p = 0; p < patches; p++) {
        const at = Math.floor(p / side / cell) * 4 + Math.floor((p % side) / cell);
        for (let k = 0; k < width; k++) {
          const v = out[(i * patches + p) * width + k];
          mean[(from + i) * width + k] += v / patches;
          grid[((from + i) * 16 + at) * width + k] += v / cell ** 2;
        }
      }
    if (from % 1000 === 0) process.stderr.write(`\r${half}: ${from}/${rows.length}`);
  }
  process.stderr.write(`\r${half}: ${rows.length} pictures read\n`);
  return { answers: rows.map((row) => row.answer), mean, grid };
}

async function pixelsOf(file) {
  const { media } = await processor.encode([{ role: 'user', content: [image(file)] }]);
  const feeds = await media[0].feeds();
  return feeds[tower.inputs[0].name];
}

/** Softmax regression by Adam over standardized features; the share of test pictures with the right label. */
async function probe(train, test, dims, labels) {
  const n = train.labels.length;
  const batch = 500;
  const [mean, scale] = [new Float64Array(dims), new Float64Array(dims)];
  for (let i = 0; i < n; i++) for (let k = 0; k < dims; k++) mean[k] += train.x[i * dims + k] / n;
  for (let i = 0; i < n; i++) for (let k = 0; k < dims; k++) scale[k] += (train.x[i * dims + k] - mean[k]) ** 2 / n;
  const standard = (x) => x.map((v, i) => (v - mean[i % dims]) / Math.sqrt(scale[i % dims] + 1e-6));
  const [a, b] = [standard(train.x), standard(test.x)];
  const [x, w, y] = [input('x', [batch, dims]), input('w', [dims, labels]), input('y', [batch, 1], 'int32')];
  const loss = x.matMul(w).logSoftmax().gatherElements(y).mean().neg();
  const step = await compile({ loss, dw: grad(loss, w) });
  const weight = new Float32Array(dims * labels);
  const [m, v] = [new Float64Array(weight.length), new Float64Array(weight.length)];
  let state = Number(values.seed) + 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const order = Array.from({ length: n }, (_, i) => i);
  const steps = Number(values.epochs) * Math.floor(n / batch);
  for (let t = 1; t <= steps; t++) {
    const at = ((t - 1) * batch) % (Math.floor(n / batch) * batch);
    if (at === 0)
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
    const pick = order.slice(at, at + batch);
    const data = new Float32Array(batch * dims);
    for (const [i, row] of pick.entries()) data.set(a.subarray(row * dims, (row + 1) * dims), i * dims);
    const { dw } = await step.run({
      x: hostTensor('float32', [batch, dims], data),
      w: hostTensor('float32', [dims, labels], weight),
      y: hostTensor(
        'int32',
        [batch, 1],
        Int32Array.from(pick, (row) => train.labels[row]),
      ),
    });
    const lr = 0.01 * (1 - t / steps);
    for (let i = 0; i < weight.length; i++) {
      const g = dw.data[i] + 1e-4 * weight[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      weight[i] -= (lr * m[i]) / (1 - 0.9 ** t) / (Math.sqrt(v[i] / (1 - 0.999 ** t)) + 1e-8);
    }
  }
  let right = 0;
  for (let i = 0; i < test.labels.length; i++) {
    let [best, top] = [-1, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < labels; c++) {
      let sum = 0;
      for (let k = 0; k < dims; k++) sum += b[i * dims + k] * weight[k * labels + c];
      if (sum > top) [best, top] = [c, sum];
    }
    if (best === test.labels[i]) right++;
  }
  return right / test.labels.length;
}

const train = await featuresOf('train', Number(values.train));
const test = await featuresOf('test', Number(values.test));
const names = [...new Set(train.answers)].sort();
const labelled = (half, x) => ({ x, labels: half.answers.map((answer) => names.indexOf(answer)) });
const result = {};
for (const [name, dims] of [
  ['mean of the patches', width],
  ['4 x 4 grid of means', 16 * width],
])
  result[name] = await probe(
    labelled(train, dims === width ? train.mean : train.grid),
    labelled(test, dims === width ? test.mean : test.grid),
    dims,
    names.length,
  );
console.log(JSON.stringify({ model: values.model, trained: train.answers.length, n: test.answers.length, accuracy: result }, null, 2));
