// The index of a folder: made, resumed, renewed, refused when stale, looked in; over pictures of one color.

import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodePng } from '../../media/index.js';
import { buildIndex } from './build-index.js';
import { INDEX_FOLDER } from './index-file.js';
import { findIndex, lookUp, openIndex } from './open-index.js';
import { DemoPrompter } from './prompter.js';
import { openDemoSource } from './source.js';
import { askAbout, colorEmbedder, plain } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-index-'));
  for (const [name, rgb, words] of [
    ['a', [250, 0, 0], 'a red square'],
    ['b', [0, 250, 0], 'a green square'],
    ['c', [0, 0, 250], undefined],
  ] as const) {
    await writeFile(join(dir, `${name}.png`), await encodePng(plain(rgb, rgb[0])));
    if (words) await writeFile(join(dir, `${name}.txt`), `${words}\n`);
  }
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const model = (hash = 'h1', name = 'colors') => ({ name, hash, embedder: colorEmbedder() });
const open = (hash = 'h1', lookUp = false) => openIndex(dir, { model: async (name) => model(hash, name), lookUp });

describe('demonstrations on disk', () => {
  it('reads pictures with captions, and data sets with and without questions', async () => {
    const folder = await openDemoSource(dir);
    expect(folder.rows).toBe(3);
    expect((await folder.demos(0))[0]).toMatchObject({ question: '', answer: 'a red square' });
    expect((await folder.demos(2))[0]).toMatchObject({ question: '', answer: '' });
    const file = join(dir, 'data.json');
    const turns = [
      { from: 'human', value: '<image>\nWhat?' },
      { from: 'gpt', value: 'Red.' },
      { from: 'human', value: 'Sure?' },
      { from: 'gpt', value: 'Yes.' },
    ];
    await writeFile(file, JSON.stringify([{ id: '1', image: 'a.png', conversations: turns }]));
    const set = await openDemoSource(file);
    const demos = await set.demos(0);
    expect(demos.map(({ question, answer }) => [question, answer])).toEqual([
      ['What?', 'Red.'],
      ['Sure?', 'Yes.'],
    ]);
    expect(demos[1]?.content[0]).toMatchObject({ type: 'image', source: join(dir, 'a.png') });
    set.dispose();
  });
});

describe('an index', () => {
  it('is made once, renewed for what changed, and looked in', async () => {
    const report = await buildIndex(dir, { model: model() });
    expect(report).toMatchObject({ demos: 3, answered: 2, embedded: 3, bad: [] });
    expect((await buildIndex(dir, { model: model() })).embedded).toBe(0);
    await writeFile(join(dir, 'd.png'), await encodePng(plain([200, 30, 30])));
    await writeFile(join(dir, 'd.txt'), 'dark red');
    expect(await buildIndex(dir, { model: model() })).toMatchObject({ demos: 4, embedded: 1 });
    const bank = await open();
    expect((await lookUp(bank, plain([240, 0, 0]), { k: 2 })).map(({ demo }) => demo.answer)).toEqual(['a red square', 'dark red']);
    expect((await lookUp(bank, 'something green', { k: 1 }))[0]?.demo.answer).toBe('a green square');
    expect((await lookUp(bank, 'something green', { k: 1, by: 'text' }))[0]?.demo.answer).toBe('a green square');
    const prompter = new DemoPrompter({ bank, shots: 3, order: 'similar-first' });
    expect((await prompter.prompt(askAbout([240, 0, 0]))).demos.map((i) => bank.vectors.keys[i])).toHaveLength(3); // the picture without a caption is not shown
    expect(await readdir(join(dir, INDEX_FOLDER))).toHaveLength(3);
    expect(await findIndex(dir)).toBe(join(dir, INDEX_FOLDER));
    expect(await findIndex(join(dir, INDEX_FOLDER))).toBe(join(dir, INDEX_FOLDER));
    await bank.dispose();
  });

  it('goes on after a stop with what was embedded before', async () => {
    for (let i = 0; i < 40; i++) await writeFile(join(dir, `p${i}.png`), await encodePng(plain([i, 0, 0])));
    const stop = new AbortController();
    const first = model();
    const onProgress = (done: number): void => (done === 40 ? stop.abort() : undefined);
    await expect(buildIndex(dir, { model: first, signal: stop.signal, onProgress })).rejects.toThrow();
    expect(first.embedder.asked.images).toBe(32);
    await appendFile(join(dir, INDEX_FOLDER, 'journal.jsonl'), '{"id":"cut o'); // as a crash leaves it
    await expect(open()).rejects.toMatchObject({ code: 'demos.index' });
    const second = model();
    expect(await buildIndex(dir, { model: second })).toMatchObject({ demos: 43, embedded: 11 });
    expect(second.embedder.asked.images).toBe(11);
  });

  it('refuses another model, changed files and damage', async () => {
    await buildIndex(dir, { model: model() });
    await expect(buildIndex(dir, { model: model('h2', 'other') })).rejects.toMatchObject({ code: 'demos.stale' });
    await expect(open('h2')).rejects.toMatchObject({ code: 'demos.stale' });
    expect(await buildIndex(dir, { model: model('h2'), force: true })).toMatchObject({ embedded: 3 });
    const bank = await open('h2');
    await utimes(join(dir, 'a.png'), 1, 1);
    await expect(bank.demo(0)).rejects.toMatchObject({ code: 'demos.stale' });
    await rm(join(dir, 'b.png'));
    await expect(bank.demo(1)).rejects.toMatchObject({ code: 'demos.stale' });
    const place = join(dir, INDEX_FOLDER);
    const vectors = (await readdir(place)).find((name) => name.endsWith('.f32')) as string;
    await writeFile(join(place, vectors), 'short');
    await expect(open('h2')).rejects.toMatchObject({ code: 'demos.index' });
    await writeFile(join(place, 'index.json'), '{"kind":"sensorium-index","version":99}');
    await expect(open('h2')).rejects.toMatchObject({ code: 'demos.index' });
  });

  it('never leads outside its folder', async () => {
    await buildIndex(dir, { model: model() });
    const place = join(dir, INDEX_FOLDER);
    const rows = join(place, (await readdir(place)).find((name) => name.startsWith('rows-')) as string);
    await writeFile(rows, (await readFile(rows, 'utf8')).replace('"a.png"', '"../../etc/passwd"'));
    await expect((await open()).demo(0)).rejects.toMatchObject({ code: 'demos.index' });
  });

  it('leaves out and names pictures that cannot be read; a folder of them alone is an error', async () => {
    await writeFile(join(dir, 'bad.png'), 'not a picture');
    expect((await buildIndex(dir, { model: model() })).bad).toMatchObject([{ row: 2 }]);
    const other = join(dir, 'other');
    await mkdir(other);
    await writeFile(join(other, 'bad.png'), 'not a picture');
    await expect(buildIndex(other, { model: model() })).rejects.toMatchObject({ code: 'demos.empty' });
    for (const name of ['a', 'b']) await rm(join(dir, `${name}.txt`));
    await buildIndex(dir, { model: model() });
    await expect(open()).rejects.toMatchObject({ code: 'demos.empty' });
    expect((await open('h1', true)).length).toBe(3);
  });
});
