// Lowering: a graph of tensors becomes an ONNX model with readable names. Dead nodes never arrive: the walk starts at the outputs.
import { encodeModel } from '../onnx/codec.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { bytesOf, hostTensor } from '../util/host.js';
import { rewrite, trainingRewrites } from './passes.js';
import { factors, summands } from './shape.js';
import { Constant, Input, Parameter, topological } from './tensor.js';
/** Turns named outputs into a serialised ONNX model. */
export function lower(outputs, options = {}) {
    const names = Object.keys(outputs);
    const optimized = rewrite(names.map((n) => outputs[n]), options.rewrites ?? trainingRewrites);
    return new Lowering(names, optimized, options).run();
}
class Lowering {
    names;
    outputs;
    options;
    nodes = [];
    initializers = new Map();
    constants = new Map();
    values = new Map();
    shared = new Map();
    taken = new Set();
    uses = new Set();
    inputs = [];
    symbols = new Map();
    symbolValues = new Map();
    current = 'graph';
    constructor(names, outputs, options) {
        this.names = names;
        this.outputs = outputs;
        this.options = options;
    }
    run() {
        const { nodes, leaves } = topological(this.outputs);
        for (const node of nodes)
            for (const x of node.inputs)
                this.uses.add(x);
        for (const y of this.outputs)
            this.uses.add(y);
        const wanted = new Map();
        this.outputs.forEach((t, i) => {
            const name = this.names[i];
            this.taken.add(name);
            if (!wanted.has(t) && t.node)
                wanted.set(t, name);
        });
        const fed = new Map();
        const frozen = new Map();
        this.takeLeaves(leaves, fed, frozen);
        for (const node of nodes)
            this.emit(node, wanted);
        this.outputs.forEach((t, i) => {
            const name = this.names[i];
            if (wanted.get(t) !== name)
                this.nodes.push({ opType: 'Identity', name: `output.${name}`, inputs: [this.values.get(t)], outputs: [name] });
        });
        const outputs = this.outputs.map((t, i) => ({ name: this.names[i], dtype: t.dtype, shape: t.shape }));
        const model = {
            name: this.options.name ?? 'sensorium',
            nodes: this.nodes,
            initializers: [...this.initializers.values()],
            inputs: this.inputs,
            outputs,
        };
        return { model, bytes: encodeModel(model), inputs: this.inputs, outputs, fed, frozen, shared: this.shared };
    }
    takeLeaves(leaves, fed, frozen) {
        const { fed: choice = 'all' } = this.options;
        for (const leaf of leaves) {
            if (leaf instanceof Constant)
                continue; // named last: inputs and parameters keep their names
            const { name } = leaf;
            if (!(leaf instanceof Input || leaf instanceof Parameter))
                throw new SensoriumError('graph.leaf', 'a tensor was made by another copy of this library', {
                    place: name,
                    hint: copiesHint() ?? 'Import everything from one copy',
                });
            if (!name)
                throw new SensoriumError('graph.name', 'a parameter has no name', { hint: 'Call nameParameters() on the model before tracing.' });
            if (this.taken.has(name))
                throw new SensoriumError('graph.name', `two leaves or outputs are both called '${name}'`, {
                    place: name,
                    hint: `Call input('${name}', …) or make the parameter once and use that tensor wherever it is needed; outputs need names of their own`,
                });
            this.taken.add(name);
            this.values.set(leaf, name);
            if (leaf instanceof Parameter && choice !== 'all' && !choice.has(leaf)) {
                frozen.set(name, leaf);
                this.initializers.set(name, {
                    name,
                    dtype: 'float32',
                    dims: leaf.dims,
                    external: { location: 'weights', offset: 0, length: leaf.count * 4 },
                });
                continue;
            }
            if (leaf instanceof Parameter)
                fed.set(name, leaf);
            this.inputs.push({ name, dtype: leaf.dtype, shape: leaf.shape });
            leaf.shape.forEach((d, axis) => {
                this.takeName(d, { value: name, axis });
            });
        }
        for (const leaf of leaves)
            if (leaf instanceof Constant)
                this.values.set(leaf, this.constantValue(leaf.value));
    }
    /** A named dimension that a value is the first to have is read off its shape from here on. */
    takeName(dim, source) {
        if (typeof dim === 'string' && !this.symbols.has(dim))
            this.symbols.set(dim, source);
    }
    emit(node, wanted) {
        this.current = this.unique(node.path ? `${node.path}.${node.op.name}` : node.op.name);
        const before = this.nodes.length;
        const produced = node.op.emit(this.emitter(node), node.inputs.map((x) => this.values.get(x)), node.attrs, node);
        node.outputs.forEach((y, i) => {
            let name = produced[i];
            const as = wanted.get(y);
            if (as !== undefined && name) {
                this.rename(before, name, as);
                name = as;
            }
            this.values.set(y, name);
            // Products and sums are worked out of the names in them.
            y.shape.forEach((d, axis) => {
                if (name && factors(d).length === 1 && summands(String(d)).length === 1)
                    this.takeName(d, { value: name, axis });
            });
        });
    }
    rename(from, old, name) {
        for (let i = from; i < this.nodes.length; i++) {
            const n = this.nodes[i];
            this.nodes[i] = { ...n, inputs: n.inputs.map((x) => (x === old ? name : x)), outputs: n.outputs.map((x) => (x === old ? name : x)) };
        }
    }
    unique(base) {
        let name = base;
        for (let i = 1; this.taken.has(name); i++)
            name = `${base}_${i}`;
        this.taken.add(name);
        return name;
    }
    push(opType, inputs, outputs, attributes, domain) {
        this.nodes.push({ opType, domain, name: outputs.find((o) => o) ?? this.current, inputs, outputs, attributes });
    }
    emitter(node) {
        const fresh = () => this.unique(this.current);
        let first = true;
        const next = () => {
            if (first) {
                first = false;
                return this.current;
            }
            return fresh();
        };
        return {
            op: (opType, inputs, attributes, domain) => {
                const y = next();
                this.push(opType, inputs, [y], attributes, domain);
                return y;
            },
            ops: (opType, inputs, wantedOutputs, attributes, domain) => {
                const ys = wantedOutputs.map((w) => (w ? next() : ''));
                const last = ys.findLastIndex((y) => y !== '');
                this.push(opType, inputs, ys.slice(0, last + 1), attributes, domain);
                return ys;
            },
            ints: (values) => this.constantValue(hostTensor('int64', [values.length], values)),
            scalar: (value, dtype = 'float32') => this.constantValue(hostTensor(dtype, [], [value])),
            value: (tensor) => this.constantValue(tensor),
            dims: (dims) => this.dims(dims),
            used: (i) => this.uses.has(node.outputs[i]),
        };
    }
    constantValue(value) {
        const small = value.data.length <= 64;
        const key = small
            ? `${value.dtype}[${value.shape}]${Array.from(value.data, (v) => (Object.is(v, -0) ? '-0' : String(v))).join(',')}`
            : '';
        const found = small ? this.constants.get(key) : undefined;
        if (found)
            return found;
        const name = this.unique(small && value.data.length <= 4
            ? `const_${value.dtype}_${Array.from(value.data, String).join('_')}`
            : 'const');
        const { dtype, shape: dims, data } = value;
        const length = data.byteLength;
        if (length >= (this.options.shareFrom ?? Number.POSITIVE_INFINITY)) {
            this.shared.set(name, value);
            this.initializers.set(name, { name, dtype, dims, external: { location: 'weights', offset: 0, length } });
        }
        else
            this.initializers.set(name, { name, dtype, dims, data });
        if (small)
            this.constants.set(key, name);
        return name;
    }
    /** The int64 vector of `dims`; names are read off the shape of an input that has them. */
    dims(dims) {
        if (dims.every((d) => typeof d === 'number'))
            return this.constantValue(hostTensor('int64', [dims.length], dims));
        const parts = dims.map((d) => (typeof d === 'number' ? this.constantValue(hostTensor('int64', [1], [d])) : this.symbol(d)));
        const name = this.unique('shape');
        this.push('Concat', parts, [name], { axis: 0 });
        return name;
    }
    symbol(dim) {
        const known = this.symbolValues.get(dim);
        if (known)
            return known;
        let value;
        // A declared name first: `a*b` may be the name of an input's own axis.
        const terms = this.symbols.has(dim) ? [dim] : summands(dim);
        const parts = terms.length > 1 ? terms : this.symbols.has(dim) ? [dim] : factors(dim);
        for (const part of parts) {
            const found = /^\d+$/.test(part)
                ? this.constantValue(hostTensor('int64', [1], [Number(part)]))
                : parts.length > 1
                    ? this.symbol(part)
                    : this.readSymbol(part);
            if (value === undefined)
                value = found;
            else {
                const y = this.unique(`dim.${dim}`);
                this.push(terms.length > 1 ? 'Add' : 'Mul', [value, found], [y]);
                value = y;
            }
        }
        this.symbolValues.set(dim, value);
        return value;
    }
    readSymbol(name) {
        const known = this.symbolValues.get(name);
        if (known)
            return known;
        const source = this.symbols.get(name);
        if (!source)
            throw new SensoriumError('graph.dynamic', `no input has the named dimension '${name}'`);
        const y = this.unique(`dim.${name}`);
        this.push('Shape', [source.value], [y], { start: source.axis, end: source.axis + 1 });
        this.symbolValues.set(name, y);
        return y;
    }
}
/** Bytes of one tensor with a fixed shape. */
export function tensorBytes(t) {
    return t.shape.reduce((n, d) => n * (typeof d === 'number' ? d : 1), 1) * bytesOf(t.dtype);
}
//# sourceMappingURL=lower.js.map