// Reverse-mode differentiation: the gradient of a graph is another graph. One walk, from the loss back to the leaves.
import { SensoriumError } from '../util/errors.js';
import { add } from './ops/arithmetic.js';
import { expand } from './ops/layout.js';
import { sumTo, zeros } from './ops/reduce.js';
import { Recomputation } from './recompute.js';
import { constant, topological, withScope } from './tensor.js';
export function grad(loss, wrt) {
    const targets = (Array.isArray(wrt) ? wrt : [wrt]);
    const found = gradOrNone(loss, targets);
    const out = targets.map((t, i) => found[i] ?? zeros(t.shape, t.dtype));
    return Array.isArray(wrt) ? out : out[0];
}
/**
 * As `grad`, with undefined for a target that the loss does not depend on (PyTorch's gradient None). `recompute` names segments whose
 * insides are computed again for the gradient instead of being kept.
 */
export function gradOrNone(loss, targets, { recompute } = {}) {
    if (!loss.dtype.includes('float'))
        throw new SensoriumError('graph.grad', 'the loss must be a float tensor', {
            expected: 'float32',
            got: String(loss),
            hint: 'Cast it first, with cast(loss, "float32").',
        });
    if (loss.rank !== 0 && loss.shape.some((d) => d !== 1))
        throw new SensoriumError('graph.grad', 'the loss must be a scalar', {
            expected: '[]',
            got: `[${loss.shape.join(',')}]`,
            hint: 'Reduce it first, with mean() or sum().',
        });
    const { nodes } = topological([loss]);
    const needed = new Set(targets);
    for (const node of nodes)
        if (node.inputs.some((x) => needed.has(x)))
            for (const y of node.outputs)
                needed.add(y);
    const second = recompute && new Recomputation(nodes, recompute, needed);
    const grads = new Map();
    const accumulate = (x, dx) => {
        const undone = sumTo(dx, x.shape);
        const before = grads.get(x);
        grads.set(x, before ? add(before, undone) : undone);
    };
    accumulate(loss, expand(constant(1, loss.dtype), loss.shape));
    for (const node of nodes.reverse()) {
        if (!node.inputs.some((x) => needed.has(x)))
            continue;
        const dys = node.outputs.map((y) => grads.get(y));
        if (dys.every((dy) => dy === undefined))
            continue;
        withScope(node.path ? `grad.${node.path}` : 'grad', () => {
            const dxs = pullBack(second?.twin(node, dys.find((dy) => dy !== undefined)) ?? node, dys);
            node.inputs.forEach((x, i) => {
                const dx = dxs[i];
                if (dx && needed.has(x))
                    accumulate(x, dx);
            });
        });
    }
    return targets.map((t) => grads.get(t));
}
function pullBack(node, dys) {
    const { op } = node;
    if (op.vjp === null) {
        if (node.outputs.every((y) => !y.dtype.includes('float')))
            return node.inputs.map(() => null);
        throw new SensoriumError('graph.grad', `'${op.name}' has no gradient`, {
            place: node.path,
            hint: 'It is an inference-only op; take the gradient before inference passes run.',
        });
    }
    const first = node.outputs[0];
    const dy = dys[0] ?? zeros(first.shape, first.dtype);
    return op.vjp({ x: node.inputs, y: node.outputs, dy, dys, attrs: node.attrs });
}
//# sourceMappingURL=grad.js.map