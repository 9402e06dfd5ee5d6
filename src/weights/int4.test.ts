// Four-bit weights on the fly: the rewrites against the float graph of the dequantized weights.

import { describe, expect, it } from 'vitest';
import { normals, parameter, worst } from '../../test/graph/tensors.js';
import { Decoder } from '../generate/decoder.js';
import {
  concat,
  dequantizeBlocks as dequantizeInt4,
  input,
  lower,
  matMul,
  mul,
  type Parameter,
  silu,
  type Tensor,
  trainingRewrites,
} from '../graph/index.js';
import { decodeGraph, llama } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { int4Rewrites, quantizeInt4 } from './int4.js';

const random = normals('int4');

describe('rewrites', () => {
  const [w, g, u] = [parameter('w', 96, 64), parameter('gate', 128, 64), parameter('up', 128, 64)];
  const values = new Map<Parameter, HostTensor>([w, g, u].map((p) => [p, random(...p.dims)]));
  const rounded = new Map<Parameter, HostTensor>([...values].map(([p, t]) => [p, dequantizeInt4(quantizeInt4(t))]));
  const x = input('x', ['batch', 3, 64]);
  const feeds = { x: random(2, 3, 64) };
  const times = (a: Tensor, p: Parameter): Tensor => matMul(a, p.transpose());

  async function compare(y: Tensor, compute: 'float32' | 'int8'): Promise<number> {
    const plain = await compile({ y }, { frozen: rounded });
    const changed = await compile({ y }, { frozen: values, rewrites: [...int4Rewrites({ values, compute }), ...trainingRewrites] });
    const [a, b] = [await plain.run(feeds), await changed.run(feeds)];
    plain.dispose();
    changed.dispose();
    return worst(a.y, b.y) / Math.max(...((a.y as HostTensor).data as Float32Array).map(Math.abs));
  }
  const opTypes = (y: Tensor): string[] =>
    lower({ y }, { rewrites: [...int4Rewrites({ values }), ...trainingRewrites], fed: new Set() }).model.nodes.map((n) => n.opType);

  it('a product equals that of the dequantized weights; int8 activations are near', async () => {
    expect(opTypes(times(x, w))).toEqual(['MatMulNBits']);
    expect(await compare(times(x, w), 'float32')).toBeLessThan(1e-5);
    expect(await compare(times(x, w), 'int8')).toBeLessThan(0.02);
  });
  it('gate and up become one product', async () => {
    const y = mul(silu(times(x, g)), times(x, u));
    expect(opTypes(y).filter((t) => t === 'MatMulNBits')).toHaveLength(1);
    expect(await compare(y, 'float32')).toBeLessThan(1e-5);
    const swapped = mul(times(x, u), silu(times(x, g)));
    expect(opTypes(swapped).filter((t) => t === 'MatMulNBits')).toHaveLength(1);
    expect(await compare(swapped, 'float32')).toBeLessThan(1e-5);
  });
  it('a gate that something else uses too stays on its own', async () => {
    const gate = times(x, g);
    const y = concat([mul(silu(gate), times(x, u)), gate], -1);
    expect(opTypes(y).filter((t) => t === 'MatMulNBits')).toHaveLength(2);
    expect(await compare(y, 'float32')).toBeLessThan(1e-5);
  });
  it('weights that are fed, small or odd stay as they are', () => {
    expect(opTypes(times(x, parameter('fed', 96, 64)))).toEqual(['FusedMatMul']);
    const small = parameter('small', 8, 64);
    values.set(small, random(8, 64));
    expect(opTypes(times(x, small))).toEqual(['FusedMatMul']);
  });
});

describe('a quantized decoder', () => {
  const network = llama({ width: 128, layers: 2, heads: 4, kvHeads: 2, vocabSize: 80, positions: 32 }).build().nameParameters();
  const root = new Rng(5);
  const values = new Map<Parameter, HostTensor>(
    network.parameters().map((p) => {
      const t = hostTensor('float32', p.dims);
      p.init(t.data, p.dims, root);
      return [p, t];
    }),
  );
  const ids = [3, 14, 15, 9, 26, 5, 35];

  it('packs q, k, v and gate, up, and agrees with the float decoder of the dequantized weights', async () => {
    const ops = lower(decodeGraph(network, network, 32), {
      rewrites: [...int4Rewrites({ values }), ...trainingRewrites],
      fed: new Set(),
    }).model.nodes.map((n) => n.opType);
    expect(ops.filter((t) => t === 'MatMulNBits')).toHaveLength(2 * 4 + 1);
    // The embedding is looked up as it is: only products see rounded weights, so the head gets its own copy of them.
    const rewrites = int4Rewrites({ values, compute: 'float32' });
    const products = new Map(values);
    for (const [p, t] of values)
      if (p.dims.length === 2 && p !== network.model.embed_tokens.weight) products.set(p, dequantizeInt4(quantizeInt4(t)));
    const int4 = await Decoder.create({ network, values, rewrites });
    const plain = await Decoder.create({
      network,
      values: products,
      rewrites: int4Rewrites({
        values: new Map([[network.model.embed_tokens.weight, values.get(network.model.embed_tokens.weight) as HostTensor]]),
        compute: 'float32',
      }),
    });
    const fast = await Decoder.create({ network, values, quantize: 'int4' });
    const caches = [int4, plain, fast].map((d) => d.cache());
    for (const piece of [ids.slice(0, 4), ...ids.slice(4).map((id) => [id])]) {
      const [a, b, c] = await Promise.all([int4, plain, fast].map((d, i) => d.step(caches[i] as (typeof caches)[0], { ids: [piece] })));
      expect(worst(a, b)).toBeLessThan(2e-5);
      expect(worst(a, c)).toBeLessThan(0.1);
    }
    for (const d of [int4, plain, fast]) d.dispose();
  });
});
