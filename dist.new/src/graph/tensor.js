// Symbolic tensors: a value in a graph has a shape, a dtype and the node that makes it. Nothing is computed here.
import { SensoriumError } from '../util/errors.js';
import { hostTensor, sizeOf } from '../util/host.js';
let counter = 0;
const scopes = [];
/** Runs `fn` with `name` as the module path that new nodes and errors carry. */
export function withScope(name, fn) {
    scopes.push(name);
    try {
        return fn();
    }
    finally {
        scopes.pop();
    }
}
/** The current module path, such as `language.layers.3.mlp`. */
export function currentScope() {
    return scopes.at(-1) ?? '';
}
/** A value in a graph. Methods are added by the files in `ops/` through interface merging. */
export class Tensor {
    id = counter++;
    shape;
    dtype;
    /** The producer; undefined for leaves. */
    node;
    /** Which output of `node`. */
    index;
    constructor(spec, node, index = 0) {
        this.shape = spec.shape;
        this.dtype = spec.dtype;
        this.node = node;
        this.index = index;
    }
    get rank() {
        return this.shape.length;
    }
    /** Size of one axis (negative counts from the end). */
    dim(axis) {
        const d = this.shape[axis < 0 ? axis + this.rank : axis];
        if (d === undefined)
            throw new SensoriumError('graph.axis', `axis ${axis} is out of range`, {
                place: currentScope(),
                expected: `-${this.rank}..${this.rank - 1}`,
                got: String(axis),
            });
        return d;
    }
    /** Size of one axis that must be a number. */
    size(axis) {
        const d = this.dim(axis);
        if (typeof d !== 'number')
            throw new SensoriumError('graph.dynamic', `axis ${axis} must have a fixed size here`, {
                place: currentScope(),
                expected: 'a number',
                got: `the named dimension '${d}'`,
            });
        return d;
    }
    toString() {
        return `${this.dtype}[${this.shape.join(',')}]`;
    }
}
/** A value fed when the program runs. */
export class Input extends Tensor {
    name;
    constructor(name, spec) {
        super(spec);
        this.name = name;
    }
}
/** A value known when the graph is made. */
export class Constant extends Tensor {
    value;
    constructor(value) {
        super({ shape: value.shape, dtype: value.dtype });
        this.value = value;
    }
}
/** A trainable leaf. `name` is given by the module tree (Hugging Face names); a program feeds it or freezes it as an initializer. */
export class Parameter extends Tensor {
    dims;
    init;
    name = '';
    constructor(dims, init) {
        super({ shape: dims, dtype: 'float32' });
        this.dims = dims;
        this.init = init;
    }
    get count() {
        return sizeOf(this.dims);
    }
}
/** A constant from host data, or a scalar from a number. */
export function constant(value, dtype = 'float32') {
    return new Constant(typeof value === 'number' ? hostTensor(dtype, [], [value]) : value);
}
/** Applies an op row to inputs: shape inference, then one node. */
export function apply(op, inputs, attrs) {
    const specs = op.infer(inputs, attrs);
    const node = {
        id: counter++,
        op,
        inputs: [...inputs],
        attrs: attrs,
        outputs: [],
        path: currentScope(),
    };
    node.outputs = specs.map((spec, i) => new Tensor(spec, node, i));
    return node.outputs;
}
/** All nodes that `outputs` depend on, producers first. */
export function topological(outputs) {
    const nodes = [];
    const leaves = [];
    const seen = new Set();
    const stack = [...outputs].reverse().map((item) => ({ item, entered: false }));
    while (stack.length > 0) {
        const top = stack.pop();
        const { item } = top;
        if (!item.node) {
            if (!seen.has(item)) {
                seen.add(item);
                leaves.push(item);
            }
            continue;
        }
        if (top.entered) {
            nodes.push(item.node);
            continue;
        }
        if (seen.has(item.node))
            continue;
        seen.add(item.node);
        stack.push({ item, entered: true });
        for (let i = item.node.inputs.length - 1; i >= 0; i--)
            stack.push({ item: item.node.inputs[i], entered: false });
    }
    return { nodes, leaves };
}
//# sourceMappingURL=tensor.js.map