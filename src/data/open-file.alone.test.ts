// Folders that may not be read are named, and never taken for empty ones.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let closed = '';
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const readdir = (path: string, ...rest: unknown[]): unknown =>
    path === closed
      ? Promise.reject(Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }))
      : (real.readdir as (...all: unknown[]) => unknown)(path, ...rest);
  return { ...real, readdir };
});
const { conversations } = await import('./conversations.js');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-closed-'));
  for (const label of ['cat', 'dog']) {
    await mkdir(join(dir, label));
    await writeFile(join(dir, label, 'a.png'), 'x');
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it.each(['', 'cat', 'dog'])('of a folder of classes: %s', async (name) => {
  closed = '';
  expect((await conversations(dir).open()).length).toBe(2);
  closed = name ? join(dir, name) : dir;
  await expect(conversations(dir).open()).rejects.toMatchObject({ code: 'data.read', place: closed });
});
it.each(['parquet', 'webdataset'])('of shards, by the format %s', async (format) => {
  closed = join(dir, 'cat');
  await expect(conversations(closed, { format }).open()).rejects.toMatchObject({ code: 'data.read', place: closed });
});
