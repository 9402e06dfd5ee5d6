// `sensorium compare`: the table, JSON, and a page with the pictures that are still there; what it refuses.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../evaluate/report/png.js';
import command from './compare.js';

let dir: string;
const file = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'compare-cli-'));
  await writeFile(file('there.png'), encodePng(new Uint8Array(12), 2, 2));
  const row = (i: number, right: boolean): string =>
    JSON.stringify({
      bench: 'toy',
      row: `k ${i}`,
      kind: 'k',
      question: 'Q?',
      media: [file(i ? 'gone.png' : 'there.png')],
      truth: 'x',
      reply: 'y',
      right,
      accuracy: Number(right),
    });
  await writeFile(file('a.jsonl'), [row(0, true), row(1, false), row(2, true)].join('\n'));
  await writeFile(file('b.jsonl'), [row(0, false), row(1, true), row(2, true)].join('\n'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(...rawArgs: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await runCommand(command, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return out;
}

describe('sensorium compare', () => {
  it('prints a table, or JSON, and writes a page', async () => {
    const table = await run(file('a.jsonl'), file('b.jsonl'));
    expect(table).toMatch(/^toy, 3 rows in both$/m);
    expect(table).toMatch(/^accuracy +0\.667 +0\.667 +\+0\.000 +\S+ +1\.000 +3$/m);
    expect(table).toMatch(/right in A, wrong in B: k 0$/m);
    const printed = JSON.parse(await run(file('a.jsonl'), file('b.jsonl'), '--json', '--report', file('out'), '--out', file('out.json')));
    expect(printed.benchmarks).toMatchObject([
      { bench: 'toy', n: 3, right: { onlyA: 1, onlyB: 1, p: 1 }, gained: [{ row: 'k 1' }], lost: [{ row: 'k 0' }] },
    ]);
    expect(JSON.parse(await readFile(file('out.json'), 'utf8'))).toEqual(printed);
    expect(JSON.parse(await readFile(file('out/compare.json'), 'utf8'))).toEqual(printed);
    const page = await readFile(file('out/compare.html'), 'utf8');
    expect(page.match(/<figure/g)).toHaveLength(2);
    expect(page.match(/<img/g)).toHaveLength(1);
    expect(page).toContain('image files of 1 are not there');
  });

  it.each([
    [['a.jsonl', 'b.jsonl', 'c.jsonl'], 'cli.usage'],
    [['a.jsonl', 'b.jsonl', '--samples', '1'], 'cli.usage'],
    [['a.jsonl', 'none.jsonl'], 'util.missing'],
  ])('refuses %j', async (args, code) => {
    await expect(run(...args.map((arg) => (arg.endsWith('.jsonl') ? file(arg) : arg)))).rejects.toMatchObject({ code });
  });
});
