// The TensorFlow ops that are converted: one row each, from a node to ONNX nodes.

import { DATA_TYPE } from '../../onnx/codec.js';
import { type NodeReader, outputName } from './builder.js';
import { convolution, pooling, resizeBilinear } from './convolution.js';
import type { TfType } from './graph.js';

type Convert = (r: NodeReader) => void;

/** Ops that ONNX has under this name or another, with the same inputs. */
const same =
  (opType: string): Convert =>
  (r) =>
    r.emit(opType, r.inputs());

const dataType = (type: TfType): number => DATA_TYPE[type];
const asInt64 = (r: NodeReader, k: number): string => r.builder.node('Cast', [r.input(k)], { to: DATA_TYPE.int64 });

const reduce =
  (opType: string): Convert =>
  (r) =>
    r.emit(opType, [r.input(0), r.builder.ints(r.numbers(1))], { keepdims: r.flag('keep_dims') ? 1 : 0 });

/** Paddings come as [[before, after], …], and go as [before…, after…]. */
function pad(r: NodeReader): void {
  const pairs = r.numbers(1);
  const pads = [...pairs.filter((_, i) => i % 2 === 0), ...pairs.filter((_, i) => i % 2 === 1)];
  r.emit('Pad', [r.input(0), r.builder.ints(pads), ...(r.node.op === 'PadV2' ? [r.input(2)] : [])]);
}

const FAR = 2 ** 31 - 1;

function stridedSlice(r: NodeReader): void {
  const [begin, end, step] = [r.numbers(1), r.numbers(2), r.numbers(3)];
  for (const mask of ['ellipsis_mask', 'new_axis_mask']) if (r.int(mask) !== 0) throw r.wrong(`${mask} 0`, String(r.int(mask)));
  const squeezed: number[] = [];
  for (let i = 0; i < begin.length; i++) {
    const up = (step[i] as number) > 0;
    if ((r.int('begin_mask') >> i) & 1) begin[i] = up ? 0 : FAR;
    if ((r.int('end_mask') >> i) & 1) end[i] = up ? FAR : -FAR;
    if ((r.int('shrink_axis_mask') >> i) & 1) {
      end[i] = (begin[i] as number) + 1 || FAR; // the last one ends where the axis does
      squeezed.push(i);
    }
  }
  const { builder } = r;
  const inputs = [r.input(0), builder.ints(begin), builder.ints(end), builder.ints(begin.map((_, i) => i)), builder.ints(step)];
  if (squeezed.length === 0) r.emit('Slice', inputs);
  else r.emit('Squeeze', [builder.node('Slice', inputs), builder.ints(squeezed)]);
}

/** A constant scattered into another: shapes are made so. */
function sparseToDense(r: NodeReader): void {
  const [indices, shape, values, filler] = [r.constant(0), r.numbers(1), r.constant(2), r.number(3)];
  const size = shape.reduce((n, d) => n * d, 1);
  const out = values.dtype === 'int32' ? new Int32Array(size).fill(filler) : new Float32Array(size).fill(filler);
  const rank = shape.length;
  for (let i = 0; i * rank < indices.data.length; i++) {
    let at = 0;
    for (const [k, d] of shape.entries()) at = at * d + (indices.data[i * rank + k] as number);
    if (at < 0 || at >= size) throw r.wrong(`indices below ${size}`, String(at));
    out[at] = values.data[values.data.length === 1 ? 0 : i] as number;
  }
  r.builder.constant(values.dtype === 'int32' ? 'int32' : 'float32', shape, out, outputName(r.node.name));
}

function split(r: NodeReader): void {
  const sized = r.node.op === 'SplitV';
  const n = r.int('num_split', 1);
  const outputs = Array.from({ length: n }, (_, k) => outputName(r.node.name, k));
  if (sized) r.builder.node('Split', [r.input(0), r.builder.ints(r.numbers(1))], { axis: r.number(2) }, outputs);
  else r.builder.node('Split', [r.input(1)], { axis: r.number(0), num_outputs: n }, outputs);
}

function topK(r: NodeReader): void {
  const indices = r.builder.fresh('indices');
  r.builder.node('TopK', [r.input(0), r.builder.ints([r.number(1)])], {}, [outputName(r.node.name), indices]);
  r.emit('Cast', [indices], { to: DATA_TYPE.int32 }, 1);
}

/** TensorFlow's quotient of integers is rounded down; ONNX's is cut off. */
function floorDivide(r: NodeReader): void {
  const { builder } = r;
  if (r.type('T') !== 'int32') {
    r.emit('Floor', [builder.node('Div', r.inputs())]);
    return;
  }
  // (a - mod(a, b)) / b, whose remainder has the sign of the divisor.
  const [a, b] = [r.input(0), r.input(1)];
  r.emit('Div', [builder.node('Sub', [a, builder.node('Mod', [a, b])]), b]);
}

function floorModulo(r: NodeReader): void {
  if (r.type('T') === 'int32') {
    r.emit('Mod', r.inputs());
    return;
  }
  const [a, b] = [r.input(0), r.input(1)];
  const { builder } = r;
  r.emit('Sub', [a, builder.node('Mul', [b, builder.node('Floor', [builder.node('Div', [a, b])])])]);
}

function matMul(r: NodeReader): void {
  const fused = r.texts('fused_ops');
  if (fused.some((name) => name !== 'BiasAdd' && name !== 'Relu')) throw r.wrong('BiasAdd and Relu fused to it', fused.join(', '));
  const product = r.builder.node('Gemm', [r.input(0), r.input(1), ...(fused[0] === 'BiasAdd' ? [r.input(2)] : [])], {
    transA: r.flag('transpose_a') ? 1 : 0,
    transB: r.flag('transpose_b') ? 1 : 0,
  });
  r.emit(fused.includes('Relu') ? 'Relu' : 'Identity', [product]);
}

/** By the name of the op in TensorFlow. */
export const TFJS_OPS: Readonly<Record<string, Convert>> = {
  Identity: same('Identity'),
  Add: same('Add'),
  AddV2: same('Add'),
  BiasAdd: same('Add'),
  Sub: same('Sub'),
  Mul: same('Mul'),
  RealDiv: same('Div'),
  Maximum: same('Max'),
  Minimum: same('Min'),
  Equal: same('Equal'),
  Greater: same('Greater'),
  Less: same('Less'),
  Relu: same('Relu'),
  Sigmoid: same('Sigmoid'),
  Tanh: same('Tanh'),
  Exp: same('Exp'),
  Abs: same('Abs'),
  Neg: same('Neg'),
  Sqrt: same('Sqrt'),
  Softmax: (r) => r.emit('Softmax', r.inputs(), { axis: -1 }),
  Relu6: (r) => r.emit('Clip', [r.input(0), r.builder.float(0), r.builder.float(6)]),
  LeakyRelu: (r) => r.emit('LeakyRelu', [r.input(0)], { alpha: { float: r.float('alpha', 0.2) } }),
  FloorDiv: floorDivide,
  FloorMod: floorModulo,
  Cast: (r) => r.emit('Cast', [r.input(0)], { to: dataType(r.type('DstT')) }),

  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: (r) => convolution(r, { depthwise: true }),
  FusedDepthwiseConv2dNative: (r) => convolution(r, { depthwise: true }),
  MaxPool: (r) => pooling(r, 'MaxPool'),
  AvgPool: (r) => pooling(r, 'AveragePool'),
  ResizeBilinear: resizeBilinear,
  MatMul: matMul,
  _FusedMatMul: matMul,

  Mean: reduce('ReduceMean'),
  Sum: reduce('ReduceSum'),
  Max: reduce('ReduceMax'),
  TopKV2: topK,

  Reshape: (r) => r.emit('Reshape', [r.input(0), asInt64(r, 1)]),
  Transpose: (r) => r.emit('Transpose', [r.input(0)], { perm: r.numbers(1) }),
  ExpandDims: (r) => r.emit('Unsqueeze', [r.input(0), r.builder.ints([r.number(1)])]),
  Squeeze: (r) => r.emit('Squeeze', [r.input(0), ...(r.list('squeeze_dims').length ? [r.builder.ints(r.list('squeeze_dims'))] : [])]),
  ConcatV2: (r) => r.emit('Concat', r.inputs().slice(0, -1), { axis: r.number(r.node.inputs.length - 1) }),
  Split: split,
  SplitV: split,
  Pad: pad,
  PadV2: pad,
  StridedSlice: stridedSlice,
  GatherV2(r) {
    if (r.int('batch_dims') !== 0) throw r.wrong('batch_dims 0', String(r.int('batch_dims')));
    r.emit('Gather', [r.input(0), r.input(1)], { axis: r.number(2) });
  },
  SparseToDense: sparseToDense,
};
