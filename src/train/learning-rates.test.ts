// Learning rates of parts: which parameters they reach, what they refuse, the steps they make, and that a resumed run keeps them.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Parameter } from '../graph/index.js';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { assemble } from './assembly.js';
import { applyOverrides, defineRecipe, ModelState, readRun, runRecipe, runStage, stage } from './index.js';
import { partRates } from './learning-rates.js';
import { defineStage } from './recipe.js';
import { tinyProblem } from './testing.js';
import { worldTokenizer } from './world-tokenizer.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-rates-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const spec = mllm({
  vision: clipVision({ imageSize: 16, patchSize: 8, width: 16, layers: 1 }),
  connector: mlp(),
  language: llama({ width: 16, layers: 3, heads: 2 }),
});
const place = 'here';

describe('parts with learning rates', () => {
  it('are those that train takes, the inner one before the outer', async () => {
    const { network } = await assemble(spec, { seed: 1, clip: false, tokenizer: worldTokenizer });
    const trained = (network as NonNullable<typeof network>).parameters();
    const rates = { language: 1, vision: 2, 'layers.1-': 3, embeddings: 4, '*.layers.2.*norm.weight': 5 };
    const parts = partRates(rates, trained, { network, place });
    const of = (name: string): number[] =>
      parts.filter(({ parameters }) => [...parameters].some((p) => p.name === name)).map((p) => p.peak);
    expect(of('language_model.model.layers.0.mlp.up_proj.weight')).toEqual([1]);
    expect(of('language_model.model.layers.1.mlp.up_proj.weight')).toEqual([3]);
    expect(of('language_model.model.layers.2.input_layernorm.weight')).toEqual([5]);
    expect(of('language_model.model.embed_tokens.weight')).toEqual([4]);
    expect(trained.filter((p) => p.name.startsWith('multi_modal_projector')).flatMap((p) => of(p.name))).toEqual([]);
    expect(trained.filter((p) => p.name.includes('vision')).every((p) => of(p.name)[0] === 2)).toBe(true);
  });

  it('are refused where they select nothing, nothing that learns, or the same twice', async () => {
    const { network } = await assemble(spec, { seed: 1, clip: false, tokenizer: worldTokenizer });
    const connector = (network as NonNullable<typeof network>).parts().connector;
    const refused = (rates: Record<string, number>, trained: readonly Parameter[]): unknown => {
      try {
        return partRates(rates, trained, { network, place });
      } catch (error) {
        return error;
      }
    };
    const all = (network as NonNullable<typeof network>).parameters();
    expect(refused({ conector: 1 }, all)).toMatchObject({ code: 'train.option', got: 'conector', hint: "Did you mean 'connector'?" });
    expect(refused({ vision: 1 }, connector)).toMatchObject({ code: 'train.option', place: 'here: learningRates.vision' });
    expect(refused({ 'layers.1-': 1, '*.mlp.*': 2 }, all)).toMatchObject({ code: 'train.option', place: 'here: learningRates' });
    expect(refused({ connector: 1, 'multi_modal_projector.*': 2 }, all)).toMatchObject({ code: 'train.option' });
    expect(() => stage.instruct({ learningRates: { vision: -1 } })).not.toThrow();
    expect(() => defineRecipe({ model: spec, stages: [stage.instruct({ learningRates: { vision: -1 } })] })).toThrow(
      expect.objectContaining({ code: 'train.option' }),
    );
  });
});

describe('training with them', () => {
  it('moves every value by the rate of its part in the first step of AdamW', async () => {
    const { objective, state, parameters } = tinyProblem();
    const before = new Map(parameters.map((p) => [p, state.value(p).data.slice()]));
    const options = {
      steps: 1,
      lr: 1e-2,
      learningRates: { 'first.*': 1e-4, 'first.bias': 0 },
      schedule: 'constant',
      warmup: 0,
      weightDecay: 0,
      clip: 0,
    } as const;
    await runStage({ objective, state, dir, options });
    for (const p of parameters) {
      const rate = p.name === 'first.weight' ? 1e-4 : p.name === 'first.bias' ? 0 : 1e-2;
      const moved = [...state.value(p).data]
        .map((x, i) => Math.abs(x - ((before.get(p) as Float32Array)[i] as number)))
        .filter((d) => d > 0);
      if (rate === 0) expect(moved).toEqual([]);
      // A first step is lr g / (|g| + eps): the rate itself, but for gradients near eps.
      else expect((moved.sort((a, b) => a - b)[moved.length >> 1] as number) / rate).toBeCloseTo(1, 2);
    }
    const events = await readRun(dir);
    expect(events.find((e) => e.type === 'stage')).toMatchObject({
      learningRates: [
        { part: 'first.bias', peak: 0, parameters: 32 },
        { part: 'first.*', peak: 1e-4, parameters: 256 },
        { part: 'default', peak: 1e-2, parameters: 132 },
      ],
    });
    expect(events.find((e) => e.type === 'step')).toMatchObject({ lr: 1e-2, lrs: { 'first.*': 1e-4, 'first.bias': 0 } });
  });

  it('comes from overrides, and a resumed run keeps to it', async () => {
    const tiny = tinyProblem();
    const layer = defineStage('layer', {}, () => tiny.objective);
    const recipe = defineRecipe({
      name: 'rates',
      state: ({ seed }) => new ModelState(tiny.parameters, { seed }),
      stages: [layer({ name: 'one', steps: 1 }), layer({ name: 'two', steps: 1 })],
    });
    const over = applyOverrides(recipe, ['learningRates.first.*=1e-4', 'two.learningRates.second.bias=0', 'lr=1e-2']);
    expect(over.stages.map((s) => s.options.learningRates)).toEqual([{ 'first.*': 1e-4 }, { 'first.*': 1e-4, 'second.bias': 0 }]);
    expect(() => applyOverrides(recipe, ['three.learningRates.first.*=1'])).toThrow(expect.objectContaining({ code: 'train.key' }));
    expect(() => applyOverrides(recipe, ['learningRates.first.*=fast'])).toThrow(expect.objectContaining({ code: 'train.option' }));
    await runRecipe(recipe, { dir, overrides: ['learningRates.first.*=1e-4'] });
    await expect(runRecipe(recipe, { dir, overrides: ['learningRates.first.*=1e-3'], resume: true })).rejects.toMatchObject({
      code: 'train.recipe',
      got: expect.stringContaining('stages.one.learningRates.first.*=0.001'),
    });
    const other = { dir: join(dir, 'other'), overrides: ['learningRates.frist.bias=1'] };
    await expect(runRecipe(recipe, other)).rejects.toMatchObject({ code: 'train.option', hint: "Did you mean 'first.bias'?" });
  });
});
