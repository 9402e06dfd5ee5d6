// Symbolic tensors: a value in a graph has a shape, a dtype and the node that makes it. Nothing is computed here.

import { SensoriumError } from '../util/errors.js';
import { type DType, type HostTensor, hostTensor, sizeOf } from '../util/host.js';
import type { Rng } from '../util/rng.js';
import type { OpRow } from './op.js';

/** A dimension: a number, or a name (`batch`) that is bound when the program runs. Products of names are written `batch*seq`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** What an op's `infer` says of one output. */
export interface ValueSpec {
  shape: Shape;
  dtype: DType;
}

/** One application of an op. `path` is the module it was traced in. */
export interface Node {
  readonly id: number;
  // biome-ignore lint/suspicious/noExplicitAny: a node holds an op of any attribute type
  readonly op: OpRow<any>;
  readonly inputs: readonly Tensor[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
  readonly path: string;
}

let counter = 0;
const scopes: string[] = [];

/** Runs `fn` with `name` as the module path that new nodes and errors carry. */
export function withScope<T>(name: string, fn: () => T): T {
  scopes.push(name);
  try {
    return fn();
  } finally {
    scopes.pop();
  }
}

/** The current module path, such as `language.layers.3.mlp`. */
export function currentScope(): string {
  return scopes.at(-1) ?? '';
}

/** A value in a graph. Methods are added by the files in `ops/` through interface merging. */
export class Tensor {
  readonly id: number = counter++;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The producer; undefined for leaves. */
  readonly node: Node | undefined;
  /** Which output of `node`. */
  readonly index: number;

  constructor(spec: ValueSpec, node?: Node, index = 0) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.node = node;
    this.index = index;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Size of one axis (negative counts from the end). */
  dim(axis: number): Dim {
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
  size(axis: number): number {
    const d = this.dim(axis);
    if (typeof d !== 'number')
      throw new SensoriumError('graph.dynamic', `axis ${axis} must have a fixed size here`, {
        place: currentScope(),
        expected: 'a number',
        got: `the named dimension '${d}'`,
      });
    return d;
  }

  toString(): string {
    return `${this.dtype}[${this.shape.join(',')}]`;
  }
}

/** A value fed when the program runs. */
export class Input extends Tensor {
  constructor(
    readonly name: string,
    spec: ValueSpec,
  ) {
    super(spec);
  }
}

/** A value known when the graph is made. */
export class Constant extends Tensor {
  constructor(readonly value: HostTensor) {
    super({ shape: value.shape, dtype: value.dtype });
  }
}

/** Fills a fresh parameter. */
export type Initializer = (data: Float32Array, shape: readonly number[], rng: Rng) => void;

/** A trainable leaf. `name` is given by the module tree (Hugging Face names); a program feeds it or freezes it as an initializer. */
export class Parameter extends Tensor {
  name = '';
  /** Begins as a copy of this one's value, of the same shape, in place of what `init` gives: experts that are copied from a trained layer. */
  source?: Parameter;
  constructor(
    readonly dims: readonly number[],
    readonly init: Initializer,
  ) {
    super({ shape: dims, dtype: 'float32' });
  }
  get count(): number {
    return sizeOf(this.dims);
  }
}

export type Leaf = Input | Constant | Parameter;

/** A constant from host data, or a scalar from a number. */
export function constant(value: HostTensor | number, dtype: DType = 'float32'): Constant {
  return new Constant(typeof value === 'number' ? hostTensor(dtype, [], [value]) : value);
}

/** Applies an op row to inputs: shape inference, then one node. */
export function apply<A extends object>(op: OpRow<A>, inputs: readonly Tensor[], attrs: A): Tensor[] {
  const specs = op.infer(inputs, attrs);
  const node = {
    id: counter++,
    op,
    inputs: [...inputs],
    attrs: attrs as Record<string, unknown>,
    outputs: [] as Tensor[],
    path: currentScope(),
  };
  node.outputs = specs.map((spec, i) => new Tensor(spec, node, i));
  return node.outputs;
}

/** All nodes that `outputs` depend on, producers first. */
export function topological(outputs: readonly Tensor[]): { nodes: Node[]; leaves: Leaf[] } {
  const nodes: Node[] = [];
  const leaves: Leaf[] = [];
  const seen = new Set<Node | Tensor>();
  const stack: { item: Tensor; entered: boolean }[] = [...outputs].reverse().map((item) => ({ item, entered: false }));
  while (stack.length > 0) {
    const top = stack.pop() as { item: Tensor; entered: boolean };
    const { item } = top;
    if (!item.node) {
      if (!seen.has(item)) {
        seen.add(item);
        leaves.push(item as Leaf);
      }
      continue;
    }
    if (top.entered) {
      nodes.push(item.node);
      continue;
    }
    if (seen.has(item.node)) continue;
    seen.add(item.node);
    stack.push({ item, entered: true });
    for (let i = item.node.inputs.length - 1; i >= 0; i--) stack.push({ item: item.node.inputs[i] as Tensor, entered: false });
  }
  return { nodes, leaves };
}
