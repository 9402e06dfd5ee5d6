// Every op of the registry, forward against a naive loop and backward against central differences, over a table of shapes.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { check } from '../../test/graph/check.js';
import { rows } from '../../test/graph/rows.js';
import { registry } from './index.js';

describe.each([...registry.keys()])('%s', (name) => {
  const mine = rows.filter((row) => row.op === name);
  test('has a row in the table', () => {
    expect(mine.length).toBeGreaterThan(0);
  });
  if (mine.length > 0) test.each(mine.map((row) => [row.case, row] as const))('%s', (_, row) => check(row));
});

test('no row names an op that does not exist, no two rows are the same case', () => {
  for (const row of rows) expect(registry.has(row.op), row.op).toBe(true);
  expect(new Set(rows.map((row) => `${row.op} ${row.case}`)).size).toBe(rows.length);
});

test('docs/graph.md lists every op', () => {
  const page = readFileSync(new URL('../../docs/graph.md', import.meta.url), 'utf8').split('## The ops')[1] as string;
  expect([...registry.keys()].filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});
