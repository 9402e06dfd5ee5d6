// Loading a recipe: a module that users write in TypeScript or JavaScript, checked before it is used.

import { stat } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Recipe } from '../train/recipe.js';
import type { RecipeResult } from '../train/run.js';
import type { Metrics, SweepPoint, SweepScore } from '../train/sweep.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, writeAtomic } from '../util/fs.js';
import { packageRoot } from '../util/package.js';

/** What `finish` of a recipe module gets when all stages are done. */
export interface FinishContext {
  result: RecipeResult;
  /** The run's folder. */
  dir: string;
  signal: AbortSignal;
  /** Tells a line to whoever watches. */
  note(message: string): void;
  publish: Publish;
}

/**
 * Writes `results/FILE` in the working directory: the numbers that are published. A run whose recipe was changed at the command line (fewer steps, another learning
 * rate) does not; it says so, and its numbers stay in its own folder.
 */
export type Publish = (file: string, text: string) => Promise<void>;

/** Overrides that leave a recipe what it is. */
const SAME = /^(seed|model|skipBatch)=/;

/** The `publish` of a run with these overrides, each `key=value`. */
export function publisher(overrides: readonly string[], note: (message: string) => void): Publish {
  const changed = overrides.filter((word) => !SAME.test(word));
  return async (file, text) => {
    const path = join('results', file);
    if (changed.length > 0) note(`${path} is left as it is, for the recipe was changed: ${changed.join(' ')}`);
    else await writeAtomic(path, text);
  };
}

/** What `finishSweep` of a recipe module gets when all runs of a sweep are done. */
export interface SweepContext {
  /** The sweep's folder. */
  dir: string;
  command: string;
  runs: readonly (Pick<SweepPoint, 'setting' | 'seed'> & { metrics: Metrics; seconds: number })[];
  scores: readonly SweepScore[];
  note(message: string): void;
  publish: Publish;
}

/** A recipe module: the recipe as default export and, if there is more to do than to train and save, `finish`; `finishSweep` behind a sweep. */
export interface RecipeModule {
  recipe: Recipe;
  finish?: (context: FinishContext) => Promise<unknown>;
  finishSweep?: (context: SweepContext) => Promise<unknown>;
}

/** How files end that are loaded as modules. */
export const MODULE_ENDINGS: readonly string[] = ['.ts', '.mts', '.js', '.mjs'];

/** Loads a recipe module. Throws `cli.recipe`, naming the file, when it is none; I/O errors as in `util/fs`. */
export async function loadRecipe(path: string): Promise<RecipeModule> {
  const file = resolve(path);
  const info = await stat(file).catch((error: unknown) => {
    throw mapIoError(error, path);
  });
  const expected = 'a module whose default export is defineRecipe({ … })';
  if (info.isDirectory()) throw new SensoriumError('cli.recipe', 'this is a folder, not a recipe', { place: path, expected });
  if (!MODULE_ENDINGS.includes(extname(file)))
    throw new SensoriumError('cli.recipe', 'this is not a recipe', {
      place: path,
      expected: `${expected}, a file ending in ${MODULE_ENDINGS.join(', ')}`,
    });
  let module: Record<string, unknown>;
  try {
    module = await importModule(file);
  } catch (error) {
    if (error instanceof SensoriumError) throw error;
    const missing = (error as NodeJS.ErrnoException | null)?.code === 'ERR_MODULE_NOT_FOUND';
    throw new SensoriumError('cli.recipe', 'the recipe cannot be loaded', {
      place: path,
      got: error instanceof Error ? (error.message.split('\n').slice(0, 3).join('\n') ?? error.name) : String(error),
      hint: missing
        ? 'Check its imports; sensorium itself must be installed where the recipe lies (npm install sensorium)'
        : 'Correct the file; --debug shows the whole error',
      cause: error,
    });
  }
  const recipe = module.default as Partial<Recipe> | undefined;
  if (typeof recipe !== 'object' || recipe === null || !Array.isArray(recipe.stages))
    throw new SensoriumError('cli.recipe', 'this module holds no recipe', {
      place: path,
      expected,
      got: `exports: ${Object.keys(module).join(', ') || 'none'}`,
    });
  for (const key of ['finish', 'finishSweep'] as const)
    if (module[key] !== undefined && typeof module[key] !== 'function')
      throw new SensoriumError('cli.recipe', `${key} must be a function`, { place: path, got: typeof module[key] });
  const { finish, finishSweep } = module as Pick<RecipeModule, 'finish' | 'finishSweep'>;
  return { recipe: recipe as Recipe, finish, finishSweep };
}

/** Imports a module that a user wrote, in TypeScript or JavaScript, by its absolute path. */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  const inside = relative(packageRoot(), file);
  const compiled = fileURLToPath(import.meta.url).endsWith('.js');
  if (/\.m?js$/.test(file) || !compiled) return import(pathToFileURL(file).href);
  if (inside.startsWith(`recipes${sep}`)) {
    // Our own recipes import our sources: compiled, they share the modules that run here; through tsx there would be two of each.
    const built = join(packageRoot(), 'dist', inside.replace(/\.(m?)ts$/, '.$1js'));
    const [source, build] = await Promise.all([stat(file), stat(built).catch(() => undefined)]);
    if (build === undefined || build.mtimeMs < source.mtimeMs)
      throw new SensoriumError('cli.recipe', 'the recipe is newer than the build', {
        place: inside,
        hint: 'Run npm run build, then again',
      });
    return import(pathToFileURL(built).href);
  }
  const { register } = await import('tsx/esm/api');
  const unregister = register({ tsconfig: false });
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    await unregister();
  }
}
