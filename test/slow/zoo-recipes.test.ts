// Every recipe of the zoo end to end, in two steps and a few rows: built from the shipped parts, trained, saved, opened again and measured.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ZooResult } from '../../recipes/parts/zoo.js';
import { type FinishContext, loadRecipe } from '../../src/cli/recipe-module.js';
import { runRecipe } from '../../src/train/index.js';

const RECIPES = join(import.meta.dirname, '../../recipes');

/** Those that end with `finishZoo`, but for the ones that need the generator, which is trained first, and those that train a model of their own first. */
const NAMES = readdirSync(RECIPES)
  .filter((file) => file.endsWith('.ts') && readFileSync(join(RECIPES, file), 'utf8').includes('= finishZoo('))
  .map((file) => file.slice(0, -3))
  .filter((name) => !['next-gpt', 'emu', 'generator', 'moe-llava', 'unified'].includes(name));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-zoo-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('there are two dozen', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(20);
});

it.each(NAMES)('%s runs', { timeout: 1_800_000 }, async (name) => {
  const { recipe, finish } = await loadRecipe(join(RECIPES, `${name}.ts`));
  const own = join(dir, name);
  const overrides = recipe.stages.flatMap((stage) => [`${stage.name}.steps=2`, `${stage.name}.batch=4`]);
  const result = await runRecipe(recipe, { dir: own, overrides });
  const context: FinishContext = { result, dir: own, signal: new AbortController().signal, note: () => undefined, publish: async () => {} };
  await (finish as (c: FinishContext, quick: { rows: number }) => Promise<ZooResult>)(context, { rows: 2 });
  const written = JSON.parse(await readFile(join(own, 'zoo.json'), 'utf8')) as ZooResult;
  expect(written).toMatchObject({ name, world: 'scene world' });
  expect(written.score.n).toBeGreaterThan(0);
  expect(Number.isFinite(written.score.value)).toBe(true);
  expect(written.parameters.trained).toBeGreaterThan(0);
});
