// The options that every stage has, their defaults and their checks.

import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import type { LearningRates } from './learning-rates.js';
import { learningRate, type ScheduleName } from './schedule.js';

export interface TrainOptions {
  /** Optimizer steps. */
  steps: number;
  /** Peak learning rate. */
  lr: number;
  /** Peak learning rates of parts in place of `lr`: `{ connector: 1e-3, vision: 2e-6 }`, by the names and patterns that `train` takes. */
  learningRates: LearningRates;
  schedule: ScheduleName;
  /** Steps of linear warm-up; below 1 a share of `steps`. */
  warmup: number;
  /** Where the schedule ends, as a share of `lr`. */
  minRatio: number;
  weightDecay: number;
  betas: readonly [number, number];
  eps: number;
  /** Global gradient norm is clipped to this; 0 for no clipping. */
  clip: number;
  /** Batches per step, their gradients averaged by `Batch.weight`. */
  accumulate: number;
  /** The loss is multiplied by this before the gradient is taken, and the gradient divided by it. */
  lossScale: number;
  /** Keep the inputs of layers alone for the gradients and compute what is inside of them again: less memory, more time, the same numbers. */
  gradientCheckpointing: boolean;
  /** Steps between checkpoints, or seconds when written '60s'. 0 for none before the end. */
  checkpointEvery: number | string;
  /** Steps between measurements of the held-out loss, where rows are held out; below 1 a share of `steps`. 0: only at the start and the end. */
  evalEvery: number;
  /** Measurements of the held-out loss without a better one that end the stage; 0 for none. */
  patience: number;
  /** Batches whose loss or gradient is not finite, or beyond `maxLoss`, are left out and counted; ten in a row stop the stage. Otherwise the first one does. */
  skipBatch: boolean;
  /** A loss above it, or below its negative, has exploded. 0: a hundred times what the stage began with, and at least 1000. */
  maxLoss: number;
  /** Where rows are held out, the stage ends with the weights of the best held-out loss; else with the last ones. */
  keepBest: boolean;
  /** Steps between blind checks; 0 for none. */
  blindEvery: number;
  /** Steps before blind checks count; below 1 a share of `steps`. */
  blindGrace: number;
  /** Relative change of the loss below which a blind check is a strike. */
  blindThreshold: number;
  /** Strikes in a row that stop the stage. */
  blindPatience: number;
  /** Steps between `step` events. */
  logEvery: number;
  /** Of the stage's random streams; the recipe's by default. */
  seed: number;
}

/** Batches of a step: more is a slip, and the step would not end. */
const MOST_ACCUMULATED = 65_536;

/** What a stage gets where it says nothing. */
export const trainDefaults: Readonly<TrainOptions> = {
  steps: 1000,
  lr: 1e-3,
  learningRates: {},
  schedule: 'cosine',
  warmup: 0.03,
  minRatio: 0.1,
  weightDecay: 0.01,
  betas: [0.9, 0.999],
  eps: 1e-8,
  clip: 1,
  accumulate: 1,
  lossScale: 1,
  gradientCheckpointing: false,
  checkpointEvery: '60s',
  evalEvery: 0.1,
  patience: 0,
  keepBest: true,
  skipBatch: false,
  maxLoss: 0,
  blindEvery: 50,
  blindGrace: 0.1,
  blindThreshold: 1e-4,
  blindPatience: 3,
  logEvery: 10,
  seed: 0,
};

/** Options that change when something is written, how much memory it takes or what stops a run, never what is computed: not part of a recipe's identity. */
export const unhashedOptions: ReadonlySet<string> = new Set([
  'checkpointEvery',
  'evalEvery',
  'gradientCheckpointing',
  'logEvery',
  'maxLoss',
  'maxKl',
]);

/**
 * Options that decide how far a run goes, over what it passes and which weights it ends with: a resumed run may have others in the
 * stage that it is in and in later ones.
 */
export const extendingOptions: ReadonlySet<string> = new Set(['steps', 'epochs', 'patience', 'keepBest', 'skipBatch']);

/** Options of stages that are a switch or a seed. */
export const switchOrSeed: ReadonlySet<string> = new Set(['shuffle']);

/** Options that are objects, whose keys are set one by one: `learningRates.vision=2e-6`. */
export const keyedOptions: ReadonlySet<string> = new Set(['learningRates']);

/** `train.option`: the option has a value that is out of range or of another type. */
export function optionError(key: string, details: { place: string; expected: string; got: string; hint?: string }): SensoriumError {
  return new SensoriumError('train.option', `option '${key}' has a value that is out of range`, details);
}

/** The error for a key that does not exist, with the nearest one that does. */
export function unknownKey(key: string, valid: Iterable<string>, place: string): SensoriumError {
  const keys = [...valid].sort();
  const near = nearest(key, keys);
  return new SensoriumError('train.key', `unknown key '${key}'`, {
    place,
    expected: `one of ${keys.join(', ')}`,
    got: key,
    hint: near ? `Did you mean '${near}'?` : undefined,
  });
}

/**
 * Fills in defaults and checks everything. `own`: options of this kind of stage with their defaults, beside the common ones.
 * Throws `train.key` (unknown, with the nearest key), `train.option` (wrong type or range), naming `place` and the key.
 */
export function resolveOptions<O extends Record<string, unknown>>(
  given: Readonly<Record<string, unknown>>,
  place: string,
  own: Readonly<O> = {} as O,
): TrainOptions & O {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new SensoriumError('train.option', 'options are an object', { place, expected: '{ steps, lr, … }', got: show(given) });
  const defaults: Record<string, unknown> = { ...trainDefaults, ...own };
  for (const key of Object.keys(given)) if (!(key in defaults)) throw unknownKey(key, Object.keys(defaults), place);
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) merged[key] = value;
  checkTrainOptions(merged as unknown as TrainOptions, place);
  for (const [key, like] of Object.entries(own)) checkType(key, merged[key], like, place);
  return merged as TrainOptions & O;
}

/** An option of a stage's own must be of the type of its default; null and undefined stand for any. */
function checkType(key: string, value: unknown, like: unknown, place: string): void {
  const expected =
    typeof like === 'number' && !(typeof value === 'number' && Number.isFinite(value))
      ? 'a number'
      : typeof like === 'string' && typeof value !== 'string'
        ? 'a string'
        : Array.isArray(like) && !Array.isArray(value)
          ? 'a list'
          : typeof like === 'boolean' && typeof value !== 'boolean' && !switchOrSeed.has(key)
            ? 'true or false'
            : undefined;
  if (expected) throw optionError(key, { place, expected, got: show(value) });
}

function checkTrainOptions(o: TrainOptions, place: string): void {
  const fail = (key: keyof TrainOptions, expected: string): never => {
    throw optionError(key, { place, expected, got: show(o[key]) });
  };
  const number = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);
  for (const key of ['steps', 'accumulate', 'logEvery', 'blindPatience'] as const)
    if (!Number.isSafeInteger(o[key]) || o[key] < 1) fail(key, 'a whole number of at least 1');
  if (o.accumulate > MOST_ACCUMULATED) fail('accumulate', `at most ${MOST_ACCUMULATED}`);
  for (const key of ['blindEvery', 'patience'] as const)
    if (!Number.isSafeInteger(o[key]) || o[key] < 0) fail(key, 'a whole number of at least 0');
  for (const key of ['keepBest', 'skipBatch', 'gradientCheckpointing'] as const)
    if (typeof o[key] !== 'boolean') fail(key, 'true or false');
  for (const key of ['lr', 'warmup', 'weightDecay', 'clip', 'evalEvery', 'maxLoss', 'blindGrace', 'blindThreshold'] as const)
    if (!number(o[key]) || o[key] < 0) fail(key, 'a number of at least 0');
  const rates: unknown = o.learningRates;
  if (typeof rates !== 'object' || rates === null || Array.isArray(rates)) fail('learningRates', 'an object such as { vision: 2e-6 }');
  for (const [part, rate] of Object.entries(o.learningRates))
    if (!number(rate) || rate < 0)
      throw optionError(`learningRates.${part}`, { place, expected: 'a number of at least 0', got: show(rate) });
  if (o.evalEvery > 1 && !Number.isSafeInteger(o.evalEvery)) fail('evalEvery', 'a share below 1, or a whole number of steps');
  if (!number(o.minRatio) || o.minRatio < 0 || o.minRatio > 1) fail('minRatio', 'a number from 0 to 1');
  for (const key of ['eps', 'lossScale'] as const) if (!number(o[key]) || o[key] <= 0) fail(key, 'a number above 0');
  if (!Number.isSafeInteger(o.seed)) fail('seed', 'a whole number');
  if (!Array.isArray(o.betas) || o.betas.length !== 2 || o.betas.some((b) => !number(b) || b < 0 || b >= 1))
    fail('betas', 'two numbers in [0, 1)');
  if (!['constant', 'linear', 'cosine'].includes(o.schedule)) fail('schedule', 'constant, linear or cosine');
  if (!parseInterval(o.checkpointEvery)) fail('checkpointEvery', "steps (100) or seconds ('60s')");
  learningRate(0, o);
}

/** `100` and `'100'` are steps, `'60s'` is seconds; undefined when it is neither. 0 means never. */
export function parseInterval(every: number | string): { steps?: number; seconds?: number } | undefined {
  if (typeof every !== 'number' && typeof every !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)(s?)$/.exec(String(every));
  if (!match) return undefined;
  const n = Number(match[1]);
  if (n === 0) return {};
  if (match[2]) return { seconds: n };
  return Number.isInteger(n) ? { steps: n } : undefined;
}
