// docs/reading.md: every line that it sends a reader to holds what the page says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a script without types
import { renumbered } from '../scripts/reading.mjs';

it('docs/reading.md has the line numbers of the sources (node scripts/reading.mjs sets them)', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/reading.md'), 'utf8');
  expect(page).toMatch(/src\/[\w./-]+:[1-9]\d*` `/);
  expect((renumbered as (page: string) => string)(page)).toBe(page);
});
