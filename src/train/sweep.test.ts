// Sweeps: products of overrides, and the statistics of their comparison against numbers worked by hand.

import { describe, expect, it } from 'vitest';
import { compareSweep, repeatedRuns, signFlipTest, sweepPoints } from './sweep.js';

describe('sweepPoints', () => {
  it('makes the product, names settings without the seed, and keeps single values as overrides', () => {
    const points = sweepPoints(['connector=linear,mlp', 'seed=1,2', 'lr=1e-3', 'betas=[0.9,0.98]']);
    expect(points).toHaveLength(4);
    expect(points[1]).toEqual({
      setting: 'connector=linear',
      seed: '2',
      overrides: ['connector=linear', 'seed=2', 'lr=1e-3', 'betas=[0.9,0.98]'],
      folder: 'connector=linear,seed=2',
    });
  });
  it.each([
    [['lr']],
    [['lr=']],
    [['lr=1,1']],
    [['lr=1', 'lr=2']],
    [['a=1,2,3,4,5,6,7,8,9,10,11', 'b=1,2,3,4,5,6,7,8,9,10', 'c=1,2,3,4,5,6,7,8,9,10']],
  ])('refuses %j', (words) => {
    expect(() => sweepPoints(words)).toThrow(expect.objectContaining({ code: 'train.sweep' }));
  });
});

describe('signFlipTest', () => {
  it('is exact: of the eight signs of three equal differences two are as extreme', () => {
    expect(signFlipTest([1, 1, 1])).toBe(0.25);
    expect(signFlipTest([1, -1])).toBe(1);
    // 1+2+3+4: the sums of at least 8 in size are 10 and 8, with both signs.
    expect(signFlipTest([-1, 2, 3, 4])).toBe(4 / 16);
  });
});

describe('runs that a seed did not change', () => {
  const run = (setting: string, seed: string, loss: number) => ({ setting, seed, metrics: { loss, accuracy: 0.5 } });

  it('count once, in their own setting only', () => {
    const runs = [run('a', '1', 0.25), run('a', '2', 0.25), run('a', '3', 0.75), run('b', '1', 0.25), run('b', '2', 0.5)];
    expect(repeatedRuns(runs).map(({ run: { setting, seed }, as }) => [setting, seed, as])).toEqual([['a', '2', '1']]);
    expect(compareSweep(runs).map(({ setting, metric, values }) => [setting, metric, values])).toEqual([
      ['a', 'loss', [0.25, 0.75]],
      ['b', 'loss', [0.25, 0.5]],
      ['a', 'accuracy', [0.5, 0.5]],
      ['b', 'accuracy', [0.5, 0.5]],
    ]);
    expect(
      repeatedRuns([
        { setting: 'a', seed: '1', metrics: {} },
        { setting: 'a', seed: '2', metrics: {} },
      ]),
    ).toEqual([]);
  });
});

describe('compareSweep', () => {
  it('gives means, intervals and the paired difference against the first setting', () => {
    const run = (setting: string, seed: string, loss: number) => ({ setting, seed, metrics: { loss } });
    const [a, b] = compareSweep([
      run('a', '1', 1),
      run('a', '2', 2),
      run('a', '3', 3),
      run('b', '1', 2),
      run('b', '2', 3),
      run('b', '3', 4),
    ]);
    expect(a).toMatchObject({ setting: 'a', n: 3, mean: 2 });
    expect(a?.low).toBeCloseTo(2 - 4.303 / Math.sqrt(3), 6);
    expect(a?.paired).toBeUndefined();
    expect(b?.paired).toEqual({ n: 3, difference: 1, p: 0.25 });
  });
});
