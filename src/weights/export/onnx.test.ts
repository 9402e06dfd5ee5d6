// ONNX exports: fewer bits against the float graph, weights beside the file, the growing cache against the whole sequence, and refusals.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals, parameter } from '../../../test/graph/tensors.js';
import { gather, input, type Parameter, type Tensor } from '../../graph/index.js';
import { clipVision, type Grid, llama, mllm, mlp, type QwenVl, qwenPlaces, qwenWindows, readFamily } from '../../networks/index.js';
import { decodeModel } from '../../onnx/codec.js';
import { selectRuntime } from '../../runtime/select.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { saveFolder } from '../folder.js';
import { eightBits, fourBits } from './fewer-bits.js';
import { exportHuggingFace } from './hugging-face.js';
import { type LazyModel, lazyModel, writeOnnx } from './onnx-file.js';
import { textGraph } from './onnx-graphs.js';
import { quantizeModel } from './onnx-quantize.js';
import { qwenVision } from './onnx-vision.js';
import { exportTransformersJs } from './transformers-js.js';

const root = join(import.meta.dirname, '../../..');
const golden = (name: string): string => join(root, 'test/golden/families', name);
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'onnx-export-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const random = normals('onnx-export');
let files = 0;

/** A LLaVA of ours whose connector makes one token of 2 x 2 patches of 8 pixels. */
async function saveShuffled(to: string): Promise<void> {
  const network = mllm({
    vision: clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 1, heads: 2 }),
    connector: mlp({ shuffle: 2 }),
    language: llama({ width: 16, layers: 1, heads: 2, positions: 32 }),
  }).build({ vocabSize: 20, imageTokenId: 3 });
  await saveFolder(to, {
    config: network.config,
    weights: Object.fromEntries(network.parameters().map((p) => [p.name, random(...p.dims)])),
    preprocessor: { size: { shortest_edge: 32 }, crop_size: { height: 32, width: 32 } },
  });
}
/** Writes a model and runs it. */
async function run(model: LazyModel, feeds: Record<string, HostTensor>, options = {}): Promise<Record<string, HostTensor>> {
  const path = join(dir, `${files++}.onnx`);
  await writeOnnx(path, model, options);
  const session = await (await selectRuntime()).load(path);
  const out = await session.run(feeds);
  session.dispose();
  return out;
}
/** The root of the mean square of the difference, as a share of that of `b`. */
function error(a: HostTensor | undefined, b: HostTensor | undefined): number {
  const [x, y] = [a?.data as Float32Array, b?.data as Float32Array];
  expect(x.length).toBe(y.length);
  const square = (v: ArrayLike<number>): number => Array.from(v).reduce((s, e) => s + e * e, 0);
  return Math.sqrt(square(x.map((v, i) => v - (y[i] as number))) / square(y));
}

describe('fewer bits', () => {
  const weight = parameter('w', 96, 60);
  const value = random(96, 60);
  const model = (outputs: Record<string, Tensor>): LazyModel => lazyModel(outputs, { name: 'test', read: async () => value });
  const x = input('x', ['batch', 60]);
  const feeds = { x: random(7, 60) };

  it.each([
    ['q4', 0.15],
    ['uint8', 0.02],
    ['int8', 0.03],
  ] as const)('a product in %s is near the float one', async (bits, bar) => {
    const plain = model({ y: x.matMul(weight.transpose()) });
    const small = quantizeModel(plain, bits);
    expect(small.tensors.filter((t) => t.dtype === 'float32' && t.dims.length === 2)).toEqual([]);
    expect(small.nodes.map((n) => n.opType)).not.toContain('Transpose');
    const [a, b] = [await run(small, feeds), await run(plain, feeds)];
    expect(error(a.y, b.y)).toBeLessThan(bar);
    expect(error(a.y, b.y)).toBeGreaterThan(0);
  });

  it('rows and products of one weight are both near', async () => {
    const ids = input('ids', ['batch'], 'int32');
    const rows = gather(weight, ids);
    const plain = model({ rows, y: rows.matMul(weight.transpose()) });
    const small = quantizeModel(plain, 'uint8');
    const given = { ids: hostTensor('int32', [3], [5, 95, 0]) };
    const [a, b] = [await run(small, given), await run(plain, given)];
    expect(error(a.rows, b.rows)).toBeLessThan(0.01);
    expect(error(a.y, b.y)).toBeLessThan(0.03);
  });

  it('blocks are off by half a step, rows that do not fill their last block end with zeros', () => {
    const { packed, scales } = fourBits(value.data, { outputs: 96, inputs: 60 });
    expect([packed.length, scales.length]).toEqual([96 * 2 * 16, 96 * 2]);
    for (let i = 0; i < 96 * 64; i++) {
      const [row, column] = [Math.floor(i / 64), i % 64];
      const byte = packed[i >> 1] as number;
      const level = (i % 2 === 0 ? byte & 15 : byte >> 4) - 8;
      const scale = scales[i >> 5] as number;
      const exact = column < 60 ? (value.data[row * 60 + column] as number) : 0;
      expect(Math.abs(level * scale - exact)).toBeLessThanOrEqual(Math.abs(scale) * 1.0001);
    }
    const rows = eightBits(value.data, { rows: 96, width: 60 });
    rows.levels.forEach((level, i) => {
      const scale = rows.scales[Math.floor(i / 60)] as number;
      expect(Math.abs(level * scale - (value.data[i] as number))).toBeLessThanOrEqual(scale * 0.501);
    });
  });
});

describe('the growing cache', () => {
  const network = llama({ width: 48, layers: 2, heads: 4, kvHeads: 2, vocabSize: 50, positions: 32 }).build().nameParameters();
  const values = new Map(network.parameters().map((p) => [p, random(...p.dims)]));
  const model = lazyModel(textGraph(network), { name: 'text', read: async (p) => values.get(p) as HostTensor });
  const ints = (values: number[]): HostTensor => hostTensor('int64', [1, values.length], values);
  const cache = (n: number, from?: Record<string, HostTensor>): Record<string, HostTensor> =>
    Object.fromEntries(
      [0, 1].flatMap((layer) =>
        ['key', 'value'].map((what) => [
          `past_key_values.${layer}.${what}`,
          from?.[`present.${layer}.${what}`] ?? hostTensor('float32', [1, 2, n, 12]),
        ]),
      ),
    );
  const step = (ids: number[], past: number, from?: Record<string, HostTensor>, padding = 0) =>
    run(model, {
      input_ids: ints(ids),
      attention_mask: ints(Array.from({ length: past + ids.length }, (_, i) => (i < padding ? 0 : 1))),
      position_ids: ints(ids.map((_, i) => Math.max(0, past + i - padding))),
      ...cache(past, from),
    });
  const last = (out: Record<string, HostTensor>): HostTensor =>
    hostTensor('float32', [50], ((out.logits as HostTensor).data as Float32Array).slice(-50));

  it('gives the logits of the whole sequence in steps, and whatever stands in padding on the left', async () => {
    const whole = await step([3, 7, 11, 2, 40], 0);
    expect(whole.logits?.shape).toEqual([1, 5, 50]);
    const begun = await step([3, 7, 11], 0);
    const gone = await step([2, 40], 3, begun);
    expect(gone['present.1.value']?.shape).toEqual([1, 2, 5, 12]);
    expect(error(last(gone), last(whole))).toBeLessThan(1e-5);
    const padded = await step([9, 9, 3, 7, 11, 2, 40], 0, undefined, 2);
    expect(error(last(padded), last(whole))).toBeLessThan(1e-5);
  });
});

describe('files', () => {
  it('large weights lie beside the model, in files of a bounded size, and give the same numbers', async () => {
    const out = join(dir, 'beside');
    await exportTransformersJs(golden('qwen2/tied'), out, { inlineLimit: 0, chunkLimit: 60_000, precisions: ['fp32', 'q8'] });
    const names = readdirSync(join(out, 'onnx')).sort();
    expect(names.slice(0, 3)).toEqual(['model.onnx', 'model.onnx_data', 'model.onnx_data_1']);
    const { 'transformers.js_config': settings } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    const count = names.filter((n) => n.startsWith('model.onnx_data')).length;
    expect(settings.use_external_data_format['model.onnx']).toBe(count);
    for (const n of names.filter((n) => /data_\d+$/.test(n))) expect(statSync(join(out, 'onnx', n)).size).toBeLessThanOrEqual(60_000);
    const { inputs, outputs } = decodeModel(readFileSync(join(out, 'onnx/model.onnx')));
    expect(inputs.map((i) => i.name).sort()).toEqual(
      [
        'attention_mask',
        'input_ids',
        'position_ids',
        ...[0, 1].flatMap((l) => [`past_key_values.${l}.key`, `past_key_values.${l}.value`]),
      ].sort(),
    );
    expect(inputs.find((i) => i.name === 'attention_mask')?.shape).toEqual(['batch_size', 'total_sequence_length']);
    expect(outputs.map((o) => o.name)).toEqual(['logits', 'present.0.key', 'present.0.value', 'present.1.key', 'present.1.value']);
    await (await selectRuntime()).load(join(out, 'onnx/model.onnx')).then((s) => s.dispose());
  });

  it('a LLaVA of ours counts its image tokens as transformers.js does', async () => {
    const out = join(dir, 'tiny');
    await exportTransformersJs(join(root, 'models/sensorium-tiny'), out);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('config.json')).toMatchObject({ model_type: 'llava', architectures: ['LlavaForConditionalGeneration'] });
    expect(read('processor_config.json')).toMatchObject({ patch_size: 8, num_additional_image_tokens: 0, image_token: '<image>' });
    expect(read('generation_config.json')).toMatchObject({ eos_token_id: 1, pad_token_id: 0 });
    expect(read('tokenizer_config.json').chat_template).toContain('message');
  });

  it('patches that a connector puts together count as one larger patch', async () => {
    const [ours, out] = [join(dir, 'shuffled'), join(dir, 'shuffled-js')];
    await saveShuffled(ours);
    await exportTransformersJs(ours, out);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('processor_config.json')).toMatchObject({ patch_size: 16, num_additional_image_tokens: 0 });
    expect(read('config.json')).toMatchObject({ model_type: 'llava', image_seq_length: 4, vision_config: { patch_size: 8 } });
  });

  it.each([
    ['llava-next/clip-mistral', /LLaVA-OneVision, Idefics 3.*got llava_next\. .*puts no tiles together/s],
    ['idefics2/split', /got idefics2\. .*has no class for it/s],
    ['fuyu/untied', /got fuyu with persimmon/],
    ['kosmos2/tied', /got kosmos-2 with/],
    ['mixtral/five-experts', /a language model of llama, mistral, qwen2, qwen3, .*got mixtral/],
    ['opt/tied', /got opt/],
  ])('%s is refused, and nothing is left', async (name, message) => {
    const out = join(dir, 'refused');
    await expect(exportTransformersJs(golden(name), out)).rejects.toThrow(message);
    expect(readdirSync(dir).filter((n) => n.startsWith('refused'))).toEqual([]);
  });
});

describe('models that see in another way than LLaVA 1.5', () => {
  const family = (name: string) => JSON.parse(readFileSync(join(golden(name), 'config.json'), 'utf8'));
  it.each(['qwen2-vl/untied', 'qwen2-5-vl/tied'])('%s: several grids in one run are each what they are alone', async (name) => {
    const { family: row, config } = readFamily(family(name), name);
    const network = row.build(config) as QwenVl;
    const values = new Map(
      network
        .nameParameters()
        .parameters()
        .map((p) => [p, random(...p.dims)]),
    );
    const read = async (p: Parameter): Promise<HostTensor> => values.get(p) as HostTensor;
    const grids: Grid[] = [
      [1, 6, 10],
      [2, 4, 6],
      [1, 2, 2],
    ];
    const { patchValues } = network.visual;
    const seen = grids.map((grid) => random(grid[0] * grid[1] * grid[2], patchValues));
    const alone: number[] = [];
    const ours = lazyModel({ y: network.see() }, { name: 'ours', read });
    for (const [i, grid] of grids.entries()) {
      const [frames, rows, columns] = grid;
      const n = rows * columns;
      const feeds: Record<string, HostTensor> = {
        patches: hostTensor('float32', [frames, n / 4, 4 * patchValues], seen[i]?.data as Float32Array),
        places: hostTensor('int32', [2, frames, n], qwenPlaces(grid, 2)),
      };
      const side = network.windowSide;
      if (side) feeds.windows = hostTensor('int32', [frames, n], qwenWindows(grid, { merge: 2, side }));
      const { y } = await run(ours, feeds);
      alone.push(...((y as HostTensor).data as Float32Array));
    }
    const together = await run(lazyModel(qwenVision(network), { name: 'together', read }), {
      pixel_values: hostTensor(
        'float32',
        [60 + 48 + 4, patchValues],
        seen.flatMap((t) => [...t.data]),
      ),
      [network.windowSide ? 'image_grid_thw' : 'grid_thw']: hostTensor('int64', [3, 3], grids.flat()),
    });
    expect(error(together.image_features, hostTensor('float32', [28, 48], alone))).toBeLessThan(1e-5);
  });
  it('an Idefics 3 leaves out the tiles that fill up a batch', async () => {
    const out = join(dir, 'idefics3');
    await exportTransformersJs(golden('idefics3/tiles'), out);
    const session = await (await selectRuntime()).load(join(out, 'onnx/vision_encoder.onnx'));
    const see = async (pixels: HostTensor, real: number[]): Promise<HostTensor> => {
      const [batch = 0, tiles = 0] = pixels.shape;
      const mask = hostTensor('bool', [batch, tiles, 30, 30], new Uint8Array(batch * tiles * 900));
      for (const tile of real) mask.data.fill(1, tile * 900, (tile + 1) * 900);
      const { image_features } = await session.run({ pixel_values: pixels, pixel_attention_mask: mask });
      return image_features as HostTensor;
    };
    const pixels = random(2, 3, 3, 30, 30);
    const all = await see(pixels, [0, 1, 2, 3, 4, 5]);
    const some = await see(pixels, [0, 1, 2, 3]);
    expect([all.shape, some.shape]).toEqual([
      [6, 9, 48],
      [4, 9, 48],
    ]);
    expect(some.data).toEqual((all.data as Float32Array).slice(0, some.data.length));
    session.dispose();
  });
  it('a Qwen2-VL has the sizes of its text model where transformers.js looks for them', async () => {
    const out = join(dir, 'qwen2-vl');
    await exportTransformersJs(golden('qwen2-vl/untied'), out);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('config.json')).toMatchObject({ model_type: 'qwen2_vl', num_hidden_layers: 2, num_key_value_heads: 1, hidden_size: 48 });
    expect(read('preprocessor_config.json')).toMatchObject({ processor_class: 'Qwen2VLProcessor', patch_size: 4, merge_size: 2 });
    const { inputs } = decodeModel(readFileSync(join(out, 'onnx/decoder_model_merged.onnx')));
    expect(inputs.find((i) => i.name === 'position_ids')?.shape).toEqual([3, 'batch_size', 'sequence_length']);
  });
  it('a LLaVA-OneVision counts the tokens of one tile, and is refused where no grid has one tile', async () => {
    const out = join(dir, 'onevision');
    const { notes } = await exportTransformersJs(golden('llava-onevision/siglip-qwen2'), out);
    expect(notes).toEqual([expect.stringMatching(/every image as one picture of 32x32 pixels/)]);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('processor_config.json')).toMatchObject({ patch_size: 6, num_additional_image_tokens: 5 * 6 });
    expect(read('preprocessor_config.json')).toMatchObject({ size: { height: 32, width: 32 } });
    const other = join(dir, 'wide-tiles');
    cpSync(golden('llava-onevision/siglip-qwen2'), other, { recursive: true });
    writeFileSync(
      join(other, 'config.json'),
      JSON.stringify({ ...family('llava-onevision/siglip-qwen2'), image_grid_pinpoints: [[32, 64]] }),
    );
    await expect(exportTransformersJs(other, join(dir, 'wide'))).rejects.toThrow(/a grid of one tile \(32x32\)/);
  });
});

it('a T5 over its caches gives the logits of the whole reply, and computes keys of the encoder states once', async () => {
  const out = join(dir, 't5');
  await exportTransformersJs(golden('t5/flan'), out);
  expect(JSON.parse(readFileSync(join(out, 'generation_config.json'), 'utf8'))).toMatchObject({
    decoder_start_token_id: 0,
    eos_token_id: 1,
  });
  const runtime = await selectRuntime();
  const [encoder, decoder] = [
    await runtime.load(join(out, 'onnx/encoder_model.onnx')),
    await runtime.load(join(out, 'onnx/decoder_model_merged.onnx')),
  ];
  const ids = (values: number[]): HostTensor => hostTensor('int64', [1, values.length], values);
  const mask = ids([1, 1, 1, 1, 0]);
  const { last_hidden_state: states } = await encoder.run({ input_ids: ids([5, 9, 13, 60, 0]), attention_mask: mask });
  const names = [0, 1, 2].flatMap((l) => ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value'].map((what) => `${l}.${what}`));
  const step = (tokens: number[], past?: Record<string, HostTensor>) =>
    decoder.run({
      input_ids: ids(tokens),
      encoder_hidden_states: states as HostTensor,
      encoder_attention_mask: mask,
      ...Object.fromEntries(names.map((n) => [`past_key_values.${n}`, past?.[`present.${n}`] ?? hostTensor('float32', [1, 3, 0, 10])])),
    });
  const whole = await step([0, 7, 11, 2, 40]);
  const begun = await step([0, 7, 11]);
  const gone = await step([2, 40], begun);
  expect([begun, gone].map((o) => o['present.2.encoder.key']?.shape[2])).toEqual([5, 0]);
  expect(gone['present.0.decoder.value']?.shape).toEqual([1, 3, 5, 10]);
  const last = (o: Record<string, HostTensor>): HostTensor =>
    hostTensor('float32', [71], ((o.logits as HostTensor).data as Float32Array).slice(-71));
  expect(error(last(gone), last(whole))).toBeLessThan(1e-5);
  encoder.dispose();
  decoder.dispose();
});

describe('a Hugging Face folder', () => {
  it('is the canonical files alone, the weights byte by byte', async () => {
    const out = join(dir, 'hf');
    const { files } = await exportHuggingFace(golden('llama/tied-bf16-sharded'), out);
    expect(readdirSync(out).sort()).toEqual([...files].sort());
    expect(files).toContain('model.safetensors.index.json');
    expect(files).not.toContain('golden.safetensors');
    const config = (folder: string): string => readFileSync(join(folder, 'config.json'), 'utf8');
    expect(config(out)).toBe(config(golden('llama/tied-bf16-sharded'))); // 1.0 stays 1.0
    const name = 'model-00002-of-00006.safetensors';
    expect(readFileSync(join(out, name)).equals(readFileSync(join(golden('llama/tied-bf16-sharded'), name)))).toBe(true);
  });
  it('gets the plain class for a model of ours whose parts are all published ones', async () => {
    const ours = join(dir, 'plain-parts');
    cpSync(golden('llava/clip'), ours, { recursive: true });
    const config = JSON.parse(readFileSync(join(ours, 'config.json'), 'utf8'));
    writeFileSync(join(ours, 'config.json'), JSON.stringify({ ...config, model_type: 'sensorium_llava', projector_depth: 2 }));
    await exportHuggingFace(ours, join(dir, 'plain'));
    const written = JSON.parse(readFileSync(join(dir, 'plain', 'config.json'), 'utf8'));
    expect(written.model_type).toBe('llava');
    expect(written).not.toHaveProperty('projector_depth');
  });
  it('is refused for parts that transformers does not have, which are named', async () => {
    await expect(exportHuggingFace(join(root, 'models/sensorium-tiny'), join(dir, 'ours'))).rejects.toThrow(
      /a convolutional stem.*--to transformers-js/s,
    );
    expect(readdirSync(dir)).not.toContain('ours');
    await saveShuffled(join(dir, 'together'));
    await expect(exportHuggingFace(join(dir, 'together'), join(dir, 'ours'))).rejects.toThrow(
      /got a connector that puts tokens together \(projector_pixel_shuffle\)\..*--to transformers-js/s,
    );
  });
});
