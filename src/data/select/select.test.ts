// Selection: clusters that are there are found, weights of indicators that matter are learned, the best of each cluster are taken.

import { describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import type { Conversation } from '../dataset.js';
import { kMeans } from './kmeans.js';
import { indicatorTable, learnWeights, lengthIndicator, rewardIndicator, selectRows, standardized, trialSubsets } from './selector.js';

const rng = new Rng(3);
const row = (answer: string): Conversation => ({
  id: answer,
  messages: [
    { role: 'user', content: 'What?' },
    { role: 'assistant', content: answer },
  ],
  at: { file: 'x', row: 0 },
});

describe('k-means', () => {
  it('finds groups that lie apart, the same for the same seed', () => {
    const rows = Array.from({ length: 60 }, (_, i) => [(i % 3) * 10 + rng.normal(), (i % 3) * -5 + rng.normal()]);
    const { labels, inertia } = kMeans(rows, 3, { seed: 1 });
    for (let i = 3; i < 60; i++) expect(labels[i]).toBe(labels[i % 3]);
    expect(new Set(labels).size).toBe(3);
    expect(inertia).toBeLessThan(60 * 6);
    expect(kMeans(rows, 3, { seed: 1 }).labels).toEqual(labels);
  });
  it('of one point, and of too many clusters', () => {
    expect(kMeans([[1], [1], [1]], 2).inertia).toBe(0);
    expect(() => kMeans([[1]], 2)).toThrow(expect.objectContaining({ code: 'data.option' }));
  });
});

describe('the selector', () => {
  it('makes a table of indicators, and refuses what is no number', async () => {
    const data = { length: 2, describe: {}, get: async (i: number) => row(i ? 'a long answer' : 'short') };
    const reward = rewardIndicator('reward', async ({ id }) => id.length);
    const { names, values } = await indicatorTable(data, [lengthIndicator, reward]);
    expect(names).toEqual(['length', 'reward']);
    expect(Array.from(values[1] as Float64Array)).toEqual([Math.log1p(3), 13]);
    const bad = rewardIndicator('bad', async () => Number.NaN);
    await expect(indicatorTable(data, [bad])).rejects.toMatchObject({ code: 'data.option', place: 'bad: row 0' });
    expect(standardized([[1, 5], [3, 5]]).map((r) => [...r])).toEqual([[-1, 0], [1, 0]]); // biome-ignore format: a table
  });

  it('learns which indicators matter from models tuned on subsets', () => {
    const values = Array.from({ length: 300 }, () => Float64Array.from([rng.normal(), rng.normal(), rng.normal()]));
    const table = { names: ['good', 'idle', 'bad'], values };
    const labels = kMeans(values, 6, { seed: 2 }).labels;
    const trials = trialSubsets(labels, { subsets: 24, size: 40, seed: 5 }).map((rows) => {
      expect(rows.length).toBe(40);
      expect(new Set(rows).size).toBe(40);
      const mean = (k: number): number => rows.reduce((sum, i) => sum + (values[i]?.[k] as number), 0) / rows.length;
      return { rows, score: 0.5 + 0.3 * mean(0) - 0.1 * mean(2) + 0.005 * rng.normal() };
    });
    const [good, idle, bad] = learnWeights(table, trials) as [number, number, number];
    expect(good).toBeGreaterThan(0.4);
    expect(bad).toBeLessThan(-0.1);
    expect(Math.abs(idle)).toBeLessThan(0.15);
    expect(() => learnWeights(table, trials.slice(0, 1))).toThrow(expect.objectContaining({ code: 'data.option' }));
  });

  it('takes the best rows of each cluster, as many as its share', () => {
    const values = Array.from({ length: 12 }, (_, i) => Float64Array.from([i]));
    const labels = Int32Array.from({ length: 12 }, (_, i) => (i < 8 ? 0 : 1));
    const table = { names: ['x'], values };
    expect([...selectRows(table, { count: 3, weights: [1], labels })]).toEqual([6, 7, 11]);
    expect([...selectRows(table, { count: 3, weights: [1] })]).toEqual([9, 10, 11]);
    expect([...selectRows(table, { count: 2, weights: [-1] })]).toEqual([0, 1]);
    expect(() => selectRows(table, { count: 13, weights: [1] })).toThrow(expect.objectContaining({ code: 'data.option' }));
    expect(() => selectRows(table, { count: 1, weights: [] })).toThrow(expect.objectContaining({ code: 'data.option' }));
  });
});
