// docs/evaluate.md has the table of results/world-benchmarks.json.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error A script without types.
import { withTable } from '../scripts/world-benchmarks.mjs';

const root = join(import.meta.dirname, '..');

it('docs/evaluate.md has the table of results/world-benchmarks.json', () => {
  const page = readFileSync(join(root, 'docs/evaluate.md'), 'utf8');
  const results = JSON.parse(readFileSync(join(root, 'results/world-benchmarks.json'), 'utf8'));
  expect(withTable(page, results)).toBe(page);
  expect(() => withTable('', results)).toThrow();
});
