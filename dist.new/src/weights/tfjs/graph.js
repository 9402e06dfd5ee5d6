// TensorFlow.js graph models as they lie on disk: model.json with nodes and a manifest of weights, and the weights one after the other in shards.
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { parseJson } from '../../util/fs.js';
import { float16ToFloat32 } from '../half.js';
const integer = z.union([z.number().int(), z.string().regex(/^-?\d+$/)]).transform(Number);
const bytes = z.union([z.string(), z.array(z.number().int())]);
const shapeField = z.object({ dim: z.array(z.object({ size: integer })).default([]) });
const attribute = z.object({
    i: integer.optional(),
    f: z.number().optional(),
    b: z.boolean().optional(),
    s: bytes.optional(),
    type: z.union([z.string(), z.number()]).optional(),
    shape: shapeField.optional(),
    list: z.object({ i: z.array(integer).optional(), s: z.array(bytes).optional() }).optional(),
});
const valueField = z.object({ name: z.string(), dtype: z.union([z.string(), z.number()]), tensorShape: shapeField.default({ dim: [] }) });
const signatureField = z.object({
    inputs: z.record(z.string(), valueField).default({}),
    outputs: z.record(z.string(), valueField),
});
const weightField = z.object({
    name: z.string(),
    shape: z.array(z.number().int().min(0)),
    dtype: z.enum(['float32', 'int32', 'bool']),
    quantization: z
        .union([
        z.object({ dtype: z.literal('float16') }),
        z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
    ])
        .optional(),
});
const modelField = z.object({
    format: z.literal('graph-model').optional(),
    modelTopology: z.object({
        node: z
            .array(z.object({
            name: z.string().min(1),
            op: z.string().min(1),
            input: z.array(z.string()).default([]),
            attr: z.record(z.string(), attribute).default({}),
        }))
            .min(1),
        library: z.object({ function: z.array(z.unknown()).default([]) }).optional(),
    }),
    signature: signatureField.optional(),
    userDefinedMetadata: z.object({ signature: signatureField.optional() }).optional(),
    weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(weightField) })),
});
/** Most weights of a model, in bytes as they are computed with. */
const MAX_BYTES = 2 ** 30;
/** The type behind a name or number of TensorFlow's `DataType`; undefined for one that TensorFlow.js does not compute in. */
export function tfType(type) {
    if (type === 'DT_FLOAT' || type === 1 || type === 'DT_HALF' || type === 19)
        return 'float32';
    if (['DT_INT32', 3, 'DT_INT64', 9, 'DT_INT16', 5, 'DT_INT8', 6, 'DT_UINT8', 4].includes(type))
        return 'int32';
    if (type === 'DT_BOOL' || type === 10)
        return 'bool';
    return undefined;
}
/** Text of an attribute. */
export function tfText(value) {
    if (value === undefined)
        return undefined;
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : String.fromCharCode(...value);
}
/**
 * Reads a graph model. `shard` gives the bytes of a file of the manifest. Errors: `weights.format` for what is not a whole graph model,
 * `util.json`, those of `shard`.
 */
export async function readTfjs(json, { place, shard }) {
    const parsed = modelField.safeParse(parseJson(json, place));
    if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw wrong(`${place}: ${issue?.path.join('.') || 'the file'}`, 'a TensorFlow.js graph model', issue?.message ?? 'something else');
    }
    const { modelTopology, weightsManifest } = parsed.data;
    const signature = parsed.data.signature ?? parsed.data.userDefinedMetadata?.signature;
    if (!signature)
        throw wrong(place, 'a signature that names inputs and outputs', 'none');
    if (modelTopology.library?.function.length)
        throw wrong(`${place}: modelTopology.library`, 'a graph without functions', 'functions');
    const nodes = new Map();
    for (const { name, op, input, attr } of modelTopology.node) {
        if (nodes.has(name))
            throw wrong(`${place}: node ${name}`, 'a name of its own', 'two nodes of this name');
        nodes.set(name, { name, op, inputs: input.filter((text) => !text.startsWith('^')), attributes: attr });
    }
    const toValue = ({ name, dtype, tensorShape }) => {
        const node = name.replace(/:0$/, '');
        const type = tfType(dtype);
        if (!nodes.has(node))
            throw wrong(`${place}: signature`, 'names of nodes', name);
        if (!type)
            throw wrong(`${place}: signature, ${name}`, 'numbers or truth values', String(dtype));
        return { node, dtype: type, shape: tensorShape.dim.map(({ size }) => size) };
    };
    const weights = new Map();
    for (const group of weightsManifest) {
        const shards = await Promise.all(group.paths.map((path) => shard(path)));
        readGroup(shards.length === 1 ? shards[0] : Buffer.concat(shards), group.weights, { place, weights });
    }
    return {
        nodes,
        weights,
        inputs: Object.values(signature.inputs).map(toValue),
        outputs: Object.values(signature.outputs).map(toValue),
    };
}
function wrong(place, expected, got) {
    return new SensoriumError('weights.format', 'this is not a TensorFlow.js graph model that can be read', { place, expected, got });
}
function readGroup(shard, specs, { place, weights }) {
    let at = 0;
    let held = 0;
    for (const { name, shape, dtype, quantization } of specs) {
        const n = shape.reduce((product, d) => product * d, 1);
        const stored = quantization?.dtype === 'uint8' || dtype === 'bool' ? 'uint8' : quantization ? 'float16' : dtype;
        const length = n * { uint8: 1, float16: 2, float32: 4, int32: 4 }[stored];
        held += 4 * n;
        if (held > MAX_BYTES)
            throw wrong(`${place}: weight ${name}`, `at most ${MAX_BYTES} bytes of weights`, `${held} and more`);
        if (at + length > shard.length)
            throw wrong(`${place}: weight ${name}`, `${length} bytes from byte ${at} of the shards on`, `${shard.length} bytes in all`);
        const own = new Uint8Array(shard.subarray(at, at + length)).buffer; // a copy, aligned whatever the offset
        at += length;
        weights.set(name, { dtype, shape, data: decoded(own, { dtype, quantization }) });
    }
    if (at !== shard.length)
        throw wrong(`${place}: weights`, `${at} bytes`, `${shard.length}`);
}
function decoded(bytes, { dtype, quantization }) {
    if (!quantization)
        return dtype === 'bool' ? new Uint8Array(bytes) : dtype === 'int32' ? new Int32Array(bytes) : new Float32Array(bytes);
    if (quantization.dtype === 'float16')
        return float16ToFloat32(new Uint16Array(bytes));
    const { scale, min } = quantization;
    const levels = quantization.dtype === 'uint8' ? new Uint8Array(bytes) : new Uint16Array(bytes);
    if (dtype === 'int32')
        return Int32Array.from(levels, (level) => Math.round(level * scale + min));
    return Float32Array.from(levels, (level) => level * scale + min);
}
//# sourceMappingURL=graph.js.map