// Quantized folders: what is written, that it loads and says what the float model of its values says, and what is refused.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PackedTensor, type Parameter } from '../graph/index.js';
import { type CausalDecoder, llama } from '../networks/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { castFloat, loadNetwork, loadWeights, saveFolder, writeSafetensors } from '../weights/index.js';
import { quantizeFolder } from '../weights/quantize.js';
import type { QuantizeOptions } from '../weights/quantize-plan.js';
import { Decoder } from './decoder.js';

let root = '';
const at = (name: string): string => join(root, name);
const IDS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 26];

async function makeFolder(name: string, o: { tied?: boolean } = {}): Promise<void> {
  const part = llama({ width: 128, layers: 2, heads: 4, kvHeads: 2, vocabSize: 80, positions: 64, tied: o.tied ?? false });
  const network = part.build().nameParameters();
  const rng = new Rng('folder');
  const weights: Record<string, HostTensor> = {};
  for (const p of network.parameters()) {
    const t = hostTensor('float32', p.dims);
    p.init(t.data, p.dims, rng);
    weights[p.name] = t;
  }
  await saveFolder(at(name), {
    config: { ...network.config, model_type: 'llama' },
    weights,
    extra: { LICENSE: 'mine' },
  });
}

/** Logits after a whole prompt and after two single tokens. */
async function logits(dir: string, o: { runtime?: 'native' | 'node'; float?: boolean } = {}): Promise<number[]> {
  const { network, values } = await loadNetwork(dir);
  const given = new Map<Parameter, HostTensor>(
    [...values].map(([p, v]) => [p, o.float ? hostTensor('float32', v.shape, v.data as Float32Array) : v]),
  );
  const decoder = await Decoder.create({ network: network as CausalDecoder, values: given, runtime: o.runtime });
  const cache = decoder.cache();
  const out: number[] = [];
  for (const ids of [IDS, [7], [11]]) out.push(...(await decoder.step(cache, { ids: [ids] })).data);
  decoder.dispose();
  return out;
}
const worst = (a: readonly number[], b: readonly number[]): number => {
  expect(a.length).toBe(b.length);
  return a.reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] as number))), 0);
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quantize-'));
  await makeFolder('float');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('quantizeFolder', () => {
  it('writes packed tensors under clear names, and every other file', async () => {
    const seen: number[] = [];
    for (const [folder, name] of Object.entries({
      additional_chat_templates: 'tool_use.jinja',
      qformer_tokenizer: 'tokenizer.json',
      onnx: 'x',
    })) {
      await mkdir(join(at('float'), folder), { recursive: true });
      await writeFile(join(at('float'), folder, name), folder);
    }
    const result = await quantizeFolder(at('float'), at('int4'), { accuracyLevel: 1, onProgress: (p) => seen.push(p.done / p.total) });
    const names = ['LICENSE', 'additional_chat_templates', 'config.json', 'model.safetensors', 'qformer_tokenizer'];
    expect((await readdir(at('int4'))).sort()).toEqual(names);
    expect(await readFile(join(at('int4'), 'additional_chat_templates/tool_use.jinja'), 'utf8')).toBe('additional_chat_templates');
    expect(await readdir(join(at('int4'), 'qformer_tokenizer'))).toEqual(['tokenizer.json']);
    const source = await loadWeights(at('int4'));
    const shape = (name: string) => [source.tensors.get(name)?.dtype, ...(source.tensors.get(name)?.shape ?? [])];
    expect(shape('model.layers.0.self_attn.k_proj.weight.int4')).toEqual(['uint8', 64, 4, 16]);
    expect(shape('model.layers.0.self_attn.k_proj.weight.scales')).toEqual(['float32', 64, 4]);
    expect(shape('lm_head.weight.int8')).toEqual(['uint8', 80, 4, 32]);
    expect(shape('model.embed_tokens.weight.int8')).toEqual(['uint8', 80, 4, 32]);
    expect(shape('model.norm.weight')).toEqual(['float32', 128]);
    const { quantization_config: block } = JSON.parse(await readFile(join(at('int4'), 'config.json'), 'utf8'));
    expect(block).toEqual({
      ...{ quant_method: 'sensorium', version: 1, bits: 4, block_size: 32, accuracy_level: 1, activations: 'float' },
      ...{ head_bits: 8, embedding_bits: 8, skip: [] },
    });
    expect([result.quantized, result.copied]).toEqual([2 * 7 + 2, 5]);
    expect(result.bytesAfter).toBeLessThan(result.bytesBefore / 4);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('loads on both runtimes and says what the float model of its values says', async () => {
    const want = await logits(at('int4'), { float: true });
    const [native, node] = [await logits(at('int4'), { runtime: 'native' }), await logits(at('int4'), { runtime: 'node' })];
    expect(worst(native, want)).toBeLessThan(2e-5);
    expect(worst(native, node)).toBeLessThan(1e-5);
    const float = await logits(at('float'));
    expect(worst(native, float)).toBeGreaterThan(1e-3); // it is quantized
    expect(worst(native, float)).toBeLessThan(1);
  });

  it('keeps matrices packed, and those of a module next to each other', async () => {
    const { network, values } = await loadNetwork(at('int4'));
    const packed = new Map(network.parameters().map((p) => [p.name, values.get(p)]));
    const forms = ['q_proj', 'k_proj', 'v_proj'].map((n) => packed.get(`model.layers.1.self_attn.${n}.weight`) as PackedTensor);
    for (const t of forms) expect(t).toBeInstanceOf(PackedTensor);
    const [q, k] = forms.map((t) => t.forms.blocks?.packed.data as Uint8Array) as [Uint8Array, Uint8Array];
    expect(k.buffer).toBe(q.buffer);
    expect(k.byteOffset).toBe(q.byteOffset + q.byteLength);
  });

  it('with everything skipped, the model is the same to the bit', async () => {
    const { quantized } = await quantizeFolder(at('float'), at('none'), { skip: ['*'] });
    expect(quantized).toBe(0);
    expect(await logits(at('none'))).toEqual(await logits(at('float')));
  });

  it('takes skips as runs of parts of names, and leaves head and embedding float where asked', async () => {
    await quantizeFolder(at('float'), at('some'), {
      skip: ['layers.0', 'mlp.*_proj'],
      headBits: null,
      embeddingBits: 4,
      bits: 8,
      blockSize: 64,
    });
    const names = [...(await loadWeights(at('some'))).tensors.keys()].filter((n) => /\.int[48]$/.test(n)).sort();
    expect(names).toEqual([
      'model.embed_tokens.weight.int4',
      ...['k', 'o', 'q', 'v'].map((n) => `model.layers.1.self_attn.${n}_proj.weight.int8`),
    ]);
    expect(worst(await logits(at('some')), await logits(at('some'), { float: true }))).toBeLessThan(0.1);
  });

  it('int8 activations: a program for steps of many tokens beside the one for decoding, near the float model', async () => {
    await quantizeFolder(at('float'), at('w8a8'), { bits: 8, activations: 'int8' });
    const names = [...(await loadWeights(at('w8a8'))).tensors.keys()];
    expect(names).toContain('model.layers.0.mlp.up_proj.weight.channels');
    expect(names).toContain('lm_head.weight.channels');
    expect(names).not.toContain('model.embed_tokens.weight.channels');
    const [native, node, float] = [await logits(at('w8a8')), await logits(at('w8a8'), { runtime: 'node' }), await logits(at('float'))];
    expect(worst(native, float)).toBeLessThan(0.2);
    expect(worst(native, node)).toBeLessThan(1e-4);
    const { network, values } = await loadNetwork(at('w8a8'));
    const decoder = await Decoder.create({ network: network as CausalDecoder, values });
    expect(decoder.programFor(64)).toBe(decoder.prefill);
    expect(decoder.programFor(1)).toBe(decoder.program);
    decoder.dispose();
  });

  it('reads shards in bfloat16, and one matrix where head and embedding are tied', async () => {
    await makeFolder('tied', { tied: true });
    const weights = await loadWeights(at('tied'));
    const map: Record<string, string> = {};
    const shards: Record<string, Record<string, HostTensor>> = { 'a.safetensors': {}, 'b.safetensors': {} };
    for (const [i, name] of [...weights.tensors.keys()].entries()) {
      const file = i % 2 ? 'a.safetensors' : 'b.safetensors';
      map[name] = file;
      (shards[file] as Record<string, HostTensor>)[name] = castFloat(await weights.read(name), 'bfloat16');
    }
    for (const [file, tensors] of Object.entries(shards)) await writeSafetensors(join(at('tied'), file), tensors);
    await writeFile(join(at('tied'), 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
    await rm(join(at('tied'), 'model.safetensors'));
    await quantizeFolder(at('tied'), at('tied-int4'), { accuracyLevel: 1 });
    const source = await loadWeights(at('tied-int4'));
    expect(source.tensors.get('model.norm.weight')?.dtype).toBe('bfloat16');
    expect([...source.tensors.keys()].filter((n) => /embed_tokens|lm_head/.test(n)).sort()).toEqual([
      'model.embed_tokens.weight.int8',
      'model.embed_tokens.weight.scales',
    ]);
    expect(worst(await logits(at('tied-int4')), await logits(at('tied-int4'), { float: true }))).toBeLessThan(2e-5);
    const { quantized } = await quantizeFolder(at('tied'), at('tied-float-head'), { skip: ['lm_head'] });
    expect(quantized).toBe(2 * 7);
  });

  it('gives each row of a batch the tokens that it gets alone', async () => {
    const { network, values } = await loadNetwork(at('int4'));
    const decoder = await Decoder.create({ network: network as CausalDecoder, values });
    const argmax = (data: Float32Array): number => data.indexOf(Math.max(...data));
    const prompts = [IDS, IDS.slice(3, 9), IDS.slice(0, 2)];
    const greedy = async (rows: readonly number[][]): Promise<number[][]> => {
      const cache = decoder.cache(rows.length);
      let step = await decoder.step(cache, { ids: rows });
      const said: number[][] = rows.map(() => []);
      for (let i = 0; i < 12; i++) {
        const next = rows.map((_, b) => argmax(step.data.subarray(b * 80, (b + 1) * 80)));
        for (const [b, id] of next.entries()) said[b]?.push(id);
        step = await decoder.step(cache, { ids: next.map((id) => [id]) });
      }
      return said;
    };
    expect(await greedy(prompts)).toEqual((await Promise.all(prompts.map((p) => greedy([p])))).flat());
    decoder.dispose();
  });
});

describe('bad input', () => {
  const refused = (options: QuantizeOptions, out = 'new') => expect(quantizeFolder(at('float'), at(out), options)).rejects;

  it('options', async () => {
    await refused({ bits: 3 as 4 }).toThrow(/in bits\): expected 4 or 8, got 3/);
    for (const blockSize of [8, 24, 0, 1.5]) await refused({ blockSize }).toThrow(/blockSize\): expected a power of two, at least 16/);
    await refused({ accuracyLevel: 5 as 4 }).toThrow(/accuracyLevel\): expected 0 to 4/);
    await refused({ headBits: 2 as 4 }).toThrow(/headBits\): expected 4, 8 or null/);
    await refused({ activations: 'int4' as 'int8' }).toThrow(/activations/);
    await refused({ skip: ['lm_heat'] }).toThrow(/no parameter has this name.*"lm_heat".*The nearest is lm_head/);
    await refused({ skip: ['layers.7'] }).toThrow(/no parameter has this name/);
    expect(await readdir(root)).not.toContain('new');
  });

  it('a model that is quantized already, by us or by others', async () => {
    await expect(quantizeFolder(at('int4'), at('new'))).rejects.toThrow(/quantized already/);
    await makeFolder('gptq');
    const path = join(at('gptq'), 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...config, quantization_config: { quant_method: 'gptq' } }));
    await expect(quantizeFolder(at('gptq'), at('new'))).rejects.toThrow(/expected quant_method 'sensorium', got 'gptq'/);
    await expect(loadNetwork(at('gptq'))).rejects.toMatchObject({ code: 'weights.quantization' });
    await writeFile(path, JSON.stringify({ ...config, quantization_config: { quant_method: 'sensorium', version: 9 } }));
    await expect(loadNetwork(at('gptq'))).rejects.toThrow(/another version.*expected 1, got 9/);
  });

  it('models that are no decoders', async () => {
    const families = join(import.meta.dirname, '../../test/golden/families');
    await expect(quantizeFolder(join(families, 't5/flan'), at('new'))).rejects.toThrow(/models of this kind.*a seq2seq model/);
    await expect(quantizeFolder(join(families, 'blip-2/t5-every-layer'), at('new'))).rejects.toThrow(/over an encoder-decoder/);
  });

  it('a target that is the model itself or something else', async () => {
    await refused({}, 'float').toThrow(/cannot be the model itself/);
    await refused({}, 'float/inside').toThrow(/cannot be the model itself/);
    await writeFile(at('notes.txt'), 'mine');
    await refused({}, 'notes.txt').toThrow(/something else/);
    expect(await readFile(at('notes.txt'), 'utf8')).toBe('mine');
  });

  it('after a failure in the middle, what was there before is intact and nothing is left behind', async () => {
    await quantizeFolder(at('float'), at('kept'));
    const before = await readFile(join(at('kept'), 'model.safetensors'));
    const controller = new AbortController();
    const stop = {
      signal: controller.signal,
      onProgress: ({ name }: { name: string }) => void (name.includes('down_proj') && controller.abort()),
    };
    await expect(quantizeFolder(at('float'), at('kept'), { bits: 8, ...stop })).rejects.toThrow(/abort/);
    expect(await readFile(join(at('kept'), 'model.safetensors'))).toEqual(before);
    expect((await readdir(root)).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
  });

  it('weights that are not finite, and packed tensors that contradict each other', async () => {
    await makeFolder('nan');
    const weights = await loadWeights(at('nan'));
    const tensors = await weights.readMany([...weights.tensors.keys()]);
    ((tensors['model.layers.0.mlp.up_proj.weight'] as HostTensor).data as Float32Array)[5] = Number.NaN;
    await writeSafetensors(join(at('nan'), 'model.safetensors'), tensors);
    await expect(quantizeFolder(at('nan'), at('new'))).rejects.toThrow(/not finite.*up_proj/);
    const packed = await loadWeights(at('kept'));
    const broken = await packed.readMany([...packed.tensors.keys()]);
    broken['lm_head.weight.scales'] = hostTensor('float32', [80, 3]);
    await writeSafetensors(join(at('kept'), 'model.safetensors'), broken);
    await expect(loadNetwork(at('kept'))).rejects.toThrow(/does not fit its scales.*lm_head.weight.int8/);
  });
});
