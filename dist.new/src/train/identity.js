// What makes a run the same run: the values of its recipe, hashed, and compared key by key when a run is resumed.
import { createHash } from 'node:crypto';
import { SensoriumError } from '../util/errors.js';
import { packageVersion } from '../util/package.js';
import { keyedOptions, unhashedOptions } from './options.js';
/** JSON with sorted keys, so that equal values have equal text. Functions and undefined are left out. */
export function canonical(value) {
    return JSON.stringify(value, (_, v) => {
        if (typeof v === 'bigint')
            return `${v}n`;
        if (typeof v !== 'object' || v === null || Array.isArray(v))
            return v;
        return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
}
/** Drops the options that do not change results, and those without a key of their own that are set key by key. */
export function hashedOptions(options) {
    const isEmpty = (key, value) => keyedOptions.has(key) && Object.keys(value).length === 0;
    return Object.fromEntries(Object.entries(options).filter(([key, value]) => !unhashedOptions.has(key) && !isEmpty(key, value)));
}
/** Name, contents and hash of what two runs must share. */
export function identify(name, values) {
    const text = canonical(values);
    return { name, hash: createHash('sha256').update(text).digest('hex'), values: JSON.parse(text) };
}
function flatten(value, prefix, out) {
    const isLeaf = Array.isArray(value) && !(value.length > 0 && value.every((item) => typeof item === 'object' && item !== null));
    if (typeof value === 'object' && value !== null && !isLeaf)
        for (const [key, v] of Object.entries(value))
            flatten(v, prefix ? `${prefix}.${key}` : key, out);
    else
        out.set(prefix, JSON.stringify(value));
}
/** Dotted keys whose values differ, with both. */
export function differences(before, after) {
    const [a, b] = [new Map(), new Map()];
    flatten(before, '', a);
    flatten(after, '', b);
    return [...new Set([...a.keys(), ...b.keys()])]
        .filter((key) => a.get(key) !== b.get(key))
        .map((key) => ({ key, before: a.get(key) ?? 'absent', after: b.get(key) ?? 'absent' }));
}
/** Throws `train.recipe`, naming the keys that differ, unless a checkpoint belongs to this recipe. `mayDiffer`: dotted keys that do not matter. */
export function assertSameRecipe(checkpoint, now, place, mayDiffer = () => false) {
    const changed = checkpoint.hash === now.hash ? [] : differences(checkpoint.values, now.values).filter(({ key }) => !mayDiffer(key));
    if (changed.length === 0)
        return;
    throw new SensoriumError('train.recipe', 'the recipe has changed since the checkpoint was written', {
        place,
        expected: changed.map((d) => `${d.key}=${d.before}`).join(', '),
        got: changed.map((d) => `${d.key}=${d.after}`).join(', '),
        hint: 'Restore these values to go on, or train into another folder',
    });
}
/** Versions that results depend on. */
export async function versionsOf(runtime) {
    return { sensorium: packageVersion(), node: process.versions.node, onnxruntime: runtime.version, runtime: runtime.name };
}
//# sourceMappingURL=identity.js.map