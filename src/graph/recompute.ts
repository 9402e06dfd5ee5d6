// Gradient checkpointing: nodes of a segment are applied a second time, for its gradients, from the segment's inputs alone.

import { after } from './ops/after.js';
import { apply, Input, type Node, type Tensor, withScope } from './tensor.js';

/** Names the segment that a node belongs to, such as a layer; undefined for nodes that are computed once. */
export type SegmentOf = (node: Node) => string | undefined;

interface Segment {
  /** Known before anything of the segment is computed again: the gradient that comes in. */
  readonly control: Tensor;
  readonly tensors: Map<Tensor, Tensor>;
  readonly nodes: Map<Node, Node>;
}

/**
 * The second forward pass of a gradient graph, node by node, as the backward walk asks for it (Chen et al. 2016, "Training deep nets with
 * sublinear memory cost"). The gradient of a segment reads copies of what the segment computed; the copies are made of its inputs, but not
 * before the gradient of its outputs has come, so that what the first pass computed is free until then.
 */
export class Recomputation {
  private readonly segments = new Map<string, Segment>();
  /** Segments that read a tensor of the first pass. */
  private readonly readers = new Map<Tensor, Set<string>>();

  /** `nodes`: all of the first pass. `needed`: tensors that gradients flow through. */
  constructor(
    nodes: readonly Node[],
    private readonly segmentOf: SegmentOf,
    private readonly needed: ReadonlySet<Tensor>,
  ) {
    for (const node of nodes) {
      const name = segmentOf(node);
      if (name === undefined) continue;
      for (const x of node.inputs) {
        const readers = this.readers.get(x);
        if (readers) readers.add(name);
        else this.readers.set(x, new Set([name]));
      }
    }
  }

  /** The node whose inputs and outputs the gradient of `node` is to read. `dy`: a gradient that comes in. */
  twin(node: Node, dy: Tensor): Node {
    const name = this.segmentOf(node);
    if (name === undefined) return node;
    let segment = this.segments.get(name);
    if (!segment) {
      segment = { control: dy, tensors: new Map(), nodes: new Map() };
      this.segments.set(name, segment);
    }
    return this.again(node, name, segment);
  }

  private again(node: Node, name: string, segment: Segment): Node {
    const made = segment.nodes.get(node);
    if (made) return made;
    const inputs = node.inputs.map((x) => this.value(x, name, segment));
    const outputs = withScope(node.path, () => apply(node.op, inputs, node.attrs));
    const twin = (outputs[0] as Tensor).node as Node;
    segment.nodes.set(node, twin);
    return twin;
  }

  private value(x: Tensor, name: string, segment: Segment): Tensor {
    const known = segment.tensors.get(x);
    if (known) return known;
    const inside = x.node && this.segmentOf(x.node) === name;
    const value = inside
      ? (this.again(x.node as Node, name, segment).outputs[x.index] as Tensor)
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
  private enters(x: Tensor): boolean {
    if (x instanceof Input) return x.rank === 0;
    if (!x.node || !x.dtype.includes('float')) return false;
    return this.needed.has(x) || this.readers.get(x)?.size === 1;
  }
}
