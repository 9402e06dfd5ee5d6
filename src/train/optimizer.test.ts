// The update program against AdamW computed from its formula in float64, norms, clipping, the flat layout, the schedules.

import { describe, expect, it } from 'vitest';
import { Parameter } from '../graph/index.js';
import { selectRuntime } from '../runtime/select.js';
import { Rng } from '../util/rng.js';
import { TrainBuffers } from './buffers.js';
import { accumulate, clipScale, findNonFinite, GradientBlock, globalNorm } from './gradients.js';
import { ratesAt } from './learning-rates.js';
import { AdamW } from './optimizer.js';
import { learningRate } from './schedule.js';

function parameter(name: string, dims: number[]): Parameter {
  const p = new Parameter(dims, () => undefined);
  p.name = name;
  return p;
}
const parameters = () => [parameter('norm', [5]), parameter('a', [7, 3]), parameter('b', [2, 50]), parameter('scale', [])];

describe('flat blocks', () => {
  it('puts decayed parameters first, each on a 64-byte boundary, with zeros between', () => {
    const buffers = new TrainBuffers(parameters());
    expect(buffers.slots.map((s) => s.parameter.name)).toEqual(['a', 'b', 'norm', 'scale']);
    for (const slot of buffers.slots) expect((slot.offset * 4) % 64).toBe(0);
    expect(buffers.groups.map((g) => [g.start, g.end, g.decays])).toEqual([
      [0, 144, true],
      [144, 176, false],
    ]);
    expect(buffers.count).toBe(5 + 21 + 100 + 1);
  });

  it('makes a group per learning rate', () => {
    const buffers = new TrainBuffers(parameters(), { rate: (p) => (p.name === 'b' ? 0.1 : 1) });
    expect(buffers.groups.map((g) => [g.decays, g.rate])).toEqual([
      [true, 1],
      [true, 0.1],
      [false, 1],
    ]);
  });

  it('says what is wrong with nothing to train and with missing moments', () => {
    expect(() => new TrainBuffers([])).toThrow(/nothing to train/);
    expect(() => new TrainBuffers(parameters()).load('m', {}, 'file')).toThrow(/no m for a trained parameter \(in file: a\)/);
  });
});

describe('AdamW', () => {
  for (const name of ['native', 'node'] as const)
    it(`equals the float64 formula over chunks and groups on ${name}`, async () => {
      const runtime = await selectRuntime(name);
      const buffers = new TrainBuffers(parameters(), { rate: (p) => (p.name === 'scale' ? 0.5 : 1) });
      const options = { betas: [0.9, 0.95] as const, eps: 1e-6, weightDecay: 0.1 };
      const optimizer = await AdamW.create(buffers, { ...options, runtime, chunk: 48 });
      const rng = new Rng(3);
      for (const { offset, length } of buffers.slots) for (let i = offset; i < offset + length; i++) buffers.values[i] = rng.normal();
      const p = Float64Array.from(buffers.values);
      const m = new Float64Array(p.length);
      const v = new Float64Array(p.length);
      const scale = 0.7;
      for (let t = 1; t <= 5; t++) {
        const lr = 0.01 * t;
        for (const { offset, length } of buffers.slots)
          for (let i = offset; i < offset + length; i++) buffers.gradients[i] = rng.normal() * 10 ** rng.uniform(-6, 1);
        const before = buffers.gradients.slice();
        await optimizer.update({ lr, t, scale });
        expect(buffers.gradients).toEqual(before);
        for (const group of buffers.groups)
          for (let i = group.start; i < group.end; i++) {
            const g = (before[i] as number) * scale;
            const rate = lr * group.rate;
            p[i] = (p[i] as number) * (1 - rate * (group.decays ? options.weightDecay : 0));
            m[i] = 0.9 * (m[i] as number) + 0.1 * g;
            v[i] = 0.95 * (v[i] as number) + 0.05 * g * g;
            const denominator = Math.sqrt(v[i] as number) / Math.sqrt(1 - 0.95 ** t) + options.eps;
            p[i] = (p[i] as number) - ((rate / (1 - 0.9 ** t)) * (m[i] as number)) / denominator;
          }
      }
      for (let i = 0; i < p.length; i++) {
        expect(Math.abs((buffers.values[i] as number) - (p[i] as number))).toBeLessThan(2e-6 * Math.max(1, Math.abs(p[i] as number)));
        expect(Math.abs((buffers.m[i] as number) - (m[i] as number))).toBeLessThan(2e-6 * Math.max(1, Math.abs(m[i] as number)));
        expect(Math.abs((buffers.v[i] as number) - (v[i] as number))).toBeLessThan(2e-6 * Math.max(1, Math.abs(v[i] as number)));
      }
      optimizer.dispose();
    });

  it('equals the float64 formula with a peak for each of two groups', async () => {
    const peaks: Readonly<Record<string, number>> = { a: 2e-2, norm: 2e-2 };
    const buffers = new TrainBuffers(parameters(), { peak: (p) => peaks[p.name] });
    const options = { schedule: 'cosine', lr: 1e-3, steps: 4, warmup: 1 } as const;
    const optimizer = await AdamW.create(buffers, { weightDecay: 0.1 });
    const rng = new Rng(4);
    for (const { offset, length } of buffers.slots) for (let i = offset; i < offset + length; i++) buffers.values[i] = rng.normal();
    const p = Float64Array.from(buffers.values);
    const [m, v] = [new Float64Array(p.length), new Float64Array(p.length)];
    for (let t = 1; t <= 4; t++) {
      for (const { offset, length } of buffers.slots) for (let i = offset; i < offset + length; i++) buffers.gradients[i] = rng.normal();
      await optimizer.update({ lr: ratesAt(t - 1, options) });
      for (const { parameter, offset, length } of buffers.slots) {
        const lr = learningRate(t - 1, { ...options, lr: peaks[parameter.name] ?? options.lr });
        for (let i = offset; i < offset + length; i++) {
          const g = buffers.gradients[i] as number;
          p[i] = (p[i] as number) * (1 - lr * (parameter.dims.length > 1 ? 0.1 : 0));
          m[i] = 0.9 * (m[i] as number) + 0.1 * g;
          v[i] = 0.999 * (v[i] as number) + 0.001 * g * g;
          p[i] = (p[i] as number) - ((lr / (1 - 0.9 ** t)) * (m[i] as number)) / (Math.sqrt((v[i] as number) / (1 - 0.999 ** t)) + 1e-8);
        }
      }
    }
    for (let i = 0; i < p.length; i++) expect(Math.abs((buffers.values[i] as number) - (p[i] as number))).toBeLessThan(2e-6);
    expect(buffers.groups.map((g) => g.peak)).toEqual([2e-2, undefined, 2e-2, undefined]);
    optimizer.dispose();
  });

  it('leaves weights exactly as they are at a rate of zero', async () => {
    const buffers = new TrainBuffers(parameters());
    buffers.values.fill(1.2345678);
    buffers.gradients.fill(3);
    const before = buffers.values.slice();
    const optimizer = await AdamW.create(buffers, { weightDecay: 0.1 });
    await optimizer.update({ lr: 0, t: 1 });
    expect(buffers.values).toEqual(before);
    optimizer.dispose();
  });

  it('rejects numbers that make no sense', async () => {
    await expect(AdamW.create(new TrainBuffers(parameters()), { betas: [0.9, 1] })).rejects.toThrow(/betas in \[0, 1\)/);
  });
});

describe('gradients', () => {
  it('has a norm, scaled down only when it is too long', () => {
    const block = Float32Array.from({ length: 1003 }, (_, i) => Math.sin(i));
    const expected = Math.sqrt(block.reduce((s, x) => s + x * x, 0));
    expect(globalNorm(block)).toBeCloseTo(expected, 9);
    expect(clipScale(10, 1)).toBeCloseTo(0.1, 6);
    expect(clipScale(0.5, 1)).toBe(1);
    expect(clipScale(10, 0)).toBe(1);
    expect(globalNorm(Float32Array.of(1, Number.NaN, 2))).toBeNaN();
  });

  it('names the parameter that is not finite', () => {
    const buffers = new TrainBuffers(parameters());
    expect(findNonFinite(buffers)).toBeUndefined();
    const slot = buffers.slots[1] as (typeof buffers.slots)[number];
    buffers.gradients[slot.offset + 1] = Number.POSITIVE_INFINITY;
    expect(findNonFinite(buffers)).toEqual({ slot, count: 1 });
  });

  it('accumulates with weights', () => {
    const target = Float32Array.of(1, 2);
    accumulate(target, Float32Array.of(10, 20), 0.5, 2);
    expect([...target]).toEqual([20.5, 41]);
  });

  for (const name of ['native', 'node'] as const)
    it(`are added and measured over several chunks on ${name}`, async () => {
      const buffers = new TrainBuffers([parameter('big', [300, 500]), ...parameters()]);
      const block = await GradientBlock.create(buffers, { accumulate: true, runtime: await selectRuntime(name) });
      const scratch = block.scratch as Float32Array;
      for (let i = 0; i < buffers.length; i++) [buffers.gradients[i], scratch[i]] = [Math.sin(i), Math.cos(i)];
      await block.add(0.5, 2);
      for (const i of [0, 1, 65535, 65536, 131072, buffers.length - 1])
        expect(buffers.gradients[i]).toBeCloseTo(0.5 * Math.sin(i) + 2 * Math.cos(i), 5);
      expect((await block.norm()) / globalNorm(buffers.gradients)).toBeCloseTo(1, 6);
      buffers.gradients[70000] = 1e25; // its square is beyond float32
      expect((await block.norm()) / 1e25).toBeCloseTo(1, 6);
      buffers.gradients[70000] = Number.NaN;
      expect(await block.norm()).toBeNaN();
      block.dispose();
    });
});

describe('schedules', () => {
  const base = { lr: 2, steps: 100, warmup: 10, minRatio: 0.1 };
  it('warms up to the peak and ends at the floor', () => {
    expect(learningRate(0, { ...base, schedule: 'cosine' })).toBeCloseTo(0.2);
    expect(learningRate(9, { ...base, schedule: 'cosine' })).toBe(2);
    expect(learningRate(99, { ...base, schedule: 'cosine' })).toBeCloseTo(0.2);
    expect(learningRate(99, { ...base, schedule: 'linear' })).toBeCloseTo(0.2);
    expect(learningRate(54, { ...base, schedule: 'linear' })).toBeCloseTo(2 * (1 - 0.9 * 0.5));
    expect(learningRate(54, { ...base, schedule: 'cosine' })).toBeCloseTo(2 * (0.1 + 0.9 * 0.5));
    expect(learningRate(99, { ...base, schedule: 'constant' })).toBe(2);
  });
  it('takes warm-up as a share', () => {
    expect(learningRate(24, { ...base, warmup: 0.25, schedule: 'constant' })).toBe(2);
    expect(learningRate(11, { ...base, warmup: 0.25, schedule: 'constant' })).toBeCloseTo((2 * 12) / 25);
  });
  it('rejects nonsense', () => {
    expect(() => learningRate(0, { ...base, lr: Number.NaN, schedule: 'cosine' })).toThrow(/makes no sense/);
    expect(() => learningRate(50, { ...base, schedule: 'cosin' as 'cosine' })).toThrow(/constant, linear or cosine/);
  });
});
