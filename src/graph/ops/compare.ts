// Comparisons, logic, choice between two tensors, and casts.

import { DATA_TYPE } from '../../onnx/constants.js';
import type { DType } from '../../util/host.js';
import { defineOp } from '../op.js';
import { broadcast, sameDtype, shapeError } from '../shape.js';
import { constant, Tensor } from '../tensor.js';

type None = Record<string, never>;
type Operand = Tensor | number;
const lift = (x: Operand, dtype: DType): Tensor => (x instanceof Tensor ? x : constant(x, dtype));

const boolean = (name: string, x: Tensor): void => {
  if (x.dtype !== 'bool') throw shapeError(name, `needs bool tensors, got ${x}`);
};

function comparison(name: string, onnx: string): (a: Tensor, b: Operand) => Tensor {
  const op = defineOp<None>({
    name,
    infer: ([a, b]) => {
      sameDtype(name, [a as Tensor, b as Tensor]);
      if (name === 'and' || name === 'or') boolean(name, a as Tensor);
      return [{ shape: broadcast(name, (a as Tensor).shape, (b as Tensor).shape), dtype: 'bool' }];
    },
    emit: (e, inputs) => [e.op(onnx, inputs)],
    vjp: null,
  });
  return (a, b) => op.one([a, lift(b, a.dtype)], {});
}

export const equal = comparison('equal', 'Equal');
export const less = comparison('less', 'Less');
export const greater = comparison('greater', 'Greater');
export const lessEqual = comparison('lessEqual', 'LessOrEqual');
export const greaterEqual = comparison('greaterEqual', 'GreaterOrEqual');
/** Logical and of two bool tensors. */
export const and = comparison('and', 'And');
/** Logical or of two bool tensors. */
export const or = comparison('or', 'Or');

const notOp = defineOp<None>({
  name: 'not',
  infer: ([x]) => {
    boolean('not', x as Tensor);
    return [{ shape: (x as Tensor).shape, dtype: 'bool' }];
  },
  emit: (e, inputs) => [e.op('Not', inputs)],
  vjp: null,
});
/** Logical not. */
export function not(x: Tensor): Tensor {
  return notOp.one([x], {});
}

const whereOp = defineOp<None>({
  name: 'where',
  infer: ([c, a, b]) => {
    if ((c as Tensor).dtype !== 'bool') throw shapeError('where', `the condition must be bool, got ${c}`);
    const dtype = sameDtype('where', [a as Tensor, b as Tensor]);
    return [{ shape: broadcast('where', (c as Tensor).shape, broadcast('where', (a as Tensor).shape, (b as Tensor).shape)), dtype }];
  },
  emit: (e, inputs) => [e.op('Where', inputs)],
  vjp: ({ x: [c], dy }) => [null, where(c as Tensor, dy, 0), where(c as Tensor, 0, dy)],
});
/** a where `condition`, else b; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : 'float32';
  return whereOp.one([condition, lift(a, dtype), lift(b, dtype)], {});
}

const castOp = defineOp<{ to: DType }>({
  name: 'cast',
  infer: ([x], { to }) => [{ shape: (x as Tensor).shape, dtype: to }],
  emit: (e, inputs, { to }) => [e.op('Cast', inputs, { to: DATA_TYPE[to] })],
  vjp: ({ x: [x], dy }) => [(x as Tensor).dtype.includes('float') ? cast(dy, (x as Tensor).dtype) : null],
});
/** Converts the dtype; the same tensor when it is already that. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : castOp.one([x], { to });
}

declare module '../tensor.js' {
  interface Tensor {
    cast(to: DType): Tensor;
    equal(b: Operand): Tensor;
    greater(b: Operand): Tensor;
    less(b: Operand): Tensor;
  }
}
Tensor.prototype.cast = function (to) {
  return cast(this, to);
};
Tensor.prototype.equal = function (b) {
  return equal(this, b);
};
Tensor.prototype.greater = function (b) {
  return greater(this, b);
};
Tensor.prototype.less = function (b) {
  return less(this, b);
};
