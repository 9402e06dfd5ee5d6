// docs/conformance.md is what the measured results and the readings of the labelled replies say.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a script without types
import { conformancePage } from '../scripts/conformance.mjs';
import * as conformance from '../src/cli/conformance.js';

it('docs/conformance.md is up to date (node scripts/conformance.mjs writes it)', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/conformance.md'), 'utf8');
  expect(page).toBe((conformancePage as (module: typeof conformance) => string)(conformance));
});
