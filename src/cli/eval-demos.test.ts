// Orders and selectors of demonstrations compared in one call: what is measured how often, mean and deviation, and the table.

import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../evaluate/runner.js';
import { readDemoArgs, type ShownVariant } from './demo-options.js';
import { refuseWithSweep, sweepDemos, sweepTable } from './eval-demos.js';

const result = (value: number): BenchResult[] => [
  {
    name: 'vqa',
    title: 'VQA',
    about: '',
    n: 10,
    scores: {
      model: [
        { name: 'accuracy', value, low: value - 0.1, high: value + 0.1, n: 10, better: 'higher' },
        { name: 'color', value: 0, low: 0, high: 0, n: 10, better: 'higher', detail: true },
        { name: 'empty', value: 0, low: 0, high: 0, n: 0, better: 'higher' },
      ],
    },
  },
];
const responder = { replies: async () => [] };
const variant = (selector: string, order: string): ShownVariant => ({ selector, order, responder: { ...responder } });

describe('orders and selectors in one call', () => {
  it('are read: sweeps of eval alone, selectors with commas between', () => {
    const of = (more: object, ask = true) => readDemoArgs({ demos: 'x', ...more }, { ask });
    expect(of({ order: 'sweep' })).toMatchObject({ order: 'permutation:0', sweep: 5 });
    expect(of({ order: 'sweep:3', selector: 'rices, random' })).toMatchObject({
      sweep: 3,
      selector: 'rices',
      selectors: ['rices', 'random'],
    });
    expect(of({ order: 'given', selector: 'random' })).toEqual(
      expect.not.objectContaining({ sweep: expect.anything(), selectors: expect.anything() }),
    );
    expect(of({ order: 'sweep' }, false)).toMatchObject({ order: 'sweep' }); // there is no order of that name
    for (const bad of [{ order: 'sweep:1' }, { order: 'sweep:x' }, { order: 'sweep:101' }, { selector: 'random,random' }])
      expect(() => of(bad), JSON.stringify(bad)).toThrowError(expect.objectContaining({ code: 'cli.usage' }));
    for (const name of ['chain', 'processes', 'shard', 'redis'])
      expect(() => refuseWithSweep({ [name]: 'x' })).toThrowError(expect.objectContaining({ code: 'cli.usage' }));
  });

  it('have the mean and deviation of every score that tables show, the first variant measured once', async () => {
    const variants = ['rices', 'random'].flatMap((name) => [0, 1, 2].map((k) => variant(name, `permutation:${k}`)));
    const values = new Map(variants.map((one, i) => [one.responder as unknown, [0.4, 0.5, 0.6, 0.1, 0.1, 0.1][i] as number]));
    let measured = 0;
    const sweep = await sweepDemos(variants, result(0.4), async (own) => {
      measured++;
      return result(values.get(own) as number);
    });
    expect(measured).toBe(5);
    expect(sweep.map(({ selector }) => selector)).toEqual(['rices', 'random']);
    const [rices, random] = sweep.map(({ scores }) => scores);
    expect(rices).toHaveLength(1);
    expect(rices?.[0]).toMatchObject({ benchmark: 'VQA', name: 'accuracy', values: [0.4, 0.5, 0.6] });
    expect(rices?.[0]?.mean).toBeCloseTo(0.5);
    expect(rices?.[0]?.deviation).toBeCloseTo(0.1);
    expect(rices?.[0]?.low).toBeCloseTo(0.5 - (4.303 * 0.1) / Math.sqrt(3), 3);
    expect(random?.[0]?.deviation).toBeCloseTo(0);
    expect(sweepTable(sweep)).toMatch(/in 3 orders.*rices\s+random\nVQA accuracy\s+0\.500 ± 0\.100\s+0\.100 ± 0\.000$/);
  });

  it('compare selectors under one order with the intervals of their rows', async () => {
    const variants = [variant('rices', 'given'), variant('random', 'given')];
    const sweep = await sweepDemos(variants, result(0.5), async () => result(0.3));
    expect(sweep.map(({ scores }) => scores[0])).toMatchObject([
      { mean: 0.5, low: 0.4, high: 0.6 },
      { mean: 0.3, low: expect.closeTo(0.2), high: 0.4 },
    ]);
    expect(sweepTable(sweep)).toMatch(/order given.*\nVQA accuracy\s+0\.500 0\.400-0\.600\s+0\.300 0\.200-0\.400$/);
  });
});
