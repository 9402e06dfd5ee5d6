// Detection: targets by hand, the overlap loss against its definition, and gradients that point the right way.

import { expect, test } from 'vitest';
import { input } from '../../graph/index.js';
import { ClipImageProcessor } from '../../media/index.js';
import { detectorConfig, SensoriumDetector } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import { ModelState } from '../state.js';
import { gradientGraph } from '../step.js';
import { detectionObjective, detectionTargets, overlapLoss } from './detection.js';

test('an object is found by the patch of its middle and by those in its central part', () => {
  const { present, sides } = detectionTargets(
    [
      { class: 1, box: [2, 2, 30, 30] },
      { class: 0, box: [17, 1, 23, 7] },
    ],
    { side: 4, classes: 2, scale: [1 / 8, 1 / 8] },
  );
  // The large one: middle 16,16, its central half from 9 to 23 has the patch middles 12 and 20 on both axes.
  const of = (c: number) => Array.from({ length: 16 }, (_, cell) => cell).filter((cell) => present[cell * 2 + c] === 1);
  expect(of(1)).toEqual([5, 6, 9, 10]);
  expect(of(0)).toEqual([2]);
  expect([...sides.subarray((5 * 2 + 1) * 4, (5 * 2 + 1) * 4 + 4)]).toEqual([1.25, 1.25, 2.25, 2.25]);
  expect(() => detectionTargets([{ class: 2, box: [0, 0, 8, 8] }], { side: 4, classes: 2, scale: [1, 1] })).toThrow(
    expect.objectContaining({ code: 'train.data' }),
  );
});

test('the overlap loss is 1 - IoU of boxes around a point', async () => {
  const program = await compile({ loss: overlapLoss(input('a', [2, 4]), input('b', [2, 4])) });
  const feeds = {
    a: hostTensor('float32', [2, 4], [1, 1, 1, 1, 1, 1, 1, 1]),
    b: hostTensor('float32', [2, 4], [1, 1, 1, 1, 0, 1, 3, 1]),
  };
  const { loss } = await program.run(feeds);
  program.dispose();
  // 2x2 against 3x2, which share 1x2.
  expect(Array.from(loss?.data as Float32Array)[0]).toBeCloseTo(0, 5);
  expect(Array.from(loss?.data as Float32Array)[1]).toBeCloseTo(1 - 2 / 8, 5);
});

test('a step of the objective lowers its loss', async () => {
  const network = new SensoriumDetector(
    detectorConfig.parse({
      model_type: 'sensorium_detector',
      vision_config: { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, image_size: 16, patch_size: 8 },
      id2label: { 0: 'dot', 1: 'dash' },
    }),
  ).nameParameters();
  const data = new Uint8Array(16 * 16 * 3).fill(200).fill(10, 0, 96);
  const objective = detectionObjective({
    network,
    processor: ClipImageProcessor.fromConfig({ size: 16, crop_size: 16 }),
    batchSize: 1,
    sample: () => ({ image: { width: 16, height: 16, data }, objects: [{ class: 1, box: [0, 0, 8, 6] }] }),
  });
  const state = new ModelState(network.parameters(), { seed: 1 });
  const { feeds, tokens } = await objective.batch(0);
  expect(tokens).toBe(4);
  const graph = gradientGraph(objective, 'all');
  const program = await compile(graph);
  const values = Object.fromEntries(network.parameters().map((p) => [p.name, state.value(p)]));
  const before = await program.run({ ...values, ...feeds });
  for (const p of network.parameters()) {
    const gradient = before[`grad.${p.name}`]?.data as Float32Array | undefined;
    const value = state.value(p).data;
    for (const [i, g] of (gradient ?? []).entries()) value[i] = (value[i] as number) - 0.01 * g;
  }
  const after = await program.run({ ...values, ...feeds });
  program.dispose();
  const lossOf = ({ loss }: typeof after): number => Number(loss?.data[0]);
  expect(lossOf(after)).toBeLessThan(lossOf(before));
});
