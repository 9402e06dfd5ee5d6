// docs/errors.md is the catalogue of error codes as it stands, and no code of the catalogue is one that nothing uses.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a script without types
import { errorsPage } from '../scripts/errors.mjs';
import * as catalogue from '../src/util/error-codes.js';

const root = join(import.meta.dirname, '..');
const codes = Object.keys(catalogue.ERROR_CODES);

it('docs/errors.md is what the catalogue says (node scripts/errors.mjs writes it)', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  expect(page).toBe((errorsPage as (c: typeof catalogue) => string)(catalogue));
  for (const code of codes) expect(page).toContain(`| \`${code}\` | `);
});

it('has no subject twice or without codes, and meanings of one sentence', () => {
  const subjects = new Set(codes.map((code) => code.split('.')[0]));
  expect([...subjects].sort()).toEqual(Object.keys(catalogue.ERROR_SUBJECTS).sort());
  for (const [code, meaning] of Object.entries(catalogue.ERROR_CODES)) expect(meaning, code).toMatch(/^[A-Z][^|\n]{10,120}\.$/);
});

it('has no code that the sources do not give to an error', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter(
    (f) => f.isFile() && f.name.endsWith('.ts') && !f.name.endsWith('.test.ts') && f.name !== 'error-codes.ts',
  );
  const source = files.map((f) => readFileSync(join(f.parentPath, f.name), 'utf8')).join('\n');
  // A code that is only compared with is given to none.
  const given = new Set([...source.matchAll(/(?<!(?:[=!]==|includes\(|case) *)'([a-z]+(?:[._][a-z_]+)+)'/g)].map((m) => m[1]));
  const nameOf = (code: string): string => (code.includes('_') ? code.slice('serve.'.length) : code);
  const unused = codes.filter((code) => code !== 'serve.request' && !given.has(nameOf(code)));
  expect(unused).toEqual([]);
  expect(source).toMatch(/`serve\.\$\{code \?\? 'request'\}`/);
});
