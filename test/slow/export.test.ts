// Exports are loaded by the programs they are for, which generate the tokens that transformers generated from the original.
// The peers are those of the decode benchmark, installed by it; without them the tests are skipped and say so.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../bench/peers/install.js';
import { CausalLm, Mllm } from '../../src/generate/index.js';
import { framedIds } from '../../src/generate/language-folder.js';
import { encodePng, type RgbImage } from '../../src/media/index.js';
import type { PreparedGrid } from '../../src/networks/families/qwen-vl/processor.js';
import type { LlavaNetwork } from '../../src/networks/index.js';
import type { PreparedImage } from '../../src/networks/processor.js';
import { compile } from '../../src/runtime/compile.js';
import { type ChatMessage, Tokenizer } from '../../src/text/index.js';
import { type HostTensor, hostTensor } from '../../src/util/host.js';
import { llamaCppRows } from '../../src/weights/export/gguf-testing.js';
import { exportGguf, exportTransformersJs } from '../../src/weights/export/index.js';
import { picture } from '../golden/picture.js';
import { distance, type Golden, golden } from '../golden/read.js';
import { tokenizedCopy } from './fixtures/tokenized.js';

const peers = cacheFolder();
const installed = (name: string): boolean => existsSync(join(peers, 'node_modules', name, 'package.json'));
const INSTALL = 'npm run bench -- decode installs it';
const COUNT = 32;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'export-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs a peer's script and reads the JSON of its last line. */
async function ask<T>(script: string, model: string, request: object): Promise<T> {
  const file = join(dir, 'request.json');
  writeFileSync(file, JSON.stringify(request));
  const args = [join(import.meta.dirname, 'fixtures', script), peers, model, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000, maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T;
}

/** The prompts of a golden batch that is padded on the right. */
function prompts(g: Golden): number[][] {
  const mask = g.rows('right.mask');
  return g.rows('right.ids').map((row, b) => row.filter((_, i) => mask[b]?.[i] === 1));
}

/** A folder of this test's own with what a golden checkpoint holds, and a tokenizer. */
function copyOf(g: Golden, name: string): string {
  const to = join(dir, name.replaceAll('/', '-'));
  if (existsSync(join(g.dir, 'tokenizer.json'))) cpSync(g.dir, to, { recursive: true });
  else tokenizedCopy(g.dir, to);
  return to;
}

const models = join(import.meta.dirname, '../../models');
const WORLD_LLAMA = join(models, 'world-llama');

/** A prompt for a trained model that says what to go on about (where any object would do, the last bit decides), and how it goes on here. */
async function trained(): Promise<{ ids: number[]; ours: number[] }> {
  const lm = await CausalLm.load(WORLD_LLAMA);
  const tokenizer = lm.folder.tokenizer as Tokenizer;
  const ids = [tokenizer.tokenId('<|text|>') as number, ...tokenizer.encode('There are three blue cats and a')];
  const ours: number[] = [];
  for await (const { id } of lm.continueIds(ids, { maxTokens: COUNT, endIds: [] })) ours.push(id);
  await lm.dispose();
  return { ids, ours };
}
/** Greedy tokens after a prompt, ids without a text among them. */
async function greedy(model: Mllm, ids: Int32Array): Promise<number[]> {
  const decoder = await model.decoding();
  const cache = decoder.cache(1);
  const made: number[] = [];
  for (let next: readonly number[] = [...ids]; made.length < COUNT; next = made.slice(-1))
    made.push(argMax((await decoder.step(cache, { ids: [next] })).data));
  return made;
}
const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);
const agreement = (a: number[] | undefined, b: number[]): number => b.filter((id, i) => id === a?.[i]).length;

const llamaCpp = installed('node-llama-cpp') ? '' : ` (skipped: node-llama-cpp is not installed; ${INSTALL})`;
describe.skipIf(llamaCpp !== '')(`GGUF in node-llama-cpp${llamaCpp}`, () => {
  const families = ['llama/untied', 'llama/tied-bf16-sharded', 'qwen2/tied', 'qwen2/untied-fp16', 'qwen3/tied-bf16'];
  it.each([...families, 'llama-rope/linear', 'llama-rope/llama3', 'llama-rope/yarn'])('%s generates the same tokens', async (name) => {
    const g = await golden(name);
    const out = join(dir, `${name.replaceAll('/', '-')}-gguf`);
    const { files } = await exportGguf(copyOf(g, name), out, { weights: 'f32' });
    const { tokens } = await ask<{ tokens: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), {
      prompts: prompts(g),
      count: COUNT,
    });
    expect(tokens).toEqual(g.rows('greedy'));
  });

  it.each(['f16', 'q8_0', 'q4_0'] as const)('a trained model says the same in %s', async (weights) => {
    const { ids, ours } = await trained();
    const out = join(dir, `world-llama-${weights}`);
    const { files } = await exportGguf(WORLD_LLAMA, out, { weights });
    const { tokens } = await ask<{ tokens: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), { prompts: [ids], count: COUNT });
    expect(agreement(tokens[0], ours)).toBeGreaterThanOrEqual(weights === 'q4_0' ? COUNT / 2 : COUNT);
  });

  it('the image side is a file that its reader understands', async () => {
    const out = join(dir, 'llava-mmproj');
    const { files } = await exportGguf((await golden('llava/clip')).dir, out);
    const { info } = await ask<{ info: { architecture: string; tensors: string[] } }>('llama-cpp.mjs', join(out, files[1] as string), {
      info: true,
    });
    expect(info.architecture).toBe('clip');
    expect(info.tensors).toEqual(expect.arrayContaining(['v.class_embd', 'v.blk.1.attn_out.bias', 'mm.2.weight']));
  });

  it.each(['llava-next/clip-mistral', 'llava-onevision/siglip-qwen2'])(
    'the language model of %s generates the same tokens',
    async (name) => {
      const { dir: from } = await golden(name);
      const out = join(dir, `${name.replaceAll('/', '-')}-gguf`);
      const { files } = await exportGguf(from, out, { weights: 'f32' });
      const model = await Mllm.load(from);
      const asked = ['What is in the picture?', 'Which is the other?'];
      const ids = await Promise.all(asked.map(async (text) => (await model.prepare([{ role: 'user', content: text }])).ids));
      const ours: number[][] = [];
      for (const prompt of ids) ours.push(await greedy(model, prompt));
      await model.dispose();
      const request = { prompts: ids.map((prompt) => [...prompt]), count: COUNT };
      expect((await ask<{ tokens: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), request)).tokens).toEqual(ours);
    },
  );

  it.each([
    ['llava/clip', ['What is in the picture?', 'the other  in', ' Ünder 12 ☃']],
    ['world-llama', ['A red cup is left of the dog.', 'There are 12 dogs | 3', 'Ein großer 🐶']],
  ])('cuts text into the same tokens: %s', async (name, texts) => {
    const from = name === 'world-llama' ? WORLD_LLAMA : (await golden(name)).dir;
    const out = join(dir, `${name.replaceAll('/', '-')}-text`);
    const { files } = await exportGguf(from, out, { weights: 'f16' });
    const { encoded } = await ask<{ encoded: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), { texts });
    const tokenizer = await Tokenizer.fromFolder(from);
    const expected = texts.map((text) => [...framedIds(tokenizer, text)].filter((id) => id !== tokenizer.specialIds.bos));
    expect(encoded).toEqual(expected);
  });
});

const LLAMA_NODE = ['@fugood/llama.node@1.7.15', '@fugood/node-llama-linux-x64@1.7.15'];
const llamaNode = LLAMA_NODE.every((spec) => installed(spec.slice(0, spec.lastIndexOf('@'))))
  ? ''
  : ` (skipped: npm install --prefix .cache/bench --ignore-scripts --omit=optional --save-exact ${LLAMA_NODE.join(' ')} installs it)`;
describe.skipIf(llamaNode !== '')(`mmproj files in llama.cpp${llamaNode}`, () => {
  it.each(['llava/siglip', 'llava-onevision/siglip-qwen2', 'llava/clip', 'llava-next/clip-mistral'])(
    '%s sees an image as one picture',
    async (name) => {
      // With the GELU that llama.cpp has, every difference is one of the image.
      const from = join(dir, `${name.replaceAll('/', '-')}-tanh`);
      cpSync((await golden(name)).dir, from, { recursive: true });
      const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8'));
      writeFileSync(join(from, 'config.json'), JSON.stringify({ ...config, projector_hidden_act: 'gelu_pytorch_tanh' }));
      const out = `${from}-gguf`;
      const { files } = await exportGguf(from, out, { weights: 'f32' });
      const [language, mmproj] = files.map((file) => join(out, file)) as [string, string];

      const model = await Mllm.load(from);
      const network = model.parts.network as LlavaNetwork;
      const size = network.config.vision_config.image_size;
      const image = picture(size, size, 7);
      const messages: ChatMessage[] = [
        {
          role: 'user',
          content: [
            { type: 'image', source: image },
            { type: 'text', text: 'What is in the picture?' },
          ],
        },
      ];
      const { ids, images } = await model.prepare(messages);
      const { prepared, run } = images[0] as (typeof images)[number];
      const rows = network.side ** 2;
      const pixels = ((await prepared.feeds()).pixels as HostTensor<'float32'>).data.subarray(0, 3 * size * size);
      // Its change 13321 put the class token of CLIP towers at the wrong end (its issue 25814); the rest of the file is seen to be right all the same.
      const program = await compile({ rows: llamaCppRows(mmproj, { classLast: true }) });
      const { rows: seen } = await program.run({ pixels: hostTensor('float32', [1, 3, size, size], pixels) });
      program.dispose();
      const features = hostTensor('float32', [rows, network.language_model.width], seen?.data as Float32Array);
      if (!name.includes('clip'))
        expect(distance(features.data, (await model.encodeImages([prepared])).data.subarray(0, features.data.length))).toBeLessThan(1e-4);
      const [start, length] = run;
      const short = [...ids.subarray(0, start), ...ids.subarray(start, start + rows), ...ids.subarray(start + length)];
      const imagePositions = Int32Array.from({ length: rows }, (_, i) => start + i);
      const decoder = await model.decoding();
      const { data } = await decoder.step(decoder.cache(1), { ids: [short], features, imagePositions });
      const most = Math.max(...data);
      const weights = [...data].map((v) => Math.exp(v - most));
      const sum = weights.reduce((a, b) => a + b);
      const expected = weights.map((v) => v / sum).sort((a, b) => b - a);
      const { text } = model.parts.template.render(messages, { addGenerationPrompt: true });
      await model.dispose();

      const file = `${from}.png`;
      writeFileSync(file, await encodePng(image));
      const request = { mmproj, prompt: text.replace('<image>', '<__media__>'), image: file, count: 6 };
      const said = await ask<{ rows: number; chances: number[] }>('llama-node.mjs', language, request);
      expect(said.rows).toBe(rows);
      expect(distance(said.chances, expected.slice(0, 6))).toBeLessThan(1e-3);
    },
  );
});

const transformersJs = installed('@huggingface/transformers') ? '' : ` (skipped: @huggingface/transformers is not installed; ${INSTALL})`;
describe.skipIf(transformersJs !== '')(`the layout of transformers.js${transformersJs}`, () => {
  interface Continued {
    tokens: number[][];
    alone: number[];
  }
  const families = ['llama/untied', 'llama/tied-bf16-sharded', 'llama-rope/llama3', 'qwen2/tied', 'qwen2/untied-fp16', 'qwen3/untied'];
  it.each([...families, 'windows/mistral'])('%s generates the same tokens, alone and padded in a batch', async (name) => {
    const g = await golden(name);
    const out = join(dir, `${name.replaceAll('/', '-')}-js`);
    await exportTransformersJs(copyOf(g, name), out, { inlineLimit: name === 'llama/untied' ? 0 : undefined });
    const said = await ask<Continued>('transformers-js.mjs', out, { prompts: prompts(g), count: COUNT });
    expect(said.tokens).toEqual(g.rows('greedy'));
    expect(said.alone).toEqual(g.rows('greedy')[0]);
  });

  it.each(['t5/flan', 't5/first-bf16'])('%s generates the same tokens, alone and padded in a batch', async (name) => {
    const g = await golden(name);
    const out = join(dir, `${name.replaceAll('/', '-')}-js`);
    await exportTransformersJs(copyOf(g, name), out, { precisions: ['fp32', 'q8', 'q4'] });
    const request = { prompts: prompts(g), count: COUNT, seq2seq: true };
    const said = await ask<Continued>('transformers-js.mjs', out, request);
    expect(said.tokens).toEqual(g.rows('greedy'));
    expect(said.alone).toEqual(g.rows('greedy')[0]);
    for (const dtype of ['q8', 'q4'])
      expect((await ask<Continued>('transformers-js.mjs', out, { ...request, dtype })).alone).toHaveLength(COUNT);
  });

  it('a trained model says the same in all precisions', async () => {
    const out = join(dir, 'world-llama-js');
    await exportTransformersJs(WORLD_LLAMA, out, { precisions: ['fp32', 'q8', 'int8', 'q4'], inlineLimit: 0, chunkLimit: 200_000 });
    const { ids, ours } = await trained();
    for (const dtype of ['fp32', 'q8', 'int8', 'q4']) {
      const { alone } = await ask<Continued>('transformers-js.mjs', out, { prompts: [ids], count: COUNT, dtype });
      // Four bits change what a model of a million parameters would say, here the colour of a box.
      if (dtype === 'q4') expect(agreement(alone, ours)).toBeGreaterThanOrEqual(COUNT / 2);
      else expect(alone, dtype).toEqual(ours);
    }
  });

  interface Replied {
    tokens: number[][];
    ids: number[];
    pixels: number[];
  }
  const QUESTION = 'What is in the picture?';

  /** A conversation about one picture as both sides take it; `pixels` shapes what our vision program is fed as the peer's is. */
  async function conversation(model: Mllm, image: RgbImage, pixels: (prepared: PreparedImage) => Promise<HostTensor<'float32'>>) {
    const messages: ChatMessage[] = [
      {
        role: 'user',
        content: [
          { type: 'image', source: image },
          { type: 'text', text: QUESTION },
        ],
      },
    ];
    const prepared = await model.prepare(messages);
    const seen = await pixels(prepared.images[0]?.prepared as PreparedImage);
    const reply = await model.generate([{ type: 'image', source: image }, QUESTION], { maxTokens: COUNT });
    const { text } = model.parts.template.render(messages, { addGenerationPrompt: true });
    const request = {
      ids: [...prepared.ids],
      pixels: { dims: seen.shape, data: [...seen.data] },
      image: { ...image, data: [...image.data] },
      text,
      count: COUNT,
    };
    return { request, expected: reply.tokens.map((t) => t.id) };
  }

  const llavas = ['llava/clip', 'llava/siglip', 'llava/layers-full-bf16', 'llava-onevision/siglip-qwen2', 'sensorium-tiny'];
  it.each(llavas)('%s replies with the same tokens', async (name) => {
    const from = name === 'sensorium-tiny' ? join(models, name) : (await golden(name)).dir;
    const out = join(dir, `${name.replaceAll('/', '-')}-js`);
    const small = name === 'sensorium-tiny' ? (['q8', 'q4'] as const) : [];
    await exportTransformersJs(from, out, { precisions: ['fp32', ...small] });
    const model = await Mllm.load(from);
    const { image_size: size } = (model.parts.network as unknown as { config: { vision_config: { image_size: number } } }).config
      .vision_config;
    // The size of the tower: resizing differs from library to library. OneVision's second picture is its only tile.
    const { request, expected } = await conversation(model, picture(size, size, 7), async ({ feeds }) => {
      const { data } = (await feeds()).pixels as HostTensor<'float32'>;
      return hostTensor('float32', [1, 3, size, size], data.subarray(0, 3 * size * size));
    });
    await model.dispose();
    const said = await ask<Replied>('transformers-js.mjs', out, request);
    expect(said.tokens[0]?.slice(0, expected.length)).toEqual(expected);
    expect(said.ids).toEqual(request.ids);
    expect(distance(said.pixels, request.pixels.data)).toBeLessThan(1 / 255 / 0.2);
    for (const dtype of small) {
      const { tokens } = await ask<Replied>('transformers-js.mjs', out, { ...request, dtype });
      expect(agreement(tokens[0], expected), `${dtype}: ${tokens[0]} for ${expected}`).toBeGreaterThanOrEqual(expected.length / 2);
    }
  });

  it.each([
    ['idefics3', 'Idefics3ForConditionalGeneration'],
    ['smolvlm', 'SmolVLMForConditionalGeneration'],
  ])('%s replies with the same tokens to tiles', async (model_type, architecture) => {
    const from = join(dir, model_type);
    cpSync((await golden('idefics3/tiles')).dir, from, { recursive: true });
    const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8'));
    writeFileSync(join(from, 'config.json'), JSON.stringify({ ...config, model_type, architectures: [architecture] }));
    const out = join(dir, `${model_type}-js`);
    await exportTransformersJs(from, out);
    const model = await Mllm.load(from);
    const { side, patch } = { side: 6, patch: 5 };
    const { request, expected } = await conversation(model, picture(84, 50, 7), async ({ feeds }) => {
      const patches = (await feeds()).patches as HostTensor<'float32'>;
      const tiles = patches.shape[0] as number;
      const pixels = hostTensor('float32', [1, tiles, 3, side * patch, side * patch]);
      for (let i = 0; i < patches.data.length; i++) {
        const [x, y, c] = [i % patch, Math.floor(i / patch) % patch, Math.floor(i / patch ** 2) % 3];
        const [column, row] = [Math.floor(i / (3 * patch ** 2)) % side, Math.floor(i / (3 * patch ** 2 * side)) % side];
        const tile = Math.floor(i / (3 * patch ** 2 * side ** 2));
        pixels.data[((tile * 3 + c) * side * patch + row * patch + y) * side * patch + column * patch + x] = patches.data[i] as number;
      }
      return pixels;
    });
    await model.dispose();
    const said = await ask<Replied>('transformers-js.mjs', out, { ...request, textFirst: true });
    expect(said.tokens[0]?.slice(0, expected.length)).toEqual(expected);
    expect(said.ids).toEqual(request.ids);
    // It resizes twice, the second time without a filter: as many pixels, about the same.
    const { data } = request.pixels;
    expect(said.pixels.length).toBe(data.length);
    expect(said.pixels.reduce((sum, v, i) => sum + Math.abs(v - (data[i] as number)), 0) / data.length).toBeLessThan(0.25);
  });

  it.each(['qwen2-vl/untied', 'qwen2-5-vl/tied'])('%s replies with the same tokens to an image of any shape', async (name) => {
    const { dir: from } = await golden(name);
    const out = join(dir, `${name.replaceAll('/', '-')}-js`);
    await exportTransformersJs(from, out);
    const model = await Mllm.load(from);
    let grid: readonly number[] = [];
    const { request, expected } = await conversation(model, picture(48, 32, 7), async (prepared) => {
      grid = (prepared as PreparedGrid).grid;
      const { data } = (await prepared.feeds()).patches as HostTensor<'float32'>;
      const count = grid.reduce((a, b) => a * b, 1);
      return hostTensor('float32', [count, data.length / count], data);
    });
    await model.dispose();
    const said = await ask<Replied>('transformers-js.mjs', out, { ...request, grid: [grid], textFirst: true });
    expect(said.tokens[0]?.slice(0, expected.length)).toEqual(expected);
    expect(said.ids).toEqual(request.ids);
    expect(distance(said.pixels, request.pixels.data)).toBeLessThan(1 / 255 / 0.2);
  });
});
