// Depth from a user's folder: the size and values of its input by hand, a map turned over and back in the size of the picture, the tool over it, wrong folders.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import { encodeModel } from '../../onnx/codec.js';
import { Budget } from '../budget.js';
import { depthInputSize, openDepth, stretched } from '../depth-model.js';
import { Equipment } from '../equipment.js';
import { callTool } from '../tool.js';
import { Workspace } from '../workspace.js';
import { toolbox } from './index.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-depth-'));
  // The mean over the colors: of pixels in -1..1 the brightness, which is nearness here.
  const mean = encodeModel({
    name: 'nearness',
    nodes: [
      { opType: 'ReduceMean', name: 'mean', inputs: ['pixel_values', 'axes'], outputs: ['predicted_depth'], attributes: { keepdims: 0 } },
    ],
    initializers: [{ name: 'axes', dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) }],
    inputs: [{ name: 'pixel_values', dtype: 'float32', shape: ['batch', 3, 'height', 'width'] }],
    outputs: [{ name: 'predicted_depth', dtype: 'float32', shape: ['batch', 'height', 'width'] }],
    opset: 21,
  });
  for (const [name, config] of [
    ['relative', {}],
    ['metric', { depth_estimation_type: 'metric' }],
  ] as const) {
    await mkdir(join(dir, name, 'onnx'), { recursive: true });
    await writeFile(join(dir, name, 'onnx', 'model.onnx'), mean);
    const size = { height: 4, width: 8 };
    await writeFile(
      join(dir, name, 'preprocessor_config.json'),
      JSON.stringify({ image_processor_type: 'DPTImageProcessor', size, resample: 0 }),
    );
    await writeFile(join(dir, name, 'config.json'), JSON.stringify(config));
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Left half bright, right half dark. */
const picture: RgbImage = { width: 8, height: 4, data: Uint8Array.from({ length: 96 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 255 : 51)) };

describe('depth from a folder', () => {
  it('has an input of the size that DPTImageProcessor takes', () => {
    const base = { resample: 3, do_rescale: true, rescale_factor: 1, do_normalize: true, image_mean: [0], image_std: [1] };
    const of = (width: number, height: number, keep: boolean, step: number, size = 518) =>
      depthInputSize(
        { width, height },
        { ...base, size: { width: size, height: size }, keep_aspect_ratio: keep, ensure_multiple_of: step },
      );
    expect(of(640, 480, true, 14)).toEqual({ width: 686, height: 518 }); // 690.67 / 14 = 49.3
    expect(of(480, 640, true, 14)).toEqual({ width: 518, height: 686 });
    expect(of(640, 480, false, 1, 384)).toEqual({ width: 384, height: 384 });
    expect(of(3000, 10, true, 14)).toEqual({ width: 518, height: 14 });
  });

  it('is inverse unless it is metric, and has the size of the picture', async () => {
    for (const [name, near, far] of [
      ['relative', -1, 0.6],
      ['metric', 1, -0.6],
    ] as const) {
      const model = await openDepth(join(dir, name));
      const { width, height, data } = await model.estimate(picture);
      model.dispose();
      expect([width, height]).toEqual([8, 4]);
      expect(data[0]).toBeCloseTo(near, 5); // 255 / 255 = 1, (1 - 0.5) / 0.5 = 1
      expect(data[7]).toBeCloseTo(far, 5); // 51 / 255 = 0.2, (0.2 - 0.5) / 0.5 = -0.6
    }
  });

  it('is stretched between the middles of its pixels', () => {
    const out = stretched(Float32Array.of(0, 1), { width: 2, height: 1 }, { width: 4, height: 2 });
    expect([...out]).toEqual([0, 0.25, 0.75, 1, 0, 0.25, 0.75, 1]);
  });

  it('orders what a detector finds, from near to far', async () => {
    const model = await openDepth(join(dir, 'relative'));
    const objects = [
      { label: 'cat', box: [5, 0, 8, 4] as const, score: 0.9 },
      { label: 'dog', box: [0, 0, 3, 4] as const, score: 0.9 },
    ];
    const detector = { labels: ['dog', 'cat'], detect: async () => objects };
    const equipment = new Equipment({ detectors: [{ name: 'made', detector }], depth: model });
    const workspace = new Workspace();
    const image = workspace.put('image', picture, 'given');
    const told = await callTool(toolbox({ equipment }).get('depth'), { image }, { workspace, budget: new Budget({}) });
    expect(told).toMatchObject({
      nearFirst: [
        { label: 'dog', depth: 0 },
        { label: 'cat', depth: 1 },
      ],
    });
    model.dispose();
    expect(() => toolbox({ equipment: new Equipment({ detectors: [{ name: 'made', detector }] }) }).get('depth')).toThrowError(
      expect.objectContaining({ code: 'agent.equipment' }),
    );
  });

  it('names what a folder lacks', async () => {
    await expect(openDepth(dir)).rejects.toMatchObject({ code: 'agent.equipment', got: 'neither' });
    const wrong = join(dir, 'wrong');
    await mkdir(wrong, { recursive: true });
    await writeFile(join(wrong, 'model.onnx'), '');
    await writeFile(join(wrong, 'preprocessor_config.json'), JSON.stringify({ size: 'large' }));
    await expect(openDepth(wrong)).rejects.toMatchObject({ code: 'agent.equipment', got: expect.stringContaining('size') });
  });
});
