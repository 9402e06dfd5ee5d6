// Gated cross-attention in the layers of every decoder: nothing at gate zero, the last image before each token, saved in the config and read again.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine, Mllm } from '../src/generate/index.js';
import { input, type Parameter, type Tensor } from '../src/graph/index.js';
import { image } from '../src/media/index.js';
import { openModel, saveModel } from '../src/model/index.js';
import { ADAPTERS_KEY, type AdapterSpec, addAdapters, gatedCrossAttention, type MultimodalNetwork } from '../src/networks/index.js';
import { lastImageBefore, wholeMedia } from '../src/networks/language/block-media.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { exportGguf } from '../src/weights/export/index.js';
import { loadNetwork } from '../src/weights/index.js';
import { cachedLogits, wholeLogits } from './adapters/traces.js';
import { picture } from './golden/picture.js';
import { distance, golden } from './golden/read.js';
import { evaluate } from './graph/evaluate.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-gated-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Values with every gate opened. */
function opened(values: ReadonlyMap<Parameter, HostTensor>, to = 0.5): Map<Parameter, HostTensor> {
  return new Map([...values].map(([p, v]) => [p, /\.(attn|ff)_gate$/.test(p.name) ? hostTensor('float32', [1], [to]) : v]));
}

// LLaMA, OPT, Persimmon and Kosmos layers.
describe.each(['llava/clip', 'blip-2/opt', 'fuyu/untied', 'kosmos2/tied'])('%s', (name) => {
  it('gives the same bits at gate zero, whole and over a cache, and others with it open, in both alike', async () => {
    const { dir } = await golden(name);
    const plain = await loadNetwork(dir);
    const [whole, cached] = [await wholeLogits(plain.network, plain.values), await cachedLogits(plain.network, plain.values)];
    const { network, values, raw } = await loadNetwork(dir, { adapters: [gatedCrossAttention({ every: 1, heads: 2 })], seed: 3 });
    expect(raw[ADAPTERS_KEY]).toEqual([{ kind: 'gated-cross-attention', every: 1, heads: 2, expansion: 4 }]);
    const added = network.parameters().filter((p) => /\.layers\.\d+\.adapters\.0\./.test(p.name));
    expect(added).toHaveLength((network as MultimodalNetwork).language_model.config.num_hidden_layers * 12);
    expect(await wholeLogits(network, values)).toEqual(whole);
    expect(await cachedLogits(network, values)).toEqual(cached);
    const [open, openCached] = [await wholeLogits(network, opened(values)), await cachedLogits(network, opened(values))];
    expect(distance(open, whole)).toBeGreaterThan(1e-2);
    const { vocab_size: vocab } = (network as MultimodalNetwork).language_model.config;
    const n = open.length / vocab;
    // The last of three steps is two tokens before the end of the whole sequence.
    openCached.forEach((step, i) => {
      const at = n - 5 + i;
      expect(distance(step, open.subarray(at * vocab, (at + 1) * vocab)), `step ${i}`).toBeLessThan(1e-4);
    });
  });
});

async function png(width: number, height: number): Promise<string> {
  const path = join(root, 'picture.png');
  await sharp({ create: { width, height, channels: 3, background: '#a33' } })
    .png()
    .toFile(path);
  return path;
}

const ints = (shape: number[], values: number[]): HostTensor<'int32'> => hostTensor('int32', shape, values);
const matrix = (t: HostTensor): number[][][] => {
  const [b, n, m] = t.shape as [number, number, number];
  return Array.from({ length: b }, (_, i) =>
    Array.from({ length: n }, (_, j) => Array.from(t.data.subarray((i * n + j) * m, (i * n + j + 1) * m) as Uint8Array)),
  );
};

describe('which rows a token sees', () => {
  it('those of the last image before it: none before the first, none of another sequence', async () => {
    // t t [1 1] t [2 2] t, beside [3] t t t t t t t
    const at = input('at', [5], 'int32');
    const seen = wholeMedia(input('rows', [5, 2]), at, [2, 8]);
    const got = await evaluate({ seen: seen.media.visible, mask: seen.images.mask }, { at: ints([5], [2, 3, 5, 6, 8]) });
    const [one, two, none] = [
      [1, 1, 0, 0, 0],
      [0, 0, 1, 1, 0],
      [0, 0, 0, 0, 0],
    ];
    expect(matrix(got.seen as HostTensor)[0]).toEqual([none, none, one, one, one, two, two, two]);
    expect(matrix(got.seen as HostTensor)[1]).toEqual(new Array(8).fill([0, 0, 0, 0, 1]));
    expect(Array.from((got.mask as HostTensor<'bool'>).data)).toEqual([0, 0, 1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('of its own segment, where sequences share a row', async () => {
    // [1] t | t [2] t: the second begins without an image, and images side by side in two sequences are two.
    const seen = wholeMedia(input('rows', [3, 2]), input('at', [3], 'int32'), [1, 6], input('segments', [1, 6], 'int32'));
    const got = await evaluate({ seen: seen.media.visible }, { at: ints([3], [0, 1, 4]), segments: ints([1, 6], [1, 2, 2, 3, 3, 3]) });
    expect(matrix(got.seen as HostTensor)[0]).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  it('in any order of the rows, and nothing of a row that is of no sequence', async () => {
    const of = (name: string, ...shape: number[]) => input(name, shape, 'int32');
    const y = lastImageBefore({ sequence: of('s', 1, 3), place: of('p', 1, 3) }, { sequence: of('rs', 4), place: of('rp', 4) });
    const got = await evaluate(
      { y },
      { s: ints([1, 3], [0, 0, 0]), p: ints([1, 3], [1, 4, 9]), rs: ints([4], [0, 0, -1, 0]), rp: ints([4], [8, 0, 0, 7]) },
    );
    expect(matrix(got.y as HostTensor)[0]).toEqual([
      [0, 1, 0, 0],
      [0, 1, 0, 0],
      [1, 0, 0, 1],
    ]);
  });

  it('a change in an image changes the tokens that see it, and no others', async () => {
    const { network, values } = await loadNetwork((await golden('llava/clip')).dir, { adapters: [gatedCrossAttention({ every: 1 })] });
    const language = (network as MultimodalNetwork).language_model;
    const adapter = language.model.layers[0]?.adapters[0];
    const w = language.width;
    const seen = wholeMedia(input('rows', [3, w]), input('at', [3], 'int32'), [1, 6]);
    const x = input('x', [1, 6, w]);
    const program = await compile({ y: adapter?.before?.(x, { layer: 0, ...seen }) as Tensor }, { frozen: opened(values) });
    const noise = (n: number, k: number) => Float32Array.from({ length: n * w }, (_, i) => Math.sin(i * k));
    // t [1 1] t [2] t
    const run = async (rows: Float32Array) => {
      const { y } = await program.run({
        x: hostTensor('float32', [1, 6, w], noise(6, 0.3)),
        rows: hostTensor('float32', [3, w], rows),
        at: ints([3], [1, 2, 4]),
      });
      return Array.from({ length: 6 }, (_, i) => (y as HostTensor<'float32'>).data.slice(i * w, (i + 1) * w));
    };
    const rows = noise(3, 0.7);
    const before = await run(rows);
    for (const [changed, sees] of [
      [1, [1, 2, 3]],
      [2, [4, 5]],
    ] as const) {
      const other = rows.slice();
      for (let i = 0; i < w; i++) other[changed * w + i] = 2 - (rows[changed * w + i] as number);
      const after = await run(other);
      expect(after.flatMap((row, i) => (distance(row, before[i] as Float32Array) > 0 ? [i] : []))).toEqual(sees);
    }
    program.dispose();
  });
});

describe('a model with an adapter in its layers', () => {
  const open = async (adapters?: AdapterSpec[]) => openModel((await golden('llava/clip')).dir, { adapters, seed: 9 });

  it('is saved with it in config.json, and opened again; others are what they were', async () => {
    const model = await open([gatedCrossAttention({ every: 1, heads: 2 })]);
    const values = opened(model.values, 0.8);
    const dir = join(root, 'saved');
    await saveModel(model, dir, { values });
    const config = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8'));
    expect(config[ADAPTERS_KEY]).toEqual([{ kind: 'gated-cross-attention', every: 1, heads: 2, expansion: 4 }]);
    const again = await openModel(dir);
    expect(await wholeLogits(again.network, again.values)).toEqual(await wholeLogits(model.network, values));
    const replies = async (folder: string) => {
      const mllm = await Mllm.load(folder);
      const questions = [picture(30, 30, 1), picture(40, 20, 2)].map((image) => ({ image, question: 'what is it?' }));
      const options = { maxTokens: 6 };
      const together = await mllm.answer(questions, options);
      const alone = [...(await mllm.answer(questions.slice(0, 1), options)), ...(await mllm.answer(questions.slice(1), options))];
      expect(together).toEqual(alone);
      await mllm.dispose();
      return together;
    };
    expect(await replies(dir)).not.toEqual(await replies((await golden('llava/clip')).dir));
  });

  it('is refused by name where it cannot act: by the engine, by exports', async () => {
    const mllm = await Mllm.load(join(root, 'saved'));
    await expect(Engine.create(mllm)).rejects.toMatchObject({ code: 'generate.engine' });
    await mllm.dispose();
    await expect(exportGguf(join(root, 'saved'), join(root, 'gguf'))).rejects.toMatchObject({
      code: 'weights.export',
      got: 'gated-cross-attention',
    });
  });

  it('beams read the images too: one beam is the greedy reply', async () => {
    const mllm = await Mllm.load(join(root, 'saved'));
    const content = [image(await png(30, 20)), 'what is it?'];
    const greedy = await mllm.generate(content, { maxTokens: 6 });
    const [one, three] = [
      await mllm.generate(content, { maxTokens: 6, beams: 1 }),
      await mllm.generate(content, { maxTokens: 6, beams: 3 }),
    ];
    expect(one.text).toBe(greedy.text);
    expect(three.sequences?.[0]?.score).toBeGreaterThanOrEqual((one.sequences?.[0]?.score ?? 0) - 1e-6);
    await mllm.dispose();
  });

  it('and a wrong one is refused: an unknown kind, an option, a network without decoder layers', async () => {
    const dir = join(root, 'saved');
    const path = join(dir, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    const write = (adapter: unknown) => writeFile(path, JSON.stringify({ ...config, [ADAPTERS_KEY]: [adapter] }));
    await write({ kind: 'gated-cross-atention' });
    await expect(openModel(dir)).rejects.toMatchObject({ code: 'adapter.kind', hint: expect.stringContaining('gated-cross-attention') });
    await write({ kind: 'gated-cross-attention', every: 0 });
    await expect(openModel(dir)).rejects.toMatchObject({ code: 'model.config' });
    await write(3);
    await expect(openModel(dir)).rejects.toMatchObject({ code: 'model.config' });
    await write(config[ADAPTERS_KEY][0]);
    const { network } = await loadNetwork((await golden('t5/flan')).dir);
    expect(() => addAdapters(network, [gatedCrossAttention()])).toThrow(expect.objectContaining({ code: 'adapter.layers' }));
  });
});
