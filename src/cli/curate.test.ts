// `sensorium data filter|dedup|caption|select`: what they write, and bad input of every kind: wrong calls, empty folders, broken images, missing columns.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { blobs, writeFiles } from '../curate/testing.js';
import { main } from './main.js';

const models = join(import.meta.dirname, '../../models');
let dir: string;
/** Six rows: two of the same picture, a file that is not a picture, one that is cut off, one without a caption, one that is fine. */
let pictures: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-cli-curate-'));
  const [dog, cat] = [await blobs(1, { width: 240, height: 220 }), await blobs(2, { width: 240, height: 220 })];
  pictures = await writeFiles(join(dir, 'pictures'), {
    ...{ 'a.jpg': dog, 'a.txt': 'a dog in the park', 'b.jpg': dog, 'b.txt': 'A dog in the park!' },
    ...{ 'c.jpg': 'this is a page', 'c.txt': 'a dog on the grass', 'd.jpg': dog.slice(0, 700), 'd.txt': 'a dog on the grass' },
    ...{ 'e.jpg': cat, 'f.jpg': cat, 'f.txt': 'a cat on the mat' },
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const code = await main(['data', ...args], {
      err: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run(...args, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
};
/** A table of addresses, which hold no images, with captions. */
async function urls(): Promise<string> {
  const file = join(dir, 'urls.parquet');
  const columnData = [
    { name: 'url', data: ['http://a/b.jpg', 'http://a/c.jpg'] },
    { name: 'caption', data: ['a dog on the grass', 'a dog on the grass'] },
  ];
  await writeFile(file, new Uint8Array(parquetWriteBuffer({ columnData })));
  return file;
}
const empty = async (): Promise<string> => {
  const folder = join(dir, 'empty');
  await mkdir(folder, { recursive: true });
  return folder;
};

describe('sensorium data filter', () => {
  it('keeps what passes, with a reason for every other row', async () => {
    const out = join(dir, 'kept');
    expect(await json('filter', pictures, '--filters', 'words,size,duplicate', '--out', out)).toMatchObject({
      ...{ out, rows: 6, kept: 2, dropped: 4 },
      first: { caption: 1, image: 2, duplicate: 1 },
    });
    expect(await readdir(out)).toEqual(expect.arrayContaining(['00000.tar', 'decisions.jsonl', 'report.json', 'samples.html']));
    const again = await run('filter', pictures, '--filters', 'words', '--out', out);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('--force')]);
    const other = await run('filter', pictures, '--filters', 'length', '--out', out, '--resume');
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('other options')]);
  });

  it('lists filters, and reads captions of tables without images', async () => {
    expect((await run('filter', 'x', '--filters', 'help')).out).toContain('spatial');
    expect(await json('filter', await urls(), '--filters', 'frequency:max=1', '--list', '--out', join(dir, 'texts'))).toMatchObject({
      rows: 2,
      kept: 0,
      first: { frequency: 2 },
    });
  });

  it.each<[string, string[], string]>([
    ['no folder to write', ['--filters', 'words'], '--out'],
    ['no filter', ['--out', 'never'], '--recipe'],
    ['a filter that there is not', ['--filters', 'sizes', '--out', 'never'], 'size'],
    ['a setting that a filter has not', ['--filters', 'size:most=3', '--out', 'never'], 'size.most'],
    ['a recipe that there is not', ['--recipe', 'laoin', '--out', 'never'], 'laion'],
    ['a share of none', ['--filters', 'words', '--shard', '3/2', '--out', 'never'], '--shard'],
    ['a transform that there is not', ['--filters', 'words', '--transforms', 'upper', '--out', 'never'], 'upper'],
    ['work without a queue', ['--filters', 'words', '--work', '--out', 'never'], '--redis'],
    ['an address that is not of Redis', ['--filters', 'words', '--redis', 'http://x', '--out', 'never'], '--redis'],
    ['a queue and a share', ['--filters', 'words', '--redis', 'redis://x', '--shard', '1/2', '--out', 'never'], '--shard'],
    ['a queue without a folder', ['--clip-calibrate', '--redis', 'redis://x'], '--out'],
  ])('refuses %s', async (_, args, word) => {
    const { code, err } = await run('filter', pictures, ...args);
    expect([2, 1]).toContain(code);
    expect(err).toContain(word);
    expect(await readdir('.')).not.toContain('never');
  });

  it('names data that cannot be filtered', async () => {
    const out = join(dir, 'nothing');
    const of = async (path: string, ...more: string[]): Promise<string> => {
      const { code, err } = await run('filter', path, '--filters', 'size', '--out', out, '--force', ...more);
      expect(code).toBe(1);
      return err;
    };
    expect(await of(join(dir, 'not there'))).toContain('not there');
    expect(await of(await empty())).toContain('empty');
    expect(await of(await urls())).toContain('img2dataset');
    expect(await of(pictures, '--format', 'webdataset')).toContain('a file');
    await rm(out, { recursive: true });
    expect(await of(pictures, '--redis', 'redis://127.0.0.1:1')).toContain('127.0.0.1:1');
  });
});

describe('sensorium data dedup', () => {
  it('keeps the first of pictures that are alike, and counts what is broken', async () => {
    const out = join(dir, 'unique');
    expect(await json('dedup', pictures, '--out', out, '--to', 'list')).toMatchObject({ rows: 6, kept: 2, duplicates: 2 });
    const kept = (await readFile(join(out, 'kept.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line).row); // biome-ignore format: one line
    expect(kept).toEqual([0, 4]);
    expect(await json('dedup', pictures, '--by', 'text', '--out', join(dir, 'texts-unique'), '--to', 'list')).toMatchObject({ rows: 6 });
  });

  it.each<[string, string[], string]>([
    ['no folder to write', [], '--out'],
    ['a way that there is not', ['--by', 'sound', '--out', 'never'], 'sound'],
    ['more bits than are compared', ['--distance', '40', '--out', 'never'], '--distance'],
    ['a similarity above one', ['--jaccard', '2', '--out', 'never'], '--jaccard'],
  ])('refuses %s', async (_, args, word) => {
    const { code, err } = await run('dedup', pictures, ...args);
    expect([2, 1]).toContain(code);
    expect(err).toContain(word);
  });

  it('names a folder without pictures', async () => {
    const { code, err } = await run('dedup', await empty(), '--out', join(dir, 'nothing'));
    expect([code, err]).toEqual([1, expect.stringContaining('empty')]);
  });
});

describe('sensorium data caption', () => {
  const captioner = join(models, 'sensorium-tiny');

  it('writes captions anew, of several the one that a CLIP chooses', async () => {
    const out = join(dir, 'captioned');
    const options = ['--n', '2', '--max-tokens', '6', '--out', out, '--to', 'jsonl'];
    // A row without a caption gets one; those with broken images are dropped.
    expect(await json('caption', captioner, '--data', pictures, ...options)).toMatchObject({ rows: 6, kept: 4, first: { image: 2 } });
    const rows = (await readFile(join(out, 'data.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line)); // biome-ignore format: one line
    expect(rows[0].curation).toMatchObject({ original: 'a dog in the park', n: 2, candidates: [expect.any(String), expect.any(String)] });
    expect(rows[0].caption).toBe(rows[1].caption);
  });

  it.each<[string, string[], string]>([
    ['no folder to write', [], '--out'],
    ['captions that are all the same', ['--n', '2', '--temperature', '0', '--out', 'never'], 'temperature'],
    ['several without a choice', ['--n', '2', '--select', 'first', '--out', 'never'], '--select'],
    ['a bound of a CLIP without one', ['--min-clip', '0.2', '--out', 'never'], '--select'],
    ['a choice that there is not', ['--select', 'best', '--out', 'never'], 'best'],
  ])('refuses %s', async (_, args, word) => {
    const { code, err } = await run('caption', captioner, '--data', pictures, ...args);
    expect([2, 1]).toContain(code);
    expect(err).toContain(word);
  });

  it('names a captioner that cannot be used, and data without pictures', async () => {
    const of = async (model: string, data: string): Promise<string> =>
      (await run('caption', model, '--data', data, '--out', join(dir, 'no-captions'), '--force')).err;
    expect(await of('http://127.0.0.1:1/v1', pictures)).toContain('--model-name');
    expect(await of(join(dir, 'no-model'), pictures)).toContain('no-model');
    expect(await of(captioner, await urls())).toContain('img2dataset');
    expect(await of(captioner, await empty())).toContain('empty');
  });
});

describe('sensorium data select', () => {
  /** Rows with an answer each; the last has a broken picture where that is asked for. */
  async function rows(name: string, { broken = false } = {}): Promise<string> {
    const folder = join(dir, name);
    const list = Array.from({ length: 5 }, (_, i) => ({
      image: broken && i === 4 ? 'c.jpg' : i % 2 ? 'a.jpg' : 'f.jpg',
      conversations: [
        { from: 'human', value: '<image>\nWhat is it?' },
        { from: 'gpt', value: `number ${i}: ${'a dog '.repeat(i + 1)}` },
      ],
    }));
    await mkdir(folder);
    for (const file of ['a.jpg', 'c.jpg', 'f.jpg']) await writeFile(join(folder, file), await readFile(join(pictures, file)));
    await writeFile(join(folder, 'data.json'), JSON.stringify(list));
    return join(folder, 'data.json');
  }
  const clip = ['--clip', join(models, 'world-clip')];

  it('keeps so many rows, each once', async () => {
    const out = join(dir, 'best');
    const made = await json('select', await rows('to-select'), '--count', '3', '--clusters', '2', ...clip, '--out', out);
    expect(made).toMatchObject({ out, of: 5 });
    expect(new Set(made.rows as number[]).size).toBe(3);
    expect(JSON.parse(await readFile(join(out, 'data.json'), 'utf8'))).toHaveLength(3);
  });

  it('names the row whose picture is broken, data that are not there, and weights of nothing', async () => {
    const broken = await run('select', await rows('broken', { broken: true }), ...clip, '--out', join(dir, 'never'));
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(/row 4|c\.jpg/);
    expect((await run('select', join(dir, 'no-data.json'), '--out', join(dir, 'never'))).err).toContain('no-data.json');
    const weights = await run('select', join(dir, 'x.json'), '--weights', 'beauty=1', '--out', join(dir, 'never'));
    expect([weights.code, weights.err]).toEqual([2, expect.stringContaining('--weights')]);
    expect(await readdir(dir)).not.toContain('never');
  });
});
