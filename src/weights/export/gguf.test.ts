// GGUF files byte by byte: blocks against plain arithmetic, the container read back, names and shapes of what is written, and refusals.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../util/rng.js';
import { float16ToFloat32 } from '../half.js';
import { ggmlBytes, ggmlEncode } from './ggml.js';
import { exportGguf } from './gguf.js';
import { writeGguf } from './gguf-file.js';
import { asPairs } from './gguf-language.js';

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

/** A reader of the header that knows only what the writer writes. */
function readHead(path: string) {
  const bytes = readFileSync(path);
  let at = 0;
  const take = (n: number): number => {
    at += n;
    return at - n;
  };
  const u32 = (): number => bytes.readUInt32LE(take(4));
  const u64 = (): number => Number(bytes.readBigUInt64LE(take(8)));
  const text = (): string => {
    const n = u64();
    return bytes.subarray(take(n), at).toString();
  };
  const value = (kind: number): unknown => {
    if (kind === 4) return u32();
    if (kind === 5) return bytes.readInt32LE(take(4));
    if (kind === 6) return bytes.readFloatLE(take(4));
    if (kind === 7) return bytes[take(1)] === 1;
    if (kind === 8) return text();
    const [of, n] = [u32(), u64()];
    return Array.from({ length: n }, () => value(of));
  };
  expect(bytes.toString('utf8', 0, 4)).toBe('GGUF');
  at = 4;
  expect(u32()).toBe(3);
  const [tensors, entries] = [u64(), u64()];
  const metadata: Record<string, unknown> = {};
  for (let i = 0; i < entries; i++) metadata[text()] = value(u32());
  const table = Array.from({ length: tensors }, () => {
    const name = text();
    const shape = Array.from({ length: u32() }, u64);
    return { name, shape, type: u32(), offset: u64() };
  });
  const start = Math.ceil(at / 32) * 32;
  return { metadata, table, start, bytes };
}

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
  it.each([
    ['llava/siglip', /got another tower/],
    ['llava-next/clip-mistral', /cannot be exported/],
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

it('refuses a model that is quantised already', async () => {
  const quantised = join(dir, 'quantised');
  cpSync(golden('llama/untied'), quantised, { recursive: true });
  const config = JSON.parse(readFileSync(join(quantised, 'config.json'), 'utf8'));
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
  writeFileSync(join(quantised, 'config.json'), JSON.stringify({ ...config, quantization_config }));
  await expect(exportGguf(quantised, join(dir, 'again'))).rejects.toThrow(/a quantised model is not exported again/);
});

it('leaves nothing when it is stopped', async () => {
  const signal = AbortSignal.abort();
  await expect(exportGguf(golden('llama/untied'), join(dir, 'stopped'), { signal })).rejects.toThrow(/abort/i);
  expect(readdirSync(dir).filter((n) => n.startsWith('stopped'))).toEqual([]);
});
