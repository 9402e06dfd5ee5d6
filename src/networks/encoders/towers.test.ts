// Towers against PyTorch (test/golden/make_encoders.py): DINOv2, SigLIP, CLIP, ConvNeXt's levels and EVA-CLIP's layers, at their own size and at another.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distance, FAMILIES } from '../../../test/golden/read.js';
import { grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import type { Module } from '../../nn/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { readAll, SafetensorsFile } from '../../weights/index.js';
import { ClipEncoderNetwork, clipEncoderConfig } from './clip-encoder.js';
import { ConvNext, convNextConfig } from './convnext.js';
import type { EncoderSpec } from './define.js';
import { dinov2 } from './dinov2.js';
import { type PictureNetwork, pictureEncoder } from './pictures.js';
import { siglipVision } from './siglip-encoder.js';

const DIR = join(FAMILIES, '..', 'encoders');
const SIZES = ['12x12', '16x20'] as const;
type Json = Record<string, never>;

/** The pictures that the script makes. */
function pictures(height: number, width: number): HostTensor<'float32'> {
  const pixels = hostTensor('float32', [1, 3, height, width]);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = Math.sin(0.37 * i + 0.11 * (i % 7));
  return pixels;
}

async function setUp<N extends Module>(name: string, build: (config: Json) => N) {
  const config = JSON.parse(readFileSync(join(DIR, `${name}.json`), 'utf8')) as Json;
  const tensors = await readAll(await SafetensorsFile.open(join(DIR, `${name}.safetensors`)));
  const network = build(config).nameParameters();
  const values = new Map<Parameter, HostTensor>();
  for (const p of network.parameters()) {
    const value = tensors[p.name];
    if (!value) throw new Error(`${name} has no ${p.name}, but ${Object.keys(tensors).join(', ')}`);
    expect(value.shape, p.name).toEqual(p.dims);
    values.set(p, value);
  }
  return { network, values, floats: (key: string) => (tensors[`golden.${key}`] as HostTensor<'float32'>).data };
}

/** What a tower makes of the pictures of a size, and the gradient of the sum of squares. */
async function run(tokens: (pixels: Tensor) => Tensor[], values: ReadonlyMap<Parameter, HostTensor>, size: string) {
  const [height, width] = size.split('x').map(Number) as [number, number];
  const pixels = input('pixels', [1, 3, height, width]);
  const all = tokens(pixels);
  const outputs = Object.fromEntries(all.map((y, i) => [String(i), y]));
  const gradient = grad((all[0] as Tensor).square().sum(), pixels);
  // Values are fed, as those of parts that learn are.
  const program = await compile({ ...outputs, gradient });
  const fed = Object.fromEntries(
    [...values].flatMap(([p, value]) => (program.inputs.some(({ name }) => name === p.name) ? [[p.name, value]] : [])),
  );
  const result = (await program.run({ ...fed, pixels: pictures(height, width) })) as Record<string, HostTensor<'float32'>>;
  const copy = Object.fromEntries(Object.entries(result).map(([key, { data }]) => [key, Float32Array.from(data)]));
  program.dispose();
  return copy;
}

const relative = (a: Float32Array, b: Float32Array): number => distance(a, b) / Math.max(1, ...b.map(Math.abs));

const network = (spec: EncoderSpec): PictureNetwork => pictureEncoder(spec.json).network;
const clip = (config: Json): PictureNetwork =>
  new ClipEncoderNetwork(clipEncoderConfig.parse({ vision_config: config, vision_feature_layer: -1 }));
const eva = ({ eva: layers, ...config }: Json): PictureNetwork =>
  clip({ ...(config as object), model_type: 'sensorium_clip_vision_model', eva: layers } as unknown as Json);

describe.each([
  ['dinov2', (c: Json) => network(dinov2(c))],
  ['dinov2-swiglu', (c: Json) => network(dinov2(c))],
  ['siglip', (c: Json) => network(siglipVision(c))],
  ['clip', clip],
  ['eva', eva],
  ['eva02', eva],
  ['eva-qk-norm', eva],
] as const)('%s', (name, build) => {
  it.each(SIZES)('sees at %s what PyTorch sees, and learns as it does', async (size) => {
    const { network: tower, values, floats } = await setUp(name, build);
    // DINOv2 keeps the class token in its output.
    const tokens = 'output' in tower ? (tower.output as (x: Tensor) => Tensor).bind(tower) : tower.tokens.bind(tower);
    const result = await run((pixels) => [tokens(pixels)], values, size);
    expect(relative(result['0'] as Float32Array, floats(`${size}.0`))).toBeLessThan(1e-5);
    expect(relative(result.gradient as Float32Array, floats(`${size}.grad`))).toBeLessThan(1e-4);
    expect(tower.tokenCount).toBe(9);
    expect(tower.gridAt?.(size.split('x').map(Number) as [number, number])).toEqual(size === '12x12' ? [3, 3] : [4, 5]);
  });
});

describe('convnext', () => {
  it.each(['24x24', '24x16'])('has all levels at %s', async (size) => {
    const { network: tower, values, floats } = await setUp('convnext', (c) => new ConvNext(convNextConfig.parse(c)));
    const result = await run((pixels) => tower.levels(pixels).reverse(), values, size);
    for (const level of [0, 1, 2])
      expect(relative(result[level] as Float32Array, floats(`${size}.${level}`)), `${level}`).toBeLessThan(1e-5);
    expect(relative(result.gradient as Float32Array, floats(`${size}.grad`))).toBeLessThan(1e-4);
    expect(tower.levelGrid(size.split('x').map(Number) as [number, number], 2)).toEqual(size === '24x24' ? [3, 3] : [3, 2]);
  });
});
