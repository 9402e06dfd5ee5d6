// Variants of a recipe: chosen by an override, with the others applied to them, and never taken for one another.

import { expect, it } from 'vitest';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { world } from '../world/index.js';
import { applyOverrides, defineRecipe, recipeIdentity } from './recipe.js';
import { stage } from './stages.js';

const model = mllm({
  vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1, heads: 1 }),
  connector: mlp({ shuffle: 2 }),
  language: llama({ width: 32, layers: 1, heads: 2, positions: 160 }),
});
const few = [stage.pretrain({ data: world.captions({ scenes: 8 }), steps: 2 })];
const many = [stage.pretrain({ data: world.captions({ scenes: 80 }), steps: 2 })];
const recipe = defineRecipe({ name: 'rows', model, stages: few, variants: { few: {}, many: { stages: many } } });

it('has other stages, and takes the other overrides', () => {
  const chosen = applyOverrides(recipe, ['seed=3', 'variant=many', 'lr=0.5', 'connector=linear']);
  expect(chosen).toMatchObject({ name: 'rows', seed: 3, describe: { variant: 'many', model: { connector: { depth: 1 } } } });
  expect(chosen.stages[0]?.options).toMatchObject({ lr: 0.5, data: many[0]?.options.data });
  expect(applyOverrides(chosen, [])).toMatchObject({ describe: { variant: 'many' } });
});

it('is another run than the others', () => {
  const hashes = [[], ['variant=few'], ['variant=many']].map((overrides) => recipeIdentity(applyOverrides(recipe, overrides)).hash);
  expect(new Set(hashes).size).toBe(3);
});

it('stands after overrides that do not choose, and can be chosen once', () => {
  const twice = applyOverrides(applyOverrides(recipe, ['seed=2']), ['variant=many']);
  expect(twice.describe?.variant).toBe('many');
  expect(() => applyOverrides(twice, ['variant=few'])).toThrow(expect.objectContaining({ code: 'train.key' }));
});

it('of another name, or of a recipe without any, is an error', () => {
  const wrong = expect.objectContaining({ code: 'train.key' });
  expect(() => applyOverrides(recipe, ['variant=manny'])).toThrow(wrong);
  expect(() => applyOverrides(defineRecipe({ name: 'one', model, stages: few }), ['variant=few'])).toThrow(wrong);
  expect(() => defineRecipe({ name: 'x', model, stages: few, variants: { few: { steps: 3 } as never } })).toThrow(wrong);
});
