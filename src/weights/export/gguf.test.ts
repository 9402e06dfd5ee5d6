// GGUF files byte by byte: blocks against plain arithmetic, the container read back, names and shapes of what is written, and refusals.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { input } from '../../graph/index.js';
import type { LlavaNetwork } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import { float16ToFloat32 } from '../half.js';
import { SafetensorsFile } from '../safetensors.js';
import { readAll } from '../source.js';
import { ggmlBytes, ggmlEncode } from './ggml.js';
import { exportGguf } from './gguf.js';
import { writeGguf } from './gguf-file.js';
import { asPairs } from './gguf-language.js';
import { llamaCppRows, readHead } from './gguf-testing.js';
import { openExport } from './source.js';

const golden = (name: string): string => join(import.meta.dirname, '../../../test/golden/families', name);
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gguf-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const random = (n: number): Float32Array => {
  const rng = new Rng('gguf');
  return Float32Array.from({ length: n }, () => rng.normal());
};
const half = (bytes: Uint8Array, at: number): number =>
  float16ToFloat32(Uint16Array.of((bytes[at] as number) | ((bytes[at + 1] as number) << 8)))[0] as number;

describe('blocks', () => {
  const values = random(96);
  it('Q8_0 is off by half a step at most', () => {
    const bytes = ggmlEncode('Q8_0', values);
    expect(bytes.length).toBe(ggmlBytes('Q8_0', 96));
    values.forEach((v, i) => {
      const at = Math.floor(i / 32) * 34;
      const step = half(bytes, at);
      const level = ((bytes[at + 2 + (i % 32)] as number) << 24) >> 24;
      expect(Math.abs(level * step - v)).toBeLessThan(step * 0.57); // the scale itself is rounded to 11 bits
    });
  });
  it('Q4_0 is off by half a step, a step at the far end, and puts weights i and i + 16 in one byte', () => {
    const bytes = ggmlEncode('Q4_0', values);
    expect(bytes.length).toBe(ggmlBytes('Q4_0', 96));
    values.forEach((v, i) => {
      const at = Math.floor(i / 32) * 18;
      const byte = bytes[at + 2 + (i % 16)] as number;
      const level = (i % 32 < 16 ? byte & 15 : byte >> 4) - 8;
      expect(Math.abs(level * half(bytes, at) - v)).toBeLessThan(Math.abs(half(bytes, at)) * 1.01);
    });
  });
  it('zeros stay zeros', () => {
    expect(ggmlEncode('Q8_0', new Float32Array(32)).every((b) => b === 0)).toBe(true);
    expect([...ggmlEncode('Q4_0', new Float32Array(32)).subarray(2)]).toEqual(new Array(16).fill(0x88));
  });
});

it('turns halves of a head into pairs', () => {
  const rows = Float32Array.from({ length: 16 }, (_, i) => i); // two heads of four, rows of two
  expect([...asPairs(rows, { heads: 2, size: 4 })]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
});

it('writes metadata of every kind and aligned tensors', async () => {
  const path = join(dir, 'file.gguf');
  const metadata = {
    s: 'ä',
    n: 7,
    b: true,
    f: { float32: 0.5 },
    words: ['a', 'bc'],
    ints: { int32s: [-1, 2] },
    floats: { float32s: [1.5] },
  };
  await writeGguf(path, metadata, [
    { name: 'a', shape: [3], type: 'F32', data: () => Float32Array.of(1, 2, 3) },
    { name: 'b', shape: [2, 32], type: 'Q8_0', data: () => random(64) },
  ]);
  const { metadata: read, table, start, bytes } = readHead(path);
  expect(read).toEqual({ s: 'ä', n: 7, b: true, f: 0.5, words: ['a', 'bc'], ints: [-1, 2], floats: [1.5], 'general.alignment': 32 });
  expect(table).toEqual([
    { name: 'a', shape: [3], type: 0, offset: 0 },
    { name: 'b', shape: [32, 2], type: 8, offset: 32 },
  ]);
  expect(bytes.readFloatLE(start + 8)).toBe(3);
  expect(bytes.length).toBe(start + 32 + 96);
});

it('refuses data that do not fill their shape', async () => {
  const tensors = [{ name: 'a', shape: [4], type: 'F32' as const, data: () => Float32Array.of(1) }];
  await expect(writeGguf(join(dir, 'short.gguf'), {}, tensors)).rejects.toThrow(/do not fill.*a\).*4 elements.*got 1/);
});

/** How close rows are that llama.cpp computes: 1 % with a GELU of the other form in the projector. */
const FAMILIES = [
  ['llava/clip', 0.01],
  ['llava/siglip', 1e-4],
  ['llava-next/clip-mistral', 0.01],
  ['llava-onevision/siglip-qwen2', 0.01],
] as const;

describe('a LLaVA', () => {
  it('is a language model with its tokenizer, and the image side up to the layer that is used', async () => {
    const out = join(dir, 'llava');
    const { files } = await exportGguf(golden('llava/clip'), out, { weights: 'q4_0' });
    expect(files).toEqual(['clip-q4_0.gguf', 'mmproj-clip-f16.gguf']);
    const language = readHead(join(out, 'clip-q4_0.gguf'));
    expect(language.metadata).toMatchObject({
      'general.architecture': 'llama',
      'llama.vocab_size': 331,
      'llama.attention.head_count_kv': 2,
      'tokenizer.ggml.model': 'llama',
      'tokenizer.ggml.add_bos_token': true,
      'tokenizer.ggml.bos_token_id': 1,
      'tokenizer.ggml.add_space_prefix': true,
    });
    const { tokens, types, scores } = {
      tokens: language.metadata['tokenizer.ggml.tokens'] as string[],
      types: language.metadata['tokenizer.ggml.token_type'] as number[],
      scores: language.metadata['tokenizer.ggml.scores'] as number[],
    };
    expect([tokens.length, types.length, scores.length]).toEqual([331, 331, 331]);
    expect([types[0], types[1], types[325], types[330], types[tokens.indexOf('<0x41>')]]).toEqual([2, 3, 3, 5, 6]);
    expect(scores[tokens.indexOf('the')]).toBe(-2);
    // Rows of 48 and 60 do not divide into blocks.
    expect(language.table.find((t) => t.name === 'blk.1.attn_q.weight')).toMatchObject({ shape: [48, 48], type: 1 });
    expect(language.table.map((t) => t.name)).toContain('output.weight');

    const clip = readHead(join(out, 'mmproj-clip-f16.gguf'));
    expect(clip.metadata).toMatchObject({
      'general.architecture': 'clip',
      'clip.projector_type': 'mlp',
      'clip.use_gelu': false,
      'clip.vision.block_count': 2,
      'clip.vision.feature_layer': [2],
      'clip.vision.image_size': 33,
    });
    expect(clip.metadata['clip.vision.image_mean']).toEqual([0.45, 0.5, 0.4].map(Math.fround));
    const names = clip.table.map((t) => t.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'v.class_embd',
        'v.patch_embd.weight',
        'v.position_embd.weight',
        'v.pre_ln.bias',
        'mm.0.weight',
        'mm.2.bias',
      ]),
    );
    expect(names.filter((n) => n.startsWith('v.blk.1.'))).toHaveLength(16);
    expect(names.filter((n) => /v\.blk\.2|post|vision|embeddings/.test(n))).toEqual([]);
    expect(clip.table.find((t) => t.name === 'v.blk.0.ffn_up.weight')?.shape).toEqual([36, 50]);
  });
  it('of a SigLIP tower has patches with biases, all layers, and neither a class token nor a last norm', async () => {
    const out = join(dir, 'siglip');
    const { files } = await exportGguf(golden('llava/siglip'), out, { weights: 'f32' });
    expect(files).toEqual(['siglip-f32.gguf', 'mmproj-siglip-f32.gguf']);
    const { metadata, table, bytes, start } = readHead(join(out, 'mmproj-siglip-f32.gguf'));
    expect(metadata).toMatchObject({
      'clip.projector_type': 'mlp',
      'clip.use_gelu': true,
      'clip.use_silu': false,
      'clip.vision.block_count': 3,
      'clip.vision.feature_layer': [3],
      'clip.vision.image_size': 34,
      'clip.vision.patch_size': 8,
      'clip.vision.projection_dim': 48,
    });
    expect(table.map((t) => t.name).filter((n) => !n.startsWith('v.blk.'))).toEqual([
      'v.patch_embd.weight',
      'v.patch_embd.bias',
      'v.position_embd.weight',
      'mm.0.weight',
      'mm.0.bias',
      'mm.2.weight',
      'mm.2.bias',
    ]);
    expect(table.filter((t) => t.name.startsWith('v.blk.'))).toHaveLength(3 * 16);
    const tensors = await readAll(await SafetensorsFile.open(join(golden('llava/siglip'), 'model.safetensors')));
    const bias = Object.entries(tensors).find(([key]) => key.endsWith('patch_embedding.bias'))?.[1];
    const at = start + (table.find((t) => t.name === 'v.patch_embd.bias')?.offset as number);
    expect(bytes.readFloatLE(at + 4)).toBe(bias?.data[1]);
  });
  it.each(FAMILIES)('gives the rows of %s, computed from the file as llama.cpp does', async (name, bar) => {
    const out = join(dir, `${name.replace('/', '-')}-rows`);
    const { files } = await exportGguf(golden(name), out, { weights: 'f32' });
    const { network, read } = await openExport(golden(name));
    const llava = network as LlavaNetwork;
    const side = llava.config.vision_config.image_size;
    const see = llava.multi_modal_projector.project(llava.encode(input('pixels', [1, 3, side, side])));
    const pixels = hostTensor('float32', [1, 3, side, side], random(3 * side * side));
    const frozen = new Map(await Promise.all(network.parameters().map(async (p) => [p, await read(p)] as const)));
    const ours = await compile({ see }, { frozen });
    const theirs = await compile({ rows: llamaCppRows(join(out, files[1] as string)) });
    const [a, b] = [(await ours.run({ pixels })).see, (await theirs.run({ pixels })).rows].map((t) => t?.data as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    expect(b.length).toBe(a.length);
    const square = (v: Float32Array): number => v.reduce((s, e) => s + e * e, 0);
    expect(Math.sqrt(square(a.map((v, i) => v - (b[i] as number))) / square(a))).toBeLessThan(bar);
    ours.dispose();
    theirs.dispose();
  });
  it.each(FAMILIES.map(([name]) => name))(
    '%s has every key and tensor that clip.cpp asks for, in its shape, and no grids of tiles',
    async (name) => {
      const out = join(dir, `${name.replace('/', '-')}-asked`);
      const { files, notes } = await exportGguf(golden(name), out);
      const [language, mmproj] = files.map((file) => readHead(join(out, file)));
      const { metadata, table } = mmproj as ReturnType<typeof readHead>;
      // clip_model_loader::load_hparams; a float where the name says so.
      const numbers = ['embedding_length', 'attention.head_count', 'feed_forward_length', 'block_count', 'projection_dim'];
      for (const key of [...numbers, 'attention.layer_norm_epsilon', 'image_size', 'patch_size'])
        expect(metadata[`clip.vision.${key}`], key).toBeTypeOf('number');
      expect(metadata['clip.vision.image_mean']).toHaveLength(3);
      expect(metadata['clip.vision.image_std']).toHaveLength(3);
      expect([metadata['clip.has_vision_encoder'], metadata['clip.projector_type']]).toEqual([true, 'mlp']);
      expect(Object.keys(metadata).filter((key) => /pinpoints|merge/.test(key))).toEqual([]);
      // clip_model_loader::load_tensors and the graph of models/llava.cpp; fastest dimension first.
      const number = (key: string): number => metadata[`clip.vision.${key}`] as number;
      const [w, f, patch] = [number('embedding_length'), number('feed_forward_length'), number('patch_size')];
      const text = language?.metadata as Record<string, unknown>;
      const width = text[`${text['general.architecture']}.embedding_length`] as number;
      const shapes = new Map(table.map((t) => [t.name, t.shape]));
      const first = shapes.has('v.class_embd') ? 1 : 0;
      const wanted: Record<string, number[]> = {
        'v.patch_embd.weight': [patch, patch, 3, w],
        'v.position_embd.weight': [w, Math.floor(number('image_size') / patch) ** 2 + first],
        'mm.0.weight': [w, width],
        'mm.2.weight': [width, width],
      };
      for (let layer = 0; layer < number('block_count'); layer++) {
        for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_out']) wanted[`v.blk.${layer}.${part}.weight`] = [w, w];
        for (const part of ['ln1', 'ln2']) wanted[`v.blk.${layer}.${part}.weight`] = [w];
        wanted[`v.blk.${layer}.ffn_up.weight`] = [w, f];
        wanted[`v.blk.${layer}.ffn_down.weight`] = [f, w];
      }
      for (const [tensor, shape] of Object.entries(wanted)) expect(shapes.get(tensor), tensor).toEqual(shape);
      expect(notes.filter((note) => note.includes('class token'))).toHaveLength(first);
      expect(notes.filter((note) => note.includes('without tiles'))).toHaveLength(name.startsWith('llava/') ? 0 : 1);
    },
  );
  it('is refused where llama.cpp would compute something else, by what is the matter', async () => {
    const config = JSON.parse(readFileSync(join(golden('llava/siglip'), 'config.json'), 'utf8'));
    const changed = join(dir, 'changed');
    cpSync(golden('llava/siglip'), changed, { recursive: true });
    writeFileSync(join(changed, 'config.json'), JSON.stringify({ ...config, vision_feature_select_strategy: 'default' }));
    await expect(exportGguf(changed, join(dir, 'wrong'))).rejects.toThrow(/got features without the first patch/);
  });
  it.each([
    ['llava/layers-full-bf16', /got relu in the projector/],
    ['llava-next/siglip-llama', /got features of several layers/],
    ['idefics3/tiles', /got idefics3/],
    ['qwen2-vl/untied', /got qwen2_vl with qwen2_vl_text/],
    ['mixtral/five-experts', /a language model of llama, mistral, qwen2, qwen3, got mixtral/],
    ['windows/mistral', /got a window of/],
    ['llama-rope/dynamic', /rope_scaling 'dynamic'/],
    ['clip/odd-sizes', /cannot be exported/],
  ])('%s is refused, and nothing is left', async (name, message) => {
    const out = join(dir, 'refused');
    await expect(exportGguf(golden(name), out)).rejects.toThrow(message);
    expect(readdirSync(dir).filter((n) => n.startsWith('refused'))).toEqual([]);
  });
});

it('does not write into a folder that holds something, nor over a file', async () => {
  await expect(exportGguf(golden('llama/untied'), dir)).rejects.toThrow(/the output folder is not empty.*Name another folder/s);
  writeFileSync(join(dir, 'plain'), '');
  await expect(exportGguf(golden('llama/untied'), join(dir, 'plain'))).rejects.toThrow(/is a file/);
  await expect(exportGguf(golden('llama/untied'), join(dir, 'plain', 'below'))).rejects.toThrow(/is a file/);
});

it('refuses a model that is quantized already', async () => {
  const quantized = join(dir, 'quantized');
  cpSync(golden('llama/untied'), quantized, { recursive: true });
  const config = JSON.parse(readFileSync(join(quantized, 'config.json'), 'utf8'));
  const quantization_config = {
    quant_method: 'sensorium',
    version: 1,
    bits: 4,
    block_size: 32,
    accuracy_level: 4,
    activations: 'float',
    head_bits: null,
    embedding_bits: null,
    skip: [],
  };
  writeFileSync(join(quantized, 'config.json'), JSON.stringify({ ...config, quantization_config }));
  await expect(exportGguf(quantized, join(dir, 'again'))).rejects.toThrow(/a quantized model is not exported again/);
});

it('leaves nothing when it is stopped', async () => {
  const signal = AbortSignal.abort();
  await expect(exportGguf(golden('llama/untied'), join(dir, 'stopped'), { signal })).rejects.toThrow(/abort/i);
  expect(readdirSync(dir).filter((n) => n.startsWith('stopped'))).toEqual([]);
});
