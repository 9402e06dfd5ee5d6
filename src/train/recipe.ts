// Recipes: a model's parts and the stages that train it, as data. Overrides by key=value, checked with the nearest valid key.

import { type OpenSpec, open } from '../model/index.js';
import type { Module } from '../nn/module.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { show } from '../util/show.js';
import { assemble, type MllmSpec, type PartFolders } from './assembly.js';
import { hashedOptions, identify, type RecipeIdentity } from './identity.js';
import type { Objective } from './objective.js';
import { keyedOptions, resolveOptions, switchOrSeed, type TrainOptions, trainDefaults, unknownKey } from './options.js';
import { isModelKey, type Override, overrideModel } from './override-model.js';
import type { ModelState } from './state.js';
import { OpenedState } from './trained-model.js';
import { checkVariants, chooseVariant, type Variant } from './variants.js';
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
  /** True where the stage goes on from a checkpoint inside it: the values of the state are then not those that it began with. */
  readonly resumed: boolean;
  /** Makes the state that the recipe began with anew. */
  initial?(): Promise<ModelState>;
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
  /** The stage compares with the values that an opened model had: they are kept, in memory, beside those of training. */
  readonly reference?: boolean;
  /** Throws for values of its own options that cannot be. */
  check?(options: Readonly<Record<string, unknown>>, place: string): void;
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
  /** What the recipe was defined from, where its model is an `mllm` or was opened: overrides of the model define it anew. */
  readonly spec?: RecipeSpec;
  /** The same experiment with another model, other stages or other data, by name: `variant=NAME`, `--sweep variant=A,B`. */
  readonly variants?: Readonly<Record<string, Variant>>;
}

const STAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** A recipe as it is written. */
export interface RecipeSpec extends Omit<Recipe, 'name' | 'seed' | 'model' | 'spec'> {
  name?: string;
  seed?: number;
  /** A module, parts joined by `mllm({…})`, or a trained model, `open('folder or hub id')`. */
  model?: Module | MllmSpec | OpenSpec;
  /** For `mllm`: folders of trained parts to begin with. Default: fresh weights. */
  from?: PartFolders;
  /** For `mllm`. Default: that of the folder in `from`, else the scene world's. */
  tokenizer?: Tokenizer;
  /** For `mllm`: Jinja source of the chat template. Default: that of the folder in `from`, else ours. */
  template?: string;
}

/** Checks a recipe and fills in name and seed. Throws `train.recipe`, `train.key` or `train.option`, naming the stage and key. */
export function defineRecipe(spec: RecipeSpec): Recipe {
  checkSpec(spec);
  const { model, from, tokenizer, template, ...rest } = spec;
  if (model !== undefined && isOpen(model)) {
    const keep = Array.isArray(spec.stages) && spec.stages.some((s) => s?.reference);
    return checked({
      ...rest,
      state: spec.state ?? (async ({ seed, signal }) => new OpenedState(await model.open({ seed, signal }), { seed, keep })),
      describe: { model: model.describe, ...spec.describe },
      spec,
    });
  }
  const joined = model !== undefined && 'kind' in model;
  if (!joined) return checked({ ...rest, model });
  // Kinds that are not ours may need the CLIP around the vision tower.
  const clip = Array.isArray(spec.stages) && spec.stages.some((s) => !['pretrain', 'instruct', 'qformer'].includes(s?.kind));
  return checked({
    ...rest,
    state:
      spec.state ?? (({ seed }) => assemble(model, { seed, from, clip, template, ownTokenizer: tokenizer, tokenizer: worldTokenizer })),
    spec,
    describe: { model: model.describe, ...(from ? { from } : {}), ...(template === undefined ? {} : { template }), ...spec.describe },
  });
}

/** Throws for what is not a recipe at all: unknown keys and values of other types. */
function checkSpec(spec: RecipeSpec): void {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
  const wrong = (place: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('train.recipe', 'the recipe has a value that cannot be used', { place, expected, got: show(got) });
  if (!isObject(spec)) throw wrong('recipe', 'an object with a model and stages', spec);
  const valid = ['name', 'seed', 'model', 'from', 'tokenizer', 'template', 'state', 'stages', 'describe', 'spec', 'variants'];
  for (const key of Object.keys(spec)) if (!valid.includes(key)) throw unknownKey(key, valid, 'recipe');
  const { name, model, from, tokenizer, template, state, describe } = spec;
  checkVariants(spec.variants);
  if (name !== undefined && (typeof name !== 'string' || name === '')) throw wrong('recipe.name', 'a name', name);
  if (state !== undefined && typeof state !== 'function') throw wrong('recipe.state', 'a function that makes the state', state);
  if (describe !== undefined && !isObject(describe)) throw wrong('recipe.describe', 'an object', describe);
  const isSpec = isObject(model) && (model as { kind?: unknown }).kind === 'mllm';
  if (model !== undefined && !isSpec && !isOpen(model) && typeof (model as Partial<Module> | null)?.nameParameters !== 'function')
    throw wrong('recipe.model', "mllm({ vision, connector, language }), open('folder or hub id') or a module", model);
  for (const [key, value] of Object.entries({ from, tokenizer, template }))
    if (value !== undefined && !isSpec)
      throw new SensoriumError('train.recipe', `'${key}' belongs to a model made by mllm({…})`, {
        place: `recipe.${key}`,
        got: show(value),
      });
  if (tokenizer !== undefined && typeof (tokenizer as Partial<Tokenizer> | null)?.encode !== 'function')
    throw wrong('recipe.tokenizer', 'a Tokenizer', tokenizer);
  if (template !== undefined && typeof template !== 'string') throw wrong('recipe.template', 'Jinja source', template);
  if (from === undefined) return;
  if (!isObject(from)) throw wrong('recipe.from', 'folders: { vision, language } or { all }', from);
  for (const [key, dir] of Object.entries(from)) {
    if (!['vision', 'language', 'all'].includes(key)) throw unknownKey(key, ['vision', 'language', 'all'], 'recipe.from');
    if (dir !== undefined && (typeof dir !== 'string' || dir === '')) throw wrong(`recipe.from.${key}`, 'the path of a folder', dir);
  }
}

const isOpen = (model: object | undefined): model is OpenSpec => (model as { kind?: unknown } | undefined)?.kind === 'open';

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
    throw new SensoriumError('train.recipe', 'the seed must be a whole number', { place: recipe.name, got: show(recipe.seed) });
  const names = new Set<string>();
  for (const [i, stage] of recipe.stages.entries()) {
    if (typeof stage?.objective !== 'function' || typeof stage.options !== 'object')
      throw new SensoriumError('train.recipe', 'this is not a stage', {
        place: `${recipe.name}: stages[${i}]`,
        expected: 'what stage.pretrain({…}), or a function made by defineStage, returns',
        got: show(stage),
      });
    if (typeof stage.name !== 'string' || !STAGE_NAME.test(stage.name))
      throw new SensoriumError('train.recipe', 'a stage needs a name of letters, digits, dashes and underscores', {
        place: recipe.name,
        got: show(stage.name),
      });
    if (names.has(stage.name))
      throw new SensoriumError('train.recipe', 'two stages have the same name', { place: recipe.name, got: stage.name });
    names.add(stage.name);
    stageOptions(recipe, stage);
  }
  return recipe;
}

/**
 * A kind of stage: its own options with their defaults, how its objective is made and, where there is one, the number of steps it takes
 * by default and a check of its options. Values must be of the types of the defaults. Returns the function that a recipe calls.
 * @example const pretrain = defineStage('pretrain', { batch: 16 }, async ({ state, options }) => …);
 *          defineRecipe({ model, stages: [pretrain({ steps: 500, batch: 32 })] });
 */
export function defineStage<O extends object>(
  kind: string,
  defaults: O,
  objective: (context: StageContext<O>) => Objective | Promise<Objective>,
  more: {
    steps?(options: TrainOptions & O): number | undefined;
    /** Throws for values that cannot be; `place` names recipe and stage. */
    check?(options: TrainOptions & O, place: string): void;
    /** The values that an opened model had are kept beside those of training, in `state.model.values`. */
    reference?: boolean;
  } = {},
): (options?: Partial<TrainOptions & O> & { name?: string }) => StageSpec {
  return (given = {}) => {
    if (typeof given !== 'object' || given === null)
      throw new SensoriumError('train.option', 'the options of a stage are an object', { place: `stage ${kind}`, got: show(given) });
    const { name = kind, ...options } = given;
    return {
      name,
      kind,
      options,
      defaults: defaults as Readonly<Record<string, unknown>>,
      objective,
      steps: more.steps as StageSpec['steps'],
      check: more.check as StageSpec['check'],
      reference: more.reference,
    };
  };
}

/** All options of a stage, defaults filled in. */
export function stageOptions(recipe: Recipe, stage: StageSpec): TrainOptions & Record<string, unknown> {
  const place = `${recipe.name}: stage ${stage.name}`;
  const options = resolveOptions({ seed: recipe.seed, ...stage.options }, place, { ...stage.defaults });
  stage.check?.(options, place);
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

/** `learningRates.vision`, `pretrain.learningRates.vision`. */
const KEYED = new RegExp(`^(?:([\\w-]+)\\.)??(${[...keyedOptions].join('|')})\\.(.+)$`);

/**
 * A recipe with `key=value` overrides: `seed=1`, `lr=1e-3` (every stage that has the key), `pretrain.steps=200` (one stage),
 * `learningRates.vision=2e-6` (one key of an option that has keys).
 * Values take the type of what they replace; lists and objects are JSON. Throws `train.key` with the nearest valid key, `train.option`.
 */
export function applyOverrides(recipe: Recipe, overrides: readonly string[]): Recipe {
  if (!Array.isArray(overrides))
    throw new SensoriumError('train.key', 'overrides are a list', { place: recipe.name, expected: "['lr=1e-3', …]", got: show(overrides) });
  const chosen = chooseVariant(recipe, overrides);
  if (chosen) return applyOverrides(defineRecipe(chosen.spec), chosen.overrides);
  let { seed } = recipe;
  const ofModel: Override[] = [];
  const stages = recipe.stages.map((stage) => ({ ...stage, options: { ...stage.options } as Record<string, unknown> }));
  const keysOf = (stage: StageSpec): string[] => Object.keys({ ...trainDefaults, ...stage.defaults, ...stage.options });
  for (const override of overrides as readonly unknown[]) {
    if (typeof override !== 'string')
      throw new SensoriumError('train.key', 'an override is not text', { place: recipe.name, expected: 'key=value', got: show(override) });
    const at = override.indexOf('=');
    if (at < 1)
      throw new SensoriumError('train.key', 'an override has no value', { place: recipe.name, expected: 'key=value', got: override });
    const [key, text] = [override.slice(0, at).trim(), override.slice(at + 1).trim()];
    if (key === 'seed') {
      seed = parseLike(text, 0, key) as number;
      continue;
    }
    // Stages and options of these names come first.
    if (isModelKey(key) && !stages.some((s) => s.name === key.split('.')[0] || keysOf(s).includes(key))) {
      ofModel.push([key, text]);
      continue;
    }
    const keyed = KEYED.exec(key);
    if (keyed) {
      const [, only, option = '', part = ''] = keyed;
      const targets = stages.filter((s) => only === undefined || s.name === only);
      if (targets.length === 0)
        throw unknownKey(
          key,
          stages.map((s) => `${s.name}.${option}.${part}`),
          recipe.name,
        );
      for (const { options } of targets) options[option] = { ...(options[option] as object), [part]: parseLike(text, 0, key) };
      continue;
    }
    const dot = key.indexOf('.');
    const name = dot < 0 ? key : key.slice(dot + 1);
    const targets = stages.filter((s) => (dot < 0 || s.name === key.slice(0, dot)) && keysOf(s).includes(name));
    if (targets.length === 0)
      throw unknownKey(
        key,
        [
          'seed',
          'model.connector',
          'from.vision',
          'from.language',
          ...new Set(stages.flatMap(keysOf)),
          ...(recipe.variants ? ['variant'] : []),
          ...(dot < 0 ? [] : stages.flatMap((s) => keysOf(s).map((k) => `${s.name}.${k}`))),
        ],
        recipe.name,
      );
    for (const stage of targets) {
      const like = stage.options[name] ?? ({ ...trainDefaults, ...stage.defaults } as Record<string, unknown>)[name];
      stage.options[name] = parseLike(text, like, key);
    }
  }
  if (ofModel.length === 0) return defineRecipe({ ...recipe, seed, stages });
  return defineRecipe({ ...recipe.spec, ...overriddenModel(recipe, ofModel), name: recipe.name, seed, stages });
}

/** The model of a recipe, and the folders it begins with, after overrides. Errors: `train.key` for a model that has no such keys. */
function overriddenModel({ name, spec }: Recipe, overrides: readonly Override[]): Pick<RecipeSpec, 'model' | 'from'> {
  const model = spec?.model;
  if (model && 'kind' in model && model.kind === 'mllm') return overrideModel((model as MllmSpec).parts, spec.from, overrides, name);
  const last = overrides.at(-1) as Override;
  if (model && isOpen(model) && overrides.every(([key]) => key === 'model')) return { model: open(last[1], model.options) };
  const wrong = overrides.find(([key]) => !model || key !== 'model') as Override;
  throw unknownKey(wrong[0], model ? ['model', 'seed'] : ['seed'], name);
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
  if (typeof like === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    return switchOrSeed.has(key.slice(key.indexOf('.') + 1)) && /^\d+$/.test(text) ? Number(text) : fail('true or false');
  }
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
