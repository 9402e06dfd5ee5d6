// Products and lookups with frozen weights in fewer bits, as a rewrite of an ONNX model: 4-bit blocks, or 8 bits with dynamic activations.
import { BLOCK, eightBits, fourBits } from './fewer-bits.js';
const FLOAT = 1;
/** What zero is among unsigned levels. */
const MIDDLE = 128;
/**
 * The same model with quantized matrices. x Wᵀ becomes MatMulNBits (q4) or MatMulInteger on dynamically quantized x (bytes);
 * rows that are looked up are kept in 8 bits with a scale each. Weights used in other ways stay as they are.
 */
export function quantizeModel(model, kind) {
    const weights = new Map(model.tensors.filter((t) => t.dtype === 'float32' && t.dims.length === 2 && t.frozen).map((t) => [t.name, t]));
    const transposed = new Map();
    for (const n of model.nodes) {
        const weight = n.opType === 'Transpose' ? weights.get(n.inputs[0]) : undefined;
        if (weight)
            transposed.set(n.outputs[0], weight);
    }
    const added = new Map();
    const add = (tensor) => {
        if (!added.has(tensor.name))
            added.set(tensor.name, tensor);
        return tensor.name;
    };
    const activations = new Set();
    const nodes = model.nodes.flatMap((n) => {
        const right = n.opType === 'MatMul' ? transposed.get(n.inputs[1]) : undefined;
        if (right)
            return kind === 'q4' ? [blockProduct(n, right, add)] : integerProduct(n, right, { add, activations, kind });
        const table = n.opType === 'Gather' ? weights.get(n.inputs[0]) : undefined;
        return table ? lookup(n, table, add) : [n];
    });
    return pruned({ ...model, nodes, tensors: [...model.tensors, ...added.values()] });
}
function blockProduct(n, w, add) {
    const [outputs, inputs] = w.dims;
    const blocks = Math.ceil(inputs / BLOCK);
    const matrix = shared(async () => fourBits((await w.data()), { outputs, inputs }));
    const packed = {
        name: `${w.name}_q4`,
        dtype: 'uint8',
        dims: [outputs, blocks, BLOCK / 2],
        data: async () => (await matrix()).packed,
    };
    const scales = {
        name: `${w.name}_scales`,
        dtype: 'float32',
        dims: [outputs * blocks],
        data: async () => (await matrix()).scales,
    };
    return {
        ...n,
        opType: 'MatMulNBits',
        domain: 'com.microsoft',
        inputs: [n.inputs[0], add(packed), add(scales)],
        attributes: { K: inputs, N: outputs, bits: 4, block_size: BLOCK, accuracy_level: 4 },
    };
}
function integerProduct(n, w, { add, activations, kind }) {
    const [outputs, inputs] = w.dims;
    const most = kind === 'int8' ? 63 : 127;
    const matrix = shared(async () => eightBits((await w.data()), { rows: outputs, width: inputs, most }));
    const columns = {
        name: `${w.name}_q8t`,
        dtype: kind,
        dims: [inputs, outputs],
        data: async () => {
            const columns = turned((await matrix()).levels, { rows: outputs, width: inputs });
            return kind === 'int8' ? columns : raised(columns);
        },
    };
    const scales = { name: `${w.name}_q8t_scales`, dtype: 'float32', dims: [outputs], data: async () => (await matrix()).scales };
    const x = n.inputs[0];
    const of = (what) => `${x}.${what}`;
    const own = (what) => `${n.outputs[0]}.${what}`;
    const zero = kind === 'int8' ? [] : [add({ name: 'middle_level', dtype: 'uint8', dims: [], data: () => Uint8Array.of(MIDDLE) })];
    const nodes = [];
    if (!activations.has(x))
        nodes.push({ opType: 'DynamicQuantizeLinear', name: of('q8'), inputs: [x], outputs: [of('q8'), of('scale'), of('zero')] });
    activations.add(x);
    nodes.push({ opType: 'MatMulInteger', name: own('sum'), inputs: [of('q8'), add(columns), of('zero'), ...zero], outputs: [own('sum')] }, { opType: 'Cast', name: own('float'), inputs: [own('sum')], outputs: [own('float')], attributes: { to: FLOAT } }, { opType: 'Mul', name: own('scales'), inputs: [of('scale'), add(scales)], outputs: [own('scales')] }, { opType: 'Mul', name: n.name, inputs: [own('float'), own('scales')], outputs: n.outputs });
    return nodes;
}
function lookup(n, w, add) {
    const [rows, width] = w.dims;
    const matrix = shared(async () => eightBits((await w.data()), { rows, width }));
    const levels = { name: `${w.name}_q8`, dtype: 'int8', dims: [rows, width], data: async () => (await matrix()).levels };
    const scales = { name: `${w.name}_q8_scales`, dtype: 'float32', dims: [rows, 1], data: async () => (await matrix()).scales };
    const own = (what) => `${n.outputs[0]}.${what}`;
    const pick = (table, to) => ({
        ...n,
        name: to,
        inputs: [add(table), n.inputs[1]],
        outputs: [to],
    });
    return [
        pick(levels, own('levels')),
        pick(scales, own('row_scale')),
        { opType: 'Cast', name: own('float'), inputs: [own('levels')], outputs: [own('float')], attributes: { to: FLOAT } },
        { opType: 'Mul', name: n.name, inputs: [own('float'), own('row_scale')], outputs: n.outputs },
    ];
}
/** Computes once for two tensors that are written one after the other, and lets go after the second. */
function shared(make) {
    let made;
    return () => {
        const now = made ?? make();
        made = made ? undefined : now;
        return now;
    };
}
/** Without the nodes and tensors that nothing uses any more. */
function pruned(model) {
    let { nodes } = model;
    const outputs = new Set(model.outputs.map((o) => o.name));
    for (;;) {
        const used = new Set([...outputs, ...nodes.flatMap((n) => n.inputs)]);
        const kept = nodes.filter((n) => n.outputs.some((o) => used.has(o)));
        if (kept.length === nodes.length)
            return { ...model, nodes, tensors: model.tensors.filter((t) => used.has(t.name)) };
        nodes = kept;
    }
}
/** Signed levels around the middle of a byte. `Uint8Array.from` would make an array of numbers first, which large matrices do not survive. */
function raised(levels) {
    const out = new Uint8Array(levels.length);
    for (let i = 0; i < out.length; i++)
        out[i] = levels[i] + MIDDLE;
    return out;
}
function turned(levels, { rows, width }) {
    const out = new Int8Array(levels.length);
    for (let r = 0; r < rows; r++)
        for (let c = 0; c < width; c++)
            out[c * rows + r] = levels[r * width + c];
    return out;
}
//# sourceMappingURL=onnx-quantize.js.map