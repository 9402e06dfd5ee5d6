// Our detector: from outputs to boxes, from a folder to detections in pixels of the image, and folders that are none.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { image } from '../media/image.js';
import { ClipImageProcessor } from '../media/index.js';
import { detectorConfig, SensoriumDetector } from '../networks/index.js';
import { ModelState } from '../train/index.js';
import { saveFolder } from '../weights/index.js';
import { nonMaximum } from './non-maximum.js';
import { detectionsOf, TrainedDetector } from './trained-detector.js';

const dir = await mkdtemp(join(tmpdir(), 'detector-'));
afterAll(() => rm(dir, { recursive: true }));

const config = {
  model_type: 'sensorium_detector',
  vision_config: { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, image_size: 16, patch_size: 8 },
  id2label: { 0: 'dog', 1: 'cup' },
};

test('outputs become boxes in pixels, inside the image, each object once', () => {
  const [present, sides] = [new Float32Array(4 * 2), new Float32Array(4 * 2 * 4)];
  const put = (patch: number, label: number, score: number, box: number[]) => {
    present[patch * 2 + label] = score;
    sides.set(box, (patch * 2 + label) * 4);
  };
  put(0, 0, 0.75, [0.5, 0.5, 0.5, 0.5]);
  put(3, 1, 0.5, [0.5, 0.5, 2, 2]);
  put(1, 1, 0.04, [1, 1, 1, 1]);
  // The dog once more, from the patch beside it.
  put(1, 0, 0.6, [1.5, 0.5, -0.5, 0.5]);
  expect(detectionsOf({ present, sides }, { labels: ['dog', 'cup'], side: 2, size: [40, 20] })).toEqual([
    { label: 'dog', box: [0, 0, 20, 10], score: 0.75 },
    { label: 'cup', box: [20, 10, 40, 20], score: 0.5 },
  ]);
});

test('the surest of what lies on one another', () => {
  const at = (label: string, x: number, score: number) => ({ label, box: [x, 0, x + 10, 10] as const, score });
  const found = [at('dog', 0, 0.5), at('dog', 1, 0.9), at('cat', 0, 0.4), at('dog', 30, 0.3)];
  expect(nonMaximum(found).map(({ score }) => score)).toEqual([0.9, 0.4, 0.3]);
});

test('a folder that is saved is opened again and finds the same', async () => {
  const network = new SensoriumDetector(detectorConfig.parse(config)).nameParameters();
  const state = new ModelState(network.parameters(), { seed: 3 });
  const processor = ClipImageProcessor.fromConfig({ size: { height: 16, width: 16 }, crop_size: 16 });
  // Always a cup, one patch wide.
  (state.value(network.class_head.bias as never).data as Float32Array)[1] = 8;
  await saveFolder(join(dir, 'model'), { config, weights: state.record(), preprocessor: processor.toJSON() });
  const [direct, opened] = [
    await TrainedDetector.of(network, { values: state.values, processor }),
    await TrainedDetector.load(join(dir, 'model')),
  ];
  const picture = image({ width: 32, height: 16, data: new Uint8Array(32 * 16 * 3).fill(120) });
  const [a, b] = [await direct.detect(picture), await opened.detect(picture)];
  direct.dispose();
  opened.dispose();
  expect(opened.labels).toEqual(['dog', 'cup']);
  expect(a.length).toBeGreaterThan(0);
  expect(new Set(a.map(({ label }) => label))).toEqual(new Set(['cup']));
  for (const { box } of a) expect([box[0] >= 0, box[1] >= 0, box[2] <= 32, box[3] <= 16]).toEqual([true, true, true, true]);
  expect(b).toEqual(a);
});

test('a model of another kind is refused', async () => {
  await expect(TrainedDetector.load('models/world-clip')).rejects.toMatchObject({ code: 'model.architecture' });
  await expect(TrainedDetector.load('models/world-llama')).rejects.toMatchObject({ code: 'model.architecture' });
  expect(() => detectorConfig.parse({ ...config, id2label: { 1: 'dog' } })).toThrow();
});
