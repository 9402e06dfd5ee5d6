// Folders in other forms than config.json and safetensors are told apart, and weights that others quantized are refused by method.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWeights, readConfig, readQuantization } from './index.js';

const root = await mkdtemp(join(tmpdir(), 'foreign-'));
afterAll(() => rm(root, { recursive: true }));

async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(root, 'x'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

describe('a folder', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['a diffusion pipeline', { 'model_index.json': '{}' }, /diffusion/],
    [
      'an adapter',
      { 'adapter_config.json': '{"base_model_name_or_path": "Qwen/Qwen2-VL-2B"}', 'adapter_model.safetensors': '' },
      /Qwen2-VL-2B/,
    ],
    ['an adapter without its config', { 'adapter_model.safetensors': '' }, /adapter/],
    ['a GGUF file', { 'smol-q4.gguf': '' }, /GGUF/],
    ['an ONNX graph', { 'model_q4.onnx': '' }, /ONNX/],
    ["Meta's own layout", { 'params.json': '{}', 'consolidated.00.pth': '' }, /-hf/],
    ["Mistral's own layout", { 'consolidated.safetensors': '' }, /-hf/],
    ['open_clip', { 'open_clip_config.json': '{}', 'open_clip_model.safetensors': '' }, /open_clip/],
    ['sentence-transformers', { 'modules.json': '[]' }, /sentence/],
    ['MLX', { 'weights.npz': '' }, /MLX/],
    ['TensorFlow', { 'tf_model.h5': '' }, /TensorFlow/],
    ['Flax', { 'flax_model.msgpack': '' }, /Flax/],
    ['a pickle of another name', { 'model.pt': '' }, /pickle/],
  ])('of %s is told as such, with a config and without', async (_, files, message) => {
    for (const config of [{}, { 'config.json': '{}' }] as Record<string, string>[]) {
      const dir = await folder({ ...files, ...config });
      const error = await ('config.json' in config ? loadWeights(dir) : readConfig(dir)).catch((e) => e);
      expect(error).toMatchObject({ code: 'weights.folder' });
      expect(error.message).toMatch(message);
      expect(error.hint).toBeTruthy();
    }
  });
  it('with nothing of the kind is told to be incomplete', async () => {
    await expect(readConfig(await folder({ 'README.md': '' }))).rejects.toMatchObject({
      code: 'weights.folder',
      place: expect.stringContaining('x'),
    });
    await expect(loadWeights(await folder({ 'config.json': '{}' }))).rejects.toMatchObject({ code: 'weights.folder' });
  });
});

describe('weights quantized by others', () => {
  it.each<[Record<string, unknown>, RegExp]>([
    [{ quantization_config: { quant_method: 'awq', bits: 4 } }, /AWQ/],
    [{ quantization_config: { quant_method: 'gptq' } }, /GPTQ/],
    [{ quantization_config: { quant_method: 'bitsandbytes', load_in_4bit: true } }, /bitsandbytes/],
    [{ quantization_config: { quant_method: 'fp8' } }, /FP8/],
    [{ quantization_config: { quant_method: 'compressed-tensors' } }, /compressed/],
    [{ quantization_config: { quant_method: 'brand-new' } }, /brand-new/],
    [{ quantization: { group_size: 64, bits: 4 } }, /MLX/],
    [{ quantization_config: { group_size: 64, bits: 4 }, quantization: { group_size: 64, bits: 4 } }, /MLX/],
  ])('%j are refused by method', (config, method) => {
    expect(() => readQuantization(config, 'config.json')).toThrow(
      expect.objectContaining({ code: 'weights.quantization', got: expect.stringMatching(method) }),
    );
  });
  it('are not seen where the config only has the key', () => {
    for (const config of [{}, { quantization_config: null }, { quantization_config: {} }, { quantization: null }])
      expect(readQuantization(config, 'config.json')).toBeUndefined();
  });
});
