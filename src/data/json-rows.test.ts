// Rows of JSON files: the same as JSON.parse whatever the pieces, faults at their line and column, other files by their name.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SensoriumError } from '../util/errors.js';
import { type JsonRowsOptions, jsonRows } from './json-rows.js';

let dir: string;
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-json-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function rows(content: string | Uint8Array, options: JsonRowsOptions = {}): Promise<unknown[]> {
  const file = join(dir, `${count++}.json`);
  await writeFile(file, content);
  const out: unknown[] = [];
  for await (const row of jsonRows(file, options)) out.push(row.value);
  return out;
}

const value = fc.oneof(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 2 })), fc.constant({ a: 'x\\" [{,' }));

describe('jsonRows', () => {
  it('reads what JSON.parse reads, in pieces of any size, indented or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 5 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 2),
        async (all, chunkBytes, indent) => {
          expect(await rows(JSON.stringify(all, null, indent), { chunkBytes })).toEqual(JSON.parse(JSON.stringify(all)));
        },
      ),
      { numRuns: 60 },
    );
  });
  it('refuses a key that stands twice in one object, whatever the pieces', async () => {
    for (const [row, key] of [
      ['{"a": 1, "b": "a:b", "a": 2}', 'a'],
      ['{"a": [{"x": 1}, {"x": 2, "\\u0078" : 3}]}', 'x'],
    ] as const)
      for (const chunkBytes of [3, 1000])
        await expect(rows(`[{}, ${row}]`, { chunkBytes })).rejects.toMatchObject({ code: 'data.read', got: JSON.stringify(key) });
    expect(await rows('[{"a": {"a": ":"}, "b": [{"a": 1}, {"a": 1}], "__proto__": 1}]')).toHaveLength(1);
  });
  it('refuses UTF-16 that ends within a character', async () => {
    const whole = Buffer.from('\uFEFF[{"a": 1}]', 'utf16le');
    expect(await rows(whole)).toEqual([{ a: 1 }]);
    await expect(rows(whole.subarray(0, -1))).rejects.toMatchObject({ code: 'data.read', got: 'an odd number' });
  });
  it('reads arrays of numbers, words and strings', async () => {
    expect(await rows('[1, -2.5e3 ,true,null , "a,b]" , [1,[2]], {}]')).toEqual([1, -2500, true, null, 'a,b]', [1, [2]], {}]);
    expect(await rows('[]')).toEqual([]);
    expect(await rows(' [ ] \n')).toEqual([]);
  });
  it('reads JSON lines, with blank lines and without a last line break', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 40 }), async (all, chunkBytes) => {
        const lines = all.map((row) => JSON.stringify(row)).join('\r\n\n');
        expect(await rows(lines, { chunkBytes })).toEqual(JSON.parse(JSON.stringify(all)));
      }),
      { numRuns: 60 },
    );
  });
  it('reads byte-order marks and UTF-16', async () => {
    const text = '[{"a": "é中😀"}]';
    const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const content of [
      `\uFEFF${text}`,
      little,
      Buffer.from(text, 'utf16le'),
      Buffer.from(little).swap16(),
      Buffer.from(text, 'utf16le').swap16(),
    ])
      expect(await rows(content, { chunkBytes: 7 })).toEqual([{ a: 'é中😀' }]);
  });

  it.each<[string, string, string]>([
    ['NaN', '[\n{"a": 1},\n{"é": "中", "x": NaN}\n]', 'line 3, column 17 (row 1)'],
    ['a comma before a bracket', '[{"a": 1,\n "b": [1,]}]', 'line 2, column 10 (row 0)'],
    ['a comma after the last row', '[{"a": 1},\n]', 'line 2, column 1 (row 1)'],
    ['a missing comma', '[{"a": 1},\n {"b" : 2 "c": 3}]', 'line 2, column 11 (row 1)'],
    ['a missing comma between rows', '[{"a": 1}\n  {"b": 2}]', 'line 2, column 3 (row 1)'],
    ['two commas', '[{"a": 1},,{"b": 2}]', 'line 1, column 11 (row 1)'],
    ['Python', "[{'a': 1}]", 'line 1, column 3 (row 0)'],
    ['None', '[{"a": None}]', 'line 1, column 8 (row 0)'],
    ['a comment', '[{"a": 1, // one\n"b": 2}]', 'line 1, column 11 (row 0)'],
    ['a raw line break', '[{"a": "x\ny"}]', 'line 1, column 10 (row 0)'],
    ['a cut file', '[{"a": 1},\n{"b": "x', 'line 2, column 9 (row 1)'],
    ['an array left open', '[{"a": 1}\n', 'line 2, column 1 (row 1)'],
    ['something after the end', '[{"a": 1}]\n[{"b": 2}]', 'line 2, column 1 (row 1)'],
    ['a comma between lines', '{"a": 1},\n{"b": 2}', 'line 1, column 9 (row 1)'],
    ['two values on a line', '{"a": 1} {"b": 2}', 'line 1, column 10 (row 1)'],
    ['a bracket of the wrong kind', '[{"a": [1}, 2]', 'line 1, column 10 (row 0)'],
  ])('names the place of %s', async (_name, text, place) => {
    for (const chunkBytes of [1, 5, 1 << 20])
      for (const mark of ['', '\uFEFF'])
        await expect(rows(mark + text, { chunkBytes })).rejects.toMatchObject({
          code: 'data.read',
          place: expect.stringMatching(`, ${place.replace(/[()]/g, '\\$&')}$`),
        });
  });

  it('goes on after bad rows whose end is known', async () => {
    const bad: [number, string][] = [];
    const onBad = (error: SensoriumError, index: number): void => void bad.push([index, error.code]);
    expect(await rows('[{"a": 1}, {"b": NaN}, {"c": 1,}, {"d": 2}]', { onBad })).toEqual([{ a: 1 }, { d: 2 }]);
    expect(bad).toEqual([
      [1, 'data.read'],
      [2, 'data.read'],
    ]);
    bad.length = 0;
    const lines = '{"a": 1}\n{"b": "open\n{"c": 3\n{"d": 4}\n{"e": [}\n{"f": 6}\n{"cut": ';
    for (const chunkBytes of [1, 9, 100]) {
      bad.length = 0;
      expect(await rows(lines, { onBad, chunkBytes })).toEqual([{ a: 1 }, { d: 4 }, { f: 6 }]);
      expect(bad.map(([index]) => index)).toEqual([1, 2, 4, 6]);
    }
    bad.length = 0;
    const latin = Buffer.concat([Buffer.from('{"a": "'), Buffer.from([0xe9]), Buffer.from('"}\n{"b": 1}')]);
    expect(await rows(latin, { onBad })).toEqual([{ b: 1 }]);
    expect(bad).toEqual([[0, 'data.read']]);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['CSV', 'id,image\n1,a.png\n', /CSV/],
    ['parquet', 'PAR1....', /parquet/],
    ['gzip', gzipSync('[]'), /gzip/],
    ['zip', 'PK\x03\x04....', /zip/],
    ['tar', `a.png${'\0'.repeat(252)}ustar\0`, /tar/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /LFS/],
    ['an error page', '<!DOCTYPE html><html>', /HTML/],
    ['an empty file', '', /empty/],
    ['a number', '42', /not JSON/],
  ])('names %s given for JSON', async (_name, content, got) => {
    await expect(rows(content)).rejects.toMatchObject({ code: 'data.read', got: expect.stringMatching(got) });
  });

  it('bounds a row, stops when told, and closes the file when left', async () => {
    await expect(rows(`[{"a": "${'x'.repeat(500)}"}]`, { maxRowBytes: 100, chunkBytes: 64 })).rejects.toMatchObject({ code: 'data.read' });
    await expect(rows('[1, 2]', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(rows('[1]'.repeat(1), { chunkBytes: 1 })).resolves.toEqual([1]);
    const file = join(dir, 'left.json');
    await writeFile(file, '[1, 2, 3]');
    for await (const { value } of jsonRows(file)) if (value === 2) break;
    await expect(jsonRows(join(dir, 'absent.json')).next()).rejects.toMatchObject({ code: 'data.read' });
  });
});
