// Whole models by id: fetched from a hub on this machine, found again without it, and saying the same as from their folders.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../src/generate/index.js';
import type { HubOptions } from '../src/weights/hub.js';
import { commitOf, filesOf, startHub, type TestHub } from '../src/weights/hub-testing.js';

const families = resolve(import.meta.dirname, 'golden/families');
const FOLDERS = {
  'test/sharded': join(families, 'llama/tied-bf16-sharded'),
  'test/t5': join(families, 't5/flan'),
  'test/tiny': resolve(import.meta.dirname, '../models/sensorium-tiny'),
};
const A = commitOf('a');

let hub: TestHub;
let cacheDir: string;
let online: HubOptions;
let offline: HubOptions;

beforeAll(async () => {
  const repos = Object.entries(FOLDERS).map(
    async ([id, dir]) => [id, { commits: { [A]: await filesOf(dir) }, refs: { main: A, 'v1.0': A } }] as const,
  );
  hub = await startHub(Object.fromEntries(await Promise.all(repos)));
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-models-'));
  online = { endpoint: hub.endpoint, cacheDir, token: false, retryMs: 1 };
  offline = { ...online, endpoint: 'http://127.0.0.1:9', offline: true };
});
afterAll(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

async function continuation(name: string, options: HubOptions): Promise<number[]> {
  const lm = await Mllm.load(name, { hub: options });
  try {
    const ids: number[] = [];
    for await (const { id } of lm.continueIds([3, 1, 4, 1, 5], { maxTokens: 8 })) ids.push(id);
    return ids;
  } finally {
    await lm.dispose();
  }
}

describe('models of the hub', () => {
  it('in shards: Mllm.load', async () => {
    const expected = await continuation(FOLDERS['test/sharded'], {});
    expect(expected.length).toBeGreaterThan(0);
    expect(await continuation('test/sharded', online)).toEqual(expected);
    expect(await continuation('test/sharded', offline)).toEqual(expected);
    expect(await continuation('test/sharded@v1.0', { ...online, cacheDir: join(cacheDir, 'copies'), symlinks: false })).toEqual(expected);
    const [shard] = hub.seen.filter(({ url }) => url.includes('golden'));
    expect(shard, 'files that no model needs').toBeUndefined();
  });

  it('of text to text: Mllm.load', async () => {
    const reply = async (name: string, options: HubOptions): Promise<number[]> => {
      const lm = await Mllm.load(name, { hub: options });
      const ids: number[] = [];
      for await (const { id } of lm.continueIds([3, 1, 4, 1], { maxTokens: 5 })) ids.push(id);
      await lm.dispose();
      return ids;
    };
    expect(await reply('test/t5', online)).toEqual(await reply(FOLDERS['test/t5'], {}));
  });

  it('that see: Mllm.load, with what happens told', async () => {
    const told: string[] = [];
    const model = await Mllm.load('test/tiny', { hub: { ...online, onEvent: ({ type }) => told.push(type) } });
    const local = await Mllm.load(FOLDERS['test/tiny']);
    const image = { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(90) };
    const question = { image, question: 'What is in the picture?' };
    expect(await model.answer([question], { maxTokens: 4 })).toEqual(await local.answer([question], { maxTokens: 4 }));
    expect(new Set(told)).toEqual(new Set(['plan', 'progress', 'file']));
    await Promise.all([model.dispose(), local.dispose()]);
  });

  it('stop loading when told to', async () => {
    const error = await Mllm.load('test/tiny', { signal: AbortSignal.abort(), hub: online }).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  it('say where they were looked for', async () => {
    await expect(Mllm.load('test/nothing', { hub: online })).rejects.toMatchObject({ code: 'weights.repo' });
    await expect(Mllm.load('test/nothing', { hub: offline })).rejects.toMatchObject({ code: 'weights.offline' });
    await expect(Mllm.load('./nothing', { hub: online })).rejects.toMatchObject({ code: 'weights.folder' });
    await expect(Mllm.load('./nothing')).rejects.toMatchObject({ code: 'weights.folder' });
  });
});
