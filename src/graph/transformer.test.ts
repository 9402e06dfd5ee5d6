// A whole tiny transformer: its loss and gradient on ONNX Runtime against the same model written as loops in double precision.

import { expect, test } from 'vitest';
import { evaluate } from '../../test/graph/evaluate.js';
import { at, elementwise, type Nd, nd, permute, product, rowwise, sigmoid, softmaxRow, swapped, view } from '../../test/graph/nd.js';
import { attentionOf, causalOf, rmsNormOf, rotaryOf } from '../../test/graph/rows-linear.js';
import { type HostTensor, hostTensor, sizeOf } from '../util/host.js';
import { Rng } from '../util/rng.js';
import {
  attention,
  causalMask,
  constant,
  crossEntropy,
  gather,
  grad,
  input,
  mul,
  repeatHeads,
  rmsNorm,
  rotary,
  rotaryTable,
  type Tensor,
  weightedMean,
} from './index.js';

const [B, N, D, HEADS, KV, FF, VOCAB, LAYERS] = [2, 5, 8, 4, 2, 12, 11, 2];
const HEAD = D / HEADS;

/** Shapes by name; linear weights are stored [out, in]. The embedding is tied to the output. */
const shapes: Record<string, number[]> = { embed: [VOCAB, D], norm: [D] };
for (let l = 0; l < LAYERS; l++)
  Object.assign(shapes, {
    [`${l}.norm1`]: [D],
    [`${l}.q`]: [D, D],
    [`${l}.k`]: [KV * HEAD, D],
    [`${l}.v`]: [KV * HEAD, D],
    [`${l}.o`]: [D, D],
    [`${l}.norm2`]: [D],
    [`${l}.gate`]: [FF, D],
    [`${l}.up`]: [FF, D],
    [`${l}.down`]: [D, FF],
  });

function traced(p: Record<string, Tensor>, ids: Tensor, targets: Tensor, weights: Tensor): Tensor {
  const w = (name: string): Tensor => p[name] as Tensor;
  const linear = (x: Tensor, name: string): Tensor => x.matMul(w(name).transpose());
  const positions = constant(
    hostTensor(
      'int64',
      [B, N],
      Array.from({ length: B * N }, (_, i) => i % N),
    ),
  );
  const table = rotaryTable(N, HEAD);
  let x = gather(w('embed'), ids);
  for (let l = 0; l < LAYERS; l++) {
    const h = rmsNorm(x, w(`${l}.norm1`));
    const heads = (y: Tensor, n: number): Tensor => y.reshape([B, N, n, HEAD]).transpose([0, 2, 1, 3]);
    const q = rotary(heads(linear(h, `${l}.q`), HEADS), positions, table);
    const k = rotary(heads(linear(h, `${l}.k`), KV), positions, table);
    const out = attention(q, repeatHeads(k, HEADS / KV), repeatHeads(heads(linear(h, `${l}.v`), KV), HEADS / KV), { mask: causalMask(N) });
    x = x.add(linear(out.transpose([0, 2, 1, 3]).reshape([B, N, D]), `${l}.o`));
    const m = rmsNorm(x, w(`${l}.norm2`));
    x = x.add(linear(mul(linear(m, `${l}.gate`).silu(), linear(m, `${l}.up`)), `${l}.down`));
  }
  return weightedMean(crossEntropy(linear(rmsNorm(x, w('norm')), 'embed'), targets), weights);
}

function looped(p: Record<string, Nd>, ids: Nd, targets: Nd, weights: Nd): number {
  const w = (name: string): Nd => p[name] as Nd;
  const linear = (x: Nd, name: string): Nd => product(x, swapped(w(name)));
  const plus = elementwise((a, b) => a + b);
  const positions = nd([B, N], ([, i]) => i as number);
  let x = nd([B, N, D], ([b, n, d]) => at(w('embed'), [at(ids, [b, n] as number[]), d as number]));
  for (let l = 0; l < LAYERS; l++) {
    const h = rmsNormOf(x, w(`${l}.norm1`));
    const heads = (y: Nd, n: number): Nd => permute(view(y, [B, N, n, HEAD]), [0, 2, 1, 3]);
    const all = (y: Nd): Nd =>
      nd([B, HEADS, N, HEAD], ([b, i, n, d]) => at(y, [b as number, Math.floor((i as number) / (HEADS / KV)), n as number, d as number]));
    const q = rotaryOf(heads(linear(h, `${l}.q`), HEADS), positions);
    const k = rotaryOf(heads(linear(h, `${l}.k`), KV), positions);
    const out = attentionOf(q, all(k), all(heads(linear(h, `${l}.v`), KV)), causalOf(N));
    x = plus(x, linear(view(permute(out, [0, 2, 1, 3]), [B, N, D]), `${l}.o`));
    const m = rmsNormOf(x, w(`${l}.norm2`));
    x = plus(x, linear(elementwise((g, u) => g * sigmoid(g) * u)(linear(m, `${l}.gate`), linear(m, `${l}.up`)), `${l}.down`));
  }
  const probabilities = rowwise(softmaxRow)(linear(rmsNormOf(x, w('norm')), 'embed'));
  let [loss, weight] = [0, 0];
  for (let b = 0; b < B; b++)
    for (let n = 0; n < N; n++) {
      loss -= at(weights, [b, n]) * Math.log(at(probabilities, [b, n, at(targets, [b, n])]));
      weight += at(weights, [b, n]);
    }
  return loss / weight;
}

const rng = new Rng('tiny transformer');
const names = Object.keys(shapes);
const draw = (name: string): HostTensor => {
  const shape = shapes[name] as number[];
  const scale = shape.length === 1 ? 0.3 : 1 / Math.sqrt(shape[1] as number);
  return hostTensor(
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, () => (shape.length === 1 ? 1 : 0) + scale * rng.normal()),
  );
};
const host = Object.fromEntries(names.map((name) => [name, draw(name)]));
const integers = (): HostTensor =>
  hostTensor(
    'int64',
    [B, N],
    Array.from({ length: B * N }, () => rng.int(VOCAB)),
  );
const feeds = { ...host, ids: integers(), targets: integers(), weights: hostTensor('float32', [B, N], [0, 0, 1, 1, 1, 0, 1, 1, 0.5, 1]) };
const asNd = (t: HostTensor): Nd => ({ shape: t.shape, data: Float64Array.from(t.data as Iterable<number | bigint>, Number) });
const lossAt = (p: Record<string, Nd>): number => looped(p, asNd(feeds.ids), asNd(feeds.targets), asNd(feeds.weights));

async function run(rewrites?: []): Promise<Record<string, HostTensor>> {
  const p = Object.fromEntries(names.map((name) => [name, input(name, shapes[name] as number[])]));
  const loss = traced(p, input('ids', [B, N], 'int64'), input('targets', [B, N], 'int64'), input('weights', [B, N]));
  const gradients = grad(
    loss,
    names.map((name) => p[name] as Tensor),
  );
  return evaluate({ loss, ...Object.fromEntries(gradients.map((g, i) => [`d.${names[i]}`, g])) }, feeds, rewrites ? { rewrites } : {});
}

test('loss and gradient agree with the loops, in random directions and parameter by parameter', async () => {
  const got = await run();
  const base = Object.fromEntries(names.map((name) => [name, asNd(host[name] as HostTensor)]));
  expect((got.loss as HostTensor).data[0]).toBeCloseTo(lossAt(base), 5);
  const slopes = (moving: readonly string[]): [number, number] => {
    const step = 1e-5;
    const direction = Object.fromEntries(moving.map((name) => [name, Float64Array.from(base[name]?.data ?? [], () => rng.normal())]));
    const moved = (by: number): number =>
      lossAt({
        ...base,
        ...Object.fromEntries(
          moving.map((name) => [
            name,
            { shape: shapes[name] as number[], data: (base[name] as Nd).data.map((v, i) => v + by * (direction[name]?.[i] as number)) },
          ]),
        ),
      });
    let predicted = 0;
    for (const name of moving)
      (got[`d.${name}`] as HostTensor<'float32'>).data.forEach((g, i) => {
        predicted += g * (direction[name]?.[i] as number);
      });
    return [predicted, (moved(step) - moved(-step)) / (2 * step)];
  };
  for (let i = 0; i < 4; i++) {
    const [predicted, measured] = slopes(names);
    expect(Math.abs(predicted - measured)).toBeLessThan(1e-4 * Math.max(1, Math.abs(measured)));
  }
  for (const name of names) {
    const [predicted, measured] = slopes([name]);
    expect(Math.abs(predicted - measured), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(measured)));
    expect(Math.abs(measured), `${name} matters`).toBeGreaterThan(1e-6);
  }
});

test('rewrites leave the gradient alone', async () => {
  const [plain, changed] = [await run([]), await run()];
  for (const name of Object.keys(plain)) {
    const [a, b] = [plain[name] as HostTensor<'float32'>, changed[name] as HostTensor<'float32'>];
    a.data.forEach((v, i) => void expect(b.data[i]).toBeCloseTo(v, 5));
  }
});
