// Overrides of a recipe's model and folders from the shell.

import { describe, expect, it } from 'vitest';
import { clipVision, llama, mllm, mlp } from '../networks/index.js';
import { world } from '../world/index.js';
import { applyOverrides, defineRecipe } from './recipe.js';
import { stage } from './stages.js';

const recipe = defineRecipe({
  name: 'small',
  model: mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1, heads: 1 }),
    connector: mlp({ shuffle: 2 }),
    language: llama({ width: 32, layers: 1, heads: 2, positions: 160 }),
  }),
  stages: [stage.pretrain({ data: world.captions({ scenes: 8, seed: 1 }), steps: 2 })],
});
const model = (...overrides: string[]): Record<string, unknown> =>
  applyOverrides(recipe, overrides).describe?.model as Record<string, unknown>;

describe('overrides of the model', () => {
  it('change options of parts and build them again', () => {
    expect(model('model.connector.shuffle=4').connector).toMatchObject({ shuffle: 4, depth: 2 });
    expect(model('model.language.layers=3').language).toMatchObject({ layers: 3, width: 32 });
    expect(model('seed=3')).toEqual(model());
  });
  it('change the kind of the connector before its options, whatever their order', () => {
    expect(model('connector=linear').connector).toMatchObject({ depth: 1, shuffle: 1 });
    expect(model('connector.queries=4', 'connector=qformer').connector).toMatchObject({ kind: 'qformer', queries: 4, width: 32 });
  });
  it('count tokens in the same way for every kind', () => {
    expect(model('connector.tokens=4').connector).toMatchObject({ shuffle: 2, depth: 2 });
    expect(model('connector.tokens=16', 'connector=linear').connector).toMatchObject({ shuffle: 1, depth: 1 });
    expect(model('connector.tokens=4', 'connector=qformer').connector).toMatchObject({ queries: 4 });
    expect(model('connector.tokens=4', 'connector=perceiver').connector).toMatchObject({ queries: 4, layers: 2 });
    expect(model('connector.tokens=4', 'connector=ldp').connector).toEqual({ kind: 'ldp' });
    for (const kind of ['c-abstractor', 'ldpv2', 'qwen-vl', 'token-resampler'])
      expect(model('connector.tokens=4', `connector=${kind}`).connector).toMatchObject({ kind, tokens: 4 });
    expect(() => applyOverrides(recipe, ['connector=ldp', 'connector.tokens=16'])).toThrow(
      expect.objectContaining({ code: 'train.option' }),
    );
  });
  it('change the folders, and may be given in several goes', () => {
    expect(applyOverrides(recipe, ['from.vision=a']).describe?.from).toEqual({ vision: 'a' });
    const twice = applyOverrides(applyOverrides(recipe, ['seed=2', 'connector=linear']), ['from.language=b']);
    expect(twice).toMatchObject({ seed: 2, describe: { from: { language: 'b' }, model: { connector: { depth: 1 } } } });
  });
  it.each([
    ['model.connector.shufle=4', 'train.key', /model\.connector\.shuffle/],
    ['from.visoin=a', 'train.key', /from\.vision/],
    ['connector=qfromer', 'train.option', /qformer/],
    ['model.connector.shuffle=3', 'model.config', /divisor/],
    ['connector.tokens=5', 'train.option', /1, 4, 16|16, 4, 1/],
  ])('%s is refused with %s', (override, code, text) => {
    let error: { code?: string; message?: string; hint?: string } = {};
    try {
      applyOverrides(recipe, [override]);
    } catch (caught) {
      error = caught as typeof error;
    }
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint} ${JSON.stringify(error)}`).toMatch(text);
  });
});
