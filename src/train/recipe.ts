// Recipes: a model's parts and the stages that train it, as data. Overrides by key=value, checked with the nearest valid key.

import type { Module } from '../nn/module.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { assemble, type MllmSpec, type PartFolders } from './assembly.js';
import { hashedOptions, identify, type RecipeIdentity } from './identity.js';
import type { Objective } from './objective.js';
import { resolveOptions, type TrainOptions, trainDefaults, unknownKey } from './options.js';
import type { ModelState } from './state.js';
import { worldTokenizer } from './world-tokenizer.js';

/** What an objective is made from. */
export interface StageContext<O extends object = Record<string, unknown>> {
  readonly state: ModelState;
  readonly options: TrainOptions & O;
  /** The stage's own stream. Fork it by batch index: `context.rng.fork(index)`. */
  readonly rng: Rng;
  readonly runtime: Runtime;
  /** The run's folder, for caches; those of a stage belong below `cache/STAGE`. */
  readonly dir: string;
  readonly stage: { readonly name: string; readonly index: number };
  /** True when only memory and time are asked for: costly preparation may be skipped or faked in the same shapes. */
  readonly planning: boolean;
  readonly signal?: AbortSignal;
}

/** One stage of a recipe. */
export interface StageSpec {
  /** Unique in the recipe; letters, digits, dots, dashes. */
  readonly name: string;
  /** What the stage does, such as 'pretrain'. */
  readonly kind: string;
  /** Values that differ from the defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Options of this kind beside the common ones, with their default values. These are the valid keys. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Steps where neither recipe nor override gives them, such as one pass over the data. Without it, or when it says undefined: the common default. */
  steps?(options: Readonly<Record<string, unknown>>): number | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: stages of any option type stand in one list
  objective(context: StageContext<any>): Objective | Promise<Objective>;
}

/** Values of a fresh state. */
export interface StateContext {
  readonly seed: number;
  readonly dir: string;
  readonly signal?: AbortSignal;
}

export interface Recipe {
  readonly name: string;
  readonly seed: number;
  /** The model, whose parameters make the state when `state` is left out. */
  readonly model?: Module;
  /** Values to begin with: initialised, or loaded. Must be the same every time. */
  state?(context: StateContext): ModelState | Promise<ModelState>;
  readonly stages: readonly StageSpec[];
  /** Part of the recipe's identity beside the stages' options. */
  readonly describe?: Readonly<Record<string, unknown>>;
}

const STAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** A recipe as it is written. */
export interface RecipeSpec extends Omit<Recipe, 'name' | 'seed' | 'model'> {
  name?: string;
  seed?: number;
  /** A module, or parts joined by `mllm({…})`. */
  model?: Module | MllmSpec;
  /** For `mllm`: folders of trained parts to begin with. Default: fresh weights. */
  from?: PartFolders;
  /** For `mllm` without a trained language part: the scene world's tokenizer by default. */
  tokenizer?: Tokenizer;
}

/** Checks a recipe and fills in name and seed. Throws `train.recipe`, `train.key` or `train.option`, naming the stage and key. */
export function defineRecipe(spec: RecipeSpec): Recipe {
  const valid = ['name', 'seed', 'model', 'from', 'tokenizer', 'state', 'stages', 'describe'];
  for (const key of Object.keys(spec)) if (!valid.includes(key)) throw unknownKey(key, valid, 'recipe');
  const { model, from, tokenizer, ...rest } = spec;
  const joined = model !== undefined && 'kind' in model;
  return checked({
    ...rest,
    ...(joined
      ? {
          state: spec.state ?? (({ seed }) => assemble(model, { seed, from, tokenizer: () => tokenizer ?? worldTokenizer() })),
          describe: { model: model.describe, ...(from ? { from } : {}), ...spec.describe },
        }
      : { model }),
  });
}

function checked(spec: Omit<Recipe, 'name' | 'seed'> & { name?: string; seed?: number }): Recipe {
  const recipe: Recipe = { ...spec, name: spec.name ?? 'recipe', seed: spec.seed ?? 0 };
  if (!recipe.model && !recipe.state)
    throw new SensoriumError('train.recipe', 'the recipe has neither a model nor a state', {
      place: recipe.name,
      hint: 'Give `model`, or `state` to make its parameters',
    });
  if (!Array.isArray(recipe.stages) || recipe.stages.length === 0)
    throw new SensoriumError('train.recipe', 'the recipe has no stages', { place: recipe.name });
  if (!Number.isSafeInteger(recipe.seed))
    throw new SensoriumError('train.recipe', 'the seed must be a whole number', { place: recipe.name, got: String(recipe.seed) });
  const names = new Set<string>();
  for (const stage of recipe.stages) {
    if (!STAGE_NAME.test(stage.name))
      throw new SensoriumError('train.recipe', 'a stage needs a name of letters, digits, dashes and underscores', {
        place: recipe.name,
        got: JSON.stringify(stage.name),
      });
    if (names.has(stage.name))
      throw new SensoriumError('train.recipe', 'two stages have the same name', { place: recipe.name, got: stage.name });
    names.add(stage.name);
    stageOptions(recipe, stage);
  }
  return recipe;
}

/**
 * A kind of stage: its own options with their defaults, how its objective is made and, if that can be told, how many steps it takes
 * when nobody says. Returns the function that a recipe calls.
 * @example const pretrain = defineStage('pretrain', { batch: 16 }, async ({ state, options }) => …);
 *          defineRecipe({ model, stages: [pretrain({ steps: 500, batch: 32 })] });
 */
export function defineStage<O extends object>(
  kind: string,
  defaults: O,
  objective: (context: StageContext<O>) => Objective | Promise<Objective>,
  steps?: (options: TrainOptions & O) => number | undefined,
): (options?: Partial<TrainOptions & O> & { name?: string }) => StageSpec {
  return ({ name = kind, ...options } = {}) => ({
    name,
    kind,
    options,
    defaults: defaults as Readonly<Record<string, unknown>>,
    objective,
    steps: steps as StageSpec['steps'],
  });
}

/** All options of a stage, defaults filled in. */
export function stageOptions(recipe: Recipe, stage: StageSpec): TrainOptions & Record<string, unknown> {
  const options = resolveOptions({ seed: recipe.seed, ...stage.options }, `${recipe.name}: stage ${stage.name}`, { ...stage.defaults });
  const steps = stage.options.steps === undefined ? stage.steps?.(options) : undefined;
  return steps === undefined ? options : { ...options, steps };
}

/** What two runs must share to be the same run. */
export function recipeIdentity(recipe: Recipe): RecipeIdentity {
  return identify(recipe.name, {
    name: recipe.name,
    seed: recipe.seed,
    ...(recipe.describe ? { describe: recipe.describe } : {}),
    stages: Object.fromEntries(
      recipe.stages.map((stage, index) => [stage.name, { index, kind: stage.kind, ...hashedOptions(plain(stageOptions(recipe, stage))) }]),
    ),
  });
}

/** Values with identity (modules, data sources) cannot be hashed; an objective describes them. */
function plain(options: Record<string, unknown>): Record<string, unknown> {
  const simple = (v: unknown): boolean =>
    v === null ||
    ['string', 'number', 'boolean'].includes(typeof v) ||
    (Array.isArray(v) && v.every(simple)) ||
    (typeof v === 'object' && Object.getPrototypeOf(v) === Object.prototype && Object.values(v).every(simple));
  return Object.fromEntries(Object.entries(options).filter(([, v]) => simple(v)));
}

/**
 * A recipe with `key=value` overrides: `seed=1`, `lr=1e-3` (every stage that has the key), `pretrain.steps=200` (one stage).
 * Values take the type of what they replace; lists and objects are JSON. Throws `train.key` with the nearest valid key, `train.option`.
 */
export function applyOverrides(recipe: Recipe, overrides: readonly string[]): Recipe {
  let { seed } = recipe;
  const stages = recipe.stages.map((stage) => ({ ...stage, options: { ...stage.options } as Record<string, unknown> }));
  const keysOf = (stage: StageSpec): string[] => Object.keys({ ...trainDefaults, ...stage.defaults, ...stage.options });
  for (const override of overrides) {
    const at = override.indexOf('=');
    if (at < 1)
      throw new SensoriumError('train.key', 'an override has no value', { place: recipe.name, expected: 'key=value', got: override });
    const [key, text] = [override.slice(0, at).trim(), override.slice(at + 1).trim()];
    if (key === 'seed') {
      seed = parseLike(text, 0, key) as number;
      continue;
    }
    const dot = key.indexOf('.');
    const name = dot < 0 ? key : key.slice(dot + 1);
    const targets = stages.filter((s) => (dot < 0 || s.name === key.slice(0, dot)) && keysOf(s).includes(name));
    if (targets.length === 0)
      throw unknownKey(
        key,
        ['seed', ...new Set(stages.flatMap(keysOf)), ...(dot < 0 ? [] : stages.flatMap((s) => keysOf(s).map((k) => `${s.name}.${k}`)))],
        recipe.name,
      );
    for (const stage of targets) {
      const like = stage.options[name] ?? ({ ...trainDefaults, ...stage.defaults } as Record<string, unknown>)[name];
      stage.options[name] = parseLike(text, like, key);
    }
  }
  return defineRecipe({ ...recipe, seed, stages });
}

/** Reads `text` as a value of the type of `like`. */
function parseLike(text: string, like: unknown, key: string): unknown {
  const fail = (expected: string): never => {
    throw new SensoriumError('train.option', `the value of '${key}' has the wrong type`, { place: key, expected, got: text });
  };
  if (typeof like === 'number') {
    const n = Number(text);
    return text !== '' && Number.isFinite(n) ? n : fail('a number');
  }
  if (typeof like === 'boolean') return text === 'true' ? true : text === 'false' ? false : fail('true or false');
  if (typeof like === 'string') return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    if (Array.isArray(like)) return text.split(',').map((part) => parseLike(part.trim(), like[0] ?? '', key));
    return like === undefined || like === null ? text : fail('JSON');
  }
  if (Array.isArray(like) && !Array.isArray(value)) return [value];
  return value;
}
