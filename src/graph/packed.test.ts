// Quantized matrices: the arithmetic against plain statements about it, programs over them against the dequantized float matrices.

import { describe, expect, it } from 'vitest';
import { normals, parameter, worst } from '../../test/graph/tensors.js';
import { compile } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import {
  add,
  type Bits,
  type ChannelMatrix,
  dequantizeBlocks,
  dequantizeChannels,
  gather,
  input,
  lower,
  matMul,
  mul,
  PackedTensor,
  type Parameter,
  packedRewrites,
  quantizeBlocks,
  quantizeChannels,
  silu,
  stackBlocks,
  stackChannels,
  type Tensor,
  trainingRewrites,
} from './index.js';

const random = normals('packed');
const packed = (w: HostTensor, bits: Bits, block: number, level?: 1 | 4): PackedTensor =>
  new PackedTensor(w.shape as [number, number], { blocks: quantizeBlocks(w, { bits, block }), level });

describe('quantizeBlocks', () => {
  for (const bits of [4, 8] as const)
    for (const block of [16, 32, 96])
      it(`${bits} bits in blocks of ${block}: off by a step at most, exact for the largest of a block`, () => {
        const w = random(6, 96);
        const q = quantizeBlocks(w, { bits, block });
        const back = dequantizeBlocks(q);
        expect(q.scales.shape).toEqual([6, 96 / block]);
        for (let b = 0; b < q.scales.data.length; b++) {
          const step = Math.abs(q.scales.data[b] as number);
          const values = [...w.data.subarray(b * block, (b + 1) * block)];
          const top = values.reduce((i, v, j) => (Math.abs(v) > Math.abs(values[i] as number) ? j : i), 0);
          expect(back.data[b * block + top]).toBeCloseTo(values[top] as number, 6);
          values.forEach((v, i) => void expect(Math.abs(v - (back.data[b * block + i] as number))).toBeLessThanOrEqual(step * 1.0001));
          const rms = Math.sqrt(values.reduce((s, v, i) => s + (v - (back.data[b * block + i] as number)) ** 2, 0) / block);
          expect(rms).toBeLessThan(step * 0.45);
        }
      });
  it('keeps zeros and whole multiples exactly', () => {
    const w = hostTensor('float32', [2, 32], [...new Array(32).fill(0), ...Array.from({ length: 32 }, (_, i) => ((i % 16) - 8) / 4)]);
    const back = dequantizeBlocks(quantizeBlocks(w, { bits: 4, block: 32 }));
    expect(Array.from(back.data, (v) => v + 0)).toEqual([...w.data]); // + 0: zero has no sign here
  });
  it('stacks rows, without a copy where they follow each other in memory', () => {
    const [a, b] = [quantizeBlocks(random(3, 64), { bits: 4, block: 32 }), quantizeBlocks(random(2, 64), { bits: 4, block: 32 })];
    const both = stackBlocks([a, b]);
    expect([...dequantizeBlocks(both).data]).toEqual([...dequantizeBlocks(a).data, ...dequantizeBlocks(b).data]);
    const view = (from: number, to: number) => ({
      ...both,
      outputs: to - from,
      packed: { ...both.packed, shape: [to - from, 2, 16], data: both.packed.data.subarray(from * 32, to * 32) },
      scales: { ...both.scales, shape: [to - from, 2], data: both.scales.data.subarray(from * 2, to * 2) },
    });
    const again = stackBlocks([view(0, 2), view(2, 5)]);
    expect(again.packed.data.buffer).toBe(both.packed.data.buffer);
    expect([...dequantizeBlocks(again).data]).toEqual([...dequantizeBlocks(both).data]);
    expect(stackBlocks([view(2, 5), view(0, 2)]).packed.data.buffer).not.toBe(both.packed.data.buffer);
  });
  it('refuses what does not divide into blocks', () => {
    expect(() => quantizeBlocks(random(4, 33), { bits: 4, block: 32 })).toThrow(
      /cannot be quantized: expected float32 \[outputs, a multiple of 32\], got float32 \[4,33\]/,
    );
    expect(() => quantizeBlocks(random(64), { bits: 8, block: 32 })).toThrow(/cannot be quantized/);
    expect(() => quantizeChannels(random(64))).toThrow(/cannot be quantized/);
  });
});

it('quantizeChannels: half a step at most in every row', () => {
  const w = random(5, 24);
  const q = quantizeChannels(w);
  expect([q.codes.shape, q.scales.shape]).toEqual([[24, 5], [5]]);
  const back = dequantizeChannels(q);
  w.data.forEach((v, i) => {
    const step = q.scales.data[Math.floor(i / 24)] as number;
    expect(Math.abs(v - (back.data[i] as number))).toBeLessThanOrEqual(step * 0.5001);
  });
});

it('stackChannels: matrices side by side, in int8 or as uint8 around 128', () => {
  const [a, b] = [quantizeChannels(random(5, 24)), quantizeChannels(random(3, 24))];
  const both = stackChannels([a, b]);
  expect([both.codes.shape, both.scales.shape]).toEqual([[24, 8], [8]]);
  const whole = dequantizeChannels(both as ChannelMatrix);
  expect([...whole.data]).toEqual([...dequantizeChannels(a).data, ...dequantizeChannels(b).data]);
  const unsigned = stackChannels([a, b], 128);
  expect(unsigned.codes.dtype).toBe('uint8');
  expect(Array.from(unsigned.codes.data, (c) => c - 128)).toEqual([...both.codes.data]);
  expect(stackChannels([a])).toBe(a);
});

it('stackChannels holds the codes once: nothing is moved before it is read, and parts read theirs out of the last stack', () => {
  const [a, b] = [quantizeChannels(random(5, 24)), quantizeChannels(random(3, 24))];
  const [first, values] = [a.codes, [a, b].map((m) => [...m.codes.data])];
  const lone = stackChannels([a], 128);
  const both = stackChannels([a, b], 128);
  expect(a.codes).toBe(first);
  expect(both.codes.data).toBe(both.codes.data);
  expect(a.codes).not.toBe(first);
  expect([a, b].map((m) => [...m.codes.data])).toEqual(values);
  both.codes.data.fill(128);
  expect([...a.codes.data, ...b.codes.data].every((c) => c === 0)).toBe(true);
  expect(lone.codes.data.every((c) => c === 128)).toBe(true);
  expect(new PackedTensor([5, 24], { channels: a }).bytes).toBe(5 * 24 + 5 * 4);
});

describe('programs over quantized values', () => {
  const x = input('x', ['batch', 3, 64]);
  const feeds = { x: random(2, 3, 64) };
  const plain = (values: ReadonlyMap<Parameter, HostTensor>): Map<Parameter, HostTensor> =>
    new Map([...values].map(([p, v]) => [p, hostTensor('float32', v.shape, v.data as Float32Array)]));

  async function run(
    y: Tensor,
    frozen: ReadonlyMap<Parameter, HostTensor>,
    runtime?: 'native' | 'node',
    fed: Record<string, HostTensor> = feeds,
  ) {
    const program = await compile({ y }, { frozen, runtime });
    try {
      return (await program.run(fed)).y as HostTensor<'float32'>;
    } finally {
      program.dispose();
    }
  }
  const opTypes = (y: Tensor, values: ReadonlyMap<Parameter, HostTensor>): string[] =>
    lower(
      { y },
      {
        rewrites: [
          ...packedRewrites({ weight: (p) => values.get(p) as PackedTensor | undefined, value: (p) => values.get(p) }),
          ...trainingRewrites,
        ],
        fed: new Set(),
      },
    ).model.nodes.map((n) => n.opType);

  for (const runtime of ['native', 'node'] as const)
    for (const bits of [4, 8] as const)
      it(`${bits} bits on ${runtime}: a product equals that of the dequantized weights, int8 activations are near`, async () => {
        const w = parameter('w', 96, 64);
        const weight = random(96, 64);
        const y = matMul(x, w.transpose());
        for (const block of [16, 32, 64]) {
          const exact = new Map([[w, packed(weight, bits, block, 1)]]);
          const want = await run(y, plain(exact));
          const size = Math.max(...want.data.map(Math.abs));
          expect(worst(await run(y, exact, runtime), want) / size).toBeLessThan(1e-5);
          expect(worst(await run(y, new Map([[w, packed(weight, bits, block, 4)]]), runtime), want) / size).toBeLessThan(0.02);
        }
        expect(opTypes(y, new Map([[w, packed(weight, bits, 32)]]))).toEqual(['MatMulNBits']);
      });

  for (const runtime of ['native', 'node'] as const)
    it(`rows of a table on ${runtime} are exactly the dequantized ones, also where the table is the head too`, async () => {
      const table = parameter('table', 80, 64);
      const ids = input('ids', ['batch', 2], 'int32');
      const fed = { ids: hostTensor('int32', [2, 2], [3, 79, 0, 3]) };
      for (const bits of [4, 8] as const) {
        const values = new Map([[table, packed(random(80, 64), bits, 32, 1)]]);
        const rows = gather(table, ids);
        expect(opTypes(rows, values)).toEqual(['GatherBlockQuantized']);
        expect([...(await run(rows, values, runtime, fed)).data]).toEqual([...(await run(rows, plain(values), runtime, fed)).data]);
        const tied = matMul(rows, table.transpose());
        expect(opTypes(tied, values)).toEqual(['GatherBlockQuantized', 'MatMulNBits']);
        expect(worst(await run(tied, values, runtime, fed), await run(tied, plain(values), runtime, fed))).toBeLessThan(1e-3);
      }
    });

  it('int8 products are near the float ones, and a row is the same whatever is beside it', async () => {
    const w = parameter('w', 96, 64);
    const channels = quantizeChannels(random(96, 64));
    const values = new Map([[w, new PackedTensor([96, 64], { channels })]]);
    const y = matMul(x, w.transpose());
    const [native, node, want] = [await run(y, values, 'native'), await run(y, values, 'node'), await run(y, plain(values))];
    const size = Math.max(...want.data.map(Math.abs));
    expect(worst(native, want) / size).toBeLessThan(0.02);
    expect(worst(native, node) / size).toBeLessThan(1e-5);
    const louder = hostTensor(
      'float32',
      [2, 3, 64],
      feeds.x.data.map((v, i) => (i < 192 ? v : v * 1000)),
    );
    expect([...(await run(y, values, 'native', { x: louder })).data.slice(0, 288)]).toEqual([...native.data.slice(0, 288)]);
    const rows = matMul(input('rows', ['n', 64]), w.transpose());
    for (const runtime of ['native', 'node'] as const)
      for (const n of [0, 2]) expect((await run(rows, values, runtime, { rows: random(n, 64) })).shape).toEqual([n, 96]);
    const silent = await run(y, values, 'native', { x: hostTensor('float32', [1, 3, 64]) });
    expect([...silent.data].every((v) => v === 0)).toBe(true);
  });

  it('gate and up with their biases become one product; matrices of other bits stay apart', async () => {
    const [g, u, gb, ub] = [parameter('g', 128, 64), parameter('u', 128, 64), parameter('gb', 128), parameter('ub', 128)];
    const y = mul(silu(add(matMul(x, g.transpose()), gb)), add(matMul(x, u.transpose()), ub));
    const biases: [Parameter, HostTensor][] = [[gb, random(128)], [ub, random(128)]]; // biome-ignore format: two pairs
    const values = new Map<Parameter, HostTensor>([
      [g, packed(random(128, 64), 4, 32, 1)],
      [u, packed(random(128, 64), 4, 32, 1)],
      ...biases,
    ]);
    const count = (v: ReadonlyMap<Parameter, HostTensor>): number => opTypes(y, v).filter((t) => t === 'MatMulNBits').length;
    expect(count(values)).toBe(1);
    expect(worst(await run(y, values), await run(y, plain(values)))).toBeLessThan(1e-3);
    values.set(u, packed(random(128, 64), 8, 32, 1));
    expect(count(values)).toBe(2);
    expect(worst(await run(y, values), await run(y, plain(values)))).toBeLessThan(1e-3);
  });

  it('gate and up in int8 become one product, with the same numbers', async () => {
    const [g, u, gb] = [parameter('g', 128, 64), parameter('u', 128, 64), parameter('gb', 128)];
    const int8 = (): PackedTensor => new PackedTensor([128, 64], { channels: quantizeChannels(random(128, 64)) });
    const values = new Map<Parameter, HostTensor>([
      [g, int8()],
      [u, int8()],
      [gb, random(128)],
    ]);
    const gate = add(matMul(x, g.transpose()), gb);
    const up = matMul(x, u.transpose());
    const y = mul(silu(gate), up);
    expect(opTypes(y, values).filter((t) => t === 'MatMulIntegerToFloat')).toHaveLength(1);
    const apart = { gate: await run(gate, values), up: await run(up, values) };
    const [a, b] = [input('gate', gate.shape), input('up', up.shape)];
    expect([...(await run(y, values)).data]).toEqual([...(await run(mul(silu(a), b), values, undefined, apart)).data]);
  });

  it('what is neither product nor table sees the dequantized matrix', async () => {
    const w = parameter('w', 3, 64);
    const values = new Map([[w, packed(random(3, 64), 4, 32)]]);
    const y = add(x, w);
    expect([...(await run(y, values)).data]).toEqual([...(await run(y, plain(values))).data]);
  });
});
