// The pipeline end to end over tar files, folders and tables: reasons, faults, kills, shares, the same bytes at any concurrency.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openTar } from '../data/tar-table.js';
import { type CurateOptions, curate } from './curate.js';
import type { Decision } from './run-folder.js';
import { blobs, writeFiles, writeTar } from './testing.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-curate-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const decisions = async (out: string): Promise<Decision[]> =>
  (await readFile(join(out, 'decisions.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Decision);
const reasons = async (out: string): Promise<string[]> =>
  (await decisions(out)).map(({ why }) => why?.map(({ filter }) => filter).join('+') ?? 'kept');
const read = async (out: string): Promise<Record<string, string>> => {
  const names = (await readdir(out, { recursive: true })).filter((name) => !name.startsWith('.') && /\.\w+$/.test(name)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(out, name))).toString('base64')] as const)),
  );
};

/** Captions of 200 rows in two shards, most of them good. */
const captions = (n: number): string[] =>
  Array.from({ length: n }, (_, i) =>
    i % 7 === 0 ? 'ok' : i % 11 === 0 ? 'click to enlarge the picture' : `a photo number ${i} of a dog on the grass`,
  );
const shards = join(dir, 'shards');
for (const s of [0, 1]) {
  const members: [string, Uint8Array | string][] = [];
  for (const [i, caption] of captions(100).entries()) {
    const key = `${s}${String(i).padStart(4, '0')}`;
    members.push(
      [`${key}.jpg`, await blobs(1000 * s + i)],
      [`${key}.txt`, caption],
      [`${key}.json`, JSON.stringify({ url: `u${i}`, similarity: 0.5 })],
    );
  }
  await writeTar(join(shards, `0000${s}.tar`), members);
}
const filters: CurateOptions['filters'] = [{ name: 'words' }, { name: 'banned' }, { name: 'size', settings: { min: 32 } }];

describe('curate', () => {
  it('gives every row a decision, keeps metadata, and names where a row is from', async () => {
    const out = join(dir, 'first');
    const report = await curate(shards, { out, filters, rowsPerFile: 100, recipe: 'mine' });
    expect(report).toMatchObject({ rows: 200, kept: 154, dropped: 46, first: { words: 30, banned: 16, size: 0 }, to: 'webdataset' });
    expect((await decisions(out)).length).toBe(200);
    expect((await readdir(out)).filter((name) => name.endsWith('.tar'))).toEqual(['00000.tar', '00001.tar']);
    const table = await openTar(join(out, '00001.tar'));
    const record = await table.record(0);
    expect(table.length).toBe(54);
    expect(record).toMatchObject({ url: 'u30', similarity: 0.5, curation: { recipe: 'mine', file: '00001.tar' } });
    expect(record.caption).toMatch(/^a photo number/);
    table.dispose();
  });

  it('writes the same bytes at any concurrency and in every kind', async () => {
    for (const to of ['webdataset', 'parquet', 'jsonl', 'folder', 'list'] as const) {
      const [a, b] = [join(dir, `one-${to}`), join(dir, `many-${to}`)];
      await curate(shards, { out: a, filters, to, concurrency: 1, limit: 130 });
      await curate(shards, { out: b, filters, to, concurrency: 16, limit: 130 });
      const [first, second] = [await read(a), await read(b)];
      expect(Object.keys(first).length).toBeGreaterThan(2);
      expect(second).toEqual(first);
    }
  });

  it('reads again what it writes', async () => {
    for (const to of ['webdataset', 'parquet', 'jsonl', 'folder'] as const) {
      const out = join(dir, `again-${to}`);
      const report = await curate(join(dir, `one-${to}`, to === 'jsonl' ? 'data.jsonl' : ''), { out, filters, to: 'list' });
      expect(report).toMatchObject({ rows: 100, kept: 100 });
    }
  });

  it('goes on after a stop, and loses and doubles nothing', async () => {
    const rows: [string, Uint8Array | string][] = [];
    for (let i = 0; i < 2500; i++) rows.push([`${i}.txt`, captions(2500)[i] as string]);
    const file = await writeTar(join(dir, 'texts.tar'), rows);
    const options: CurateOptions = { out: join(dir, 'whole'), filters: filters.slice(0, 2), rowsPerFile: 500 };
    await curate(file, options);
    for (const to of ['webdataset', 'parquet'] as const) {
      const whole = join(dir, `whole-${to}`);
      const out = join(dir, `stopped-${to}`);
      await curate(file, { ...options, out: whole, to });
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }): void => {
        if (done > 1500) stop.abort();
      };
      await expect(curate(file, { ...options, out, to, signal: stop.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' });
      await expect(curate(file, { ...options, out, to })).rejects.toMatchObject({ code: 'data.exists' });
      await expect(curate(file, { ...options, out, to, resume: true, filters: [{ name: 'length' }] })).rejects.toMatchObject({
        code: 'curate.resume',
      });
      await curate(file, { ...options, out, to, resume: true });
      expect(await read(out)).toEqual(await read(whole));
      // What is over is over.
      expect(await curate(file, { ...options, out, to, resume: true })).toMatchObject({ rows: 2500 });
      expect(await read(out)).toEqual(await read(whole));
    }
  });

  it('shares hold every row once', async () => {
    const seen: string[] = [];
    for (const index of [0, 1, 2]) {
      const out = join(dir, `share-${index}`);
      await curate(shards, { out, filters, share: { index, count: 3 } });
      seen.push(...(await decisions(out)).map(({ file, row }) => `${file}:${row}`));
    }
    expect(seen.length).toBe(200);
    expect(new Set(seen).size).toBe(200);
    const twice = { out: join(dir, 'no'), filters: [{ name: 'duplicate' }], share: { index: 0, count: 2 } };
    await expect(curate(shards, twice)).rejects.toMatchObject({ code: 'curate.option' });
  });

  it('explains all reasons, and drops captions and pairs that repeat', async () => {
    const [dog, cat] = [await blobs(1), await blobs(2)];
    const files: Record<string, Uint8Array | string> = {};
    for (let i = 0; i < 12; i++) Object.assign(files, { [`b${i}.jpg`]: await blobs(50 + i), [`b${i}.txt`]: 'the same caption every time' });
    Object.assign(files, {
      'a1.jpg': dog,
      'a1.txt': 'a dog in the park',
      'a2.jpg': dog,
      'a2.txt': 'A dog in the park!',
      'a3.jpg': cat,
      'a3.txt': 'a dog in the park',
    });
    const folder = await writeFiles(join(dir, 'pairs'), files);
    const out = join(dir, 'explained');
    const chosen = [{ name: 'frequency' }, { name: 'duplicate' }, { name: 'size', settings: { min: 200 } }];
    const report = await curate(folder, { out, filters: chosen, explain: true });
    expect(report.first).toEqual({ frequency: 12, size: 3, duplicate: 0 });
    expect(report.all).toEqual({ frequency: 12, size: 15, duplicate: 0 });
    const kept = join(dir, 'unique');
    expect(await curate(folder, { out: kept, filters: chosen.slice(0, 2), to: 'list' })).toMatchObject({
      kept: 2,
      first: { frequency: 12, duplicate: 1 },
    });
    expect((await reasons(kept)).slice(0, 3)).toEqual(['kept', 'duplicate', 'kept']);
  });

  it('counts and names what is broken or missing', async () => {
    const good = await blobs(3);
    const png = Buffer.from(await blobs(4, { format: 'png' }));
    // A picture of 40,000 x 40,000 by its header.
    png.writeUInt32BE(40_000, 16);
    png.writeUInt32BE(40_000, 20);
    const file = await writeTar(join(dir, 'broken.tar'), [
      ['../../evil.jpg', good],
      ['../../evil.txt', 'a dog on the grass'],
      ['empty.jpg', ''],
      ['empty.txt', 'a dog on the grass'],
      ['bomb.png', png],
      ['bomb.txt', 'a dog on the grass'],
      ['cut.jpg', good.slice(0, 600)],
      ['cut.txt', 'a dog on the grass'],
      ['alone.jpg', good],
      ['words.txt', 'a dog on the grass'],
      ['json.jpg', good],
      ['json.json', '{"caption": '],
      ['text.jpg', 'this is a page and not a picture'],
      ['text.txt', 'a dog on the grass'],
    ]);
    const out = join(dir, 'broken');
    const report = await curate(file, { out, filters, to: 'folder' });
    expect(await reasons(out)).toEqual(['kept', 'row', 'image', 'image', 'caption', 'image', 'row', 'image']);
    expect(report).toMatchObject({ kept: 1, first: { row: 2, caption: 1, image: 4 } });
    // Nothing is written outside.
    expect((await readdir(out, { recursive: true })).filter((name) => name.endsWith('.jpg'))).toEqual(['00000/000000000.jpg']);
    expect((await readdir(dir)).filter((name) => name.includes('evil'))).toEqual([]);
  });

  it('reads JSON lines, and refuses images outside their folder', async () => {
    const folder = await writeFiles(join(dir, 'json'), {
      'in/a.jpg': await blobs(5),
      'in/rows.jsonl': [
        { image: 'a.jpg', caption: 'a dog on the grass', labels: ['dog'] },
        { image: '../../../etc/passwd', caption: 'a dog on the grass' },
        { image: 'https://example.com/a.jpg', caption: 'a dog on the grass' },
        {
          image: 'a.jpg',
          conversations: [
            { from: 'human', value: '<image>' },
            { from: 'gpt', value: 'the cat on the mat' },
          ],
        },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    });
    const out = join(dir, 'json-out');
    await curate(join(folder, 'in', 'rows.jsonl'), { out, filters: [...filters, { name: 'labels' }], to: 'jsonl' });
    expect(await reasons(out)).toEqual(['kept', 'row', 'row', 'labels']);
  });

  it('says by name what it cannot do', async () => {
    const out = join(dir, 'never');
    await expect(curate(shards, { out, filters: [{ name: 'sizes' }] })).rejects.toMatchObject({
      code: 'curate.option',
      hint: 'Did you mean size?',
    });
    await expect(curate(shards, { out, filters: [{ name: 'size', settings: { min: '3' } }] })).rejects.toMatchObject({
      code: 'curate.option',
    });
    await expect(curate(shards, { out, filters: [{ name: 'clip' }] })).rejects.toMatchObject({ code: 'curate.option' });
    const { parquetWriteBuffer } = await import('hyparquet-writer');
    const table = join(dir, 'urls.parquet');
    const columnData = [
      { name: 'url', data: ['http://a/b.jpg'] },
      { name: 'caption', data: ['a dog on the grass'] },
    ];
    await writeFile(table, new Uint8Array(parquetWriteBuffer({ columnData })));
    await expect(curate(table, { out, filters })).rejects.toMatchObject({ code: 'curate.images' });
    expect(await curate(table, { out, force: true, filters: [{ name: 'words' }], to: 'list' })).toMatchObject({ kept: 1 });
  });
});
