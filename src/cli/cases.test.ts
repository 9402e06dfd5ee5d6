// Case studies: the file to begin with, the replies of a model, the page and Markdown, and what is refused.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { encodePng } from '../evaluate/report/png.js';
import { casesCommand } from './cases.js';

const tiny = resolve(import.meta.dirname, '../../models/sensorium-tiny');
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cases-'));
  await writeFile(join(dir, 'a.png'), encodePng(new Uint8Array(64 * 64 * 3).fill(90), 64, 64));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(...rawArgs: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await runCommand(casesCommand, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return out;
}
const lines = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('a template becomes a file, which is never replaced', async () => {
  const file = join(dir, 'start.jsonl');
  await run('start', 'driving', '--out', file);
  const cases = await lines(file);
  expect(cases.length).toBeGreaterThan(8);
  expect(cases[0]).toMatchObject({ category: 'understanding: time and weather', picture: '', verdict: '' });
  await expect(run('start', 'driving', '--out', file)).rejects.toMatchObject({ code: 'cli.usage', place: '--out' });
  await expect(run('start', 'cooking', '--out', join(dir, 'x.jsonl'))).rejects.toMatchObject({ code: 'cli.usage' });
});

it('a model replies to what is open; the study counts, escapes and shows', async () => {
  const [file, asked] = [join(dir, 'cases.jsonl'), join(dir, 'asked.jsonl')];
  const row = { category: 'one', picture: 'a.png', prompt: 'Is there a dog?' };
  await writeFile(
    file,
    [
      { ...row, reply: '<b>Yes</b> | *no*', verdict: 'Wrong', note: 'there is none', model: 'other' },
      { ...row, verdict: '' },
      { category: 'two', prompt: '', reply: 'a text', verdict: 'right' },
    ]
      .map((one) => JSON.stringify(one))
      .join('\n'),
  );
  await run('ask', file, '--model', tiny, '--out', asked, '--max-tokens', '8');
  const [kept, answered] = await lines(asked);
  expect(kept).toMatchObject({ reply: '<b>Yes</b> | *no*', model: 'other', verdict: 'wrong' });
  expect(answered).toMatchObject({ model: tiny, verdict: '' });
  expect(String(answered?.reply).length).toBeGreaterThan(0);
  const counts = JSON.parse(
    await run('report', asked, '--out', join(dir, 's.html'), '--title', 'A <study>', '--template', 'general', '--json'),
  );
  expect(counts).toMatchObject([
    { category: 'one', counts: { right: 0, partly: 0, wrong: 1, open: 1 }, right: { value: 0, n: 1 } },
    { category: 'two', counts: { right: 1 } },
    { category: 'all', counts: { right: 1, wrong: 1, open: 1 }, right: { value: 0.5, n: 2 } },
  ]);
  const page = await readFile(join(dir, 's.html'), 'utf8');
  expect(page).not.toMatch(/<b>Yes|<study>/);
  expect(page.match(/data:image\/png/g)).toHaveLength(2);
  await run('report', asked, '--out', join(dir, 's.md'));
  const text = await readFile(join(dir, 's.md'), 'utf8');
  expect(text).toContain('> \\<b\\>Yes\\</b\\> \\| \\*no\\*');
  expect(text).toContain('| one | 0 | 0 | 1 | 1 |');
});

it('what is no case is named', async () => {
  const file = join(dir, 'odd.jsonl');
  const at = async (row: object) => {
    await writeFile(file, JSON.stringify(row));
    return run('report', file, '--out', join(dir, 'x.html'));
  };
  await expect(at({ category: 'x', verdict: 'nice' })).rejects.toMatchObject({ code: 'evaluate.row', got: 'nice' });
  await expect(at({ prompt: 'x' })).rejects.toMatchObject({ code: 'evaluate.row', place: `${file}, line 1` });
  await expect(at({ category: 'x', picture: 'gone.png' })).rejects.toMatchObject({ code: 'evaluate.images' });
  await writeFile(file, JSON.stringify({ category: 'x' }));
  await expect(run('report', file, '--out', join(dir, 'x.pdf'))).rejects.toMatchObject({ code: 'evaluate.report' });
});
