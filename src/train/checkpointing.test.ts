// Gradient checkpointing on a small stack: less is alive at the peak, and a run is the same run with and without.

import { expect, it } from 'vitest';
import { gradOrNone, input, Parameter, sum, type Tensor, topological, withScope } from '../graph/index.js';
import { peakActivations } from './flops.js';
import { defineRecipe, defineStage, ModelState, recipeIdentity } from './index.js';
import { layerOf } from './step.js';
import { tinyProblem } from './testing.js';

it('keeps the inputs of layers, and what is inside of one layer at a time', () => {
  const x = input('x', [256, 64]);
  const weights = Array.from({ length: 12 }, (_, i) => {
    const w = new Parameter([64, 64], () => undefined);
    w.name = `layers.${i}.weight`;
    return w;
  });
  let h: Tensor = x;
  for (const [i, w] of weights.entries())
    h = withScope(`layers.${i}`, () => h.add(h.matMul(w).tanh().sigmoid().tanh().sigmoid().matMul(w.transpose()).tanh()));
  const loss = sum(h);
  const outputs = (recompute?: typeof layerOf): Tensor[] => [loss, ...(gradOrNone(loss, weights, { recompute }) as Tensor[])];
  const one = 256 * 64 * 4;
  expect(peakActivations(outputs())).toBeGreaterThan(12 * 5 * one);
  expect(peakActivations(outputs(layerOf))).toBeLessThan((12 + 14) * one);
  const waits = topological(outputs(layerOf)).nodes.filter(({ op }) => op.name === 'after');
  // What enters the first layer is fed, and is there all the time.
  expect(new Set(waits.map(({ path }) => path))).toEqual(new Set(weights.slice(1).map((_, i) => `layers.${i + 1}`)));
});

it('may be turned on and off when a run is resumed', () => {
  const tiny = tinyProblem();
  const layer = defineStage('layer', {}, () => tiny.objective);
  const identity = (gradientCheckpointing: boolean): string =>
    recipeIdentity(
      defineRecipe({ state: ({ seed }) => new ModelState(tiny.parameters, { seed }), stages: [layer({ gradientCheckpointing })] }),
    ).hash;
  expect(identity(true)).toBe(identity(false));
});
