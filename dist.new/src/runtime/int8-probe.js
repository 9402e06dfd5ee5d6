// Does this processor multiply uint8 by int8 without overflow? Asked once of each runtime, by a product that shows it.
import { encodeModel } from '../onnx/codec.js';
const answers = new WeakMap();
/**
 * True where ONNX Runtime's products of uint8 and int8 add pairs in 16 bits with saturation (x86 without VNNI): 255 * 127 twice is
 * more than those hold. Products of uint8 and uint8 are exact everywhere; AMX is only used for uint8 and int8.
 */
export function overflowsUnsigned(runtime) {
    const known = answers.get(runtime);
    if (known)
        return known;
    const asked = probe(runtime);
    answers.set(runtime, asked);
    asked.catch(() => answers.delete(runtime));
    return asked;
}
async function probe(runtime) {
    const size = 16;
    const b = new Int8Array(size * size).fill(127);
    const model = encodeModel({
        name: 'int8 probe',
        nodes: [{ opType: 'MatMulInteger', name: 'y', inputs: ['x', 'b'], outputs: ['y'] }],
        initializers: [{ name: 'b', dtype: 'int8', dims: [size, size], data: b }],
        inputs: [{ name: 'x', dtype: 'uint8', shape: [size, size] }],
        outputs: [{ name: 'y', dtype: 'int32', shape: [size, size] }],
    });
    const session = await runtime.load(model, { threads: 1 });
    try {
        const x = { dtype: 'uint8', shape: [size, size], data: new Uint8Array(size * size).fill(255) };
        const { y } = (await session.run({ x }));
        return y.data.some((v) => v !== size * 255 * 127);
    }
    finally {
        session.dispose();
    }
}
//# sourceMappingURL=int8-probe.js.map