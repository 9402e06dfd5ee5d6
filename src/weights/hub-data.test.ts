// Data sets of the hub, from one on this machine: which files are meant, bounds, the cache without a network, and faults.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conversations } from '../data/index.js';
import { type HubDataOptions, parseHubData, pullData } from './hub-data.js';
import { commitOf, failure, startHub, type TestHub } from './hub-testing.js';

const row = (word: string): string =>
  `${JSON.stringify({
    messages: [
      { role: 'user', content: word },
      { role: 'assistant', content: 'yes' },
    ],
  })}\n`;
const file = (text: string): Buffer => Buffer.from(text);
const COMMIT = commitOf('one');
const repo = (files: Record<string, Buffer>) => ({ commits: { [COMMIT]: files }, refs: { main: COMMIT } });

let hub: TestHub;
let root: string;
let options: HubDataOptions;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-hub-data-'));
  const png = await readFile('examples/finetune/images/fruit-five-lemons.jpg');
  hub = await startHub({
    'datasets/me/one': repo({ 'README.md': file('#'), 'dataset_infos.json': file('{}'), 'rows.jsonl': file(row('one') + row('two')) }),
    'datasets/me/splits': repo({ 'data/train.jsonl': file(row('train')), 'data/test.jsonl': file(row('test')) }),
    'datasets/me/several': repo({ 'a.json': file('[]'), 'b.json': file('[]') }),
    'datasets/me/zip': repo({ 'images.zip': file('PK'), 'README.md': file('#') }),
    'datasets/me/folder': repo({
      'metadata.jsonl': file('{"file_name":"x/1.jpg","text":"Lemons."}\n'),
      'x/1.jpg': png,
      'x/.hidden.json': file('{}'),
    }),
    'datasets/me/tars': repo({ 'train-0.tar': file('a'), 'train-1.tar': file('b'), 'test-0.tar': file('c') }),
    'me/one': repo({}),
  });
});
afterAll(async () => {
  await hub.close();
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  options = { endpoint: hub.endpoint, token: false, cacheDir: await mkdtemp(join(root, 'cache-')), retries: 0, offline: false };
});

const pull = (name: string, more: HubDataOptions = {}): Promise<string> =>
  pullData(parseHubData(name) as NonNullable<ReturnType<typeof parseHubData>>, { ...options, ...more });

describe('names', () => {
  it.each([
    ['me/one', 'me/one', 'main', ''],
    ['me/one@v2', 'me/one', 'v2', ''],
    ['hf://datasets/me/one@v2/data/train.jsonl', 'me/one', 'v2', 'data/train.jsonl'],
    ['hf://datasets/me/one', 'me/one', 'main', ''],
  ])('%s', (name, wanted, revision, path) => {
    expect(parseHubData(name)).toEqual({ id: { repo: wanted, revision, kind: 'dataset' }, path });
  });
  it.each(['data/train.json', './data', 'data', 'a/b/c', 'hf://datasets/me/one/../../x'])('%s is a path', (name) => {
    expect(parseHubData(name)).toBeUndefined();
  });
  it('that are almost an id of a data set are refused', () => {
    expect(() => parseHubData('hf://models/me/one')).toThrow(expect.objectContaining({ code: 'weights.id' }));
  });
});

describe('files', () => {
  it('of one data set are fetched once, and read like others', async () => {
    const set = await conversations('me/one', { hub: options }).open();
    expect(set.length).toBe(2);
    expect((await set.get(1)).messages[0]?.content).toBe('two');
    set.dispose();
    const asked = hub.seen.filter(({ url }) => url.includes('resolve')).length;
    const path = await pull('me/one');
    expect(path.endsWith(join('snapshots', COMMIT, 'rows.jsonl'))).toBe(true);
    expect(await readdir(join(path, '..'))).toEqual(['rows.jsonl']);
    expect(hub.seen.filter(({ url }) => url.includes('resolve'))).toHaveLength(asked);
    expect(hub.seen.some(({ url }) => url.startsWith('/api/datasets/me/one'))).toBe(true);
  });
  it('of the training split are taken, others by their name', async () => {
    expect(await readFile(await pull('me/splits'), 'utf8')).toBe(row('train'));
    expect(await readFile(await pull('hf://datasets/me/splits/data/test.jsonl'), 'utf8')).toBe(row('test'));
  });
  it('of other splits do not stand in the folder, whatever was fetched before', async () => {
    await pull('hf://datasets/me/tars/test-0.tar');
    expect((await readdir(await pull('me/tars'))).sort()).toEqual(['train-0.tar', 'train-1.tar']);
    expect((await readdir(await pull('me/tars'))).sort()).toEqual(['train-0.tar', 'train-1.tar']);
  });
  it('of a folder of images come with the images', async () => {
    const set = await conversations('me/folder', { hub: options, skipBad: true }).open();
    expect(set.format).toBe('imagefolder');
    expect(set.bad).toEqual([]);
    set.dispose();
  });
  it.each([
    ['me/several', 'weights.files'],
    ['me/zip', 'weights.files'],
    ['hf://datasets/me/one/none.json', 'weights.files'],
    ['me/none', 'weights.repo'],
    ['me/one@v3', 'weights.revision'],
  ])('%s is refused: %s', async (name, code) => {
    expect(await failure(pull(name))).toMatchObject({ code });
  });
  it('are not fetched beyond a bound', async () => {
    expect(await failure(pull('me/one', { maxBytes: 10 }))).toMatchObject({ code: 'weights.size' });
    expect(await readdir(options.cacheDir as string)).toEqual([]);
  });
});

describe('without a network', () => {
  it('what is in the cache is read, what is not there is said', async () => {
    const path = await pull('me/one');
    expect(await pull('me/one', { offline: true })).toBe(path);
    expect(await pull(`me/one@${COMMIT}`, { endpoint: 'http://127.0.0.1:9' })).toBe(path);
    const events: string[] = [];
    expect(await pull('me/one', { endpoint: 'http://127.0.0.1:9', onEvent: ({ type }) => events.push(type) })).toBe(path);
    expect(events).toEqual(['stale']);
    await pull('me/splits');
    for (const name of ['me/folder', 'hf://datasets/me/splits/data/test.jsonl'])
      expect(await failure(pull(name, { offline: true }))).toMatchObject({ code: 'weights.offline' });
    expect(await failure(pull('me/folder', { endpoint: 'http://127.0.0.1:9' }))).toMatchObject({ code: 'weights.offline' });
  });
});

it('a wrong path in a folder that is there is not looked for on the hub', async () => {
  const asked = hub.seen.length;
  expect(await failure(conversations('examples/nothing', { hub: options }).open())).toMatchObject({ code: 'data.read' });
  expect(hub.seen).toHaveLength(asked);
});
