// The emitter that rows of the op table use: ONNX nodes, constants, and attributes and constant inputs of the TensorFlow node, checked.

import type { AttributeValue, NodeProto, TensorProto } from '../../onnx/model.js';
import { SensoriumError } from '../../util/errors.js';
import type { DType, TypedArray } from '../../util/host.js';
import { type TfGraph, type TfNode, type TfType, type TfWeight, tfText, tfType } from './graph.js';

/** Name of the value that output number `k` of a node is. */
export const outputName = (node: string, k = 0): string => (k === 0 ? node : `${node}:${k}`);

/** An ONNX graph in the making. */
export class OnnxBuilder {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly names = new Set<string>();
  private readonly kept = new Map<string, string>();

  constructor(readonly graph: TfGraph) {
    for (const name of graph.nodes.keys()) this.names.add(name);
  }

  /** A name that nothing has. */
  fresh(stem: string): string {
    let name = stem;
    for (let i = 1; this.names.has(name); i++) name = `${stem}_${i}`;
    this.names.add(name);
    return name;
  }

  constant(dtype: DType, dims: readonly number[], data: TypedArray, name = this.fresh('constant')): string {
    this.initializers.push({ name, dtype, dims, data });
    return name;
  }

  /** Integers as ONNX takes shapes, axes and pads; equal ones are one constant. */
  ints(values: readonly number[]): string {
    const key = values.join();
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const name = this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
    this.kept.set(key, name);
    return name;
  }

  float(value: number): string {
    return this.constant('float32', [], Float32Array.of(value));
  }

  /** Adds a node and returns the name of its first output. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    outputs?: readonly string[],
  ): string {
    const out = outputs ?? [this.fresh(`${opType.toLowerCase()}_out`)];
    const name = `${opType}_${this.nodes.length}`;
    this.nodes.push({ opType, name, inputs, outputs: out, ...(Object.keys(attributes).length ? { attributes } : {}) });
    return out[0] as string;
  }
}

/** A TensorFlow node while it is converted. */
export class NodeReader {
  constructor(
    readonly builder: OnnxBuilder,
    readonly node: TfNode,
  ) {}

  /** The value that input number `k` is. */
  input(k: number): string {
    const text = this.node.inputs[k];
    if (text === undefined) throw this.wrong(`at least ${k + 1} inputs`, String(this.node.inputs.length));
    return text.replace(/:0$/, '');
  }

  inputs(): string[] {
    return this.node.inputs.map((_, k) => this.input(k));
  }

  /** What an input is when it is constant, seen through nodes that pass it on. */
  constantOf(k: number): TfWeight | undefined {
    const { nodes, weights } = this.builder.graph;
    let name = this.input(k);
    for (let node = nodes.get(name); node?.op === 'Identity'; node = nodes.get(name)) name = (node.inputs[0] as string).replace(/:0$/, '');
    return nodes.get(name)?.op === 'Const' ? weights.get(name) : undefined;
  }

  constant(k: number): TfWeight {
    const found = this.constantOf(k);
    if (!found) throw this.wrong(`a constant as input ${k}`, this.input(k));
    return found;
  }

  numbers(k: number): number[] {
    return Array.from(this.constant(k).data);
  }

  number(k: number): number {
    const [value, ...more] = this.numbers(k);
    if (value === undefined || more.length > 0) throw this.wrong(`one number as input ${k}`, `${more.length + 1}`);
    return value;
  }

  int(name: string, otherwise = 0): number {
    return this.node.attributes[name]?.i ?? otherwise;
  }
  float(name: string, otherwise: number): number {
    return this.node.attributes[name]?.f ?? otherwise;
  }
  flag(name: string): boolean {
    return this.node.attributes[name]?.b ?? false;
  }
  text(name: string): string | undefined {
    return tfText(this.node.attributes[name]?.s);
  }
  texts(name: string): string[] {
    return (this.node.attributes[name]?.list?.s ?? []).map((text) => tfText(text) as string);
  }
  list(name: string): number[] {
    return this.node.attributes[name]?.list?.i ?? [];
  }
  type(name: string): TfType {
    const type = tfType(this.node.attributes[name]?.type);
    if (!type) throw this.wrong(`a type of numbers as ${name}`, String(this.node.attributes[name]?.type));
    return type;
  }

  /** Adds ONNX nodes whose last output is output number `k` of this node. */
  emit(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}, k = 0): void {
    this.builder.node(opType, inputs, attributes, [outputName(this.node.name, k)]);
  }

  /** `weights.format` that names the node. */
  wrong(expected: string, got: string): SensoriumError {
    return new SensoriumError('weights.format', 'a node of the TensorFlow.js graph cannot be converted', {
      place: `node ${this.node.name} (${this.node.op})`,
      expected,
      got,
    });
  }
}
