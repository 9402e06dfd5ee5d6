// Models by id from a hub on this machine: what is fetched, how it lies in the cache, what is found without a network, and who is refused.

import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../util/fs.js';
import { readConfig } from './folder.js';
import { modelFolder, pullModel } from './hub.js';
import type { HubEvent } from './hub-events.js';
import type { HubOptions } from './hub-settings.js';
import { commitOf, etagOf, failure, startHub, type TestHub } from './hub-testing.js';

const A = commitOf('a');
const B = commitOf('b');
const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const MODEL = {
  'config.json': text({ model_type: 'llama' }),
  'tokenizer.json': text({ version: '1.0' }),
  'tokenizer_config.json': text({}),
  'special_tokens_map.json': text({}), // the same bytes as the file before
  'generation_config.json': text({ eos_token_id: 2 }),
  'chat_template.jinja': Buffer.from('{{ messages }}'),
  'preprocessor_config.json': text({ size: 64 }),
  'model.safetensors': WEIGHTS,
  'README.md': Buffer.from('# read me'),
  'pytorch_model.bin': Buffer.alloc(5000),
  'onnx/model.onnx': Buffer.alloc(5000),
  '.gitattributes': Buffer.from('*'),
};
const NEEDED = Object.keys(MODEL).slice(0, 8);

let hub: TestHub;
let cacheDir: string;
let events: HubEvent[];
let options: HubOptions;

beforeEach(async () => {
  hub = await startHub({
    'org/model': {
      commits: { [A]: MODEL, [B]: { ...MODEL, 'config.json': text({ model_type: 'qwen2' }) } },
      refs: { main: A, 'refs/pr/1': B },
    },
    'org/gated': { commits: {}, refs: {}, gated: true },
    'org/private': { commits: { [A]: MODEL }, refs: { main: A }, token: 'hf_right' },
  });
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-'));
  events = [];
  options = { endpoint: hub.endpoint, cacheDir, token: false, retryMs: 1, onEvent: (event) => events.push(event) };
});

afterEach(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const fetchedFiles = (): string[] =>
  hub.seen
    .filter(({ server, url }) => server === 'hub' && url.includes('/resolve/'))
    .map(({ url }) => url.replace(/^.*resolve\/[^/]+\//, ''));
const ofType = <T extends HubEvent['type']>(type: T): Extract<HubEvent, { type: T }>[] =>
  events.filter((event): event is Extract<HubEvent, { type: T }> => event.type === type);

describe('pullModel', () => {
  it('fetches what loading needs and lays it out as the official clients do', async () => {
    const pulled = await pullModel('org/model', options);
    const root = join(cacheDir, 'models--org--model');
    expect(pulled).toEqual({
      repo: 'org/model',
      revision: 'main',
      commit: A,
      dir: join(root, 'snapshots', A),
      fetched: expect.any(Number),
    });
    expect((await readdir(pulled.dir)).sort()).toEqual([...NEEDED].sort());
    expect(await readFile(join(root, 'refs/main'), 'utf8')).toBe(A);
    expect((await readdir(join(root, 'blobs'))).sort()).toEqual(
      [...new Set(NEEDED.map((name) => etagOf(name, MODEL[name as keyof typeof MODEL])))].sort(),
    );
    for (const name of NEEDED) {
      const bytes = MODEL[name as keyof typeof MODEL];
      expect(await readlink(join(pulled.dir, name))).toBe(join('..', '..', 'blobs', etagOf(name, bytes)));
      expect(bytes.equals(await readFile(join(pulled.dir, name)))).toBe(true);
    }
    // Weights come last, so that a snapshot with weights is whole; equal files are fetched once.
    expect(fetchedFiles().at(-1)).toBe('model.safetensors');
    expect(fetchedFiles()).toHaveLength(NEEDED.length - 1);
    expect(await readdir(join(cacheDir, '.locks', 'models--org--model'))).toEqual([]);
  });

  it('says what it will fetch before it does, and counts up to it', async () => {
    const { fetched } = await pullModel('org/model', options);
    const [plan] = ofType('plan');
    const bytes = NEEDED.reduce((sum, name) => sum + MODEL[name as keyof typeof MODEL].length, 0);
    expect(events[0]).toBe(plan);
    expect(plan).toMatchObject({ repo: 'org/model', commit: A, bytes, resumed: 0, dir: cacheDir });
    expect(plan?.files.map(({ path }) => path).sort()).toEqual([...NEEDED].sort());
    const done = ofType('progress').map((event) => event.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(bytes);
    expect(fetched).toBe(bytes);
    expect(ofType('file')).toHaveLength(NEEDED.length);
  });

  it('fetches nothing twice, and another revision only where it differs', async () => {
    await pullModel('org/model', options);
    hub.seen.length = 0;
    expect((await pullModel('org/model', options)).fetched).toBe(0);
    expect(fetchedFiles()).toEqual([]);
    const other = await pullModel('org/model@refs/pr/1', options);
    expect(fetchedFiles()).toEqual(['config.json']);
    expect(await readConfig(other.dir)).toEqual({ model_type: 'qwen2' });
    expect(await readFile(join(cacheDir, 'models--org--model/refs/refs/pr/1'), 'utf8')).toBe(B);
    expect((await pullModel('org/model', { ...options, revision: 'refs/pr/1' })).commit).toBe(B);
    // A commit cannot change: nobody is asked.
    hub.seen.length = 0;
    expect((await pullModel(`org/model@${B}`, options)).dir).toBe(other.dir);
    expect(hub.seen).toEqual([]);
  });

  it('follows a branch that has moved', async () => {
    const before = await pullModel('org/model', options);
    (hub.repos['org/model'] as { refs: Record<string, string> }).refs.main = B;
    const after = await pullModel('org/model', options);
    expect([before.commit, after.commit]).toEqual([A, B]);
    expect(await readConfig(before.dir)).toEqual({ model_type: 'llama' });
  });

  it('fetches the shards that the index names, and no others', async () => {
    const index = { metadata: {}, weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' } };
    const shards = { 'model-00001-of-00002.safetensors': WEIGHTS, 'model-00002-of-00002.safetensors': WEIGHTS.subarray(0, 1000) };
    const files = { 'config.json': text({}), 'model.safetensors.index.json': text(index), ...shards, 'other.safetensors': WEIGHTS };
    hub.repos['org/shards'] = { commits: { [A]: files }, refs: { main: A } };
    const { dir } = await pullModel('org/shards', options);
    expect((await readdir(dir)).sort()).toEqual(['config.json', 'model.safetensors.index.json', ...Object.keys(shards)].sort());
    expect(ofType('plan')[0]?.files.map(({ path }) => path)).toEqual(['config.json', ...Object.keys(shards)]);
    // Offline, a snapshot without one of its shards is not whole.
    await rm(join(dir, 'model-00002-of-00002.safetensors'));
    expect((await failure(pullModel('org/shards', { ...options, offline: true }))).got).toMatch(/without model-00002-of-00002/);
    // What is gone or was cut by a crash comes again.
    await rm(join(dir, 'model.safetensors.index.json'));
    await writeFile(join(dir, 'model.safetensors.index.json'), '{"weight');
    expect((await pullModel('org/shards', options)).fetched).toBe(0); // its blob is still whole
    expect(JSON.parse(await readFile(join(dir, 'model.safetensors.index.json'), 'utf8'))).toEqual(index);
    expect((await pullModel('org/shards', { ...options, offline: true })).dir).toBe(dir);
  });

  it('fetches the second tokenizer of models that have one, in its folder', async () => {
    const path = 'qformer_tokenizer/tokenizer.json';
    const files = { 'config.json': text({}), [path]: text({ q: 1 }), 'model.safetensors': WEIGHTS, 'other/tokenizer.json': text({}) };
    hub.repos['org/qformer'] = { commits: { [A]: files }, refs: { main: A } };
    const { dir } = await pullModel('org/qformer', options);
    expect((await readdir(dir)).sort()).toEqual(['config.json', 'model.safetensors', 'qformer_tokenizer']);
    expect(await readlink(join(dir, path))).toBe(join('..', '..', '..', 'blobs', etagOf(path, files[path] as Buffer)));
    expect(JSON.parse(await readFile(join(dir, path), 'utf8'))).toEqual({ q: 1 });
  });

  it('refuses an index that leads out of the folder', async () => {
    const index = text({ weight_map: { a: '../../../evil.safetensors' } });
    hub.repos['org/evil'] = { commits: { [A]: { 'config.json': text({}), 'model.safetensors.index.json': index } }, refs: { main: A } };
    expect((await failure(pullModel('org/evil', options))).code).toBe('weights.index');
  });

  it('puts the files themselves where links are not wanted', async () => {
    const { dir } = await pullModel('org/model', { ...options, symlinks: false });
    for (const name of NEEDED) expect((await lstat(join(dir, name))).isFile()).toBe(true);
    expect(await readdir(join(cacheDir, 'models--org--model/blobs'))).toEqual([]);
    expect((await pullModel('org/model', { ...options, symlinks: false })).fetched).toBe(0);
    expect((await pullModel('org/model', { ...options, offline: true })).dir).toBe(dir);
  });

  it('refuses pickles before anything is fetched, and what is no model of ours', async () => {
    const commit = (files: Record<string, Buffer>) => ({ commits: { [A]: files }, refs: { main: A } });
    hub.repos['org/pickle'] = commit({ 'config.json': text({}), 'pytorch_model.bin': Buffer.alloc(9) });
    hub.repos['org/gguf'] = commit({ 'config.json': text({}), 'model-q4.gguf': Buffer.alloc(9) });
    hub.repos['org/empty'] = commit({});
    const pickle = await failure(pullModel('org/pickle', options));
    expect(pickle.code).toBe('weights.folder');
    expect(pickle.message).toMatch(/pickle.*pytorch_model\.bin.*safe_serialization/s);
    expect((await failure(pullModel('org/gguf', options))).message).toMatch(/GGUF/);
    expect((await failure(pullModel('org/empty', options))).message).toMatch(/config\.json.*no files/s);
    expect(fetchedFiles()).toEqual([]);
  });

  it('stops before it fills the disk', async () => {
    const error = await failure(pullModel('org/model', { ...options, freeBytes: async () => 1000 }));
    expect(error.code).toBe('util.full');
    expect(error.message).toMatch(/29\d\.\d KiB free, got 1000 B.*HF_HUB_CACHE/s);
    expect(fetchedFiles()).toEqual([]);
  });

  it('stops when it is told to, keeps what came, and goes on from there', async () => {
    const controller = new AbortController();
    hub.faults['model.safetensors'] = [{ stall: 100_000 }];
    const onEvent = (event: HubEvent): void => {
      events.push(event);
      if (event.type === 'progress' && event.path === 'model.safetensors' && event.done > 100_000) controller.abort();
    };
    const error = await failure(pullModel('org/model', { ...options, onEvent, signal: controller.signal }));
    expect(error.name).toBe('AbortError');
    const dir = join(cacheDir, 'models--org--model/snapshots', A);
    expect(await readdir(dir)).not.toContain('model.safetensors');
    expect(await readdir(join(cacheDir, '.locks', 'models--org--model'))).toEqual([]);
    events.length = 0;
    hub.seen.length = 0;
    const { fetched } = await pullModel('org/model', options);
    expect(fetched).toBe(WEIGHTS.length - 100_000);
    expect(ofType('plan')[0]).toMatchObject({ bytes: WEIGHTS.length, resumed: 100_000 });
    expect(hub.seen.filter(({ range }) => range !== undefined).map(({ range }) => range)).toContain('bytes=100000-');
    expect(WEIGHTS.equals(await readFile(join(dir, 'model.safetensors')))).toBe(true);
  });
});

describe('several at once', () => {
  it('download a model once', async () => {
    const dirs = await Promise.all([1, 2, 3].map(() => pullModel('org/model', options)));
    expect(new Set(dirs.map(({ dir }) => dir)).size).toBe(1);
    expect(new Set(fetchedFiles()).size).toBe(fetchedFiles().length);
  });

  it('take over from a process that was killed, and give up on one that gets nowhere', async () => {
    const locks = join(cacheDir, '.locks', 'models--org--model');
    const held = await acquireLock(locks);
    const error = await failure(pullModel('org/model', { ...options, patienceMs: 50 }));
    expect(error.code).toBe('util.locked');
    expect(ofType('wait')).toEqual([{ type: 'wait', repo: 'org/model', holder: expect.stringContaining(String(process.pid)) }]);
    await held.release();
    const gone = { pid: 2 ** 22 + 1, host: (await import('node:os')).hostname(), started: '2026-01-01', born: null, token: 'x' };
    await writeFile(join(locks, '.lock'), JSON.stringify(gone));
    expect((await pullModel('org/model', options)).commit).toBe(A);
  });
});

describe('without a network', () => {
  /** A snapshot as huggingface_hub writes it. */
  async function officialSnapshot(names: readonly string[]): Promise<string> {
    const root = join(cacheDir, 'models--org--model');
    const dir = join(root, 'snapshots', A);
    for (const folder of [join(root, 'blobs'), join(root, 'refs'), dir]) await mkdir(folder, { recursive: true });
    await writeFile(join(root, 'refs/main'), A);
    for (const name of names) {
      const bytes = MODEL[name as keyof typeof MODEL];
      await writeFile(join(root, 'blobs', etagOf(name, bytes)), bytes);
      await symlink(`../../blobs/${etagOf(name, bytes)}`, join(dir, name));
    }
    return dir;
  }

  it('finds what the official clients fetched, and asks nobody', async () => {
    const dir = await officialSnapshot(NEEDED);
    expect(await modelFolder('org/model', { ...options, offline: true })).toBe(dir);
    expect(await modelFolder(`org/model@${A}`, options)).toBe(dir);
    expect(hub.seen).toEqual([]);
    expect(await modelFolder('org/model', options)).toBe(dir);
    expect(fetchedFiles()).toEqual([]);
  });

  it('says what is missing and what to do', async () => {
    const nothing = await failure(modelFolder('org/model', { ...options, offline: true }));
    expect(nothing.code).toBe('weights.offline');
    expect(nothing.message).toMatch(/HF_HUB_OFFLINE.*org\/model at main.*nothing.*sensorium pull org\/model/s);
    await officialSnapshot(['config.json', 'tokenizer.json']);
    expect((await failure(modelFolder('org/model', { ...options, offline: true }))).got).toBe('a snapshot without model.safetensors');
    expect(hub.seen).toEqual([]);
  });

  it('uses the cache where the hub cannot be reached, and says so', async () => {
    const dir = await officialSnapshot(NEEDED);
    await hub.close();
    expect(await modelFolder('org/model', options)).toBe(dir);
    expect(ofType('stale')).toEqual([{ type: 'stale', repo: 'org/model', revision: 'main', commit: A, reason: 'ECONNREFUSED' }]);
    const error = await failure(modelFolder('org/other', options));
    expect(error.code).toBe('weights.offline');
    expect(error.message).toMatch(/cannot be reached.*ECONNREFUSED.*HF_ENDPOINT/s);
  });

  it('uses the cache where the hub is down', async () => {
    const dir = await officialSnapshot(NEEDED);
    hub.faults.api = Array.from({ length: 3 }, () => ({ status: 503 }));
    expect(await modelFolder('org/model', { ...options, retries: 2 })).toBe(dir);
    expect(ofType('stale')).toHaveLength(1);
    hub.faults.api = [{ status: 429, headers: { 'retry-after': '0' } }];
    expect(await modelFolder('org/model', options)).toBe(dir);
    expect(ofType('stale')).toHaveLength(1);
  });
});

describe('refusals', () => {
  it('tell a wrong name, a wrong revision, conditions, and tokens apart', async () => {
    const missing = await failure(pullModel('org/nothing', options));
    expect([missing.code, missing.hint]).toEqual(['weights.repo', expect.stringMatching(/spelling.*HF_TOKEN/)]);
    const revision = await failure(pullModel('org/model@v9', options));
    expect([revision.code, revision.got]).toEqual(['weights.revision', 'v9']);
    const gated = await failure(pullModel('org/gated', options));
    expect([gated.code, gated.hint]).toEqual(['weights.access', expect.stringMatching(/^Agree at .*org\/gated, then set HF_TOKEN/)]);
    expect((await failure(pullModel('org/private', options))).code).toBe('weights.repo');
    const wrong = await failure(pullModel('org/private', { ...options, token: 'hf_wrong' }));
    expect([wrong.code, wrong.message.includes('hf_wrong')]).toEqual(['weights.access', false]);
  });

  it('give the token to the hub and to nobody else', async () => {
    expect((await pullModel('org/private', { ...options, token: 'hf_right' })).commit).toBe(A);
    const sent = (server: string) => new Set(hub.seen.filter((seen) => seen.server === server).map((seen) => seen.authorization));
    expect(sent('hub')).toEqual(new Set(['Bearer hf_right']));
    expect(sent('content')).toEqual(new Set([undefined]));
  });

  it('of names that are no ids', async () => {
    for (const name of ['model', '/org/model', './org/model', 'a/b/c', 'org/', 'org/..', '../model', 'org--x/y', ''])
      expect((await failure(pullModel(name, options))).code).toBe('weights.id');
    for (const name of ['org/model@', 'org/model@../x', 'org/model@a b', 'org/model@/x'])
      expect((await failure(pullModel(name, options))).code).toBe('weights.revision');
    expect(hub.seen).toEqual([]);
  });
});

describe('modelFolder', () => {
  it('takes folders before ids, and gives paths back as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hub-cwd-'));
    const back = process.cwd();
    try {
      process.chdir(folder);
      await mkdir('org/model', { recursive: true });
      for (const name of ['org/model', './org/nothing', '/org/model', 'a/b/c', 'plain'])
        expect(await modelFolder(name, options)).toBe(name);
      expect(hub.seen).toEqual([]);
      const typo = await failure(modelFolder('org/modle', options));
      expect([typo.code, typo.hint]).toEqual(['weights.repo', expect.stringMatching(/^Did you mean org\/model\?/)]);
    } finally {
      process.chdir(back);
      await rm(folder, { recursive: true });
    }
  });
});
