// docs/zoo.md is what results/zoo says, and every result there is of a recipe that is there.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ZooResult } from '../recipes/parts/zoo.js';
// @ts-expect-error a script without types
import { page, results, uses } from '../scripts/zoo.mjs';

const root = join(import.meta.dirname, '..');

it('docs/zoo.md is what results/zoo says (node scripts/zoo.mjs writes it)', async () => {
  const found = (await results()) as ZooResult[];
  expect(found.length).toBeGreaterThan(0);
  expect(readFileSync(join(root, 'docs/zoo.md'), 'utf8')).toBe(page(found, await uses()));
  for (const { name, score } of found) {
    expect(existsSync(join(root, 'recipes', `${name}.ts`)), name).toBe(true);
    expect(score.low, name).toBeLessThanOrEqual(score.value);
    expect(score.high, name).toBeGreaterThanOrEqual(score.value);
  }
});
