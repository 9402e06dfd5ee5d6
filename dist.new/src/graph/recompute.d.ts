import { type Node, type Tensor } from './tensor.js';
/** Names the segment that a node belongs to, such as a layer; undefined for nodes that are computed once. */
export type SegmentOf = (node: Node) => string | undefined;
/**
 * The second forward pass of a gradient graph, node by node, as the backward walk asks for it (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). The gradient of a segment reads copies of what the segment computed; the copies are made of its inputs, but not
 * before the gradient of its outputs has come, so that what the first pass computed is free until then.
 */
export declare class Recomputation {
    private readonly segmentOf;
    private readonly needed;
    private readonly segments;
    /** Segments that read a tensor of the first pass. */
    private readonly readers;
    /** `nodes`: all of the first pass. `needed`: tensors that gradients flow through. */
    constructor(nodes: readonly Node[], segmentOf: SegmentOf, needed: ReadonlySet<Tensor>);
    /** The node whose inputs and outputs the gradient of `node` is to read. `dy`: a gradient that comes in. */
    twin(node: Node, dy: Tensor): Node;
    private again;
    private value;
    /**
     * Whether a tensor from outside is one that the segment is computed from. What all segments share without a gradient (masks, tables of
     * rotary angles) is kept as it is, and so is what they make of it alone; seeds are not, so that masks of dropout are drawn again.
     */
    private enters;
}
