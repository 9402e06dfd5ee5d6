// Layers: names and paths of the module tree, each layer against its formula, initialisers.

import { describe, expect, test } from 'vitest';
import { evaluate } from '../../test/graph/evaluate.js';
import { at, average, elementwise, type Nd, nd, product, rowwise, swapped } from '../../test/graph/nd.js';
import { grad, input, lower, type Parameter, sum, type Tensor, topological } from '../graph/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { Conv2d, Embedding, init, LayerNorm, Linear, Lora, Module, mergeHeads, RmsNorm, splitHeads } from './index.js';

class Mlp extends Module {
  up = new Linear(3, 4);
  down = new Linear(4, 3, { bias: false });
  forward(x: Tensor): Tensor {
    return this.trace(() => this.down.forward(this.up.forward(x).gelu()));
  }
}
class Net extends Module {
  embed = new Embedding(5, 3);
  layers = [new Mlp(), new Mlp()];
  head: Linear;
  constructor() {
    super();
    this.head = new Linear(3, 5, { bias: false });
    this.head.weight = this.embed.weight; // tied
  }
  forward(ids: Tensor): Tensor {
    return this.trace(() => this.head.forward(this.layers.reduce((x, l) => l.forward(x), this.embed.forward(ids))));
  }
}

const rng = new Rng('nn');
const values = new Map<Parameter, HostTensor>();
function filled<M extends Module>(module: M): M {
  module.nameParameters();
  for (const p of module.parameters())
    values.set(
      p,
      hostTensor(
        'float32',
        p.dims,
        Array.from({ length: p.count }, () => rng.normal()),
      ),
    );
  return module;
}
const feed = (...shape: number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
  );
const asNd = (t: HostTensor): Nd => ({ shape: t.shape, data: Float64Array.from(t.data as Iterable<number>) });
const of = (p: Parameter): Nd => asNd(values.get(p) as HostTensor);
async function expectSame(module: Module, y: Tensor, feeds: Record<string, HostTensor>, want: Nd): Promise<void> {
  const all = { ...Object.fromEntries(module.parameters().map((p) => [p.name, values.get(p) as HostTensor])), ...feeds };
  const got = (await evaluate({ y }, all)).y as HostTensor<'float32'>;
  expect(got.shape).toEqual([...want.shape]);
  got.data.forEach((v, i) => void expect(v).toBeCloseTo(want.data[i] as number, 4));
}

describe('the module tree', () => {
  test('parameters are named by their path; a tied one appears once, under its first name', () => {
    const net = new Net().nameParameters();
    expect(net.parameters().map((p) => p.name)).toEqual([
      'embed.weight',
      'layers.0.up.weight',
      'layers.0.up.bias',
      'layers.0.down.weight',
      'layers.1.up.weight',
      'layers.1.up.bias',
      'layers.1.down.weight',
    ]);
    expect([...net.namedParameters()].map(([name]) => name)).toContain('head.weight');
  });
  test('a prefix goes in front of every name and path', () => {
    const net = new Net().nameParameters('language_model');
    expect(net.head.path).toBe('language_model.head');
    expect(net.layers[1]?.up.weight.name).toBe('language_model.layers.1.up.weight');
  });
  test('nodes and shape errors carry the path', () => {
    const net = new Net().nameParameters('model');
    const y = net.forward(input('ids', [2], 'int64'));
    const paths = topological([y]).nodes.map((n) => n.path);
    expect(paths).toContain('model.layers.1.down');
    expect(paths).toContain('model.layers.0');
    expect(() => net.layers[1]?.up.forward(input('x', [2, 7]))).toThrow(
      'matMul: cannot multiply [2,7] by [3,4]: inner sizes 7 and 3 differ (in model.layers.1.up)',
    );
  });
  test('a model that was not named cannot be lowered, and says what to do', () => {
    expect(() => lower({ y: new Linear(2, 2).forward(input('x', [1, 2])) })).toThrow(/nameParameters\(\)/);
  });
  test('the gradient of a tied weight is the sum of both uses', async () => {
    const net = filled(new Net());
    const ids = input('ids', [2], 'int64');
    const [tied] = grad(sum(net.forward(ids)), [net.embed.weight]) as [Tensor];
    const open = new Net();
    open.head.weight = new Linear(3, 5).weight;
    open.nameParameters();
    for (const p of open.parameters())
      values.set(p, values.get(net.parameters().find((q) => q.name === p.name) ?? net.embed.weight) as HostTensor);
    const [a, b] = grad(sum(open.forward(ids)), [open.embed.weight, open.head.weight]) as [Tensor, Tensor];
    const feeds = { ids: hostTensor('int64', [2], [1, 4]) };
    const run = (m: Module, y: Tensor) =>
      evaluate({ y }, { ...Object.fromEntries(m.parameters().map((p) => [p.name, values.get(p) as HostTensor])), ...feeds });
    const [left, right] = [(await run(net, tied)).y as HostTensor<'float32'>, (await run(open, a.add(b))).y as HostTensor<'float32'>];
    left.data.forEach((v, i) => void expect(v).toBeCloseTo(right.data[i] as number, 4));
  });
});

describe('layers are their formulas', () => {
  const x = input('x', [2, 3]);
  const feeds = { x: feed(2, 3) };
  test('Linear with and without bias', async () => {
    const m = filled(new Linear(3, 4));
    await expectSame(
      m,
      m.forward(x),
      feeds,
      elementwise((a, b) => a + b)(product(asNd(feeds.x), swapped(of(m.weight))), of(m.bias as Parameter)),
    );
    const plain = filled(new Linear(3, 4, { bias: false }));
    expect(plain.bias).toBeUndefined();
    await expectSame(plain, plain.forward(x), feeds, product(asNd(feeds.x), swapped(of(plain.weight))));
  });
  test('Embedding', async () => {
    const m = filled(new Embedding(5, 2));
    await expectSame(
      m,
      m.forward(input('ids', [3], 'int32')),
      { ids: hostTensor('int32', [3], [4, 0, 4]) },
      nd([3, 2], ([i, d]) => at(of(m.weight), [[4, 0, 4][i as number] as number, d as number])),
    );
  });
  test('LayerNorm and RmsNorm', async () => {
    const layer = filled(new LayerNorm(3, 1e-3));
    const hat = rowwise((r) => r.map((v) => (v - average(r)) / Math.sqrt(average(r.map((u) => (u - average(r)) ** 2)) + 1e-3)))(
      asNd(feeds.x),
    );
    await expectSame(layer, layer.forward(x), feeds, elementwise((v, w, b) => v * w + b)(hat, of(layer.weight), of(layer.bias)));
    const rms = filled(new RmsNorm(3, 1e-3));
    const scaled = rowwise((r) => r.map((v) => v / Math.sqrt(average(r.map((u) => u * u)) + 1e-3)))(asNd(feeds.x));
    await expectSame(rms, rms.forward(x), feeds, elementwise((v, w) => v * w)(scaled, of(rms.weight)));
  });
  test('Conv2d with groups, stride and bias', async () => {
    const m = filled(new Conv2d(2, 4, 2, { stride: 2, groups: 2 }));
    expect(m.weight.dims).toEqual([4, 1, 2, 2]);
    const image = feed(1, 2, 4, 4);
    const want = nd([1, 4, 2, 2], ([, c, i, j]) => {
      let v = at(of(m.bias as Parameter), [c as number]);
      for (let k = 0; k < 4; k++)
        v +=
          at(asNd(image), [0, Math.floor((c as number) / 2), 2 * (i as number) + Math.floor(k / 2), 2 * (j as number) + (k % 2)]) *
          at(of(m.weight), [c as number, 0, Math.floor(k / 2), k % 2]);
      return v;
    });
    await expectSame(m, m.forward(input('image', [1, 2, 4, 4])), { image }, want);
  });
  test('heads split and merge back; a width that does not divide is refused', async () => {
    const y = input('y', ['batch', 'n', 6]);
    expect(splitHeads(y, 3).shape).toEqual(['batch', 3, 'n', 2]);
    const host = feed(2, 2, 6);
    const got = (await evaluate({ back: mergeHeads(splitHeads(y, 3).mul(1.5)) }, { y: host })).back as HostTensor<'float32'>;
    got.data.forEach((v, i) => void expect(v).toBeCloseTo(1.5 * (host.data[i] as number), 5));
    expect(() => splitHeads(y, 4)).toThrow(/whole numbers/);
  });
  test('Lora adds (alpha / rank) x Aᵀ Bᵀ, and nothing at all at its start', async () => {
    const m = filled(new Lora(3, 4, 2, 6));
    const y = input('base', [2, 4]);
    const host = { ...feeds, base: feed(2, 4) };
    const low = product(product(asNd(feeds.x), swapped(of(m.lora_A))), swapped(of(m.lora_B)));
    await expectSame(m, m.forward(x, y), host, elementwise((a, b) => a + 3 * b)(asNd(host.base), low));
    const fresh = hostTensor('float32', m.lora_B.dims, new Float32Array(8).fill(9));
    m.lora_B.init(fresh.data, m.lora_B.dims, rng);
    const got = await evaluate({ out: m.forward(x, y) }, { ...host, lora_A: values.get(m.lora_A) as HostTensor, lora_B: fresh });
    expect((got.out as HostTensor).data).toEqual(host.base.data);
  });
});

describe('initialisers', () => {
  const fill = (f: (typeof init)['ones'], shape: number[], seed = 1): Float32Array => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    f(data, shape, new Rng(seed));
    return data;
  };
  const std = (d: Float32Array): number => Math.sqrt(average(Array.from(d, (v) => v * v)));
  test('constants', () => {
    expect([...fill(init.zeros, [2]), ...fill(init.ones, [2]), ...fill(init.fill(3), [1])]).toEqual([0, 0, 1, 1, 3]);
  });
  test('normal has its deviation, is cut at three of them, and repeats with its seed', () => {
    const d = fill(init.normal(0.02), [20_000]);
    expect(std(d)).toBeGreaterThan(0.0195);
    expect(std(d)).toBeLessThan(0.0202);
    expect(Math.max(...d.map(Math.abs))).toBeLessThanOrEqual(0.06 + 1e-9);
    expect(fill(init.normal(0.02), [20_000])).toEqual(d);
    expect(fill(init.normal(0.02), [20_000], 2)).not.toEqual(d);
  });
  test('fan in counts all axes but the first', () => {
    expect(std(fill(init.fanIn(), [100, 16, 5, 5]))).toBeCloseTo(1 / 20, 2);
    expect(std(fill(init.fanIn(2), [100, 400]))).toBeCloseTo(2 / 20, 2);
  });
});
