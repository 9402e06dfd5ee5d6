// Agreement of raters and calibration of probabilities, against published and hand-worked examples.

import { describe, expect, it } from 'vitest';
import { calibration } from './calibration.js';
import { cohenKappa, kappaOf } from './kappa.js';
import { krippendorffAlpha } from './krippendorff.js';

describe("Cohen's kappa", () => {
  const table = { a: [] as string[], b: [] as string[] };
  for (const [x, y, n] of [
    ['yes', 'yes', 20],
    ['yes', 'no', 5],
    ['no', 'yes', 10],
    ['no', 'no', 15],
  ] as const)
    for (let i = 0; i < n; i++) {
      table.a.push(x);
      table.b.push(y);
    }

  it('a worked table: 0.7 observed, 0.5 by chance', () => {
    const found = cohenKappa(table.a, table.b, { categories: ['yes', 'no'] });
    expect(found.value).toBeCloseTo(0.4, 12);
    expect(found.n).toBe(50);
    expect(found.low).toBeLessThan(0.4);
    expect(found.high).toBeGreaterThan(0.4);
    expect(found.high - found.low).toBeLessThan(0.6);
  });

  it('habits alone give nothing: a rater who always says yes, two who agree on one category', () => {
    const yes = table.a.map(() => 'yes');
    expect(cohenKappa(table.a, yes, { categories: ['yes', 'no'] }).value).toBe(0);
    expect(cohenKappa(yes, yes, { categories: ['yes', 'no'] }).value).toBe(0);
    expect(cohenKappa(table.a, table.a, { categories: ['yes', 'no'] }).value).toBe(1);
    expect(cohenKappa<string>([], [], { categories: ['yes', 'no'] })).toMatchObject({ value: 0, low: -1, high: 1, n: 0 });
  });

  it('weights: near misses count less', () => {
    // Three categories, each two of three right, one off by one.
    const a = [1, 1, 1, 2, 2, 2, 3, 3, 3];
    const b = [1, 1, 2, 2, 2, 3, 3, 3, 2];
    const value = (weights: 'none' | 'linear' | 'quadratic'): number => cohenKappa(a, b, { categories: [1, 2, 3], weights }).value;
    // Observed disagreement 3/9, expected 2/3; linear: 1/6 over 4/9 (rows 3,3,3; columns 2,4,3); quadratic by the same sums.
    expect(value('none')).toBeCloseTo(0.5, 12);
    expect(value('linear')).toBeCloseTo(1 - 3 / 9 / 2 / (((3 * 4 + 3 * 2 + 3 * 3 + 3 * 4) * 0.5 + (3 * 3 + 3 * 2)) / 81), 12);
    expect(value('quadratic')).toBeGreaterThan(value('linear'));
    expect(kappaOf([1, 0, 0, 1], 2, 'quadratic')).toBe(1);
  });

  it('names what cannot be compared', () => {
    expect(() => cohenKappa(['yes'], [], { categories: ['yes', 'no'] })).toThrow(expect.objectContaining({ code: 'evaluate.agreement' }));
    expect(() => cohenKappa(['yes'], ['maybe'], { categories: ['yes', 'no'] })).toThrow(
      expect.objectContaining({ code: 'evaluate.agreement', got: 'maybe' }),
    );
  });
});

describe("Krippendorff's alpha", () => {
  // The example of Krippendorff (2011): four observers, twelve units, some not rated.
  const observers = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, null, null, null],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, null, 3],
    [null, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, null],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, null],
  ];
  const units = observers[0]?.map((_, i) => observers.flatMap((row) => (row[i] == null ? [] : [row[i] as number]))) ?? [];

  it.each([
    ['nominal', 0.743],
    ['ordinal', 0.815],
    ['interval', 0.849],
  ] as const)('%s: the published value', (measurement, value) => {
    const found = krippendorffAlpha(units, measurement);
    expect(found.value).toBeCloseTo(value, 3);
    expect(found.n).toBe(11);
    expect(found.low).toBeLessThan(value);
    expect(found.high).toBeLessThanOrEqual(1);
  });

  it('one rater, or nothing but one value, agrees with nobody', () => {
    expect(krippendorffAlpha([[1], [2]], 'nominal')).toMatchObject({ value: 0, n: 0 });
    expect(krippendorffAlpha([[1, 1], [1, 1]], 'nominal').value).toBe(0); // biome-ignore format: two items
  });
});

describe('calibration', () => {
  it('a judge that means what it says, and one that is too sure', () => {
    const cases = (p: number, so: number, n: number) => Array.from({ length: n }, (_, i) => ({ p, so: i < so }));
    const honest = calibration([...cases(0.25, 5, 20), ...cases(0.75, 15, 20)]);
    expect(honest.ece).toBeCloseTo(0, 12);
    expect(honest.brier.value).toBeCloseTo(0.1875, 12);
    expect(honest.auroc).toBeCloseTo((15 * 15 + 0.5 * (5 * 15 + 15 * 5)) / 400, 12);
    const sure = calibration([...cases(0, 5, 20), ...cases(1, 15, 20)]);
    expect(sure.ece).toBeCloseTo(0.25, 12);
    expect(sure.brier.value).toBeCloseTo(0.25, 12);
    expect(sure.bins.map(({ from, to, n }) => [from, to, n])).toEqual([
      [0, 0.1, 20],
      [0.9, 1, 20],
    ]);
  });

  it('nothing, one kind only, and what is not a probability', () => {
    expect(calibration([])).toMatchObject({ n: 0, ece: 0, bins: [] });
    expect(calibration([{ p: 0.9, so: true }]).auroc).toBeUndefined();
    expect(() => calibration([{ p: 1.1, so: true }])).toThrow(expect.objectContaining({ code: 'evaluate.agreement' }));
  });
});
