// Several models in one server, asked by the unmodified openai package: loaded when they are asked for, unloaded for one another.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from './context.js';
import { engineBytes } from './engine.js';
import { ModelEngine } from './model-engine.js';
import { folderEmbedder, folderModel, type ModelSource } from './model-source.js';
import { type RunningServer, type ServeOptions, serve } from './server.js';
import { RETRY_MS, type ShelfEvent } from './shelf.js';
import { FakeEngine, ManualClock, until } from './testing.js';

const [TINY, LLAMA, CLIP] = ['models/sensorium-tiny', 'models/world-llama', 'models/world-clip'];
const MIB = 2 ** 20;
let server: RunningServer | undefined;
let client: OpenAI;
let events: ShelfEvent[];
let records: RequestRecord[];
let dir: string;
/** What requests always have of the memory: three times the largest body. */
const RESERVE = 3 * MIB;
/** Bytes of each model as it is served here. */
const sizes = { tiny: 0, llama: 0 };

const options = { slots: 2, context: 128, cacheBytes: MIB };
const tiny = (): Promise<ModelSource> => folderModel(TINY, { name: 'tiny', ...options });
const llama = (): Promise<ModelSource> => folderModel(LLAMA, { name: 'llama', ...options });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-models-'));
  for (const [name, source] of [
    ['tiny', await tiny()],
    ['llama', await llama()],
  ] as const) {
    // biome-ignore format: pairs
    const engine = await source.load(new AbortController().signal);
    sizes[name] = engineBytes(engine);
    expect(source.bytes).toBeGreaterThan(MIB);
    expect(source.bytes).toBeLessThan(sizes[name]);
    await engine.dispose();
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function start(given: Partial<ServeOptions>): Promise<void> {
  [events, records] = [[], []];
  server = await serve({
    port: 0,
    limits: { maxBody: MIB },
    files: false,
    onModel: (event) => events.push(event),
    onRequest: (record) => records.push(record),
    ...given,
  });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
}
afterEach(async () => {
  await server?.close({ drainMs: 0 });
  server = undefined;
});

const ask = async (model: string, o: { signal?: AbortSignal } = {}): Promise<string> => {
  const request = { model, messages: [{ role: 'user' as const, content: 'What is a dog?' }], temperature: 0, max_tokens: 6 };
  const { choices } = await client.chat.completions.create(request, o);
  return choices[0]?.message.content ?? '';
};
const happened = (): string[] => events.map(({ type, name }) => `${type} ${name}`);
const states = async (): Promise<Record<string, string>> => {
  const { models } = (await (await fetch(`${server?.url}/health`)).json()) as { models: { id: string; state: string }[] };
  return Object.fromEntries(models.map(({ id, state }) => [id, state]));
};

describe('several models', () => {
  it('are loaded at their first request, once, and answer under all their names', async () => {
    await start({ models: [await tiny(), await llama()], aliases: { fast: 'llama', smart: 'tiny' } });
    expect(await states()).toEqual({ tiny: 'loaded', llama: 'unloaded' });
    const answers = await Promise.all([ask('llama'), ask('fast'), ask('llama'), ask('fast')]);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).not.toBe('');
    expect(happened()).toEqual(['loaded tiny', 'loaded llama']);
    expect(await ask('smart')).toBe(await ask('tiny'));
    const alone = await ModelEngine.load(LLAMA, options);
    let text = '';
    const messages = [{ role: 'user' as const, content: 'What is a dog?' }];
    for await (const event of await alone.submit({ messages, temperature: 0, maxTokens: 6 })) text += event.text;
    await alone.dispose();
    expect(answers[0]).toBe(text);
    expect(records.flatMap(({ model }) => model ?? [])).toEqual(['llama', 'llama', 'llama', 'llama', 'tiny', 'tiny']);
  });

  it('are listed with their aliases, and with what they take once they were loaded', async () => {
    await start({
      models: [await tiny(), await llama()],
      embedders: [await folderEmbedder(CLIP, { name: 'clip' })],
      aliases: { fast: 'llama', vectors: 'clip' },
    });
    const list = async () => (await client.models.list()).data as unknown as Record<string, unknown>[];
    expect((await list()).map(({ id, state, alias_of }) => [id, state, alias_of])).toEqual([
      ['tiny', 'loaded', undefined],
      ['llama', 'unloaded', undefined],
      ['clip', 'loaded', undefined],
      ['fast', 'unloaded', 'llama'],
      ['vectors', 'loaded', 'clip'],
    ]);
    expect((await list())[1]).not.toHaveProperty('context_length');
    await ask('fast');
    expect(await client.models.retrieve('fast')).toMatchObject({
      id: 'fast',
      context_length: 128,
      input_modalities: ['text'],
      state: 'loaded',
    });
    const embed = (model: string) => client.embeddings.create({ model, input: 'a dog' });
    expect((await embed('vectors')).data).toEqual((await embed('clip')).data);
    const missing = { status: 404, code: 'model_not_found' };
    await expect(ask('gpt-9')).rejects.toMatchObject({ ...missing, message: expect.stringMatching(/tiny, llama, fast/) });
    await expect(ask('clip')).rejects.toMatchObject(missing);
    await expect(embed('tiny')).rejects.toMatchObject(missing);
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject(missing);
  });

  it('make room for one another within the bound, and say when they cannot', async () => {
    // Room for either, but not for both.
    const memory = Math.max(sizes.tiny, sizes.llama) + RESERVE + 2 * MIB;
    expect(sizes.tiny + sizes.llama).toBeGreaterThan(memory - RESERVE);
    await start({ models: [await tiny(), await llama()], memory });
    const first = await ask('tiny');
    await ask('llama');
    expect(happened()).toEqual(['loaded tiny', 'unloaded tiny', 'loaded llama']);
    expect(await ask('tiny')).toBe(first);
    expect(await states()).toEqual({ tiny: 'loaded', llama: 'unloaded' });
    expect(await ask('llama')).not.toBe('');
    const metrics = await (await fetch(`${server?.url}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^sensorium_${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
    expect([value('model_loaded{model="tiny"}'), value('model_loaded{model="llama"}')]).toEqual([0, 1]);
    expect([value('model_loads_total{model="tiny"}'), value('model_unloads_total{model="tiny"}')]).toEqual([2, 2]);
    expect([value('model_bytes{model="tiny"}'), value('model_bytes{model="llama"}')]).toEqual([0, sizes.llama]);
    expect([value('memory_limit_bytes'), value('memory_used_bytes')]).toEqual([memory, sizes.llama]);
    expect(value('model_load_seconds_count{model="llama"}')).toBe(2);
  });

  it('are not unloaded while they are in use', async () => {
    const busy = new FakeEngine({ slots: 1 });
    const slot = busy.slots.enter();
    const memory = () => ({ weights: sizes.llama, kv: 0, prefix: 0, features: 0, logits: 0 });
    const fake: ModelSource = { name: 'busy', load: async () => Object.assign(busy, { memory }) };
    await start({ models: [fake, await llama()], memory: sizes.llama + RESERVE + MIB });
    const waiting = ask('busy');
    await until(() => busy.requests.length === 1, 'it waits for its slot');
    const refused = await fetch(`${server?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'llama', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([503, 'memory_full']);
    expect(refused.headers.get('retry-after')).toBe('5');
    slot.release();
    expect(await waiting).toMatch(/^word0/);
    await until(() => records.length === 2, 'its request is over');
    expect(await ask('llama')).not.toBe('');
    expect(happened()).toEqual(['loaded busy', 'unloaded busy', 'loaded llama']);
  });

  it('that do not fit are refused at the start, or when they are asked for', async () => {
    const memory = sizes.llama + RESERVE + MIB;
    expect(sizes.tiny).toBeGreaterThan(sizes.llama + MIB);
    await expect(start({ models: [await tiny()], memory })).rejects.toMatchObject({ code: 'serve.memory_full' });
    await expect(start({ models: [await llama(), await tiny()], memory, preload: 'all' })).rejects.toMatchObject({
      code: 'serve.memory_full',
    });
    const clip = await folderEmbedder(CLIP, { name: 'clip' }); // does not fit beside the model that is loaded before
    await expect(start({ models: [await llama()], embedders: [clip], memory })).rejects.toMatchObject({ code: 'serve.memory_full' });
    await start({ models: [await llama(), await tiny()], memory });
    await expect(ask('tiny')).rejects.toMatchObject({ status: 503, code: 'memory_full' });
    expect(await ask('llama')).not.toBe('');
  });

  it('that cannot be loaded are named, end nothing, and are tried again', async () => {
    const clock = new ManualClock();
    const folder = join(dir, 'moved');
    await cp(LLAMA, folder, { recursive: true });
    const late = await folderModel(folder, { name: 'late', ...options });
    await rm(folder, { recursive: true });
    await start({ models: [await tiny(), late], clock });
    const failed = { status: 503, code: 'model_unavailable' };
    await expect(ask('late')).rejects.toMatchObject({ ...failed, message: expect.stringMatching(/late/) });
    await expect(ask('late')).rejects.toMatchObject(failed);
    expect(happened()).toEqual(['loaded tiny', 'failed late']);
    await until(() => records.length === 2, 'both are logged');
    expect(String(records[0]?.cause)).toContain(folder); // in the log alone
    expect(await states()).toEqual({ tiny: 'loaded', late: 'failed' });
    expect(await ask('tiny')).not.toBe('');
    expect((await fetch(`${server?.url}/ready`)).status).toBe(200);
    await cp(LLAMA, folder, { recursive: true });
    clock.advance(RETRY_MS);
    expect(await ask('late')).not.toBe('');
    expect(happened()).toEqual(['loaded tiny', 'failed late', 'loaded late']);
  });

  it('are loaded for their adapters, too', async () => {
    const [base, dir] = ['test/golden/families/llava/clip', 'test/golden/lora/llava-every-linear/after'];
    const adapters = [{ name: 'shop', dir }];
    const llava = await folderModel(base, { name: 'llava', slots: 1, cacheBytes: MIB, adapters });
    await start({ models: [await llama(), llava], aliases: { store: 'shop' } });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['llama', 'llava', 'shop', 'store']);
    const [plain, adapted, alias] = [await ask('llava'), await ask('shop'), await ask('store')];
    expect(adapted).not.toBe(plain);
    expect(alias).toBe(adapted);
    expect(happened()).toEqual(['loaded llama', 'loaded llava']);
    await until(() => records.length === 4, 'all are logged');
    expect(records.flatMap(({ model }) => model ?? [])).toEqual(['llava', 'shop', 'shop']);
  });

  it('of which none can be loaded make the server not ready', async () => {
    const broken: ModelSource = { name: 'broken', load: () => Promise.reject(new Error('broken')) };
    await start({ models: [broken], preload: 'none' });
    const ready = async () => {
      const response = await fetch(`${server?.url}/ready`);
      return [response.status, ((await response.json()) as { reason?: string }).reason];
    };
    expect(await ready()).toEqual([200, undefined]);
    await expect(ask('broken')).rejects.toMatchObject({ status: 503, code: 'model_unavailable' });
    expect(await ready()).toEqual([503, 'the model cannot be loaded']);
    expect((await fetch(`${server?.url}/health`)).status).toBe(200);
  });

  it('that fill the memory leave requests what is theirs, and no more', async () => {
    const weights = 10 * MIB;
    const full = Object.assign(new FakeEngine({ slots: 1, maxQueue: 100 }), {
      memory: () => ({ weights, kv: 0, prefix: 0, features: 0, logits: 0 }),
    });
    await start({ engine: full, model: 'full', memory: weights });
    const slot = full.slots.enter();
    const body = JSON.stringify({ model: 'full', messages: [{ role: 'user', content: 'x'.repeat(MIB - 1000) }], max_tokens: 1 });
    const post = () =>
      fetch(`${server?.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const answers = [post(), post()];
    await until(() => full.requests.length === 2, 'two are held');
    const third = post();
    await until(() => full.requests.length === 3, 'three are held');
    const refused = await post();
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([503, 'memory_full']);
    expect(refused.headers.get('retry-after')).toBe('2');
    slot.release();
    for (const answer of await Promise.all([...answers, third])) expect(answer.status).toBe(200);
  });

  it('of wrong folders are refused at the start by the folder', async () => {
    await expect(folderModel(join(dir, 'nothing'), { name: 'x' })).rejects.toMatchObject({ code: 'weights.folder' });
    await expect(folderModel(CLIP, { name: 'x' })).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(folderEmbedder(LLAMA, { name: 'x' })).rejects.toMatchObject({ code: 'model.architecture' });
  });

  it('have names of their own', async () => {
    const engine = new FakeEngine();
    const cases: Partial<ServeOptions>[] = [
      { models: [await tiny(), await tiny()] },
      { models: [await tiny()], aliases: { tiny: 'tiny' } },
      { models: [await tiny()], aliases: { fast: 'nothing' } },
      { models: [await tiny()], engine, model: 'tiny' },
    ];
    for (const given of cases) await expect(start({ preload: 'none', ...given })).rejects.toMatchObject({ code: 'serve.name' });
    await expect(start({})).rejects.toMatchObject({ code: 'serve.model' });
  });
});

describe('clients that leave while a model is loaded', () => {
  it('leave nothing behind', async () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const engine = new FakeEngine();
    const slow: ModelSource = {
      name: 'slow',
      load: async () => {
        await opened;
        return engine;
      },
    };
    await start({ models: [slow], preload: 'none' });
    const leaving = new AbortController();
    const gone = [1, 2, 3].map(() => ask('slow', { signal: leaving.signal }).catch((error: Error) => error.name));
    const stream = client.chat.completions.create(
      { model: 'slow', messages: [{ role: 'user', content: 'x' }], stream: true },
      { signal: leaving.signal },
    );
    await until(() => server?.models()[0]?.state === 'loading', 'it is being loaded');
    leaving.abort();
    await Promise.all(gone);
    await expect(stream).rejects.toThrow();
    await until(() => records.length === 4, 'all are logged');
    expect(records.map(({ status }) => status)).toEqual([499, 499, 499, 499]);
    expect(engine.requests).toEqual([]);
    open();
    expect(await ask('slow')).toMatch(/^word0/);
    expect(engine.requests).toHaveLength(1);
    expect(happened()).toEqual(['loaded slow']);
  });
});
