// Layers: names and paths of the module tree, each layer against its formula, initialisers.

import { describe, expect, test } from 'vitest';
import { evaluate } from '../../test/graph/evaluate.js';
import { at, average, elementwise, type Nd, nd, product, rowwise, swapped } from '../../test/graph/nd.js';
import { detach, grad, input, lower, type Parameter, sum, type Tensor, topological } from '../graph/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import {
  Conv2d,
  dropout,
  Embedding,
  init,
  LayerNorm,
  Linear,
  Lora,
  type LoraOptions,
  Module,
  mergeHeads,
  RmsNorm,
  splitHeads,
  withDropout,
} from './index.js';

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
  describe('adapters', () => {
    const adapted = (options: Partial<LoraOptions> = {}) => {
      const linear = new Linear(3, 4);
      linear.adapter = new Lora(3, 4, { rank: 2, alpha: 6, ...options });
      return { linear: filled(linear), lora: linear.adapter as Lora };
    };
    const low = ({ lora_A, lora_B }: Lora, m: Nd = asNd(feeds.x)): Nd =>
      product(product(m, swapped(of(lora_A.weight))), swapped(of(lora_B.weight)));

    test("parameters of an adapter are named as the layer's own, before and after the tree is named", () => {
      const net = new Net().nameParameters();
      (net.layers[1] as Mlp).up.adapter = new Lora(3, 4, { rank: 2, alpha: 2, dora: true });
      const names = ['lora_A.weight', 'lora_B.weight', 'lora_magnitude_vector'].map((name) => `layers.1.up.${name}`);
      expect(net.parameters().map((p) => p.name)).toEqual(expect.arrayContaining(names));
      expect([...net.namedModules()].map(([path]) => path)).toContain('layers.1.up.lora_A');
      expect((net.layers[1] as Mlp).up.adapter?.path).toBe('layers.1.up');
      expect([...adapted().linear.namedParameters()].map(([name]) => name)).toEqual(['weight', 'bias', 'lora_A.weight', 'lora_B.weight']);
    });

    test('LoRA adds (alpha / rank) x Aᵀ Bᵀ, with rsLoRA alpha / sqrt(rank)', async () => {
      for (const [rslora, scale] of [
        [false, 3],
        [true, 6 / Math.SQRT2],
      ] as const) {
        const { linear, lora } = adapted({ rslora });
        const plain = product(asNd(feeds.x), swapped(of(linear.weight)));
        const biased = elementwise((a, b) => a + b)(plain, of(linear.bias as Parameter));
        await expectSame(linear, linear.forward(x), feeds, elementwise((a, b) => a + scale * b)(biased, low(lora)));
      }
    });

    test('DoRA gives the rows of the moved weight the lengths it has learned', async () => {
      const { linear, lora } = adapted({ dora: true });
      const moved = elementwise((w, d) => w + 3 * d)(of(linear.weight), product(of(lora.lora_B.weight), of(lora.lora_A.weight)));
      const lengths = of(lora.lora_magnitude_vector as Parameter);
      const turned = nd([4, 3], ([i, j]) => {
        const row = [0, 1, 2].map((k) => at(moved, [i as number, k]));
        return (at(lengths, [i as number]) * (row[j as number] as number)) / Math.hypot(...row);
      });
      const want = elementwise((a, b) => a + b)(product(asNd(feeds.x), swapped(turned)), of(linear.bias as Parameter));
      await expectSame(linear, linear.forward(x), feeds, want);
    });

    test("with B at its start the output is the layer's own, to the bit", async () => {
      const { linear, lora } = adapted();
      const zeros = hostTensor('float32', [4, 2], new Float32Array(8).fill(9));
      lora.lora_B.weight.init(zeros.data, [4, 2], rng);
      const values = Object.fromEntries([...linear.namedParameters()].map(([name]) => [name, feed(1)]));
      for (const p of linear.parameters()) values[p.name] = feed(...p.dims);
      values['lora_B.weight'] = zeros;
      const got = await evaluate({ with: linear.forward(x), without: linear.plain(x) }, { ...feeds, ...values });
      expect((got.with as HostTensor).data).toEqual((got.without as HostTensor).data);
    });

    test('detach stops gradients: that of x * detach(x) is x', async () => {
      const got = await evaluate({ g: grad(sum(x.mul(detach(x))), x) }, feeds);
      expect((got.g as HostTensor).data).toEqual(feeds.x.data);
    });
  });

  describe('dropout', () => {
    const seed = input('seed', [], 'int64');
    const wide = input('wide', [40, 50]);
    const ones = hostTensor('float32', [40, 50], new Float32Array(2000).fill(1));
    const y = withDropout(seed, () => ({ a: dropout(wide, 0.25), b: dropout(wide, 0.25) }));
    const draw = async (number: number) => {
      const got = await evaluate(y, { wide: ones, seed: hostTensor('int64', [], [number]) });
      return got as Record<'a' | 'b', HostTensor<'float32'>>;
    };
    const share = (d: Float32Array): number => d.filter((v) => v === 0).length / d.length;

    test('leaves out its share and scales the rest; each number and each place draws a mask of its own, the same one every time', async () => {
      const [first, again, next] = [await draw(0), await draw(0), await draw(1)];
      expect(first).toEqual(again);
      for (const mask of [first.a, first.b, next.a]) {
        expect(share(mask.data)).toBeGreaterThan(0.2);
        expect(share(mask.data)).toBeLessThan(0.3);
        expect(new Set(mask.data)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
      }
      // Independent masks agree in 0.25² + 0.75² of the elements.
      const same = (p: HostTensor<'float32'>, q: HostTensor<'float32'>): number => p.data.filter((v, i) => v === q.data[i]).length / 2000;
      for (const [p, q] of [
        [first.a, first.b],
        [first.a, next.a],
      ] as const) {
        expect(same(p, q)).toBeGreaterThan(0.57);
        expect(same(p, q)).toBeLessThan(0.68);
      }
    });

    test('no rows and no columns are alike, over many numbers', async () => {
      for (const number of [2, 3, 50, 123456789]) {
        const { data } = (await draw(number)).a;
        const rows = Array.from({ length: 40 }, (_, i) => data.slice(i * 50, (i + 1) * 50).join());
        const columns = Array.from({ length: 50 }, (_, j) => Array.from({ length: 40 }, (_, i) => data[i * 50 + j]).join());
        expect(new Set(rows).size).toBe(40);
        expect(new Set(columns).size).toBe(50);
      }
    });

    test('outside training graphs, and with a share of zero, it is its input', () => {
      expect(dropout(wide, 0.5)).toBe(wide);
      expect(withDropout(seed, () => dropout(wide, 0))).toBe(wide);
      expect(withDropout(seed, () => new Lora(50, 4, { rank: 2, alpha: 2, dropout: 0.1 }).around(new Linear(50, 4), wide).shape)).toEqual([
        40, 4,
      ]);
    });
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
