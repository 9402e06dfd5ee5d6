// Models, names, aliases and adapters as the command line of `serve` has them: found, placed, and refused.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './main.js';
import { adaptersByModel } from './serve-adapters.js';
import { type LocatedModel, locateModels, resolveAliases } from './serve-models.js';

const TINY = 'models/sensorium-tiny';
const LLAMA = 'models/world-llama';
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-names-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const { signal } = new AbortController();

describe('models on the command line', () => {
  it('are called as their folders, or as they are named', async () => {
    const named = async (...words: string[]) => (await locateModels(words, signal)).map(({ name, dir }) => [name, resolve(dir)]);
    const [tiny, llama] = [resolve(TINY), resolve(LLAMA)];
    expect(await named(TINY, `org/fast=${LLAMA}`, 'world-llama')).toEqual([['sensorium-tiny', tiny], ['org/fast', llama], ['world-llama', llama]]); // biome-ignore format: pairs
    const odd = join(dir, 'lr=3');
    await cp(LLAMA, odd, { recursive: true });
    expect(await named(odd, `x=${odd}`)).toEqual([['lr=3', odd], ['x', odd]]); // biome-ignore format: pairs
    for (const word of ['=x', 'a b=x', 'a=']) await expect(locateModels([word], signal), word).rejects.toMatchObject({ code: 'cli.usage' });
  });

  it('have aliases that lead to a model or an adapter', async () => {
    const models = await locateModels([TINY, `llama=${LLAMA}`], signal);
    const pairs = [['a', 'llama'], ['b', LLAMA], ['c', 'shop']] as const; // biome-ignore format: pairs
    expect(resolveAliases(pairs, models, ['shop'])).toEqual({ a: 'llama', b: 'llama', c: 'shop' });
    expect(() => resolveAliases([['a', 'lama']], models, [])).toThrow(
      expect.objectContaining({ code: 'cli.usage', place: '--alias a=lama', hint: expect.stringContaining('llama') }),
    );
  });
});

describe('an adapter', () => {
  const models: LocatedModel[] = [
    { name: 'a', given: 'org/first', dir: '/hub/1' },
    { name: 'a/b', given: resolve(LLAMA), dir: resolve(LLAMA) },
    { name: 'c', given: 'runs/third', dir: 'runs/third' },
  ];
  const adapter = async (base: string | null): Promise<string> => {
    const folder = await mkdtemp(join(dir, 'adapter-'));
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: base, r: 2 }));
    return folder;
  };
  const placed = async (name: string, folder: string, among = models) => {
    const byModel = await adaptersByModel([{ name, dir: folder }], among);
    return [...byModel].flatMap(([model, adapters]) => adapters.map((one) => `${model.name}: ${one.name}`));
  };

  it('belongs to the model that its name says, else to the one that its config says', async () => {
    const nowhere = await adapter(null);
    expect(await placed('a/x', nowhere)).toEqual(['a: x']);
    expect(await placed('a/b/x', nowhere)).toEqual(['a/b: x']);
    expect(await placed('x', await adapter('org/first'))).toEqual(['a: x']);
    expect(await placed('x', await adapter(resolve(LLAMA)))).toEqual(['a/b: x']);
    expect(await placed('x', await adapter('runs/third'))).toEqual(['c: x']);
    expect(await placed('x', await adapter('/elsewhere/third'))).toEqual(['c: x']);
    expect(await placed('x', nowhere, models.slice(0, 1))).toEqual(['a: x']);
  });

  it('of none of them, or of two, is refused', async () => {
    const refused = { code: 'cli.usage', hint: expect.stringContaining('--adapter a/x=') };
    for (const base of [null, 'org/other']) await expect(placed('x', await adapter(base))).rejects.toMatchObject(refused);
    const twice = [...models, { name: 'd', given: 'old/third', dir: 'old/third' }];
    await expect(placed('x', await adapter('/elsewhere/third'), twice)).rejects.toMatchObject(refused);
  });
});

describe('what an operator gets wrong', () => {
  const said = async (...argv: string[]): Promise<string> => {
    const err: string[] = [];
    const code = await main(['serve', ...argv, '--port', '0'], { out: () => {}, err: (text) => err.push(text) });
    return `${code} ${err.join('')}`;
  };

  it('is refused before anything is loaded, and names the option', async () => {
    expect(await said(TINY, TINY)).toMatch(/^2 .*same name[\s\S]*sensorium-tiny[\s\S]*NAME=DIR/);
    expect(await said(`a=${TINY}`, `a=${LLAMA}`)).toMatch(/^2 .*same name[\s\S]*a for/);
    expect(await said(TINY, '--embeddings', `sensorium-tiny=models/world-clip`)).toMatch(/^2 .*same name/);
    expect(await said(TINY, '--alias', 'sensorium-tiny=sensorium-tiny')).toMatch(/^2 .*same name/);
    expect(await said(TINY, '--alias', 'fast=tinny')).toMatch(/^2 .*alias[\s\S]*fast=tinny[\s\S]*sensorium-tiny/);
    expect(await said(TINY, '--alias', 'fast=a,fast=b')).toMatch(/^2 .*twice/);
    expect(await said(TINY, LLAMA, '--name', 'x')).toMatch(/^2 .*name[\s\S]*NAME=DIR/);
    expect(await said(TINY, join(dir, 'nothing'))).toMatch(/^1 [\s\S]*nothing/);
    expect(await said(TINY, 'models/world-clip')).toMatch(/^1 [\s\S]*world-clip/);
    expect(await said(TINY, LLAMA, '--adapter', `x=${LLAMA}`)).toMatch(/^1 [\s\S]*adapter_config/);
    const cut = join(dir, 'cut');
    await cp(LLAMA, cut, { recursive: true });
    await writeFile(join(cut, 'model.safetensors'), (await readFile(join(LLAMA, 'model.safetensors'))).subarray(0, 100_000));
    expect(await said(TINY, cut)).toMatch(/^1 [\s\S]*cut[\s\S]*safetensors/);
  });
});
