// Bridges between parameter names: ours are those of the transformers classes, so most maps are the identity; these are the exceptions.
import { llavaAttributeNames, prefixMap } from '../networks/names.js';
import { SensoriumError } from '../util/errors.js';
import { dictionary, noSuchTensor } from './source.js';
export { llavaAttributeNames, prefixMap };
/** Names stay as they are. */
export const identityNames = { toFile: (name) => name, toOurs: (name) => name };
/** A whole model in the file is the part called `prefix` of ours: `partNames('language_model')` reads a LlamaForCausalLM into a LLaVA. */
export function partNames(prefix) {
    return prefixMap([[prefix, '']]);
}
/** The map for a LLaVA checkpoint, by what names are in it. */
export function llavaNames(source) {
    for (const name of source.tensors.keys())
        if (name.startsWith('model.language_model.'))
            return llavaAttributeNames;
    return identityNames;
}
/** The same tensors under our names. Errors: `weights.name` when two would get the same one. */
export function renameSource(source, names) {
    return derive(source, () => true, (name) => names.toOurs(name));
}
/** Only the tensors that `keep` accepts: the vision half of a CLIP checkpoint, say. */
export function selectSource(source, keep) {
    return derive(source, keep, (name) => name);
}
function derive(source, keep, rename) {
    const original = new Map();
    const tensors = new Map();
    for (const old of source.tensors.keys()) {
        if (!keep(old))
            continue;
        const name = rename(old);
        const other = original.get(name);
        if (other !== undefined)
            throw new SensoriumError('weights.name', 'two tensors get the same name', {
                place: source.place,
                got: `${other} and ${old}, both ${name}`,
            });
        original.set(name, old);
        tensors.set(name, { ...source.tensors.get(old), name });
    }
    const find = (name) => {
        const old = original.get(name);
        if (old === undefined)
            throw noSuchTensor(name, source.place, original.keys());
        return old;
    };
    const unsupported = new Map([...(source.unsupported ?? [])].filter(([old]) => keep(old)).map(([old, type]) => [rename(old), type]));
    return {
        place: source.place,
        tensors,
        unsupported,
        read: async (name, options) => source.read(find(name), options),
        readMany: async (names, options) => {
            const read = await source.readMany([...new Set(names.map(find))], options);
            const out = dictionary();
            for (const name of names)
                out[name] = read[find(name)];
            return out;
        },
        locate: (name) => {
            const old = original.get(name);
            return old === undefined ? undefined : source.locate(old);
        },
    };
}
//# sourceMappingURL=names.js.map