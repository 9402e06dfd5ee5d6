// Adapters of the hub: which files of a repository are fetched, a repository that holds a model too, the base and its revision, and what is refused.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openModel } from '../model/index.js';
import { adapterFolder, modelFolders } from './adapter-folder.js';
import { modelFolder, pullModel } from './hub.js';
import type { HubOptions } from './hub-settings.js';
import { commitOf, failure, filesOf, startHub, type TestHub } from './hub-testing.js';

const GOLDEN = join(import.meta.dirname, '../../test/golden');
const A = commitOf('a');
const OLD = commitOf('old');
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

let hub: TestHub;
let cacheDir: string;
let options: HubOptions;
beforeEach(async () => {
  const base = await filesOf(join(GOLDEN, 'families/llama/untied'));
  const adapter = await filesOf(join(GOLDEN, 'peft/llama'));
  const config = JSON.parse(String(adapter['adapter_config.json']));
  const files = { ...adapter, 'adapter_config.json': text({ ...config, base_model_name_or_path: 'org/base', revision: 'v1' }) };
  const repo = (content: Record<string, Buffer>) => ({ commits: { [A]: content }, refs: { main: A } });
  hub = await startHub({
    'org/base': { commits: { [OLD]: base, [A]: { 'config.json': text({}) } }, refs: { v1: OLD, main: A } },
    'org/adapter': repo({ ...files, 'README.md': Buffer.from('#'), 'optimizer.pt': Buffer.alloc(900), 'tokenizer_config.json': text({}) }),
    'org/both': repo({ ...base, ...files }),
    'org/beside': repo({ ...files, 'config.json': base['config.json'] as Buffer }),
    'org/pickle': repo({ 'adapter_config.json': text({}), 'adapter_model.bin': Buffer.alloc(9) }),
    'org/other': repo({ 'model.gguf': Buffer.alloc(9) }),
  });
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-adapter-'));
  options = { endpoint: hub.endpoint, cacheDir, token: false, retryMs: 1 };
});
afterEach(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const OWN = ['adapter_config.json', 'adapter_model.safetensors'];

describe('adapters of the hub', () => {
  it('are fetched without what surrounds them, and found again without the hub', async () => {
    const dir = await adapterFolder('org/adapter', options);
    expect((await readdir(dir)).sort()).toEqual([...OWN, 'tokenizer_config.json']);
    expect(await adapterFolder('org/adapter', { ...options, offline: true })).toBe(dir);
    expect(await modelFolder('org/adapter', { ...options, offline: true })).toBe(dir);
    hub.seen.length = 0;
    expect(await adapterFolder(`org/adapter@${A}`, options)).toBe(dir);
    expect(hub.seen).toEqual([]);
    expect((await pullModel('org/adapter', options)).fetched).toBe(0);
  });

  it('given as a model bring their base, at the revision that they were trained on', async () => {
    const { dir, adapters } = await modelFolders('org/adapter', options);
    expect(dir.endsWith(join('models--org--base', 'snapshots', OLD))).toBe(true);
    expect(adapters).toEqual([await adapterFolder('org/adapter', options)]);
    // A config.json beside an adapter does not make a model of it.
    expect((await modelFolders('org/beside', options)).dir).toBe(dir);
  });

  it('are told from a model in the same repository by what is asked for', async () => {
    const dir = await modelFolder('org/both', options);
    expect(await readdir(dir)).not.toContain('adapter_model.safetensors');
    expect(await adapterFolder('org/both', options)).toBe(dir);
    expect(await readdir(dir)).toEqual(expect.arrayContaining([...OWN, 'model.safetensors']));
    expect((await modelFolders('org/both', options)).adapters).toEqual([]);
  });

  it('act on a model as their folder does', async () => {
    const base = join(GOLDEN, 'families/llama/untied');
    const [ours, theirs] = [
      await openModel(base, { adapters: ['org/adapter'], hub: options }),
      await openModel(base, { adapters: [join(GOLDEN, 'peft/llama')] }),
    ];
    const values = (model: typeof ours) => [...model.values].map(([p, { data }]) => [p.name, data]);
    expect(ours.adapters).toHaveLength(1);
    expect(values(ours)).toEqual(values(theirs));
  });

  it('are refused where they are none, with what is there', async () => {
    expect(await failure(adapterFolder('org/pickle', options))).toMatchObject({
      code: 'weights.folder',
      place: expect.stringContaining('.bin'),
    });
    expect(await failure(adapterFolder('org/base', options))).toMatchObject({ code: 'weights.folder', got: 'config.json' });
    expect(await failure(adapterFolder('org/other', options))).toMatchObject({ code: 'weights.folder' });
    expect(await failure(adapterFolder('org/none', options))).toMatchObject({ code: 'weights.repo' });
    const golden = join(GOLDEN, 'peft');
    expect(await failure(adapterFolder(golden, options))).toMatchObject({ code: 'adapter.files', place: golden });
    const typo = await failure(adapterFolder(join(GOLDEN, 'peft/lama'), options));
    expect(typo).toMatchObject({ code: 'adapter.files', hint: `Did you mean ${join(GOLDEN, 'peft/llama')}?` });
  });
});
