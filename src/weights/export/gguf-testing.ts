// GGUF files read back for tests: the header and table, and the graph that llama.cpp makes of an mmproj file.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { attention, concat, constant, geluTanh, input, layerNorm, patchify, quickGelu, type Tensor } from '../../graph/index.js';
import { mergeHeads, splitHeads } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';

/** A reader of the header that knows only what the writer writes. */
export function readHead(path: string) {
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

/**
 * Rows of the prompt from the input `pixels` [1, 3, size, size], by llama.cpp's graph for LLaVA projectors: whatever the file leaves out is left out.
 * The file must be of float32. `classLast` is what llama.cpp makes of a class token since its change 13321 (its issue 25814): it comes after
 * the patches, while positions and rows are counted as if it came before them.
 */
export function llamaCppRows(path: string, { classLast = false }: { classLast?: boolean } = {}): Tensor {
  const { metadata, table, start, bytes } = readHead(path);
  const find = (name: string): Tensor | undefined => {
    const entry = table.find((t) => t.name === name);
    if (!entry) return undefined;
    const shape = entry.shape.toReversed();
    const at = bytes.byteOffset + start + entry.offset;
    const count = shape.reduce((a, b) => a * b, 1);
    return constant(hostTensor('float32', shape, new Float32Array(bytes.buffer.slice(at, at + 4 * count))));
  };
  const get = (name: string): Tensor => find(name) as Tensor;
  const number = (key: string): number => metadata[`clip.vision.${key}`] as number;
  const [size, patch, eps] = [number('image_size'), number('patch_size'), number('attention.layer_norm_epsilon')];
  const whole = size - (size % patch);
  const linear = (x: Tensor, name: string): Tensor => x.matMul(get(`${name}.weight`).transpose()).add(get(`${name}.bias`));
  const norm = (x: Tensor, name: string): Tensor => layerNorm(x, get(`${name}.weight`), get(`${name}.bias`), eps);

  const cut = input('pixels', [1, 3, size, size]).slice({ axis: 2, end: whole }).slice({ axis: 3, end: whole });
  const kernel = get('v.patch_embd.weight');
  let x = patchify(cut, patch).matMul(kernel.reshape([kernel.size(0), -1]).transpose());
  const [bias, first] = [find('v.patch_embd.bias'), find('v.class_embd')];
  if (bias) x = x.add(bias);
  const token = first?.reshape([1, 1, -1]);
  if (token) x = concat(classLast ? [x, token] : [token, x], 1);
  x = x.add(get('v.position_embd.weight'));
  if (find('v.pre_ln.weight')) x = norm(x, 'v.pre_ln');
  const act = metadata['clip.use_gelu'] ? geluTanh : quickGelu;
  for (let layer = 0; layer < number('block_count'); layer++) {
    const name = (part: string): string => `v.blk.${layer}.${part}`;
    const h = norm(x, name('ln1'));
    const [q, k, v] = ['attn_q', 'attn_k', 'attn_v'].map((part) => splitHeads(linear(h, name(part)), number('attention.head_count'))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    x = x.add(linear(mergeHeads(attention(q, k, v)), name('attn_out')));
    x = x.add(linear(act(linear(norm(x, name('ln2')), name('ffn_up'))), name('ffn_down')));
  }
  const rows = token ? x.slice({ axis: 1, start: 1 }) : x;
  return linear(geluTanh(linear(rows, 'mm.0')), 'mm.2');
}
