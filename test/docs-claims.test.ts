// docs/claims.md is what results/claims says, by the rule that the page states; and how the runs of a sweep become a claim's differences.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type ClaimCheck, type ClaimResult, checkClaim } from '../recipes/parts/claim.js';
// @ts-expect-error a script without types
import { checkVerdict, claimVerdict, page, recipeOf, results } from '../scripts/claims.mjs';

const root = join(import.meta.dirname, '..');

it('docs/claims.md is what results/claims says (node scripts/claims.mjs writes it)', async () => {
  const found = (await results()) as ClaimResult[];
  expect(readFileSync(join(root, 'docs/claims.md'), 'utf8')).toBe(page(found));
  for (const { name, checks, runs } of found) {
    expect(existsSync(join(root, recipeOf(name))), name).toBe(true);
    // The differences are those of the runs beside them.
    const again = checkClaim(checks, runs);
    for (const [i, check] of checks.entries()) expect(again[i]?.differences, name).toEqual(check.differences);
  }
});

const check: ClaimCheck = {
  says: 'b against a',
  of: { variant: 'b', metrics: ['x', 'y'] },
  than: { variant: 'a', metrics: ['x', 'y'] },
  rule: 'above',
  margin: 0,
};
const run = (variant: string, seed: string, x: number, y?: number) => ({
  ...{ setting: `variant=${variant}`, seed, seconds: 1 },
  metrics: { x, ...(y === undefined ? {} : { y }) },
});

it('a claim is compared seed by seed, over the seeds that have both sides', () => {
  const runs = [run('a', '1', 0.1, 0.3), run('b', '1', 0.5, 0.5), run('a', '2', 0.2, 0.2), run('b', '2', 0.4, 0.6), run('b', '3', 0.9)];
  const [made] = checkClaim([check], runs);
  expect(made?.seeds).toEqual(['1', '2']);
  for (const [i, d] of [0.3, 0.3].entries()) expect(made?.differences[i]).toBeCloseTo(d, 12);
  expect(made?.mean).toBeCloseTo(0.3, 12);
  const [none] = checkClaim([check], runs.slice(0, 1));
  expect(none).toMatchObject({ seeds: [], differences: [] });
  expect(checkVerdict(none)).toBe('unclear');
});

it.each([
  ['above', 0, 0.01, 0.2, 'reproduced'],
  ['above', 0, -0.01, 0.2, 'unclear'],
  ['above', 0, -0.2, -0.01, 'not'],
  ['at least', -0.05, -0.04, 0.2, 'reproduced'],
  ['at least', -0.05, -0.2, -0.06, 'not'],
  ['within', 0.02, -0.01, 0.015, 'reproduced'],
  ['within', 0.02, -0.01, 0.03, 'unclear'],
  ['within', 0.02, 0.03, 0.1, 'not'],
] as const)('an interval for %s %d from %d to %d is %s', (rule, margin, low, high, verdict) => {
  expect(checkVerdict({ ...check, rule, margin, low, high })).toBe(verdict);
});

it('a claim needs all of its differences, and one that is not decides', () => {
  const of = (...intervals: [number, number][]): { checks: object[] } => ({
    checks: intervals.map(([low, high]) => ({ ...check, low, high })),
  });
  expect(claimVerdict(of([0.1, 0.2], [0.1, 0.2]))).toBe('reproduced');
  expect(claimVerdict(of([0.1, 0.2], [-0.1, 0.2]))).toBe('unclear');
  expect(claimVerdict(of([0.1, 0.2], [-0.1, 0.2], [-0.2, -0.1]))).toBe('not');
  expect(claimVerdict(of())).toBe('unclear');
});
