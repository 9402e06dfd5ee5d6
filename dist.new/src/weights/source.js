// What a model is filled from: named tensors that can be looked at before they are read. Files, folders and memory all look like this.
import { SensoriumError } from '../util/errors.js';
import { sizeOf } from '../util/host.js';
import { castFloat } from './half.js';
/** Reads everything; `as` applies to the floating-point tensors. */
export function readAll(source, options) {
    return source.readMany([...source.tensors.keys()], options);
}
/** A dictionary whose keys come from a file: no prototype, so that no tensor can be called `__proto__` with effect. */
export function dictionary() {
    return Object.create(null);
}
/** Tensors in memory as a source; reading does not copy. */
export function memorySource(tensors, place = 'memory') {
    const infos = new Map();
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
        if (data.length !== sizeOf(shape))
            throw new SensoriumError('weights.shape', 'a tensor has the wrong number of elements', {
                place: `${place}: ${name}`,
                expected: `${sizeOf(shape)} for shape [${shape.join(',')}]`,
                got: String(data.length),
            });
        infos.set(name, { name, dtype, shape });
    }
    const get = (name) => {
        if (!infos.has(name))
            throw noSuchTensor(name, place, infos.keys());
        return tensors[name];
    };
    return {
        place,
        tensors: infos,
        read: async (name, { as } = {}) => (as ? castFloat(get(name), as, `${place}: ${name}`) : get(name)),
        readMany: async (names, { as, signal } = {}) => {
            const out = dictionary();
            for (const name of names) {
                signal?.throwIfAborted();
                out[name] = convertFloats(get(name), as);
            }
            return out;
        },
        locate: () => undefined,
    };
}
/** Converts when `as` is given and the tensor is floating-point. */
export function convertFloats(tensor, as) {
    const floating = tensor.dtype.startsWith('float') || tensor.dtype === 'bfloat16';
    return as && floating ? castFloat(tensor, as) : tensor;
}
/** The error for a name that a source does not have, with the nearest name it has. */
export function noSuchTensor(name, place, names) {
    const last = name.slice(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
    const near = [...names].find((other) => other.endsWith(last));
    return new SensoriumError('weights.missing', `there is no tensor "${name}"`, { place, hint: near ? `There is "${near}"` : undefined });
}
//# sourceMappingURL=source.js.map