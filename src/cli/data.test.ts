// `sensorium data` end to end: writes, refuses, replaces, inspects.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from './main.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-cli-data-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const code = await main(['data', ...args], {
    err: (text) => {
      err += text;
    },
  });
  stdout.mockRestore();
  stderr.mockRestore();
  return { code, out, err };
}

describe('sensorium data', () => {
  it('writes real image files and inspects them', async () => {
    const out = join(dir, 'set');
    const made = await run('world', '--out', out, '--scenes', '9', '--size', '96', '--language', 'mixed', '--json');
    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toMatchObject({ out, format: 'llava', scenes: 9 });
    const images = await readdir(join(out, 'images'));
    expect(images).toHaveLength(9);
    expect((await sharp(join(out, 'images', images[0] as string)).metadata()).width).toBe(96);
    expect(JSON.parse(await readFile(join(out, 'data.json'), 'utf8'))).toHaveLength(9);

    const seen = await run('inspect', out, '--json');
    expect(JSON.parse(seen.out)).toMatchObject({ samples: 9, images: 9, sheet: `${out}.png` });
    expect((await sharp(`${out}.png`).metadata()).format).toBe('png');
    expect((await run('inspect', out)).err).toContain('--force');
  });

  it('writes the same bytes for the same seed', async () => {
    for (const name of ['a', 'b'])
      await run('world', '--out', join(dir, `${name}.parquet`), '--format', 'parquet', '--scenes', '5', '--seed', '3');
    expect(await readFile(join(dir, 'a.parquet'))).toEqual(await readFile(join(dir, 'b.parquet')));
  });

  it('refuses to replace without --force', async () => {
    const again = await run('world', '--out', join(dir, 'set'), '--scenes', '2');
    expect(again.code).toBe(1);
    expect(again.err).toContain('--force');
    expect((await run('world', '--out', join(dir, 'set'), '--scenes', '2', '--force')).code).toBe(0);
    expect(await readdir(join(dir, 'set', 'images'))).toHaveLength(2);
  });

  it.each([
    ['--scenes', '0', '--scenes'],
    ['--scenes', 'many', 'many'],
    ['--size', '7', '--size'],
    ['--split', 'validation', 'validation'],
    ['--format', 'tfrecord', 'tfrecord'],
    ['--language', 'fr', 'fr'],
    ['--prior', '2', '--prior'],
    ['--sceens', '3', '--scenes'],
  ])('explains %s %s', async (flag, value, word) => {
    const { code, err } = await run('world', '--out', join(dir, 'never'), flag, value);
    expect(code).not.toBe(0);
    expect(err).toContain(word);
    expect(await readdir(dir)).not.toContain('never');
  });

  describe('a set with bad rows', () => {
    const set = (): string => join(dir, 'thirty.json');
    beforeAll(async () => {
      await mkdir(join(dir, 'pictures'));
      const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
      const jpeg = await sharp({ create: { width: 200, height: 200, channels: 3, background: 'red', noise } })
        .jpeg()
        .toBuffer();
      await writeFile(join(dir, 'pictures', 'good.jpg'), jpeg);
      await writeFile(join(dir, 'pictures', 'cut.jpg'), jpeg.subarray(0, 3000));
      await writeFile(join(dir, 'pictures', 'empty.jpg'), '');
      const rows = Array.from({ length: 30 }, (_, i) => ({
        image: i === 27 ? 'cut.jpg' : i === 28 ? 'empty.jpg' : 'good.jpg',
        conversations: [
          { from: 'human', value: '<image>\nWhat?' },
          { from: 'gpt', value: 'noise' },
        ],
      }));
      await writeFile(set(), JSON.stringify(rows));
    });

    it('names all of them, beyond the sheet, and fails', async () => {
      const { code, out, err } = await run('inspect', set(), '--images', join(dir, 'pictures'), '--count', '2', '--json');
      expect(code).toBe(1);
      expect(err).toContain('--skip-bad');
      const found = JSON.parse(out);
      expect(found).toMatchObject({ samples: 28, images: 28, turns: 28, badRows: 2, sheet: `${set()}.png` });
      expect(found.bad.map((bad: { row: number; key: string }) => [bad.row, bad.key])).toEqual([
        [27, 'image'],
        [28, 'image'],
      ]);
      expect((await sharp(`${set()}.png`).metadata()).width).toBe(400);
    });

    it('leaves them out and lists them with --skip-bad', async () => {
      const args = ['inspect', set(), '--images', join(dir, 'pictures'), '--skip-bad'];
      expect((await run(...args)).err).toContain('--force'); // the sheet of the test before is there
      const { code, out } = await run(...args, '--force');
      expect(code).toBe(0);
      expect(out).toContain('28 samples');
      const lines = (await readFile(`${set()}.bad.jsonl`, 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line).row)).toEqual([27, 28]);
    });

    it('draws nothing where no row is good', async () => {
      const { code, out } = await run('inspect', set(), '--images', dir, '--out', join(dir, 'none.png'), '--json');
      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({ samples: 0, badRows: 30, sheet: null });
      expect(await readdir(dir)).not.toContain('none.png');
    });
  });

  describe('convert and stats', () => {
    const rows = [
      {
        id: 'x',
        image: 'good.jpg',
        source: 'us',
        conversations: [
          { from: 'human', value: '<image>\nWhat?' },
          { from: 'gpt', value: 'noise' },
        ],
      },
      {
        id: 'y',
        image: 'good.jpg',
        conversations: [
          { from: 'human', value: '<image>\nWhat?' },
          { from: 'gpt', value: 'noise' },
        ],
      },
      {
        id: 'z',
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Hello' },
        ],
      },
    ];
    const set = (): string => join(dir, 'pictures', 'three.json');
    beforeAll(() => writeFile(set(), JSON.stringify(rows)));

    it('writes another format, which is found by its content, and counts what has no place there', async () => {
      const parquet = join(dir, 'three.parquet');
      const made = await run('convert', set(), parquet, '--to', 'parquet', '--json');
      expect(made.code).toBe(0);
      expect(JSON.parse(made.out)).toMatchObject({
        out: parquet,
        rows: 3,
        media: 2,
        from: 'llava',
        to: 'parquet',
        lost: { source: 1 },
        badRows: 0,
      });
      expect((await run('convert', set(), parquet, '--to', 'parquet')).err).toContain('--force');
      const back = await run('convert', parquet, join(dir, 'back'), '--to', 'openai', '--json');
      expect(JSON.parse(back.out)).toMatchObject({ rows: 3, from: 'parquet', to: 'openai', lost: {} });
      expect(await readdir(join(dir, 'back'))).toEqual(['data.jsonl', 'images']);
      expect(JSON.parse((await run('inspect', join(dir, 'back'), '--json')).out)).toMatchObject({
        format: 'openai',
        samples: 3,
        images: 2,
      });
    });

    it('writes nothing where rows are bad, and lists all of them; leaves them out with --skip-bad', async () => {
      const bad = join(dir, 'pictures', 'bad.json');
      await writeFile(bad, JSON.stringify([rows[0], { ...rows[1], image: 'cut.jpg' }, { ...rows[1], image: 'none.jpg' }]));
      const out = join(dir, 'good');
      const failed = await run('convert', bad, out, '--to', 'llava', '--json');
      expect(failed.code).toBe(1);
      expect(failed.err).toContain('--skip-bad');
      expect(JSON.parse(failed.out).bad.map((fault: { row: number }) => fault.row)).toEqual([1, 2]);
      expect(await readdir(dir)).not.toContain('good');
      const made = await run('convert', bad, out, '--to', 'llava', '--skip-bad');
      expect(made.code).toBe(0);
      expect(made.out).toContain('2 bad rows');
      expect(JSON.parse(await readFile(join(out, 'data.json'), 'utf8'))).toHaveLength(1);
      expect((await readFile(`${out}.bad.jsonl`, 'utf8')).trim().split('\n')).toHaveLength(2);
      const none = join(dir, 'pictures', 'none.json');
      await writeFile(none, JSON.stringify([{ ...rows[1], image: 'none.jpg' }]));
      const nothing = await run('convert', none, join(dir, 'nothing'), '--to', 'llava', '--skip-bad');
      expect(nothing.code).toBe(1);
      expect(nothing.err).toContain('none.jpg');
    });

    it('counts rows, pictures, lengths and duplicates', async () => {
      const found = JSON.parse((await run('stats', set(), '--json')).out);
      expect(found).toMatchObject({
        format: 'llava',
        rows: 3,
        badRows: 0,
        imagesPerRow: { 0: 1, 1: 2 },
        roles: { user: 3, assistant: 3 },
        turns: { min: 1, max: 1, total: 3 },
        pictures: { width: { min: 200, max: 200 }, types: { jpeg: 2 } },
        duplicateImages: 1,
        duplicateRows: 1,
        repeated: [{ row: 1, of: 0 }],
      });
      expect((await run('stats', set())).out).toContain('row 1 repeats row 0');
    });

    it.each([
      ['--to', 'lava', 'llava'],
      ['--format', 'yaml', 'yaml'],
    ])('explains %s %s', async (flag, value, word) => {
      const { code, err } = await run('convert', set(), join(dir, 'never'), ...(flag === '--to' ? [] : ['--to', 'llava']), flag, value);
      expect(code).not.toBe(0);
      expect(err).toContain(word);
    });
  });

  it('explains a data set that is not there', async () => {
    const { code, err } = await run('inspect', join(dir, 'absent'));
    expect(code).toBe(1);
    expect(err).toContain('absent');
  });
});
