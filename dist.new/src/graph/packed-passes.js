// Inference passes: products with quantized weights and rows of quantized tables become ONNX Runtime's quantized operators, and
// products of one input become one product.
import { hostTensor } from '../util/host.js';
import { silu } from './ops/activation.js';
import { add, mul } from './ops/arithmetic.js';
import { cachedAttentionOp } from './ops/decode.js';
import { split, transposeOp } from './ops/layout.js';
import { matMulOp } from './ops/matmul.js';
import { gatherBlocksOp, matMulInt8Op, matMulNBitsOp, quantizeRowsOp } from './ops/quantized.js';
import { stackBlocks, stackChannels } from './packed.js';
import { Constant, constant, Parameter } from './tensor.js';
const outputsOf = (p) => 'blocks' in p ? p.blocks.outputs : p.channels.reduce((n, { scales }) => n + scales.data.length, 0);
/** Whether one product can take the place of both. */
function joinable(a, b) {
    if (a.x !== b.x)
        return false;
    if ('channels' in a || 'channels' in b)
        return 'channels' in a && 'channels' in b;
    return a.level === b.level && a.blocks.bits === b.blocks.bits && a.blocks.block === b.blocks.block;
}
/** What is made of several objects, kept as long as the first of them, so that programs over the same ones share it. */
class Joined {
    make;
    known = new WeakMap();
    constructor(make) {
        this.make = make;
    }
    of(parts) {
        const [first] = parts;
        const known = this.known.get(first) ?? [];
        const found = known.find((k) => k.parts.length === parts.length && k.parts.every((p, i) => p === parts[i]));
        if (found)
            return found.whole;
        const whole = this.make(parts);
        this.known.set(first, [...known, { parts: [...parts], whole }]);
        return whole;
    }
}
const stackedBlocks = new Joined(stackBlocks);
const stackedSigned = new Joined((parts) => stackChannels(parts));
const stackedUnsigned = new Joined((parts) => stackChannels(parts, 128));
/** The parameter W of a product x Wᵀ. */
export function productWeight(node, inputs) {
    if (node.op !== matMulOp)
        return undefined;
    const wt = inputs[1];
    const weight = wt.node?.op === transposeOp && wt.rank === 2 ? wt.node.inputs[0] : undefined;
    return weight instanceof Parameter ? weight : undefined;
}
/** The table of a lookup of rows, where it is a parameter. */
export function tableOf(node, inputs) {
    return node.op.name === 'gather' && inputs[0] instanceof Parameter && inputs[0].rank === 2 ? inputs[0] : undefined;
}
/** The rewrites; to be put before the usual ones. */
export function packedRewrites(options) {
    const { weight, value = () => undefined, products: form = 'blocks', unsigned = false, join: joins = true, tables = true } = options;
    const products = new Map();
    const leaves = new Map();
    /** One leaf for each tensor, so that one that is used twice is packed once. */
    const leaf = (t) => {
        const found = leaves.get(t) ?? constant(t);
        leaves.set(t, found);
        return found;
    };
    const multiply = (product) => {
        const { x } = product;
        let y;
        if ('blocks' in product) {
            const { inputs, outputs, block, bits, packed, scales } = product.blocks;
            y = matMulNBitsOp.one([x, leaf(packed), leaf(scales)], { inputs, outputs, block, bits, level: product.level });
        }
        else {
            const [codes, scales] = quantizeRowsOp([x], {});
            const matrix = (unsigned ? stackedUnsigned : stackedSigned).of(product.channels);
            y = matMulInt8Op.one([codes, scales, leaf(matrix.codes), leaf(matrix.scales)], {});
        }
        products.set(y, product);
        return y;
    };
    const quantizedProduct = (node, inputs) => {
        const parameter = productWeight(node, inputs);
        const packed = parameter && weight(parameter);
        if (!packed)
            return undefined;
        const [x] = inputs;
        const { blocks, channels, level = 4 } = packed.forms;
        if (channels && (form === 'channels' || !blocks))
            return [multiply({ x, channels: [channels] })];
        return blocks && [multiply({ x, blocks, level })];
    };
    const flat = new Map();
    const quantizedTable = (node, inputs) => {
        const parameter = tableOf(node, inputs);
        const blocks = parameter && weight(parameter)?.forms.blocks;
        if (!blocks)
            return undefined;
        const { outputs, inputs: width, bits, block, packed, scales } = blocks;
        const rows = flat.get(blocks) ?? { dtype: 'uint8', shape: [outputs, (width * bits) / 8], data: packed.data };
        flat.set(blocks, rows);
        return gatherBlocksOp([leaf(rows), inputs[1], leaf(scales)], { inputs: width, block, bits });
    };
    /** A product, or one with a bias, that nothing else uses. */
    const part = (t, single) => {
        if (!t || !single(t))
            return undefined;
        const product = products.get(t);
        if (product)
            return { product };
        if (t.node?.op.name !== 'add')
            return undefined;
        for (const [i, j] of [
            [0, 1],
            [1, 0],
        ]) {
            const [under, b] = [t.node.inputs[i], t.node.inputs[j]];
            const found = products.get(under);
            const bias = b instanceof Parameter ? value(b) : b instanceof Constant ? b.value : undefined;
            if (found && single(under) && bias?.dtype === 'float32' && bias.data.length === outputsOf(found))
                return { product: found, bias };
        }
        return undefined;
    };
    /** One product instead of several of the same input, each used only here. */
    const join = (ts, single) => {
        const parts = ts.map((t) => part(t, single));
        const first = parts[0]?.product;
        if (!first || !parts.every((p) => p && joinable(first, p.product)))
            return undefined;
        const known = parts;
        const sizes = known.map((p) => outputsOf(p.product));
        const y = multiply('blocks' in first
            ? { ...first, blocks: stackedBlocks.of(known.map((p) => p.product.blocks)) }
            : { ...first, channels: known.flatMap((p) => p.product.channels) });
        if (known.every((p) => !p.bias))
            return { y, sizes };
        const bias = known.flatMap((p, i) => (p.bias ? [...p.bias.data] : new Array(sizes[i]).fill(0)));
        return { y: add(y, constant(hostTensor('float32', [bias.length], bias))), sizes };
    };
    const packAttention = (node, inputs, single) => {
        if (node.op !== cachedAttentionOp || node.attrs.packed)
            return undefined;
        const joined = join(inputs.slice(0, 3), single);
        return (joined &&
            cachedAttentionOp([joined.y, ...inputs.slice(3)], {
                ...node.attrs,
                packed: true,
            }));
    };
    const packGate = (node, inputs, single) => {
        if (node.op.name !== 'mul')
            return undefined;
        const [a, b] = inputs;
        const [activated, up] = a.node?.op.name === 'silu' ? [a, b] : [b, a];
        if (activated.node?.op.name !== 'silu' || !single(activated))
            return undefined;
        const joined = join([activated.node.inputs[0], up], single);
        if (!joined)
            return undefined;
        const [gate, rest] = split(joined.y, joined.sizes, -1);
        return [mul(silu(gate), rest)];
    };
    return [quantizedProduct, ...(tables ? [quantizedTable] : []), ...(joins ? [packAttention, packGate] : [])];
}
//# sourceMappingURL=packed-passes.js.map