// Lowering: a graph of tensors becomes an ONNX model with readable names. Dead nodes never arrive: the walk starts at the outputs.

import { encodeModel } from '../onnx/codec.js';
import type { AttributeValue, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../onnx/model.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { bytesOf, type DType, type HostTensor, hostTensor } from '../util/host.js';
import type { Emitter, OpRow } from './op.js';
import { type Rewrite, rewrite, trainingRewrites } from './passes.js';
import { factors, summands } from './shape.js';
import { Constant, type Dim, Input, type Leaf, type Node, Parameter, type Tensor, topological } from './tensor.js';

export interface LowerOptions {
  name?: string;
  /** Parameters fed at run time. Others become initializers, whose data the runtime supplies by name. 'all' by default. */
  fed?: ReadonlySet<Parameter> | 'all';
  /** Graph rewrites; the training set (fused products) by default. */
  rewrites?: readonly Rewrite[];
  /** Constants of at least so many bytes stay outside the model, for the runtime to supply by name. Default: all are in it. */
  shareFrom?: number;
  /** What runs the model, where that is not the CPU. */
  target?: LowerTarget;
  /** Ops whose nodes are to be named in `Lowered.marked`. */
  mark?: ReadonlySet<string>;
}

/** What a device cannot do as the graph has it, and what it does instead. */
export interface LowerTarget {
  /** Goes over the graph first. */
  prepare(outputs: readonly Tensor[]): Tensor[];
  /** ONNX nodes of ops that differ from those of their rows, by name. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of any attribute type
  readonly emit: Readonly<Record<string, OpRow<any>['emit']>>;
}

export interface Lowered {
  model: ModelProto;
  bytes: Uint8Array;
  inputs: readonly ValueInfoProto[];
  outputs: readonly ValueInfoProto[];
  /** Parameters in the model as initializers without data, by name. */
  frozen: ReadonlyMap<string, Parameter>;
  /** Parameters the program is fed, by name. */
  fed: ReadonlyMap<string, Parameter>;
  /** Constants in the model as initializers without data, by name. */
  shared: ReadonlyMap<string, HostTensor>;
  /** Names of the nodes of ops that were to be marked. */
  marked: readonly string[];
}

/** Turns named outputs into a serialised ONNX model. */
export function lower(outputs: Readonly<Record<string, Tensor>>, options: LowerOptions = {}): Lowered {
  const names = Object.keys(outputs);
  const given = names.map((n) => outputs[n] as Tensor);
  const optimized = rewrite(options.target?.prepare(given) ?? given, options.rewrites ?? trainingRewrites);
  return new Lowering(names, optimized, options).run();
}

class Lowering {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers = new Map<string, TensorProto>();
  private readonly constants = new Map<string, string>();
  private readonly values = new Map<Tensor, string>();
  private readonly shared = new Map<string, HostTensor>();
  private readonly marked: string[] = [];
  private readonly taken = new Set<string>();
  private readonly uses = new Set<Tensor>();
  private readonly inputs: ValueInfoProto[] = [];
  private readonly symbols = new Map<string, { value: string; axis: number }>();
  private readonly symbolValues = new Map<string, string>();
  private current = 'graph';

  constructor(
    private readonly names: readonly string[],
    private readonly outputs: readonly Tensor[],
    private readonly options: LowerOptions,
  ) {}

  run(): Lowered {
    const { nodes, leaves } = topological(this.outputs);
    for (const node of nodes) for (const x of node.inputs) this.uses.add(x);
    for (const y of this.outputs) this.uses.add(y);
    const wanted = new Map<Tensor, string>();
    this.outputs.forEach((t, i) => {
      const name = this.names[i] as string;
      this.taken.add(name);
      if (!wanted.has(t) && t.node) wanted.set(t, name);
    });
    const fed = new Map<string, Parameter>();
    const frozen = new Map<string, Parameter>();
    this.takeLeaves(leaves, fed, frozen);
    for (const node of nodes) this.emit(node, wanted);
    this.outputs.forEach((t, i) => {
      const name = this.names[i] as string;
      if (wanted.get(t) !== name)
        this.nodes.push({ opType: 'Identity', name: `output.${name}`, inputs: [this.values.get(t) as string], outputs: [name] });
    });
    const outputs = this.outputs.map((t, i) => ({ name: this.names[i] as string, dtype: t.dtype, shape: t.shape }));
    const model: ModelProto = {
      name: this.options.name ?? 'sensorium',
      nodes: this.nodes,
      initializers: [...this.initializers.values()],
      inputs: this.inputs,
      outputs,
    };
    return { model, bytes: encodeModel(model), inputs: this.inputs, outputs, fed, frozen, shared: this.shared, marked: this.marked };
  }

  private takeLeaves(leaves: readonly Leaf[], fed: Map<string, Parameter>, frozen: Map<string, Parameter>): void {
    const { fed: choice = 'all' } = this.options;
    for (const leaf of leaves) {
      if (leaf instanceof Constant) continue; // named last: inputs and parameters keep their names
      const { name } = leaf as Input | Parameter;
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
      if (leaf instanceof Parameter) fed.set(name, leaf);
      this.inputs.push({ name, dtype: leaf.dtype, shape: leaf.shape });
      leaf.shape.forEach((d, axis) => {
        this.takeName(d, { value: name, axis });
      });
    }
    for (const leaf of leaves) if (leaf instanceof Constant) this.values.set(leaf, this.constantValue(leaf.value));
  }

  /** A named dimension that a value is the first to have is read off its shape from here on. */
  private takeName(dim: Dim, source: { value: string; axis: number }): void {
    if (typeof dim === 'string' && !this.symbols.has(dim)) this.symbols.set(dim, source);
  }

  private emit(node: Node, wanted: ReadonlyMap<Tensor, string>): void {
    this.current = this.unique(node.path ? `${node.path}.${node.op.name}` : node.op.name);
    const before = this.nodes.length;
    const { mark } = this.options;
    const produced = (this.options.target?.emit[node.op.name] ?? node.op.emit)(
      this.emitter(node),
      node.inputs.map((x) => this.values.get(x) as string),
      node.attrs,
      node,
    );
    if (mark?.has(node.op.name)) this.marked.push(...this.nodes.slice(before).flatMap(({ name }) => (name ? [name] : [])));
    node.outputs.forEach((y, i) => {
      let name = produced[i] as string;
      const as = wanted.get(y);
      if (as !== undefined && name) {
        this.rename(before, name, as);
        name = as;
      }
      this.values.set(y, name);
      // Products and sums are worked out of the names in them.
      y.shape.forEach((d, axis) => {
        if (name && factors(d).length === 1 && summands(String(d)).length === 1) this.takeName(d, { value: name, axis });
      });
    });
  }

  private rename(from: number, old: string, name: string): void {
    for (let i = from; i < this.nodes.length; i++) {
      const n = this.nodes[i] as NodeProto;
      this.nodes[i] = { ...n, inputs: n.inputs.map((x) => (x === old ? name : x)), outputs: n.outputs.map((x) => (x === old ? name : x)) };
    }
  }

  private unique(base: string): string {
    let name = base;
    for (let i = 1; this.taken.has(name); i++) name = `${base}_${i}`;
    this.taken.add(name);
    return name;
  }

  private push(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: Record<string, AttributeValue>,
    domain?: string,
  ): void {
    this.nodes.push({ opType, domain, name: outputs.find((o) => o) ?? this.current, inputs, outputs, attributes });
  }

  private emitter(node: Node): Emitter {
    const fresh = (): string => this.unique(this.current);
    let first = true;
    const next = (): string => {
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
      scalar: (value, dtype: DType = 'float32') => this.constantValue(hostTensor(dtype, [], [value])),
      value: (tensor) => this.constantValue(tensor),
      dims: (dims) => this.dims(dims),
      used: (i) => this.uses.has(node.outputs[i] as Tensor),
    };
  }

  private constantValue(value: HostTensor): string {
    const small = value.data.length <= 64;
    const key = small
      ? `${value.dtype}[${value.shape}]${Array.from(value.data as Iterable<number | bigint>, (v) => (Object.is(v, -0) ? '-0' : String(v))).join(',')}`
      : '';
    const found = small ? this.constants.get(key) : undefined;
    if (found) return found;
    const name = this.unique(
      small && value.data.length <= 4
        ? `const_${value.dtype}_${Array.from(value.data as Iterable<number | bigint>, String).join('_')}`
        : 'const',
    );
    const { dtype, shape: dims, data } = value;
    const length = data.byteLength;
    if (length >= (this.options.shareFrom ?? Number.POSITIVE_INFINITY)) {
      this.shared.set(name, value);
      this.initializers.set(name, { name, dtype, dims, external: { location: 'weights', offset: 0, length } });
    } else this.initializers.set(name, { name, dtype, dims, data });
    if (small) this.constants.set(key, name);
    return name;
  }

  /** The int64 vector of `dims`; names are read off the shape of an input that has them. */
  private dims(dims: readonly Dim[]): string {
    if (dims.every((d) => typeof d === 'number')) return this.constantValue(hostTensor('int64', [dims.length], dims as number[]));
    const parts = dims.map((d) => (typeof d === 'number' ? this.constantValue(hostTensor('int64', [1], [d])) : this.symbol(d)));
    const name = this.unique('shape');
    this.push('Concat', parts, [name], { axis: 0 });
    return name;
  }

  private symbol(dim: string): string {
    const known = this.symbolValues.get(dim);
    if (known) return known;
    let value: string | undefined;
    // A declared name first: `a*b` may be the name of an input's own axis.
    const terms = this.symbols.has(dim) ? [dim] : summands(dim);
    const parts = terms.length > 1 ? terms : this.symbols.has(dim) ? [dim] : factors(dim);
    for (const part of parts) {
      const found = /^\d+$/.test(part)
        ? this.constantValue(hostTensor('int64', [1], [Number(part)]))
        : parts.length > 1
          ? this.symbol(part)
          : this.readSymbol(part);
      if (value === undefined) value = found;
      else {
        const y = this.unique(`dim.${dim}`);
        this.push(terms.length > 1 ? 'Add' : 'Mul', [value, found], [y]);
        value = y;
      }
    }
    this.symbolValues.set(dim, value as string);
    return value as string;
  }

  private readSymbol(name: string): string {
    const known = this.symbolValues.get(name);
    if (known) return known;
    const source = this.symbols.get(name);
    if (!source) throw new SensoriumError('graph.dynamic', `no input has the named dimension '${name}'`);
    const y = this.unique(`dim.${name}`);
    this.push('Shape', [source.value], [y], { start: source.axis, end: source.axis + 1 });
    this.symbolValues.set(name, y);
    return y;
  }
}

/** Bytes of one tensor with a fixed shape. */
export function tensorBytes(t: Tensor): number {
  return t.shape.reduce<number>((n, d) => n * (typeof d === 'number' ? d : 1), 1) * bytesOf(t.dtype);
}
