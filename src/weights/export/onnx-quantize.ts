// Products and lookups with frozen weights in fewer bits, as a rewrite of an ONNX model: 4-bit blocks, or 8 bits with dynamic activations.

import type { NodeProto } from '../../onnx/model.js';
import { BLOCK, eightBits, fourBits } from './fewer-bits.js';
import type { LazyModel, LazyTensor } from './onnx-file.js';

const FLOAT = 1;
/** What zero is among unsigned levels. */
const MIDDLE = 128;

/**
 * How matrices are kept: 4-bit blocks of 32 with a scale each; or bytes with one scale for each output. Processors without VNNI add pairs of
 * products of signed bytes in 16 bits, which overflow, so int8 keeps to 7 of its bits; products of unsigned bytes are exact everywhere.
 */
export type OnnxLevels = 'q4' | 'uint8' | 'int8';

/**
 * The same model with quantized matrices. x Wᵀ becomes MatMulNBits (q4) or MatMulInteger on dynamically quantized x (bytes);
 * rows that are looked up are kept in 8 bits with a scale each. Weights used in other ways stay as they are.
 */
export function quantizeModel(model: LazyModel, kind: OnnxLevels): LazyModel {
  const weights = new Map(model.tensors.filter((t) => t.dtype === 'float32' && t.dims.length === 2 && t.frozen).map((t) => [t.name, t]));
  const transposed = new Map<string, LazyTensor>();
  for (const n of model.nodes) {
    const weight = n.opType === 'Transpose' ? weights.get(n.inputs[0] as string) : undefined;
    if (weight) transposed.set(n.outputs[0] as string, weight);
  }
  const added = new Map<string, LazyTensor>();
  const add = (tensor: LazyTensor): string => {
    if (!added.has(tensor.name)) added.set(tensor.name, tensor);
    return tensor.name;
  };
  const activations = new Set<string>();
  const nodes = model.nodes.flatMap((n): NodeProto[] => {
    const right = n.opType === 'MatMul' ? transposed.get(n.inputs[1] as string) : undefined;
    if (right) return kind === 'q4' ? [blockProduct(n, right, add)] : integerProduct(n, right, { add, activations, kind });
    const table = n.opType === 'Gather' ? weights.get(n.inputs[0] as string) : undefined;
    return table ? lookup(n, table, add) : [n];
  });
  return pruned({ ...model, nodes, tensors: [...model.tensors, ...added.values()] });
}

function blockProduct(n: NodeProto, w: LazyTensor, add: (t: LazyTensor) => string): NodeProto {
  const [outputs, inputs] = w.dims as [number, number];
  const blocks = Math.ceil(inputs / BLOCK);
  const matrix = shared(async () => fourBits((await w.data()) as Float32Array, { outputs, inputs }));
  const packed: LazyTensor = {
    name: `${w.name}_q4`,
    dtype: 'uint8',
    dims: [outputs, blocks, BLOCK / 2],
    data: async () => (await matrix()).packed,
  };
  const scales: LazyTensor = {
    name: `${w.name}_scales`,
    dtype: 'float32',
    dims: [outputs * blocks],
    data: async () => (await matrix()).scales,
  };
  return {
    ...n,
    opType: 'MatMulNBits',
    domain: 'com.microsoft',
    inputs: [n.inputs[0] as string, add(packed), add(scales)],
    attributes: { K: inputs, N: outputs, bits: 4, block_size: BLOCK, accuracy_level: 4 },
  };
}

function integerProduct(
  n: NodeProto,
  w: LazyTensor,
  { add, activations, kind }: { add: (t: LazyTensor) => string; activations: Set<string>; kind: 'uint8' | 'int8' },
): NodeProto[] {
  const [outputs, inputs] = w.dims as [number, number];
  const most = kind === 'int8' ? 63 : 127;
  const matrix = shared(async () => eightBits((await w.data()) as Float32Array, { rows: outputs, width: inputs, most }));
  const columns: LazyTensor = {
    name: `${w.name}_q8t`,
    dtype: kind,
    dims: [inputs, outputs],
    data: async () => {
      const columns = turned((await matrix()).levels, { rows: outputs, width: inputs });
      return kind === 'int8' ? columns : raised(columns);
    },
  };
  const scales: LazyTensor = { name: `${w.name}_q8t_scales`, dtype: 'float32', dims: [outputs], data: async () => (await matrix()).scales };
  const x = n.inputs[0] as string;
  const of = (what: string): string => `${x}.${what}`;
  const own = (what: string): string => `${n.outputs[0]}.${what}`;
  const zero = kind === 'int8' ? [] : [add({ name: 'middle_level', dtype: 'uint8', dims: [], data: () => Uint8Array.of(MIDDLE) })];
  const nodes: NodeProto[] = [];
  if (!activations.has(x))
    nodes.push({ opType: 'DynamicQuantizeLinear', name: of('q8'), inputs: [x], outputs: [of('q8'), of('scale'), of('zero')] });
  activations.add(x);
  nodes.push(
    { opType: 'MatMulInteger', name: own('sum'), inputs: [of('q8'), add(columns), of('zero'), ...zero], outputs: [own('sum')] },
    { opType: 'Cast', name: own('float'), inputs: [own('sum')], outputs: [own('float')], attributes: { to: FLOAT } },
    { opType: 'Mul', name: own('scales'), inputs: [of('scale'), add(scales)], outputs: [own('scales')] },
    { opType: 'Mul', name: n.name, inputs: [own('float'), own('scales')], outputs: n.outputs },
  );
  return nodes;
}

function lookup(n: NodeProto, w: LazyTensor, add: (t: LazyTensor) => string): NodeProto[] {
  const [rows, width] = w.dims as [number, number];
  const matrix = shared(async () => eightBits((await w.data()) as Float32Array, { rows, width }));
  const levels: LazyTensor = { name: `${w.name}_q8`, dtype: 'int8', dims: [rows, width], data: async () => (await matrix()).levels };
  const scales: LazyTensor = { name: `${w.name}_q8_scales`, dtype: 'float32', dims: [rows, 1], data: async () => (await matrix()).scales };
  const own = (what: string): string => `${n.outputs[0]}.${what}`;
  const pick = (table: LazyTensor, to: string): NodeProto => ({
    ...n,
    name: to,
    inputs: [add(table), n.inputs[1] as string],
    outputs: [to],
  });
  return [
    pick(levels, own('levels')),
    pick(scales, own('row_scale')),
    { opType: 'Cast', name: own('float'), inputs: [own('levels')], outputs: [own('float')], attributes: { to: FLOAT } },
    { opType: 'Mul', name: n.name, inputs: [own('float'), own('row_scale')], outputs: n.outputs },
  ];
}

/** Computes once for two tensors that are written one after the other, and lets go after the second. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    const now = made ?? make();
    made = made ? undefined : now;
    return now;
  };
}

/** Without the nodes and tensors that nothing uses any more. */
function pruned(model: LazyModel): LazyModel {
  let { nodes } = model;
  const outputs = new Set(model.outputs.map((o) => o.name));
  for (;;) {
    const used = new Set([...outputs, ...nodes.flatMap((n) => n.inputs)]);
    const kept = nodes.filter((n) => n.outputs.some((o) => used.has(o)));
    if (kept.length === nodes.length) return { ...model, nodes, tensors: model.tensors.filter((t) => used.has(t.name)) };
    nodes = kept;
  }
}

/** Signed levels around the middle of a byte. `Uint8Array.from` would make an array of numbers first, which large matrices do not survive. */
function raised(levels: Int8Array): Uint8Array {
  const out = new Uint8Array(levels.length);
  for (let i = 0; i < out.length; i++) out[i] = (levels[i] as number) + MIDDLE;
  return out;
}

function turned(levels: Int8Array, { rows, width }: { rows: number; width: number }): Int8Array {
  const out = new Int8Array(levels.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < width; c++) out[c * rows + r] = levels[r * width + c] as number;
  return out;
}
