// Model folders: what is saved comes back, shards are one source, and a failed save leaves the old folder as it was.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClipImageProcessor } from '../media/clip-processor.js';
import { hostTensor } from '../util/host.js';
import { loadWeights, readConfig, saveFolder } from './folder.js';
import { encodeSafetensors } from './safetensors.js';
import { readAll } from './source.js';

/** When set, opening a file for writing whose name contains `name` fails with `code`. */
const fault = vi.hoisted(() => ({ name: '', code: '' }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const handle = await real.open(...args);
      if (fault.code && String(args[0]).includes(fault.name) && args[1] !== 'r')
        handle.writeFile = async () => {
          throw Object.assign(new Error(`${fault.code}: injected, write`), { code: fault.code });
        };
      return handle;
    },
  };
});

const dir = mkdtempSync(join(tmpdir(), 'sensorium-folder-'));
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => Object.assign(fault, { name: '', code: '' }));
let count = 0;
const fresh = (files: Record<string, string | Uint8Array> = {}): string => {
  const path = join(dir, `m${count++}`);
  mkdirSync(path);
  for (const [name, data] of Object.entries(files)) writeFileSync(join(path, name), data);
  return path;
};
const weights = (v = 1) => ({ a: hostTensor('float32', [2], [v, 2]), 'b.c': hostTensor('int32', [1], [3]) });
const config = { model_type: 'llava', hidden_size: 8 };

describe('saveFolder', () => {
  it('writes a folder that reads back', async () => {
    const path = join(dir, 'deep', 'er', 'model');
    const preprocessor = ClipImageProcessor.fromConfig({ size: 64, crop_size: 64 });
    await saveFolder(path, {
      config,
      weights: weights(),
      tokenizer: { version: '1.0' },
      tokenizerConfig: { model_max_length: 512 },
      preprocessor,
      chatTemplate: '{{ messages }}',
      extra: { 'report.json': { seconds: 1 }, 'README.md': '# x', 'curve.bin': Uint8Array.of(1, 2) },
    });
    expect(readdirSync(path).sort()).toEqual(
      [
        'README.md',
        'chat_template.jinja',
        'config.json',
        'curve.bin',
        'model.safetensors',
        'preprocessor_config.json',
        'report.json',
        'tokenizer.json',
        'tokenizer_config.json',
      ].sort(),
    );
    expect(await readConfig(path)).toEqual(config);
    const source = await loadWeights(path);
    expect(Array.from((await source.read('a')).data as Float32Array)).toEqual([1, 2]);
    expect((await ClipImageProcessor.load(join(path, 'preprocessor_config.json'))).config).toEqual(preprocessor.config);
    expect(readFileSync(join(path, 'chat_template.jinja'), 'utf8')).toBe('{{ messages }}');
    expect(readFileSync(join(path, 'model.safetensors')).includes('"format":"pt"')).toBe(true);
  });

  it('replaces the old folder as a whole', async () => {
    const path = fresh();
    await saveFolder(path, { config, weights: weights(), chatTemplate: 'x' });
    await saveFolder(path, { config: { model_type: 'new' }, weights: weights(5) });
    expect(readdirSync(path).sort()).toEqual(['config.json', 'model.safetensors']);
    expect((await (await loadWeights(path)).read('a')).data[0]).toBe(5);
  });

  it.each([
    ['model.safetensors', 'ENOSPC', /disk is full/],
    ['config.json', 'ENOSPC', /disk is full/],
    ['tokenizer.json', 'EACCES', /permission denied/],
  ])('keeps the old folder when writing %s fails with %s', async (name, code, message) => {
    const path = fresh();
    await saveFolder(path, { config, weights: weights(), tokenizer: '{}' });
    const before = readdirSync(dir).sort();
    Object.assign(fault, { name, code });
    const saving = saveFolder(path, { config: { model_type: 'new' }, weights: weights(5), tokenizer: '{}' });
    await expect(saving).rejects.toMatchObject({
      message: expect.stringMatching(message),
      place: expect.stringContaining(path),
      hint: expect.any(String),
    });
    fault.code = '';
    expect(await readConfig(path)).toEqual(config);
    expect((await (await loadWeights(path)).read('a')).data[0]).toBe(1);
    expect(readdirSync(dir).sort()).toEqual(before); // nothing half-written beside it
  });

  it('says so when the place cannot hold a folder', async () => {
    const path = join(fresh({ file: 'x' }), 'file', 'model');
    await expect(saveFolder(path, { config, weights: weights() })).rejects.toMatchObject({ code: 'util.path', hint: expect.any(String) });
  });

  it.each(['../x', 'a/b', '..', '', 'config.json', 'model.safetensors'])('refuses the extra file %j', async (name) => {
    await expect(saveFolder(join(dir, 'never'), { config, weights: weights(), extra: { [name]: 'x' } })).rejects.toMatchObject({
      code: 'weights.name',
    });
    expect(readdirSync(dir)).not.toContain('never');
  });
});

describe('reading a folder', () => {
  it('names what is missing', async () => {
    await expect(readConfig(join(dir, 'gone'))).rejects.toThrow(/no such folder.*gone.*config\.json and model\.safetensors/);
    await expect(loadWeights(join(dir, 'gone'))).rejects.toMatchObject({ code: 'weights.folder' });
    const empty = fresh();
    await expect(readConfig(empty)).rejects.toThrow(/no config\.json/);
    await expect(loadWeights(empty)).rejects.toThrow(/no weights in this folder.*model\.safetensors\.index\.json/);
    await expect(readConfig(join(fresh({ x: '' }), 'x'))).rejects.toThrow(/not a folder/);
  });

  it('places a mistake in config.json', async () => {
    const path = fresh({ 'config.json': '{\n  "a": 1,\n  b: 2\n}' });
    await expect(readConfig(path)).rejects.toThrow(/config\.json:3:3/);
    await expect(readConfig(fresh({ 'config.json': '[1]' }))).rejects.toMatchObject({ code: 'weights.config' });
  });

  it('refuses pickles and says how to convert them', async () => {
    await expect(loadWeights(fresh({ 'pytorch_model.bin': 'x' }))).rejects.toThrow(/pickle.*safe_serialization/);
  });
});

describe('shards', () => {
  const one = encodeSafetensors({ a: hostTensor('float32', [2], [1, 2]), c: hostTensor('float16', [1], [0x3c00]) });
  const two = encodeSafetensors({ b: hostTensor('int32', [1], [3]) });
  const index = (map: unknown) => JSON.stringify({ metadata: { total_size: 14 }, weight_map: map });
  const map = { a: '1.safetensors', b: '2.safetensors', c: '1.safetensors' };

  it('are one source', async () => {
    const path = fresh({ 'model.safetensors.index.json': index(map), '1.safetensors': one, '2.safetensors': two });
    const source = await loadWeights(path);
    expect([...source.tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect((await source.read('b')).data[0]).toBe(3);
    expect(source.locate('b')?.file).toBe(join(path, '2.safetensors'));
    const all = await readAll(source, { as: 'float32' });
    expect(Object.entries(all).map(([k, v]) => [k, v.dtype, v.data[0]])).toEqual([
      ['a', 'float32', 1],
      ['b', 'int32', 3],
      ['c', 'float32', 1],
    ]);
    await expect(source.read('d')).rejects.toThrow(/no tensor "d"/);
  });

  it.each([
    ['a missing shard', { 'model.safetensors.index.json': index(map), '1.safetensors': one }, /shard is missing.*2\.safetensors/],
    [
      'a cut shard',
      { 'model.safetensors.index.json': index(map), '1.safetensors': one.subarray(0, -1), '2.safetensors': two },
      /1\.safetensors.*cut short/,
    ],
    [
      'a tensor in another shard',
      { 'model.safetensors.index.json': index({ b: '1.safetensors' }), '1.safetensors': one },
      /: b\).*it in 1\.safetensors/,
    ],
    ['a path out of the folder', { 'model.safetensors.index.json': index({ a: '../1.safetensors' }) }, /wrong shard name.*\.\.\/1/],
    ['no weight_map', { 'model.safetensors.index.json': '{}' }, /no weight_map/],
  ])('with %s are refused', async (_, files, message) => {
    await expect(loadWeights(fresh(files as Record<string, string | Uint8Array>))).rejects.toThrow(message);
  });
});
