// `sensorium merge` and `--adapter`: a merged folder computes what base and adapter do, and everything else in it is the base's.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wholeLogits } from '../../test/adapters/traces.js';
import { distance, golden } from '../../test/golden/read.js';
import { Mllm } from '../generate/index.js';
import { mergeModel } from '../model/index.js';
import { ADAPTER_FILES, loadNetwork, loadWeights } from '../weights/index.js';
import { main } from './main.js';

const PEFT = join(import.meta.dirname, '../../test/golden/peft');
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cli-merge-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  const code = await main(argv, {
    out: () => undefined,
    err: (text) => {
      error += text;
    },
  });
  write.mockRestore();
  return { code, out, error };
}

describe('sensorium merge', () => {
  it.each([
    ['llama', 'llama/untied'],
    ['llama-dora', 'llama/untied'],
    ['llama-patterns', 'llama/untied'],
    ['llama-saved', 'llama/tied-bf16-sharded'],
    ['t5', 't5/flan'],
    ['llava', 'llava/clip'],
    ['blip-2', 'blip-2/opt'],
  ])('%s', async (name, base) => {
    const { dir } = await golden(base);
    const adapter = join(PEFT, name);
    const out = join(root, name);
    // Sixteen bits would round what was added: float32 shows that nothing else changed.
    const isHalf = [...(await loadWeights(dir)).tensors.values()].some((t) => t.dtype !== 'float32');
    const dtype = isHalf ? ['--dtype', 'float32'] : [];
    expect(await run('merge', dir, adapter, '--out', out, ...dtype)).toMatchObject({ code: 0 });
    const [beside, merged] = [await loadNetwork(dir, { adapters: [adapter] }), await loadNetwork(out)];
    expect(distance(await wholeLogits(merged.network, merged.values), await wholeLogits(beside.network, beside.values))).toBeLessThan(1e-4);
    const others = (await readdir(dir)).filter(
      (file) => !/safetensors|^golden/.test(file) && (dtype.length === 0 || file !== 'config.json'),
    );
    for (const file of others) expect(await readFile(join(out, file)), file).toEqual(await readFile(join(dir, file)));
    const types = async (folder: string) =>
      [...(await loadWeights(folder)).tensors.values()].map((t) => [t.name, dtype.length ? '' : t.dtype]).sort();
    expect(await types(out)).toEqual(await types(dir));
  });

  it('keeps the type of the weights by default', async () => {
    const { dir } = await golden('llama/tied-bf16-sharded');
    const out = join(root, 'half');
    const done = await mergeModel(dir, out, { adapters: [join(PEFT, 'llama-saved')] });
    expect(done).toEqual({ dir: out, base: dir, layers: 1, saved: 1 });
    const { tensors } = await loadWeights(out);
    expect(new Set([...tensors.values()].map((t) => t.dtype))).toEqual(new Set(['bfloat16']));
    expect(await readFile(join(out, 'config.json'), 'utf8')).toBe(await readFile(join(dir, 'config.json'), 'utf8'));
  });

  it.each([
    ['a base without an adapter', (dir: string) => [dir, '--out', join(root, 'none')], 'adapter.none'],
    ['its own folder', (dir: string) => [dir, join(PEFT, 'llama'), '--out', dir], 'adapter.out'],
    ['an adapter of another base', (dir: string) => [dir, join(PEFT, 'opt'), '--out', join(root, 'other')], 'adapter.base'],
  ])('%s is refused, and nothing is written', async (_, argv, code) => {
    const { dir } = await golden('llama/untied');
    const [name = '', ...rest] = argv(dir);
    const [adapters, out] = [rest.slice(0, -2), rest.at(-1) as string];
    await expect(mergeModel(name, out, { adapters })).rejects.toMatchObject({ code });
    expect((await run('merge', ...argv(dir))).code).not.toBe(0);
    if (out !== dir) await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('something other than a model is not replaced', async () => {
    const out = join(root, 'photos');
    await mkdir(out);
    await writeFile(join(out, 'cat.txt'), 'cat');
    const { dir } = await golden('llama/untied');
    await expect(mergeModel(dir, out, { adapters: [join(PEFT, 'llama')] })).rejects.toMatchObject({ code: 'adapter.out' });
    expect(await readdir(out)).toEqual(['cat.txt']);
  });
});

describe('an adapter at load', () => {
  const ids = [3, 1, 4, 1, 5];
  const logitsOf = async (lm: Mllm) => {
    const decoder = await lm.programs.decoder();
    const { data } = await decoder.step(decoder.cache(), { ids: [ids] });
    const copy = data.slice();
    await lm.dispose();
    return copy;
  };

  it('acts on the base it is given with, and an adapter alone opens its base', async () => {
    const { dir } = await golden('llama/untied');
    const plain = await logitsOf(await Mllm.load(dir));
    const adapted = await logitsOf(await Mllm.load(dir, { adapters: [join(PEFT, 'llama')] }));
    expect(distance(plain, adapted)).toBeGreaterThan(0.1);
    const alone = join(root, 'alone');
    await mkdir(alone);
    for (const file of Object.values(ADAPTER_FILES)) await writeFile(join(alone, file), await readFile(join(PEFT, 'llama', file)));
    const config = JSON.parse(await readFile(join(alone, ADAPTER_FILES.config), 'utf8'));
    await writeFile(join(alone, ADAPTER_FILES.config), JSON.stringify({ ...config, base_model_name_or_path: dir }));
    const loaded = await Mllm.load(alone);
    expect(loaded).toBeInstanceOf(Mllm);
    expect((loaded as Mllm).model.adapters).toHaveLength(1);
    expect(await logitsOf(loaded as Mllm)).toEqual(adapted);
    await writeFile(join(alone, ADAPTER_FILES.config), JSON.stringify({ ...config, base_model_name_or_path: '/nowhere/at/all' }));
    await expect(Mllm.load(alone)).rejects.toMatchObject({ code: 'adapter.base' });
  });

  it('`ask --adapter` answers with it', async () => {
    const { dir } = await golden('llava/clip');
    const picture = join(root, 'picture.png');
    const { default: sharp } = await import('sharp');
    await sharp({ create: { width: 32, height: 32, channels: 3, background: '#a33' } })
      .png()
      .toFile(picture);
    const ask = (...more: string[]) => run('ask', picture, 'what?', '--model', dir, '--max-tokens', '8', ...more);
    const [plain, adapted] = [await ask(), await ask('--adapter', join(PEFT, 'llava'))];
    expect([plain.code, adapted.code]).toEqual([0, 0]);
    expect(adapted.out).not.toBe(plain.out);
    const model = await Mllm.load(dir, { adapters: [join(PEFT, 'llava')] });
    const { image } = await import('../media/index.js');
    expect(`${(await model.generate([image(picture), 'what?'], { maxTokens: 8 })).text}\n`).toBe(adapted.out);
    await model.dispose();
    expect((await ask('--adapter', ',')).code).not.toBe(0);
    expect((await ask('--adapter', join(PEFT, 'llama'))).code).not.toBe(0);
  });
});
