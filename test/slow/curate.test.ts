// Pretraining data at size: a million rows deduplicated within 1 GB, and kill -9 in the middle of a filter.

import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { blobs, writeTar } from '../../src/curate/testing.js';
import { Rng } from '../../src/util/rng.js';

const root = join(import.meta.dirname, '..', '..');
const dir = await mkdtemp(join(tmpdir(), 'sensorium-curate-slow-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const ROWS = Number(process.env.SENSORIUM_DEDUP_ROWS ?? 1_000_000);

/** Rows with captions and hashes of images: of every ten, one repeats a caption with another mark, one an image with two bits changed. */
async function writeRows(file: string, rows: number): Promise<number> {
  const rng = new Rng(4);
  const stream = createWriteStream(file);
  const hashes = new Uint32Array(2 * rows);
  const kept: string[] = [];
  let repeats = 0;
  for (let i = 0; i < rows; i++) {
    const own = Array.from({ length: 12 }, () => `w${rng.int(5000)}`).join(' ');
    [hashes[2 * i], hashes[2 * i + 1]] = [rng.u32(), rng.u32()];
    const kind = i < 1000 ? 9 : i % 10;
    let caption = own;
    if (kind === 0) caption = `${kept[rng.int(kept.length)]}!`;
    else if (kept.length < 1000) kept.push(own);
    if (kind === 1) {
      const from = rng.int(1000);
      hashes[2 * i] = ((hashes[2 * from] as number) ^ (1 << rng.int(32))) >>> 0;
      hashes[2 * i + 1] = ((hashes[2 * from + 1] as number) ^ (1 << rng.int(32))) >>> 0;
    }
    if (kind < 2) repeats++;
    const hex = [hashes[2 * i], hashes[2 * i + 1]].map((half) => (half as number).toString(16).padStart(8, '0')).join('');
    if (!stream.write(`${JSON.stringify({ id: i, caption, image_phash: hex })}\n`))
      await new Promise<void>((resolve) => stream.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve) => void stream.end(() => resolve()));
  return repeats;
}

it('deduplicates a million rows by text and image within 1 GB', { timeout: 60 * 60_000 }, async () => {
  const file = join(dir, 'rows.jsonl');
  const repeats = await writeRows(file, ROWS);
  const script = join(import.meta.dirname, 'fixtures', 'dedup-rows.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, file, join(dir, 'out')], { cwd: root });
  const result = JSON.parse(stdout) as Record<string, number>;
  process.stderr.write(`${stdout}`);
  expect(result).toMatchObject({ rows: ROWS, duplicates: repeats, kept: ROWS - repeats, skipped: 0 });
  expect(result.maxRssMb).toBeLessThan(1024);
});

it('loses and doubles nothing when it is killed', { timeout: 30 * 60_000 }, async () => {
  const members: [string, Uint8Array | string][] = [];
  for (let i = 0; i < 3000; i++)
    members.push([`${i}.jpg`, await blobs(i % 40)], [`${i}.txt`, `a photo number ${i % 900} of a dog on the grass`]);
  const data = await writeTar(join(dir, 'data.tar'), members);
  const run = (out: string, more: readonly string[]): ReturnType<typeof spawn> => {
    const script = join(import.meta.dirname, 'fixtures', 'sensorium.ts');
    const args = [
      'data',
      'filter',
      data,
      '--filters',
      'words,size:min=32,frequency:max=4,duplicate',
      '--rows-per-file',
      '400',
      '--out',
      out,
    ];
    return spawn(process.execPath, ['--import', 'tsx', script, ...args, ...more], { cwd: root, stdio: 'ignore' });
  };
  const over = (child: ReturnType<typeof spawn>): Promise<string | number | null> =>
    new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  const [whole, killed] = [join(dir, 'whole'), join(dir, 'killed')];
  expect(await over(run(whole, []))).toBe(0);
  const child = run(killed, []);
  const ended = over(child);
  // Killed behind its first place, wherever it is then.
  while ((await readFile(join(killed, '.curate', 'state.json'), 'utf8').catch(() => '')) === '') await setTimeout(5);
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  expect(await over(run(killed, ['--resume']))).toBe(0);
  const names = (await readdir(whole)).filter((name) => /\.(?:tar|jsonl|json)$/.test(name)).sort();
  expect((await readdir(killed)).filter((name) => /\.(?:tar|jsonl|json|part)$/.test(name)).sort()).toEqual(names);
  for (const name of names) expect((await readFile(join(killed, name))).equals(await readFile(join(whole, name)))).toBe(true);
});
