// The cache of what a frozen tower makes of images: once for each, also where one stands several times in a batch, and again from the disk.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { input } from '../graph/index.js';
import { hostTensor } from '../util/host.js';
import { MediaCache } from './media-cache.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-media-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const media = (key: string, value: number) => ({
  at: Int32Array.of(0),
  key,
  feeds: () => ({ x: hostTensor('float32', [2], [value, value + 1]) }),
});
const cache = (): MediaCache => new MediaCache({ trace: () => input('x', [2]).mul(2), values: new Map(), dir });

it('computes and writes an image once, however many ask for it at the same time', async () => {
  const first = cache();
  const got = await Promise.all(['a', 'a', 'b', 'a'].map((key) => first.get(media(key, key === 'a' ? 1 : 5))));
  expect(got.map(({ data }) => [...data])).toEqual([
    [2, 4],
    [2, 4],
    [10, 12],
    [2, 4],
  ]);
  expect(first.computed).toBe(2);
  first.dispose();
  const second = cache();
  expect([...(await second.get(media('a', 99))).data]).toEqual([2, 4]);
  expect(second.computed).toBe(0);
  second.dispose();
  const [folder = ''] = await readdir(dir);
  expect(await readdir(join(dir, folder))).toHaveLength(2);
});

it('asks again after a failure', async () => {
  const own = new MediaCache({ trace: () => input('x', [2]).mul(2), values: new Map() });
  const broken = { ...media('c', 1), feeds: () => Promise.reject(new Error('broken')) };
  await expect(Promise.all([own.get(broken), own.get(broken)])).rejects.toThrow('broken');
  expect([...(await own.get(media('c', 1))).data]).toEqual([2, 4]);
  own.dispose();
});
