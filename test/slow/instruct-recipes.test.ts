// The recipes of instruction tuning end to end, in a few steps and rows each: data made, mixed and worded, trained on, saved, opened and measured.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRecipe } from '../../src/cli/recipe-module.js';
import { runRecipe } from '../../src/train/index.js';
import { applyOverrides } from '../../src/train/recipe.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-instruct-recipes-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const NAMES = [
  'minigpt4',
  'instructblip-mixture',
  'multiinstruct',
  'm3it',
  'chatbridge',
  'instructiongpt4',
  'detgpt',
  'lavin',
  'constraints',
];

const MEASURED = ['multiinstruct', 'chatbridge', 'instructiongpt4', 'detgpt', 'lavin', 'constraints'];

describe('recipes of captions written anew', () => {
  it.each([
    ['laion-coco', ['variant=few']],
    ['sharegpt4v', []],
  ] as const)('%s runs', { timeout: 1_800_000 }, async (name, variant) => {
    const { recipe: given, finish } = await loadRecipe(join(import.meta.dirname, `../../recipes/${name}.ts`));
    const own = join(dir, name);
    const recipe = applyOverrides(given, variant);
    const overrides = recipe.stages.flatMap((stage) => [`${stage.name}.steps=2`, `${stage.name}.batch=4`]);
    const result = await runRecipe(recipe, { dir: own, overrides });
    const context = { result, dir: own, signal: new AbortController().signal, note: () => undefined, publish: async () => {} };
    const quick = { rows: { pope: 2, vqa: 2, caption: 2 }, steps: 2, scenes: 8 };
    await (finish as (c: typeof context, q: typeof quick) => Promise<void>)(context, quick);
    const written = JSON.parse(await readFile(join(own, name === 'sharegpt4v' ? 'student' : '', 'results.json'), 'utf8'));
    expect(written.name).toBe(name);
    expect(written.after.more.map((score: { n: number }) => score.n > 0)).not.toContain(false);
  });
});

describe('recipes of instruction tuning', () => {
  it.each(NAMES)('%s runs', { timeout: 1_800_000 }, async (name) => {
    const { recipe, finish } = await loadRecipe(join(import.meta.dirname, `../../recipes/${name}.ts`));
    const own = join(dir, name);
    const overrides = recipe.stages.flatMap((stage) => [`${stage.name}.steps=2`, `${stage.name}.batch=4`]);
    const result = await runRecipe(recipe, { dir: own, overrides });
    const context = { result, dir: own, signal: new AbortController().signal, note: () => undefined, publish: async () => {} };
    await (finish as (c: typeof context, quick: { rows: Record<string, number> }) => Promise<void>)(context, {
      rows: { pope: 2, vqa: 2, caption: 2 },
    });
    const written = JSON.parse(await readFile(join(own, 'results.json'), 'utf8'));
    expect(written.name).toBe(name);
    // Recipes that measure something of their own do so, of the model and of its base.
    const extra = MEASURED.includes(name) ? [written.after.more, written.before?.more] : [];
    for (const more of extra) expect(more.map((score: { value: number }) => Number.isFinite(score.value))).toContain(true);
    expect(Object.keys(written.after.benchmarks.en[0].scores)).toEqual(expect.arrayContaining(['model', 'blind']));
  });
});
