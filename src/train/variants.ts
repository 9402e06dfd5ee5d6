// Variants of a recipe: the same experiment with another model, other stages or other data, chosen by `variant=NAME` and compared by a sweep.

import { unknownKey } from './options.js';
import type { Recipe, RecipeSpec } from './recipe.js';

/** What a variant changes of its recipe. */
export type Variant = Partial<Pick<RecipeSpec, 'model' | 'from' | 'state' | 'stages'>>;

const KEYS: readonly (keyof Variant)[] = ['model', 'from', 'state', 'stages'];

/** Errors: `train.key` for what a variant cannot change. */
export function checkVariants(variants: RecipeSpec['variants']): void {
  for (const [name, change] of Object.entries(variants ?? {}))
    for (const key of Object.keys(change))
      if (!(KEYS as readonly string[]).includes(key)) throw unknownKey(key, KEYS, `recipe.variants.${name}`);
}

const OVERRIDE = /^\s*variant\s*=\s*(.*?)\s*$/s;

/**
 * The variant that overrides name, and the other overrides; undefined where they name none. Its name is in what describes the recipe, so that
 * runs of two variants are never mixed. Errors: `train.key` for a variant that is not there.
 */
export function chooseVariant(
  recipe: Recipe,
  overrides: readonly string[],
): { spec: RecipeSpec; overrides: readonly string[] } | undefined {
  const { variants, spec = recipe, name: title, seed } = recipe;
  const name = overrides.flatMap((word) => (typeof word === 'string' ? (OVERRIDE.exec(word)?.[1] ?? []) : [])).at(-1);
  if (name === undefined || !variants) return undefined;
  const change = Object.hasOwn(variants, name) ? variants[name] : undefined;
  if (!change) throw unknownKey(name, Object.keys(variants), `${title}: variant`);
  const chosen = { ...spec, ...change, name: title, seed, variants: undefined, describe: { ...spec.describe, variant: name } };
  return { spec: chosen, overrides: overrides.filter((word) => !OVERRIDE.test(word)) };
}
