// The registry of architectures: one row says how a config.json reads, what network it builds and how its parameters are named.
import { SensoriumError } from '../util/errors.js';
import { classifierOf } from './classifier.js';
import { closestHint, rowOf } from './closest.js';
import { parseConfig } from './parse-config.js';
const rows = new Map();
/** Registers an architecture; later rows of the same `model_type` are refused. Returns the row. */
export function defineFamily(row) {
    if (rows.has(row.modelType))
        throw new SensoriumError('model.family', 'this model type is defined already', {
            place: row.modelType,
            got: row.architectures.join(', '),
        });
    rows.set(row.modelType, row);
    return row;
}
/** All rows, in the order in which they were defined. */
export function families() {
    return [...rows.values()];
}
const isFor = (row, architecture) => row.architectures.includes(architecture) || row.alsoFor?.includes(architecture) === true || classifierOf(row) === architecture;
/**
 * The row for a config.json: by `model_type`, or by `architectures` where the file has no type.
 * Errors: `model.architecture`, with all that are supported and the closest in kind and size.
 */
export function familyOf(config, place = 'config.json') {
    const { model_type: type, architectures } = config;
    const named = Array.isArray(architectures) ? architectures.filter((a) => typeof a === 'string') : [];
    if (typeof type === 'string') {
        const row = rows.get(type);
        if (row && (named.length === 0 || named.some((a) => isFor(row, a))))
            return row;
    }
    const byClass = typeof type === 'string' ? undefined : families().find((row) => named.some((a) => isFor(row, a)));
    if (byClass)
        return byClass;
    const supported = [...new Set(families().flatMap((row) => row.architectures))];
    const sameType = typeof type === 'string' ? rows.get(type)?.architectures[0] : undefined;
    const misspelt = named[0] ?? (typeof type === 'string' ? type : undefined);
    throw new SensoriumError('model.architecture', misspelt ? 'this architecture is not supported' : 'the config does not say which architecture it is', {
        place,
        expected: `one of ${supported.join(', ')}`,
        got: [named.join(', '), typeof type === 'string' ? `model_type '${type}'` : ''].filter(Boolean).join(', ') ||
            'neither model_type nor architectures',
        hint: hintFor(config, { sameType, misspelt, spelled: named[0] ? supported : rows.keys() }),
    });
}
/** Which supported model to take instead: by kind and size; of the same type, another class of it is a head that is not here. */
function hintFor(config, o) {
    const { sameType, ...names } = o;
    const row = rowOf(Array.isArray(config.architectures) ? config.architectures.filter((a) => typeof a === 'string') : []);
    if (sameType && !row)
        return `The nearest is ${sameType}: its weights stand under a head of another kind here`;
    return closestHint(config, { ...names, classOf: (type) => rows.get(type)?.architectures[0] });
}
/** The family of a config.json, with the config checked. Errors: `model.architecture`, `model.config`. */
export function readFamily(raw, place = 'config.json') {
    const family = familyOf(raw, place);
    return { family, config: parseConfig(family.config, raw, place) };
}
//# sourceMappingURL=family.js.map