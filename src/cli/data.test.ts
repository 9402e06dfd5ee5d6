// `sensorium data` end to end: writes, refuses, replaces, inspects.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

  it('explains a data set that is not there', async () => {
    const { code, err } = await run('inspect', join(dir, 'absent'));
    expect(code).toBe(1);
    expect(err).toContain('absent');
  });
});
