// What a traced graph costs before it runs: floating-point operations of its products, and the peak of its live tensors.
import { Parameter, rewrite, tensorBytes, topological, trainingRewrites } from '../graph/index.js';
const elements = (t) => (t ? t.shape.reduce((n, d) => n * (typeof d === 'number' ? d : 1), 1) : 0);
const last = (t, i) => {
    const d = t?.shape.at(i);
    return typeof d === 'number' ? d : 1;
};
/** Multiply-adds count as two. Elementwise work is left out, as is usual when FLOPs are compared. */
function nodeFlops(node) {
    const [a, b, c] = node.inputs;
    const y = node.outputs[0];
    switch (node.op.name) {
        case 'matMul':
            return 2 * elements(y) * last(a, -1);
        case 'fusedMatMul':
            return 2 * elements(y) * last(a, node.attrs.transA ? -2 : -1);
        case 'attention':
            // Scores [.., n, m] over d, then the mix over m into [.., n, dv].
            return 2 * elements(node.outputs[1]) * (last(a, -1) + last(c, -1));
        case 'conv':
            return 2 * elements(y) * (elements(b) / last(b, 0));
        case 'convTranspose':
            return 2 * elements(a) * (elements(b) / last(b, 0));
        default:
            return 0;
    }
}
/** Floating-point operations of the products (matrix, attention, convolution) that `outputs` need, common parts counted once. */
export function countFlops(outputs) {
    return topological(rewrite(outputs, trainingRewrites)).nodes.reduce((n, node) => n + nodeFlops(node), 0);
}
function weightUses(outputs) {
    return topological(rewrite(outputs, trainingRewrites)).nodes.flatMap(({ op, attrs, inputs, outputs: [y] }) => {
        if (!PACKS.has(op.name))
            return [];
        let weight = inputs[1];
        let turned = attrs.transB === true;
        if (weight?.node?.op.name === 'transpose') {
            weight = weight.node.inputs[0];
            turned = !turned;
        }
        if (!(weight instanceof Parameter))
            return [];
        return [{ key: `${op.name === 'conv'} ${turned} ${weight.id}`, weight, rows: elements(y) / last(y, op.name === 'conv' ? 1 : -1) }];
    });
}
/** Products of so many rows gain 2 to 15 % from a packed copy of the weight, and those of one row a factor of two. */
const MANY_ROWS = 256;
/**
 * Whether ONNX Runtime is to pack copies of frozen matrices for its kernels: not where a matrix is multiplied with many rows, on the
 * average by size, for the copies would take as much memory as the weights, or twice that with gradients that go through them.
 */
export function packsWeights(outputs) {
    const uses = weightUses(outputs);
    const size = uses.reduce((n, { weight }) => n + weight.count, 0);
    return uses.reduce((n, { weight, rows }) => n + rows * weight.count, 0) < MANY_ROWS * size;
}
/**
 * Bytes of the copies of frozen matrices that ONNX Runtime packs for its kernels: one for each way in which products and convolutions
 * read them. The values themselves stay beside.
 */
export function packedCopies(outputs, frozen) {
    if (!packsWeights(outputs))
        return 0;
    const copies = new Map(weightUses(outputs).flatMap(({ key, weight }) => (frozen.has(weight) ? [[key, tensorBytes(weight)]] : [])));
    return [...copies.values()].reduce((n, bytes) => n + bytes, 0);
}
/** Ops whose kernels pack a constant second input. */
const PACKS = new Set(['matMul', 'fusedMatMul', 'conv']);
/** Ops that give another shape to the same memory. */
const VIEWS = new Set(['reshape', 'unsqueeze', 'squeeze']);
/**
 * Nodes in the order in which ONNX Runtime runs them: depth first from the nodes that nothing reads, the last of them first, and from
 * each node to the last of its producers first.
 */
function executed(nodes) {
    const places = new Map(nodes.map((node, i) => [node, i]));
    const read = new Set(nodes.flatMap((node) => node.inputs.map((x) => x.node)));
    const order = [];
    const visited = new Set();
    const stack = nodes.filter((node) => !read.has(node)).map((node) => ({ node, done: false }));
    for (let top = stack.pop(); top; top = stack.pop()) {
        const { node, done } = top;
        if (done)
            order.push(node);
        if (done || visited.has(node))
            continue;
        visited.add(node);
        stack.push({ node, done: true });
        const producers = [...new Set(node.inputs.flatMap((x) => x.node ?? []))];
        producers.sort((a, b) => places.get(a) - places.get(b));
        for (const producer of producers)
            if (!visited.has(producer))
                stack.push({ node: producer, done: false });
    }
    return order;
}
/**
 * Peak bytes of live intermediate tensors when the graph runs producer by producer: an estimate of what ONNX Runtime's
 * memory plan will take (it may also work in place, and needs room for packing). Leaves and outputs are not counted.
 */
export function peakActivations(outputs) {
    const rewritten = rewrite(outputs, trainingRewrites);
    const nodes = executed(topological(rewritten).nodes);
    const storage = new Map();
    const root = (t) => storage.get(t) ?? t;
    const lastUse = new Map();
    nodes.forEach((node, i) => {
        const view = VIEWS.has(node.op.name) ? node.inputs[0] : undefined;
        if (view)
            for (const y of node.outputs)
                storage.set(y, root(view));
        for (const x of node.inputs)
            lastUse.set(root(x), i);
    });
    const kept = new Set(rewritten.map(root));
    const releasedAt = new Map();
    let live = 0;
    let peak = 0;
    nodes.forEach((node, i) => {
        for (const y of node.outputs) {
            if (root(y) !== y || kept.has(y))
                continue;
            const end = lastUse.get(y);
            if (end === undefined)
                continue; // never made
            const bytes = tensorBytes(y);
            live += bytes;
            releasedAt.set(end, (releasedAt.get(end) ?? 0) + bytes);
        }
        peak = Math.max(peak, live);
        live -= releasedAt.get(i) ?? 0;
    });
    return peak;
}
//# sourceMappingURL=flops.js.map