// The options that every stage has, their defaults and their checks.
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import { learningRate } from './schedule.js';
/** Batches of a step: more is a slip, and the step would not end. */
const MOST_ACCUMULATED = 65_536;
/** What a stage gets where it says nothing. */
export const trainDefaults = {
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
export const unhashedOptions = new Set([
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
export const extendingOptions = new Set(['steps', 'epochs', 'patience', 'keepBest', 'skipBatch']);
/** Options of stages that are a switch or a seed. */
export const switchOrSeed = new Set(['shuffle']);
/** Options that are objects, whose keys are set one by one: `learningRates.vision=2e-6`. */
export const keyedOptions = new Set(['learningRates']);
/** `train.option`: the option has a value that is out of range or of another type. */
export function optionError(key, details) {
    return new SensoriumError('train.option', `option '${key}' has a value that is out of range`, details);
}
/** The error for a key that does not exist, with the nearest one that does. */
export function unknownKey(key, valid, place) {
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
export function resolveOptions(given, place, own = {}) {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
        throw new SensoriumError('train.option', 'options are an object', { place, expected: '{ steps, lr, … }', got: show(given) });
    const defaults = { ...trainDefaults, ...own };
    for (const key of Object.keys(given))
        if (!(key in defaults))
            throw unknownKey(key, Object.keys(defaults), place);
    const merged = { ...defaults };
    for (const [key, value] of Object.entries(given))
        if (value !== undefined)
            merged[key] = value;
    checkTrainOptions(merged, place);
    for (const [key, like] of Object.entries(own))
        checkType(key, merged[key], like, place);
    return merged;
}
/** An option of a stage's own must be of the type of its default; null and undefined stand for any. */
function checkType(key, value, like, place) {
    const expected = typeof like === 'number' && !(typeof value === 'number' && Number.isFinite(value))
        ? 'a number'
        : typeof like === 'string' && typeof value !== 'string'
            ? 'a string'
            : Array.isArray(like) && !Array.isArray(value)
                ? 'a list'
                : typeof like === 'boolean' && typeof value !== 'boolean' && !switchOrSeed.has(key)
                    ? 'true or false'
                    : undefined;
    if (expected)
        throw optionError(key, { place, expected, got: show(value) });
}
function checkTrainOptions(o, place) {
    const fail = (key, expected) => {
        throw optionError(key, { place, expected, got: show(o[key]) });
    };
    const number = (v) => typeof v === 'number' && Number.isFinite(v);
    for (const key of ['steps', 'accumulate', 'logEvery', 'blindPatience'])
        if (!Number.isSafeInteger(o[key]) || o[key] < 1)
            fail(key, 'a whole number of at least 1');
    if (o.accumulate > MOST_ACCUMULATED)
        fail('accumulate', `at most ${MOST_ACCUMULATED}`);
    for (const key of ['blindEvery', 'patience'])
        if (!Number.isSafeInteger(o[key]) || o[key] < 0)
            fail(key, 'a whole number of at least 0');
    for (const key of ['keepBest', 'skipBatch', 'gradientCheckpointing'])
        if (typeof o[key] !== 'boolean')
            fail(key, 'true or false');
    for (const key of ['lr', 'warmup', 'weightDecay', 'clip', 'evalEvery', 'maxLoss', 'blindGrace', 'blindThreshold'])
        if (!number(o[key]) || o[key] < 0)
            fail(key, 'a number of at least 0');
    const rates = o.learningRates;
    if (typeof rates !== 'object' || rates === null || Array.isArray(rates))
        fail('learningRates', 'an object such as { vision: 2e-6 }');
    for (const [part, rate] of Object.entries(o.learningRates))
        if (!number(rate) || rate < 0)
            throw optionError(`learningRates.${part}`, { place, expected: 'a number of at least 0', got: show(rate) });
    if (o.evalEvery > 1 && !Number.isSafeInteger(o.evalEvery))
        fail('evalEvery', 'a share below 1, or a whole number of steps');
    if (!number(o.minRatio) || o.minRatio < 0 || o.minRatio > 1)
        fail('minRatio', 'a number from 0 to 1');
    for (const key of ['eps', 'lossScale'])
        if (!number(o[key]) || o[key] <= 0)
            fail(key, 'a number above 0');
    if (!Number.isSafeInteger(o.seed))
        fail('seed', 'a whole number');
    if (!Array.isArray(o.betas) || o.betas.length !== 2 || o.betas.some((b) => !number(b) || b < 0 || b >= 1))
        fail('betas', 'two numbers in [0, 1)');
    if (!['constant', 'linear', 'cosine'].includes(o.schedule))
        fail('schedule', 'constant, linear or cosine');
    if (!parseInterval(o.checkpointEvery))
        fail('checkpointEvery', "steps (100) or seconds ('60s')");
    learningRate(0, o);
}
/** `100` and `'100'` are steps, `'60s'` is seconds; undefined when it is neither. 0 means never. */
export function parseInterval(every) {
    if (typeof every !== 'number' && typeof every !== 'string')
        return undefined;
    const match = /^(\d+(?:\.\d+)?)(s?)$/.exec(String(every));
    if (!match)
        return undefined;
    const n = Number(match[1]);
    if (n === 0)
        return {};
    if (match[2])
        return { seconds: n };
    return Number.isInteger(n) ? { steps: n } : undefined;
}
//# sourceMappingURL=options.js.map