// Does this checkpoint fit this model? Every difference is reported at once, before anything is read.
import { SensoriumError } from '../util/errors.js';
import { isFloat } from './half.js';
import { dictionary } from './source.js';
/** Constants that older checkpoints stored beside the weights: positions, frequencies and angles, fairseq's version number. */
const BUFFERS = [
    /(^|\.)position_ids$/,
    /(^|\.)inv_freq$/,
    /(^|\.)rotary_emb\.(cos|sin)_cached$/,
    /(^|\.)(encoder|decoder)\.version$/,
];
/** True for a tensor that is no parameter of any network here, or that `ignore` names. */
export function isIgnored(name, ignore = []) {
    return [...BUFFERS, ...ignore].some((pattern) => pattern.test(name));
}
const show = (shape) => `[${shape.join(',')}]`;
/**
 * Pairs each expected parameter with a tensor of the source (itself, or the one it is tied to).
 * Errors: `weights.mismatch`, listing what is missing, extra, of wrong shape and of wrong dtype.
 */
export function matchWeights(expected, source, options = {}) {
    const { tied = {}, ignore = [], limit = 10, place = source.place } = options;
    const partners = new Map();
    for (const [a, b] of Object.entries(tied)) {
        partners.set(a, [...(partners.get(a) ?? []), b]);
        partners.set(b, [...(partners.get(b) ?? []), a]);
    }
    const match = new Map();
    const used = new Set();
    const missing = [];
    const shapes = [];
    const dtypes = [];
    for (const { name, shape, dtype } of expected) {
        const found = [name, ...(partners.get(name) ?? [])].find((candidate) => source.tensors.has(candidate));
        const info = found === undefined ? undefined : source.tensors.get(found);
        if (!info) {
            const unreadable = source.unsupported?.get(name);
            if (unreadable)
                dtypes.push(`${name} expected ${dtype ?? 'a float type'} got ${unreadable}`);
            else
                missing.push(`${name} ${show(shape)}`);
            continue;
        }
        match.set(name, info.name);
        used.add(name).add(info.name);
        for (const partner of partners.get(name) ?? [])
            used.add(partner); // a second copy of a tied weight is no surprise
        if (show(shape) !== show(info.shape))
            shapes.push(`${info.name} expected ${show(shape)} got ${show(info.shape)}`);
        const fits = dtype === undefined || isFloat(dtype) ? isFloat(info.dtype) : info.dtype === dtype;
        if (!fits)
            dtypes.push(`${info.name} expected ${dtype ?? 'a float type'} got ${info.dtype}`);
    }
    const extra = [];
    for (const { name, shape } of source.tensors.values())
        if (!used.has(name) && !isIgnored(name, ignore))
            extra.push(`${name} ${show(shape)}`);
    const problems = [
        ['missing', missing],
        ['not in the model', extra],
        ['of wrong shape', shapes],
        ['of wrong dtype', dtypes],
    ];
    const found = problems.filter(([, list]) => list.length > 0);
    if (found.length)
        throw new SensoriumError('weights.mismatch', 'the weights do not fit the model', {
            place,
            expected: `${match.size + missing.length} tensors`,
            got: `${source.tensors.size}`,
            hint: `${found.map(([kind, list]) => listOf(kind, list, limit)).join('; ')}. ${advise(missing, extra, shapes)}`,
        });
    return match;
}
/** `matchWeights`, then reads: tensors under the expected names, floats as float32 unless `as` differs. Tied names share one tensor. */
export async function readMatched(expected, source, options = {}) {
    const match = matchWeights(expected, source, options);
    const read = await source.readMany([...new Set(match.values())], { as: options.as ?? 'float32', signal: options.signal });
    const out = dictionary();
    for (const [name, from] of match)
        out[name] = read[from];
    return out;
}
function listOf(kind, list, limit) {
    const more = list.length > limit ? ` and ${list.length - limit} more` : '';
    return `${list.length} ${kind}: ${list.slice(0, limit).join(', ')}${more}`;
}
function advise(missing, extra, shapes) {
    if (missing.length === 1 && extra.length + shapes.length === 0 && missing[0]?.includes('lm_head.'))
        return 'There is no output head: these are the weights of a base class (…Model), which reads text and writes none';
    if (missing.length && extra.length && !shapes.length)
        return 'The names differ: this may be another architecture, or a part that needs a prefix';
    if (shapes.length && !missing.length && !extra.length)
        return 'The sizes in config.json are not those the weights were trained with';
    return 'Check that config.json and the weights belong together';
}
//# sourceMappingURL=match.js.map