// Reductions over axes: sum, mean, max, min, and `sumTo`, which undoes broadcasting.

import type { DType } from '../../util/host.js';
import { defineOp } from '../op.js';
import { normalizeAxes, shapeError, showShape, staticSize } from '../shape.js';
import { constant, type Shape, Tensor } from '../tensor.js';
import { div, mul } from './arithmetic.js';
import { cast, equal } from './compare.js';
import { expand, reshape } from './layout.js';

interface ReduceAttrs {
  axes: readonly number[];
  keep: boolean;
}
type Axes = number | readonly number[];

function reduced(shape: Shape, { axes, keep }: ReduceAttrs): Shape {
  return keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
}
const kept = (shape: Shape, axes: readonly number[]): Shape => reduced(shape, { axes, keep: true });

function reduction(name: string, onnx: string, rule: (c: { x: Tensor; y: Tensor; dy: Tensor; axes: readonly number[] }) => Tensor) {
  const op = defineOp<ReduceAttrs>({
    name,
    infer: ([x], attrs) => [{ shape: reduced((x as Tensor).shape, attrs), dtype: (x as Tensor).dtype }],
    emit: (e, [x], { axes, keep }) => [e.op(onnx, [x as string, e.ints(axes)], { keepdims: keep ? 1 : 0 })],
    vjp: ({ x: [x], y: [y], dy, attrs: { axes } }) => {
      const shape = kept((x as Tensor).shape, axes);
      return [rule({ x: x as Tensor, y: reshape(y as Tensor, shape), dy: reshape(dy, shape), axes })];
    },
  });
  return (x: Tensor, axes?: Axes, keep = false): Tensor => {
    const list = normalizeAxes(name, axes, x.rank);
    return list.length === 0 ? x : op.one([x], { axes: list, keep });
  };
}

/** Sum over `axes` (all when left out). */
export const sum = reduction('sum', 'ReduceSum', ({ x, dy }) => expand(dy, x.shape));
/** Largest element; ties share the gradient equally. */
export const max = reduction('max', 'ReduceMax', ({ x, y, dy, axes }) => shareTies(x, y, dy, axes));
/** Smallest element; ties share the gradient equally. */
export const min = reduction('min', 'ReduceMin', ({ x, y, dy, axes }) => shareTies(x, y, dy, axes));
/** Mean over `axes` (all when left out). */
export const mean = reduction('mean', 'ReduceMean', ({ x, dy, axes }) => {
  const count = staticSize(
    'mean',
    axes.map((a) => x.dim(a)),
  );
  return expand(mul(dy, 1 / count), x.shape);
});
/** Sum of squares over `axes` (all when left out). */
export const sumSquare = reduction('sumSquare', 'ReduceSumSquare', ({ x, dy }) => mul(mul(dy, 2), x));

function shareTies(x: Tensor, y: Tensor, dy: Tensor, axes: readonly number[]): Tensor {
  const hit = cast(equal(x, y), x.dtype);
  return mul(hit, div(dy, sum(hit, axes, true)));
}

/** log(sum(exp(x))) over one axis, stable. */
export function logSumExp(x: Tensor, axis = -1, keep = false): Tensor {
  const top = max(x, axis, true);
  const y = sum(x.sub(top).exp(), axis, true).log().add(top);
  return keep ? y : reshape(y, reduced(x.shape, { axes: normalizeAxes('logSumExp', axis, x.rank), keep: false }));
}

/** Sums a broadcast tensor back to `shape`: the one place where broadcasting is undone. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (x.rank === shape.length && x.shape.every((d, i) => d === shape[i])) return x;
  const extra = x.rank - shape.length;
  if (extra < 0) return expand(x, shape); // a gradient that is still a scalar
  const axes: number[] = [];
  x.shape.forEach((d, i) => {
    const target = shape[i - extra];
    if (i < extra || (target === 1 && d !== 1)) axes.push(i);
    else if (d !== target && d !== 1) throw shapeError('sumTo', `cannot sum ${showShape(x.shape)} to ${showShape(shape)}`);
  });
  const y = axes.length > 0 ? sum(x, axes, true) : x;
  const flat = y.rank === shape.length ? y : reshape(y, y.shape.slice(extra));
  return expand(flat, shape);
}

/** A zero tensor of a shape. */
export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return expand(constant(0, dtype), shape);
}

declare module '../tensor.js' {
  interface Tensor {
    sum(axes?: Axes, keep?: boolean): Tensor;
    mean(axes?: Axes, keep?: boolean): Tensor;
    max(axes?: Axes, keep?: boolean): Tensor;
  }
}
Tensor.prototype.sum = function (axes, keep) {
  return sum(this, axes, keep);
};
Tensor.prototype.mean = function (axes, keep) {
  return mean(this, axes, keep);
};
Tensor.prototype.max = function (axes, keep) {
  return max(this, axes, keep);
};
