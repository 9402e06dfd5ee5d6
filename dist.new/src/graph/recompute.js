// Gradient checkpointing: nodes of a segment are applied a second time, for its gradients, from the segment's inputs alone.
import { after } from './ops/after.js';
import { apply, Input, withScope } from './tensor.js';
/**
 * The second forward pass of a gradient graph, node by node, as the backward walk asks for it (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). The gradient of a segment reads copies of what the segment computed; the copies are made of its inputs, but not
 * before the gradient of its outputs has come, so that what the first pass computed is free until then.
 */
export class Recomputation {
    segmentOf;
    needed;
    segments = new Map();
    /** Segments that read a tensor of the first pass. */
    readers = new Map();
    /** `nodes`: all of the first pass. `needed`: tensors that gradients flow through. */
    constructor(nodes, segmentOf, needed) {
        this.segmentOf = segmentOf;
        this.needed = needed;
        for (const node of nodes) {
            const name = segmentOf(node);
            if (name === undefined)
                continue;
            for (const x of node.inputs) {
                const readers = this.readers.get(x);
                if (readers)
                    readers.add(name);
                else
                    this.readers.set(x, new Set([name]));
            }
        }
    }
    /** The node whose inputs and outputs the gradient of `node` is to read. `dy`: a gradient that comes in. */
    twin(node, dy) {
        const name = this.segmentOf(node);
        if (name === undefined)
            return node;
        let segment = this.segments.get(name);
        if (!segment) {
            segment = { control: dy, tensors: new Map(), nodes: new Map() };
            this.segments.set(name, segment);
        }
        return this.again(node, name, segment);
    }
    again(node, name, segment) {
        const made = segment.nodes.get(node);
        if (made)
            return made;
        const inputs = node.inputs.map((x) => this.value(x, name, segment));
        const outputs = withScope(node.path, () => apply(node.op, inputs, node.attrs));
        const twin = outputs[0].node;
        segment.nodes.set(node, twin);
        return twin;
    }
    value(x, name, segment) {
        const known = segment.tensors.get(x);
        if (known)
            return known;
        const inside = x.node && this.segmentOf(x.node) === name;
        const value = inside
            ? this.again(x.node, name, segment).outputs[x.index]
            : this.enters(x)
                ? withScope(name, () => after(x, segment.control))
                : x;
        segment.tensors.set(x, value);
        return value;
    }
    /**
     * Whether a tensor from outside is one that the segment is computed from. What all segments share without a gradient (masks, tables of
     * rotary angles) is kept as it is, and so is what they make of it alone; seeds are not, so that masks of dropout are drawn again.
     */
    enters(x) {
        if (x instanceof Input)
            return x.rank === 0;
        if (!x.node || !x.dtype.includes('float'))
            return false;
        return this.needed.has(x) || this.readers.get(x)?.size === 1;
    }
}
//# sourceMappingURL=recompute.js.map