// What an op is: one row with its name, shape inference, ONNX emission and gradient rule.
import { apply } from './tensor.js';
/** Every op by name; tests walk it to see that none is left unchecked. */
export const registry = new Map();
/** Registers a row and makes it callable. */
export function defineOp(row) {
    if (registry.has(row.name))
        throw new Error(`op '${row.name}' is defined twice`);
    registry.set(row.name, row);
    const call = ((inputs, attrs) => apply(call, inputs, attrs));
    Object.defineProperty(call, 'name', { value: row.name });
    call.infer = row.infer;
    call.emit = row.emit;
    call.vjp = row.vjp;
    call.one = (inputs, attrs) => apply(call, inputs, attrs)[0];
    return call;
}
//# sourceMappingURL=op.js.map