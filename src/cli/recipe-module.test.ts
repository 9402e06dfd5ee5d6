// Loading recipes that users write: TypeScript and JavaScript, and everything that is no recipe.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRecipe, publisher } from './recipe-module.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-recipe-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, text);
  return path;
}

describe('loadRecipe', () => {
  it('loads a recipe and what it does at the end', async () => {
    const path = await file('good.mjs', "export default { name: 'x', seed: 0, stages: [] };\nexport const finish = async () => 1;");
    const { recipe, finish } = await loadRecipe(path);
    expect(recipe.name).toBe('x');
    expect(finish).toBeTypeOf('function');
  });

  it.each([
    ['none.mjs', 'export const x = 1;', /holds no recipe.*exports: x/],
    ['number.mjs', 'export default 3;', /holds no recipe/],
    ['finish.mjs', 'export default { stages: [] };\nexport const finish = 3;', /finish must be a function/],
    ['syntax.mjs', 'export default {', /cannot be loaded/],
    ['throws.mjs', "throw new Error('from inside');", /cannot be loaded.*from inside/],
    ['missing.mjs', "import 'no-such-package-at-all';", /cannot be loaded.*Check its imports/],
    ['recipe.json', '{}', /not a recipe.*ending in \.ts/],
  ])('refuses %s', async (name, text, message) => {
    await expect(loadRecipe(await file(name, text))).rejects.toThrow(message);
  });

  it('refuses folders and missing files', async () => {
    await mkdir(join(dir, 'folder.ts'));
    await expect(loadRecipe(join(dir, 'folder.ts'))).rejects.toThrow(/folder/);
    await expect(loadRecipe(join(dir, 'nothing.ts'))).rejects.toThrow(/no such file/);
  });
});

describe('publisher', () => {
  it('writes the published file of a recipe as it stands, and leaves it where the recipe was changed', async () => {
    const home = process.cwd();
    await mkdir(join(dir, 'home'), { recursive: true });
    process.chdir(join(dir, 'home'));
    try {
      const notes: string[] = [];
      const note = (message: string): void => void notes.push(message);
      await publisher(['seed=2', 'model=runs/x'], note)('zoo/x.json', 'whole');
      await publisher(['steps=3', 'seed=2'], note)('zoo/x.json', 'short');
      expect(await readFile('results/zoo/x.json', 'utf8')).toBe('whole');
      expect(notes).toHaveLength(1);
      expect(notes[0]).toContain('steps=3');
    } finally {
      process.chdir(home);
    }
  });
});
