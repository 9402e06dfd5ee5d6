// Lowering for ONNX Runtime's WebGPU provider: indices in int32, and other ONNX nodes for the ops that it has no kernel for, or a wrong one.

import { DATA_TYPE } from '../onnx/constants.js';
import { hostTensor, sizeOf } from '../util/host.js';
import type { LowerTarget } from './lower.js';
import { type Emitter, type OpRow, registry } from './op.js';
import type { FusedMatMulAttrs } from './ops/matmul.js';
import { product } from './shape.js';
import { apply, Constant, type Dim, Input, type Node, type Tensor, topological, withScope } from './tensor.js';

// biome-ignore lint/suspicious/noExplicitAny: rows of any attribute type
type Emit = OpRow<any>['emit'];

const shapeOf = (node: Node, i: number): readonly Dim[] => (node.inputs[i] as Tensor).shape;
const dtypeOf = (node: Node, i = 0): string => (node.inputs[i] as Tensor).dtype;
const cast = (e: Emitter, x: string, to: keyof typeof DATA_TYPE): string => e.op('Cast', [x], { to: DATA_TYPE[to] });

/** x - max - log(sum(exp(x - max))) over the last axis. */
function logSoftmax(e: Emitter, x: string): string {
  const axis = e.ints([-1]);
  const below = e.op('Sub', [x, e.op('ReduceMax', [x, axis], { keepdims: 1 })]);
  return e.op('Sub', [below, e.op('Log', [e.op('ReduceSum', [e.op('Exp', [below]), axis], { keepdims: 1 })])]);
}

/** alpha op(a) op(b): a Gemm where the right side is a matrix, else transposes and a batched product. */
function matMul(e: Emitter, [a, b]: readonly [string, string], node: Node, { transA, transB, alpha }: FusedMatMulAttrs): string {
  const [left, right] = [shapeOf(node, 0), shapeOf(node, 1)];
  if (right.length === 2 && (left.length === 2 || !transA)) {
    const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } };
    if (left.length === 2) return e.op('Gemm', [a, b], attributes);
    const y = node.outputs[0] as Tensor;
    // Both reshapes are free; the rows of all leading axes are one matrix.
    const flat = e.op('Reshape', [a, e.dims([product(left.slice(0, -1)), left.at(-1) as Dim])]);
    return e.op('Reshape', [e.op('Gemm', [flat, b], attributes), e.dims(y.shape)]);
  }
  const swapped = (x: string, rank: number): string => e.op('Transpose', [x], { perm: swapLastTwo(rank) });
  const y = e.op('MatMul', [transA ? swapped(a, left.length) : a, transB ? swapped(b, right.length) : b]);
  return alpha === 1 ? y : e.op('Mul', [y, e.scalar(alpha)]);
}

const swapLastTwo = (rank: number): number[] => [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];

/** int32 of an int64 index below `n`: the provider has no such cast, but looks rows of a table up. */
function narrowIndex(e: Emitter, index: string, n: Dim): string {
  if (typeof n !== 'number') return cast(e, index, 'int32');
  const table = e.value(
    hostTensor(
      'int32',
      [n],
      Int32Array.from({ length: n }, (_, i) => i),
    ),
  );
  return e.op('Gather', [table, index], { axis: 0 });
}

/** Half to even: the floor, and one more above the half or at the half of an odd number. */
function round(e: Emitter, x: string): string {
  const below = e.op('Floor', [x]);
  const rest = e.op('Sub', [x, below]);
  const half = e.scalar(0.5);
  const halved = e.op('Mul', [below, half]);
  const odd = e.op('Greater', [halved, e.op('Floor', [halved])]);
  const above = cast(e, e.op('Greater', [rest, half]), 'float32');
  const toEven = cast(e, e.op('And', [odd, e.op('GreaterOrEqual', [rest, half])]), 'float32');
  return e.op('Add', [below, e.op('Max', [above, toEven])]);
}

/** π in three parts, the first two with few digits: their products with whole numbers up to 2^15 are exact (Cody and Waite 1980; Cephes' sinf). */
const PI_PARTS = [3.140625, 9.675025939941406e-4, 1.509957990978e-7];
/** sin(r)/r - 1 in powers of r², from the second on, by Taylor: within 1e-9 up to π/2. */
const SINE = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];

/**
 * sin(x + shift π). The device's own is asked for no more than 2^-11 between -π and π, and for nothing beyond: rotary angles are thousands.
 * x = (n - shift) π + r with |r| at most π/2; the sine is that of r, its sign changed where n is odd.
 */
function sine(e: Emitter, x: string, shift: 0 | 0.5): string {
  const scalar = (v: number): string => e.scalar(v);
  const n = e.op('Floor', [e.op('Add', [e.op('Mul', [x, scalar(1 / Math.PI)]), scalar(0.5 + shift)])]);
  const turns = shift === 0 ? n : e.op('Sub', [n, scalar(shift)]);
  const r = PI_PARTS.reduce((rest, part) => e.op('Sub', [rest, e.op('Mul', [turns, scalar(part)])]), x);
  const square = e.op('Mul', [r, r]);
  const [last, ...others] = [...SINE].reverse() as [number, ...number[]];
  let series = e.op('Mul', [square, scalar(last)]);
  for (const c of others) series = e.op('Mul', [e.op('Add', [series, scalar(c)]), square]);
  const value = e.op('Add', [r, e.op('Mul', [r, series])]);
  const half = e.op('Mul', [n, scalar(0.5)]);
  const odd = e.op('Sub', [half, e.op('Floor', [half])]); // 0 or 0.5
  return e.op('Mul', [value, e.op('Sub', [scalar(1), e.op('Mul', [odd, scalar(4)])])]);
}

interface PoolAttrs {
  kernel: readonly number[];
  strides: readonly number[];
  pads: readonly number[];
}

/** The largest of each window and its place in the flattened input: one strided slice for each element of the window, the first of equals wins. */
function maxPoolIndices(e: Emitter, x: string, { kernel, strides, pads }: PoolAttrs, node: Node): [string, string] {
  const shape = shapeOf(node, 0) as readonly number[];
  const out = (node.outputs[0] as Tensor).shape.slice(2) as readonly number[];
  const [batch, channels, ...size] = shape as [number, number, ...number[]];
  const area = sizeOf(size);
  const edges = [0, 0, ...pads, 0, 0, ...pads];
  const padded = edges.some((p) => p > 0) ? e.op('Pad', [x, e.ints(edges), e.scalar(-3.4e38)], { mode: 'constant' }) : x;
  const axes = e.ints(size.map((_, i) => i + 2));
  let best = '';
  let at = '';
  for (let k = 0; k < sizeOf(kernel); k++) {
    const offsets = unflatten(k, kernel);
    const ends = offsets.map((o, i) => o + ((out[i] as number) - 1) * (strides[i] as number) + 1);
    const value = e.op('Slice', [padded, e.ints(offsets), e.ints(ends), axes, e.ints(strides)]);
    const places = Int32Array.from({ length: sizeOf(out) }, (_, n) =>
      unflatten(n, out).reduce(
        (flat, o, i) => flat * (size[i] as number) + o * (strides[i] as number) + (offsets[i] as number) - (pads[i] as number),
        0,
      ),
    );
    const place = e.value(hostTensor('int32', [1, 1, ...out], places));
    if (k === 0) {
      best = value;
      at = e.op('Expand', [place, e.ints([batch, channels, ...out])]);
      continue;
    }
    const larger = e.op('Greater', [value, best]);
    best = e.op('Where', [larger, value, best]);
    at = e.op('Where', [larger, place, at]);
  }
  const planes = Int32Array.from({ length: batch * channels }, (_, i) => i * area);
  return [best, e.op('Add', [at, e.value(hostTensor('int32', [batch, channels, ...size.map(() => 1)], planes))])];
}

/** The indices of element `n` of a tensor of `shape`. */
function unflatten(n: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  for (const size of [...shape].reverse()) {
    at.unshift(n % size);
    n = Math.floor(n / size);
  }
  return at;
}

/** Ops that move elements and have no kernel for bool: int32 moves in its place. */
const MOVES = ['concat', 'expand', 'pad', 'split', 'transpose'];

/** The row's own nodes, between casts where its elements are bool. */
const movesBool =
  (name: string): Emit =>
  (e, inputs, attrs, node) => {
    const own = (registry.get(name) as unknown as OpRow).emit;
    if (dtypeOf(node) !== 'bool') return own(e, inputs, attrs, node);
    const numbers = inputs.map((x, i) => (dtypeOf(node, i) === 'bool' ? cast(e, x, 'int32') : x));
    return own(e, numbers, attrs, node).map((y) => cast(e, y, 'bool'));
  };

/**
 * Operands of a convolution with as many channels as the kernel reads right: of a multiple of three beyond three, with outputs in fours, it takes
 * channels in threes at places that count them in fours. Channels of zeros make it a multiple of four.
 */
function wholeChannels(e: Emitter, inputs: readonly string[], { groups }: { groups: number }, node: Node): string[] {
  const channels = shapeOf(node, 0)[1] as Dim;
  const outputs = shapeOf(node, 1)[0] as Dim;
  if (groups !== 1 || typeof channels !== 'number' || typeof outputs !== 'number') return [...inputs];
  if (channels === 3 || channels % 3 !== 0 || channels % 4 === 0 || outputs % 4 !== 0) return [...inputs];
  const rank = shapeOf(node, 0).length;
  const edges = e.ints(Array.from({ length: 2 * rank }, (_, i) => (i === rank + 1 ? 4 - (channels % 4) : 0)));
  return inputs.map((x) => e.op('Pad', [x, edges], { mode: 'constant' }));
}

/**
 * A transposed convolution. Of groups that give one channel each from several, the kernel sums wrong ones: a channel of zeros is put beside each,
 * and left out of what it gives.
 */
const convTranspose: Emit = (e, [x, w], attrs: { groups: number }, node) => {
  const own = (registry.get('convTranspose') as unknown as OpRow).emit;
  const [channels, outputs, ...spatial] = shapeOf(node, 1);
  if (attrs.groups === 1 || outputs !== 1 || channels === attrs.groups) return own(e, [x, w] as string[], attrs, node);
  const edges = e.ints([0, 0, ...spatial.map(() => 0), 0, 1, ...spatial.map(() => 0)]);
  const [both] = own(e, [x as string, e.op('Pad', [w as string, edges], { mode: 'constant' })], attrs, node) as [string];
  return [e.op('Slice', [both, e.ints([0]), e.ints([2 * attrs.groups]), e.ints([1]), e.ints([2])])];
};

const sameShapes = (node: Node): boolean => shapeOf(node, 0).join() === shapeOf(node, 1).join();

/** The sum (or) or product (and) of bools as whole numbers. */
const ofNumbers = (e: Emitter, op: 'Add' | 'Mul', bools: readonly string[]): string =>
  cast(
    e,
    e.op(
      op,
      bools.map((x) => cast(e, x, 'int32')),
    ),
    'bool',
  );

interface SliceAttrs {
  starts: readonly number[];
  ends: readonly number[];
  axes: readonly number[];
  steps: readonly number[];
}

/** Slices of numbers that are not floats: rows are looked up, for there is no kernel. */
const slice: Emit = (e, [x], { starts, ends, axes, steps }: SliceAttrs, node) => {
  if (dtypeOf(node).startsWith('float')) return [e.op('Slice', [x as string, ...[starts, ends, axes, steps].map((v) => e.ints(v))])];
  return [
    axes.reduce((y, axis, i) => {
      const [start, end, step] = [starts[i], ends[i], steps[i]] as [number, number, number];
      const places = Int32Array.from({ length: Math.ceil((end - start) / step) }, (_, k) => start + k * step);
      return e.op('Gather', [y, e.value(hostTensor('int32', [places.length], places))], { axis });
    }, x as string),
  ];
};

/** What is written in place of an op's own ONNX nodes. */
const emit: Readonly<Record<string, Emit>> = {
  ...Object.fromEntries(MOVES.map((name) => [name, movesBool(name)])),
  slice,
  // No kernel: LogSoftmax.
  logSoftmax: (e, [x]) => [logSoftmax(e, x as string)],
  crossEntropy: (e, [logits, targets]) => {
    const lp = logSoftmax(e, logits as string);
    const picked = e.op('GatherElements', [lp, e.op('Unsqueeze', [targets as string, e.ints([-1])])], { axis: -1 });
    return [e.op('Neg', [e.op('Squeeze', [picked, e.ints([-1])])]), lp];
  },
  // No kernel: FusedMatMul.
  fusedMatMul: (e, inputs, attrs: FusedMatMulAttrs, node) => [matMul(e, inputs as [string, string], node, attrs)],
  attention: (e, [q, k, v, mask], { scale }: { scale: number }) => {
    const scaled = e.op('Mul', [q as string, e.scalar(scale)]);
    let s = e.op('MatMul', [scaled, e.op('Transpose', [k as string], { perm: swapLastTwo(4) })]);
    if (mask) s = e.op('Add', [s, mask]);
    const p = e.op('Softmax', [s], { axis: -1 });
    return [e.op('MatMul', [p, v as string]), p];
  },
  // The kernel leaves the second output, the inverse deviation, unwritten.
  rmsNorm: (e, inputs, { eps }: { eps: number }) => {
    const y = e.op('SimplifiedLayerNormalization', inputs, { axis: -1, epsilon: { float: eps }, stash_type: 1 });
    if (!e.used(1)) return [y, ''];
    const x = inputs[0] as string;
    const power = e.op('ReduceMean', [e.op('Mul', [x, x]), e.ints([-1])], { keepdims: 1 });
    return [y, e.op('Reciprocal', [e.op('Sqrt', [e.op('Add', [power, e.scalar(eps)])])])];
  },
  conv: (e, inputs, attrs, node) => (registry.get('conv') as unknown as OpRow).emit(e, wholeChannels(e, inputs, attrs, node), attrs, node),
  convTranspose,
  // The kernel fails on a left side that is broadcast.
  pow: (e, [a, b], _, node) => {
    const { shape } = node.outputs[0] as Tensor;
    const isWhole = shapeOf(node, 0).join() === shape.join();
    return [e.op('Pow', [isWhole ? (a as string) : e.op('Expand', [a as string, e.dims(shape)]), b as string])];
  },
  // The kernels are coarse, and meaningless for large angles.
  sin: (e, [x]) => [sine(e, x as string, 0)],
  cos: (e, [x]) => [sine(e, x as string, 0.5)],
  // No kernels: Sign, Round, Or, OneHot; Neg and Abs of integers; Equal of bool.
  sign: (e, [x], _, node) => {
    const to = dtypeOf(node) as 'float32';
    const zero = e.scalar(0, to);
    return [e.op('Sub', [cast(e, e.op('Greater', [x as string, zero]), to), cast(e, e.op('Less', [x as string, zero]), to)])];
  },
  round: (e, [x]) => [round(e, x as string)],
  or: (e, [a, b], _, node) => [
    sameShapes(node)
      ? e.op('Not', [e.op('And', [e.op('Not', [a as string]), e.op('Not', [b as string])])])
      : ofNumbers(e, 'Add', [a, b] as string[]),
  ],
  // One program is kept for all ways to broadcast, and is wrong for those that it was not made for (a row against a column, after rows).
  and: (e, [a, b], _, node) => [sameShapes(node) ? e.op('And', [a as string, b as string]) : ofNumbers(e, 'Mul', [a, b] as string[])],
  oneHot: (e, [ids], { classes }: { classes: number }) => {
    const range = hostTensor(
      'int32',
      [classes],
      Int32Array.from({ length: classes }, (_, i) => i),
    );
    return [cast(e, e.op('Equal', [e.op('Unsqueeze', [ids as string, e.ints([-1])]), e.value(range)]), 'float32')];
  },
  neg: (e, [x], _, node) => [dtypeOf(node) === 'int32' ? e.op('Sub', [e.scalar(0, 'int32'), x as string]) : e.op('Neg', [x as string])],
  abs: (e, [x], _, node) => [
    dtypeOf(node) === 'int32' ? e.op('Max', [x as string, e.op('Sub', [e.scalar(0, 'int32'), x as string])]) : e.op('Abs', [x as string]),
  ],
  equal: (e, [a, b], _, node) => [
    dtypeOf(node) === 'bool'
      ? e.op('Equal', [cast(e, a as string, 'int32'), cast(e, b as string, 'int32')])
      : e.op('Equal', [a, b] as string[]),
  ],
  // The kernel gives no indices.
  maxPool: (e, inputs, attrs: PoolAttrs, node) => {
    if (e.used(1)) return maxPoolIndices(e, inputs[0] as string, attrs, node);
    const { kernel, strides, pads } = attrs;
    return [e.op('MaxPool', inputs, { kernel_shape: kernel, strides, pads: [...pads, ...pads] }), ''];
  },
  // Indices that ONNX wants or gives in int64.
  putRows: (e, [x, at, rows]) => [e.op('ScatterND', [x as string, cast(e, at as string, 'int64'), rows as string])],
  addRows: (e, [x, at, rows]) => [e.op('ScatterND', [x as string, cast(e, at as string, 'int64'), rows as string], { reduction: 'add' })],
  argMax: (e, inputs, { axis }: { axis: number }, node) => [
    narrowIndex(e, e.op('ArgMax', inputs, { axis, keepdims: 0 }), shapeOf(node, 0)[axis] as Dim),
  ],
  topK: (e, [x], { k, axis }: { k: number; axis: number }, node) => {
    const [values, at] = e.ops('TopK', [x as string, e.ints([k])], [true, true], { axis, largest: 1, sorted: 1 }) as [string, string];
    return [values, e.used(1) ? narrowIndex(e, at, shapeOf(node, 0)[axis] as Dim) : at];
  },
  nonZero: (e, inputs) => [cast(e, e.op('Squeeze', [e.op('NonZero', inputs), e.ints([0])]), 'int32')],
};

/** Ops (and a type) that have no kernel on the device and none that could be put together: their nodes run on the CPU, and their operands cross. */
export const ACCEPTED_FALLBACKS: Readonly<Record<string, string>> = {
  nonZero: 'how many rows there are is only known from their values, and shapes are decided on the host',
  quantizeRows: 'eight-bit activations are for processors with VNNI; on the device products take blocks of four or eight bits',
  matMulInt8: 'as quantizeRows',
  float64: 'adapters do not compute in double precision',
};

/** The row of an op that gives int64 whatever it takes, with int32 in its place. */
// biome-ignore lint/suspicious/noExplicitAny: rows of any attribute type
const narrowRows = new Map<OpRow<any>, OpRow<any>>();
// biome-ignore lint/suspicious/noExplicitAny: rows of any attribute type
function narrowRow(op: OpRow<any>): OpRow<any> {
  let row = narrowRows.get(op);
  if (!row) {
    const { name, vjp, emit } = op;
    row = {
      name,
      vjp,
      emit,
      infer: (x, attrs) => op.infer(x, attrs).map((spec) => (spec.dtype === 'int64' ? { ...spec, dtype: 'int32' as const } : spec)),
    };
    narrowRows.set(op, row);
  }
  return row;
}

/** The same graph with int32 wherever it had int64: inputs, constants, and what is computed from them. */
function narrow(outputs: readonly Tensor[]): Tensor[] {
  const { nodes, leaves } = topological(outputs);
  const to = new Map<Tensor, Tensor>();
  for (const leaf of leaves) {
    if (leaf.dtype !== 'int64') continue;
    if (leaf instanceof Input) to.set(leaf, new Input(leaf.name, { shape: leaf.shape, dtype: 'int32' }));
    else if (leaf instanceof Constant)
      to.set(leaf, new Constant(hostTensor('int32', leaf.value.shape, Int32Array.from(leaf.value.data as BigInt64Array, Number))));
  }
  for (const node of nodes) {
    const inputs = node.inputs.map((x) => to.get(x) ?? x);
    const gives = node.outputs.some((y) => y.dtype === 'int64');
    if (!gives && inputs.every((x, i) => x === node.inputs[i])) continue;
    if (node.op.name === 'cast' && gives && inputs[0]?.dtype === 'int32') {
      to.set(node.outputs[0] as Tensor, inputs[0]);
      continue;
    }
    const isCast = node.op.name === 'cast' && gives;
    const takes = node.inputs.some((x) => x.dtype === 'int64');
    const made = withScope(node.path, () =>
      apply(gives && !takes && !isCast ? narrowRow(node.op) : node.op, inputs, isCast ? { to: 'int32' } : node.attrs),
    );
    node.outputs.forEach((y, i) => void to.set(y, made[i] as Tensor));
  }
  return outputs.map((y) => to.get(y) ?? y);
}

/** ONNX Runtime's WebGPU provider, in Node and in browsers. Inputs and outputs of int64 become int32. */
export const webgpuTarget: LowerTarget = { prepare: narrow, emit };
