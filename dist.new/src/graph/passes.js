// Graph passes: common subexpressions, cheap algebra, and products that absorb transposes and scales. One walk merges, one rewrites, one merges what that made.
import { sizeOf } from '../util/host.js';
import { transpose, transposeOp } from './ops/layout.js';
import { fusedMatMulOp, matMul, matMulOp } from './ops/matmul.js';
import { apply, Constant, topological, withScope } from './tensor.js';
/**
 * Applies common-subexpression elimination and `rules` to everything `outputs` depend on.
 * Equal nodes merge first, so that a rule that needs a value to itself sees all of its uses.
 */
export function rewrite(outputs, rules) {
    const merged = walk(outputs, []);
    // Rules make equal nodes too, such as the transposed input that the gradients of q, k and v have in common.
    return rules.length > 0 ? walk(walk(merged, rules), []) : merged;
}
function walk(outputs, rules) {
    const { nodes } = topological(outputs);
    const uses = new Map();
    const count = (t) => void uses.set(t, (uses.get(t) ?? 0) + 1);
    for (const node of nodes)
        node.inputs.forEach(count);
    outputs.forEach(count);
    const replaced = new Map();
    const origins = new Map();
    const seen = new Map();
    const done = new Set();
    const ids = new Map();
    const idOf = (x) => {
        const id = ids.get(x) ?? ids.size;
        ids.set(x, id);
        return id;
    };
    const leafKey = (t) => (t instanceof Constant && sizeOf(t.value.shape) <= 16 ? constantKey(t.value) : `#${idOf(t)}`);
    const single = (t) => (uses.get(origins.get(t) ?? t) ?? 0) <= 1;
    for (const node of nodes) {
        const inputs = node.inputs.map((x) => replaced.get(x) ?? x);
        const key = `${node.op.name}(${inputs.map(leafKey).join(',')})${attributeKey(node.attrs, idOf)}`;
        let ys = seen.get(key);
        if (!ys) {
            ys = withScope(node.path, () => settle(node, inputs, rules, single, done));
            ys ??= inputs.every((x, i) => x === node.inputs[i]) ? node.outputs : withScope(node.path, () => apply(node.op, inputs, node.attrs));
            seen.set(key, ys);
            for (const y of ys)
                if (y.node)
                    done.add(y.node);
        }
        node.outputs.forEach((y, i) => {
            const to = ys[i];
            replaced.set(y, to);
            if (!origins.has(to))
                origins.set(to, y);
            else
                uses.set(origins.get(to), 2); // merged with another: used at least twice
        });
    }
    return outputs.map((t) => replaced.get(t) ?? t);
}
/** Applies rules until none fires: what one rule leaves may be what another looks for. */
function settle(node, inputs, rules, single, done) {
    let result;
    for (let at = node, from = inputs; at;) {
        let next;
        for (const rule of rules) {
            next = rule(at, from, single);
            if (next)
                break;
        }
        if (!next)
            break;
        result = next;
        // Only a node made just now is looked at again; an older one has been through.
        at = next.length === 1 && next[0]?.node && !done.has(next[0].node) ? next[0].node : undefined;
        from = at?.inputs ?? from;
    }
    return result;
}
function constantKey(v) {
    return `${v.dtype}[${v.shape}]{${Array.from(v.data, (x) => (Object.is(x, -0) ? '-0' : String(x))).join(',')}}`;
}
function attributeKey(attrs, idOf) {
    return JSON.stringify(attrs, (_, v) => typeof v === 'bigint'
        ? `${v}n`
        : typeof v === 'number' && (!Number.isFinite(v) || Object.is(v, -0))
            ? v === 0
                ? '-0'
                : String(v)
            : typeof v === 'function' || ArrayBuffer.isView(v)
                ? idOf(v)
                : v);
}
/** The number a scalar constant holds, or undefined. */
export function scalarOf(t) {
    if (!(t instanceof Constant) || sizeOf(t.value.shape) !== 1 || t.value.dtype !== 'float32')
        return undefined;
    return Number(t.value.data[0]);
}
function swapsLastTwo(t) {
    if (t.node?.op !== transposeOp)
        return false;
    const perm = t.node.attrs.perm;
    const r = perm.length;
    return perm.every((p, i) => p === (i === r - 1 ? r - 2 : i === r - 2 ? r - 1 : i));
}
/**
 * True for aᵀ b over so many rows that transposing the narrower operand beforehand is cheaper than a product that
 * transposes its left operand as it goes (15-20 % slower in ONNX Runtime, whatever the sizes). The gradient of a weight is one.
 */
function transposesFirst(a, b) {
    if (!swapsLastTwo(a) || swapsLastTwo(b) || a.rank !== 2 || b.rank !== 2)
        return false;
    const [m, rows, n] = [a.dim(0), a.dim(1), b.dim(1)];
    return (typeof m === 'number' &&
        typeof n === 'number' &&
        typeof rows === 'number' &&
        rows >= 512 &&
        Math.min(m, n) >= 64 &&
        Math.max(m, n) >= 384);
}
/** aᵀ b of many rows with a wider than b is (bᵀ a)ᵀ: the small operand and the small result are what is transposed. */
const transposeNarrower = (node, inputs) => {
    if (node.op !== matMulOp)
        return undefined;
    const [a, b] = inputs;
    if (!transposesFirst(a, b) || a.size(0) < b.size(1))
        return undefined;
    const under = a.node.inputs[0];
    return [transpose(matMul(transpose(b), under))];
};
/** matMul of transposed operands becomes one FusedMatMul. */
const absorbTransposes = (node, inputs) => {
    if (node.op !== matMulOp)
        return undefined;
    const [a, b] = inputs;
    const [transA, transB] = [swapsLastTwo(a), swapsLastTwo(b)];
    if ((!transA && !transB) || transposesFirst(a, b))
        return undefined;
    const under = (t, yes) => (yes ? t.node.inputs[0] : t);
    return fusedMatMulOp([under(a, transA), under(b, transB)], { transA, transB, alpha: 1 });
};
/** Transpose of a product that nothing else uses: (a b)ᵀ = bᵀ aᵀ. */
const transposedProduct = (node, inputs, single) => {
    if (node.op !== transposeOp || !swapsLastTwo(node.outputs[0]))
        return undefined;
    const from = inputs[0].node;
    if (!from || !single(inputs[0]))
        return undefined;
    const [a, b] = from.inputs;
    if (from.op === matMulOp && transposesFirst(a, b))
        return undefined;
    if (from.op === matMulOp && a.rank === b.rank)
        return fusedMatMulOp([b, a], { transA: true, transB: true, alpha: 1 });
    if (from.op !== fusedMatMulOp || a.rank !== b.rank)
        return undefined;
    const { transA, transB, alpha } = from.attrs;
    const attrs = { transA: !transB, transB: !transA, alpha };
    return attrs.transA || attrs.transB || alpha !== 1 ? fusedMatMulOp([b, a], attrs) : matMulOp([b, a], {});
};
/** A product scaled by a constant takes the constant as its alpha. */
const absorbScale = (node, inputs, single) => {
    if (node.op.name !== 'mul')
        return undefined;
    for (const [i, j] of [
        [0, 1],
        [1, 0],
    ]) {
        const c = scalarOf(inputs[i]);
        const product = inputs[j];
        const from = product.node;
        if (c === undefined || inputs[i].rank > product.rank || !from || !single(product))
            continue;
        if (from.op === matMulOp)
            return fusedMatMulOp(from.inputs, { transA: false, transB: false, alpha: c });
        if (from.op === fusedMatMulOp) {
            const attrs = from.attrs;
            return fusedMatMulOp(from.inputs, { ...attrs, alpha: attrs.alpha * c });
        }
    }
    return undefined;
};
/** x*1, x+0, x-0, x/1, --x. */
const identities = (node, inputs) => {
    const [a, b] = inputs;
    const same = (t) => t.rank === node.outputs[0].rank && t.shape.every((d, i) => d === node.outputs[0].shape[i]);
    switch (node.op.name) {
        case 'mul':
            if (scalarOf(b) === 1 && same(a))
                return [a];
            if (scalarOf(a) === 1 && same(b))
                return [b];
            return undefined;
        case 'add':
            if (scalarOf(b) === 0 && same(a))
                return [a];
            if (scalarOf(a) === 0 && same(b))
                return [b];
            return undefined;
        case 'sub':
            return scalarOf(b) === 0 && same(a) ? [a] : undefined;
        case 'div':
            return scalarOf(b) === 1 && same(a) ? [a] : undefined;
        case 'neg':
            return a.node?.op.name === 'neg' ? [a.node.inputs[0]] : undefined;
        default:
            return undefined;
    }
};
/** A shape-only op over an expanded scalar needs no expansion when arithmetic would broadcast it anyway. */
const lazyExpand = (node, inputs) => {
    if (!['mul', 'add', 'sub', 'div'].includes(node.op.name))
        return undefined;
    const out = node.outputs[0];
    const bare = inputs.map((x) => (x.node?.op.name === 'expand' ? x.node.inputs[0] : x));
    if (bare.every((x, i) => x === inputs[i]))
        return undefined;
    const [a, b] = bare;
    const fits = (x) => x.rank === out.rank && x.shape.every((d, i) => d === out.shape[i]);
    // Keep one operand at full shape, so that the result needs no expansion.
    if (fits(a) || fits(b))
        return apply(node.op, bare, node.attrs);
    if (fits(inputs[0]))
        return a === inputs[0] || b === inputs[1] ? undefined : apply(node.op, [inputs[0], b], node.attrs);
    return undefined;
};
/** What every lowered graph gets. */
export const trainingRewrites = [
    identities,
    lazyExpand,
    transposeNarrower,
    absorbTransposes,
    transposedProduct,
    absorbScale,
];
//# sourceMappingURL=passes.js.map