// Methods by name: ways of decoding that a request may ask for. A method is one file and one line here.
import { SensoriumError } from '../../util/errors.js';
import { halle } from './halle.js';
import { vcd } from './vcd.js';
/** `rows`: rows of the model that one row of the method takes. */
const METHODS = {
    vcd: { make: vcd, rows: ({ alpha }) => (alpha === 0 ? 1 : 2) },
};
/** The method of a request. Errors: `generate.option` for a name that is not one, and those of the method. */
export function methodOf(method) {
    return typeof method === 'function' ? method : entryOf(method).make(method);
}
/** Rows of a model that a row of a method takes. Errors: `generate.option`. */
export function rowsOf(method) {
    return entryOf(method).rows(method);
}
/** A policy as a request asks for it: with its switch turned, and its method over that. */
export function withMethod(policy, { method, halle: turn }) {
    const turned = turn ? halle(turn)(policy) : policy;
    return method ? methodOf(method)(turned) : turned;
}
function entryOf({ name }) {
    if (Object.hasOwn(METHODS, name))
        return METHODS[name];
    throw new SensoriumError('generate.option', 'there is no such method', {
        place: 'method.name',
        expected: Object.keys(METHODS).join(', '),
        got: String(name),
    });
}
//# sourceMappingURL=index.js.map