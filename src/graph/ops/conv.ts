// Convolution, transposed convolution and pooling in one or two dimensions, with groups, strides, padding and dilation.

import { hostTensor } from '../../util/host.js';
import { defineOp } from '../op.js';
import { product, sameDtype, shapeError, showShape } from '../shape.js';
import { constant, type Dim, type Tensor } from '../tensor.js';
import { scatterElements } from './gather.js';
import { reshape, slice, transpose } from './layout.js';
import { zeros } from './reduce.js';

export interface ConvOptions {
  stride?: number | readonly number[];
  /** Zeros on both sides of each spatial axis. */
  padding?: number | readonly number[];
  dilation?: number | readonly number[];
  groups?: number;
}
interface ConvAttrs {
  strides: readonly number[];
  pads: readonly number[];
  dilations: readonly number[];
  groups: number;
}
interface TransposeAttrs extends ConvAttrs {
  outputPadding: readonly number[];
}

/** One non-negative whole number per spatial axis. */
function spread(op: string, v: number | readonly number[] | undefined, n: number, other: number): readonly number[] {
  const list: readonly number[] = typeof v === 'object' ? v : new Array<number>(n).fill(v ?? other);
  if (list.length !== n || list.some((d) => !Number.isInteger(d) || d < Math.min(other, 1)))
    throw shapeError(op, `[${list.join(',')}] must be ${n} whole numbers of at least ${Math.min(other, 1)}, one for each spatial axis`);
  return list;
}

function attributes(op: string, x: Tensor, o: ConvOptions): ConvAttrs {
  const n = x.rank - 2;
  if (n !== 1 && n !== 2)
    throw shapeError(op, `needs [batch, channels, length] or [batch, channels, height, width], got ${showShape(x.shape)}`);
  return {
    strides: spread(op, o.stride, n, 1),
    pads: spread(op, o.padding, n, 0),
    dilations: spread(op, o.dilation, n, 1),
    groups: o.groups ?? 1,
  };
}
const onnxAttributes = ({ strides, pads, dilations, groups }: ConvAttrs) => ({
  strides,
  pads: [...pads, ...pads],
  dilations,
  group: groups,
});

/** (in + 2 pad - dilation (k - 1) - 1) / stride + 1, rounded down. */
function outSize(n: number, k: number, a: ConvAttrs, i: number): number {
  return Math.floor((n + 2 * (a.pads[i] as number) - (a.dilations[i] as number) * (k - 1) - 1) / (a.strides[i] as number)) + 1;
}

const convOp = defineOp<ConvAttrs>({
  name: 'conv',
  infer: ([x, w], a) => {
    const [t, k] = [x as Tensor, w as Tensor];
    if (k.rank !== t.rank)
      throw shapeError('conv', `kernel ${showShape(k.shape)} does not fit ${showShape(t.shape)}: both need ${t.rank} axes`);
    if (t.size(1) !== k.size(1) * a.groups || k.size(0) % a.groups !== 0)
      throw shapeError(
        'conv',
        `kernel ${showShape(k.shape)} with ${a.groups} groups does not fit ${showShape(t.shape)}: channels must be ${k.size(1) * a.groups}`,
      );
    const spatial = a.strides.map((_, i) => outSize(t.size(i + 2), k.size(i + 2), a, i));
    if (spatial.some((d) => d < 1)) throw shapeError('conv', `kernel ${showShape(k.shape)} is larger than ${showShape(t.shape)}`);
    return [{ shape: [t.dim(0), k.dim(0), ...spatial], dtype: sameDtype('conv', [t, k]) }];
  },
  emit: (e, inputs, a) => [e.op('Conv', inputs, onnxAttributes(a))],
  vjp: ({ x: [x, w], dy, attrs }) => [
    convInputGrad(dy, w as Tensor, x as Tensor, attrs),
    convWeightGrad(x as Tensor, dy, w as Tensor, attrs),
  ],
});
/** Cross-correlation. x: [batch, in, ...spatial], w: [out, in/groups, ...kernel]. */
export function conv(x: Tensor, w: Tensor, options: ConvOptions = {}): Tensor {
  return convOp.one([x, w], attributes('conv', x, options));
}

const convTransposeOp = defineOp<TransposeAttrs>({
  name: 'convTranspose',
  infer: ([x, w], a) => {
    const [t, k] = [x as Tensor, w as Tensor];
    if (k.rank !== t.rank || t.size(1) !== k.size(0) || k.size(0) % a.groups !== 0)
      throw shapeError('convTranspose', `kernel ${showShape(k.shape)} with ${a.groups} groups does not fit ${showShape(t.shape)}`);
    const spatial = a.strides.map(
      (s, i) =>
        (t.size(i + 2) - 1) * s -
        2 * (a.pads[i] as number) +
        (a.dilations[i] as number) * (k.size(i + 2) - 1) +
        1 +
        (a.outputPadding[i] as number),
    );
    return [{ shape: [t.dim(0), k.size(1) * a.groups, ...spatial], dtype: sameDtype('convTranspose', [t, k]) }];
  },
  emit: (e, inputs, a) => [e.op('ConvTranspose', inputs, { ...onnxAttributes(a), output_padding: a.outputPadding })],
  vjp: ({ x: [x, w], dy, attrs }) => [convOp.one([dy, w as Tensor], attrs), convWeightGrad(dy, x as Tensor, w as Tensor, attrs)],
});
/** Transposed convolution, the gradient of `conv` with respect to its input. x: [batch, in, ...spatial], w: [in, out/groups, ...kernel]. */
export function convTranspose(x: Tensor, w: Tensor, options: ConvOptions & { outputPadding?: number | readonly number[] } = {}): Tensor {
  return convTransposeOp.one([x, w], {
    ...attributes('convTranspose', x, options),
    outputPadding: spread('convTranspose', options.outputPadding, x.rank - 2, 0),
  });
}

function convInputGrad(dy: Tensor, w: Tensor, x: Tensor, a: ConvAttrs): Tensor {
  const outputPadding = a.strides.map((s, i) => {
    const reached = (dy.size(i + 2) - 1) * s - 2 * (a.pads[i] as number) + (a.dilations[i] as number) * (w.size(i + 2) - 1) + 1;
    return x.size(i + 2) - reached;
  });
  return convTransposeOp.one([dy, w], { ...a, outputPadding });
}

/** Gradient of the kernel: correlate the input with dy, batch and channels exchanged, stride and dilation exchanged. */
function convWeightGrad(x: Tensor, dy: Tensor, w: Tensor, a: ConvAttrs): Tensor {
  const g = a.groups;
  const [n, c] = [x.dim(0), x.size(1)];
  const spatial = x.shape.slice(2);
  const axes = spatial.map((_, i) => i + 3);
  const lhs = reshape(transpose(reshape(x, [n, g, c / g, ...spatial]), [2, 1, 0, ...axes]), [c / g, product([g, n]), ...spatial]);
  const rhs = transpose(dy, [1, 0, ...spatial.map((_, i) => i + 2)]);
  let out = convOp.one([lhs, rhs], { strides: a.dilations, dilations: a.strides, pads: a.pads, groups: g });
  spatial.forEach((_, i) => {
    out = slice(out, { axis: i + 2, end: w.size(i + 2) });
  });
  return transpose(out, [1, 0, ...spatial.map((_, i) => i + 2)]);
}

interface PoolAttrs {
  kernel: readonly number[];
  strides: readonly number[];
  pads: readonly number[];
}
function poolAttributes(
  op: string,
  x: Tensor,
  kernel: number | readonly number[],
  o: { stride?: number | readonly number[]; padding?: number | readonly number[] },
): PoolAttrs {
  const n = x.rank - 2;
  if (n !== 1 && n !== 2)
    throw shapeError(op, `needs [batch, channels, length] or [batch, channels, height, width], got ${showShape(x.shape)}`);
  const k = spread(op, kernel, n, 1);
  return { kernel: k, strides: o.stride === undefined ? k : spread(op, o.stride, n, 1), pads: spread(op, o.padding, n, 0) };
}
function pooled(op: string, x: Tensor, { kernel, strides, pads }: PoolAttrs): Dim[] {
  const spatial = kernel.map((k, i) => Math.floor((x.size(i + 2) + 2 * (pads[i] as number) - k) / (strides[i] as number)) + 1);
  if (spatial.some((d) => d < 1)) throw shapeError(op, `the window [${kernel.join(',')}] is larger than ${showShape(x.shape)}`);
  if (pads.some((p, i) => p >= (kernel[i] as number)))
    throw shapeError(op, `padding [${pads.join(',')}] must be smaller than the window [${kernel.join(',')}]`);
  return [...x.shape.slice(0, 2), ...spatial];
}

const avgPoolOp = defineOp<PoolAttrs>({
  name: 'avgPool',
  infer: ([x], a) => [{ shape: pooled('avgPool', x as Tensor, a), dtype: (x as Tensor).dtype }],
  emit: (e, inputs, { kernel, strides, pads }) => [
    e.op('AveragePool', inputs, { kernel_shape: kernel, strides, pads: [...pads, ...pads], count_include_pad: 1 }),
  ],
  // The transposed convolution with a constant kernel, one group per channel.
  vjp: ({ x: [x], dy, attrs: { kernel, strides, pads } }) => {
    const c = (x as Tensor).size(1);
    const area = kernel.reduce((p, q) => p * q, 1);
    const w = constant(hostTensor('float32', [c, 1, ...kernel], new Float32Array(c * area).fill(1 / area)));
    return [convInputGrad(dy, w, x as Tensor, { strides, pads, dilations: kernel.map(() => 1), groups: c })];
  },
});
/** Mean over windows; padding counts as zeros. `stride` defaults to the kernel. */
export function avgPool(
  x: Tensor,
  kernel: number | readonly number[],
  options: { stride?: number | readonly number[]; padding?: number | readonly number[] } = {},
): Tensor {
  return avgPoolOp.one([x], poolAttributes('avgPool', x, kernel, options));
}

const maxPoolOp = defineOp<PoolAttrs>({
  name: 'maxPool',
  infer: ([x], a) => {
    const shape = pooled('maxPool', x as Tensor, a);
    return [
      { shape, dtype: (x as Tensor).dtype },
      { shape, dtype: 'int64' },
    ];
  },
  emit: (e, inputs, { kernel, strides, pads }) =>
    e.ops('MaxPool', inputs, [true, e.used(1)], { kernel_shape: kernel, strides, pads: [...pads, ...pads] }),
  // ONNX returns the winner's index in the flattened input.
  vjp: ({ x: [x], y: [, at], dy }) => {
    const [t, i] = [x as Tensor, at as Tensor];
    const flat = (v: Tensor): Tensor => reshape(v, [product(v.shape)]);
    return [reshape(scatterElements(zeros([product(t.shape)]), flat(i), flat(dy), 0), t.shape)];
  },
});
/** Largest element of windows. `stride` defaults to the kernel. */
export function maxPool(
  x: Tensor,
  kernel: number | readonly number[],
  options: { stride?: number | readonly number[]; padding?: number | readonly number[] } = {},
): Tensor {
  return maxPoolOp.one([x], poolAttributes('maxPool', x, kernel, options));
}

/** Nearest-neighbour upsampling of [batch, channels, height, width] by an integer factor. */
export function upsample(x: Tensor, factor: number): Tensor {
  const [n, c, h, w] = x.shape as [Dim, Dim, number, number];
  return reshape(reshape(x, [n, c, h, 1, w, 1]).expand([n, c, h, factor, w, factor]), [n, c, h * factor, w * factor]);
}

/** Non-overlapping patches: [batch, channels, H, W] -> [batch, (H/p)(W/p), channels p p], channel-major inside a patch as a patch convolution's weight is. */
export function patchify(x: Tensor, p: number): Tensor {
  const [n, c] = [x.dim(0), x.dim(1)];
  const [h, w] = [x.size(2) / p, x.size(3) / p];
  if (!Number.isInteger(h) || !Number.isInteger(w))
    throw shapeError('patchify', `${showShape(x.shape)} is not a multiple of the patch size ${p}`);
  return reshape(transpose(reshape(x, [n, c, h, p, w, p]), [0, 2, 4, 1, 3, 5]), [n, h * w, product([c, p * p])]);
}
