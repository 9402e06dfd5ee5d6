// docs/trust.md shows the table of the measured result.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trustTable } from '../src/cli/trust.js';
import type { TrustBench } from '../src/trust/index.js';
import { type PhotographResult, photographTable } from '../src/trust/photographs.js';

it('docs/trust.md has the table of results/trust/sensorium-tiny.json', () => {
  const root = join(import.meta.dirname, '..');
  const result = JSON.parse(readFileSync(join(root, 'results/trust/sensorium-tiny.json'), 'utf8')) as TrustBench;
  expect(readFileSync(join(root, 'docs/trust.md'), 'utf8')).toContain(trustTable(result));
});

it('docs/trust.md has the table of results/woodpecker-photographs.json', () => {
  const root = join(import.meta.dirname, '..');
  const result = JSON.parse(readFileSync(join(root, 'results/woodpecker-photographs.json'), 'utf8')) as PhotographResult;
  expect(readFileSync(join(root, 'docs/trust.md'), 'utf8')).toContain(photographTable(result));
});
