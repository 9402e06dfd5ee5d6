// An order that data do not give: a value that is not there before another one is. What is recomputed late begins with it.

import { DATA_TYPE } from '../../onnx/constants.js';
import { hostTensor } from '../../util/host.js';
import { defineOp, type Emitter } from '../op.js';
import { shapeError } from '../shape.js';
import type { Tensor } from '../tensor.js';

const afterOp = defineOp({
  name: 'after',
  infer: ([x]) => {
    const { shape, dtype } = x as Tensor;
    if (shape.some((d) => typeof d !== 'number')) throw shapeError('after', 'needs fixed sizes');
    return [{ shape, dtype }];
  },
  // x is joined with none of the elements of `other`: a copy, bit for bit, that no optimizer can tell from x itself or move ahead.
  emit: (e, [x, other], _, node) => {
    const [value, control] = node.inputs as [Tensor, Tensor];
    const [first, ...rest] = value.rank === 0 ? [1] : (value.shape as number[]);
    const flat = e.op('Reshape', [other as string, e.ints([-1])]);
    const none = e.op('Slice', [flat, e.ints([0]), e.ints([0]), e.ints([0])]);
    const cast = control.dtype === value.dtype ? none : e.op('Cast', [none], { to: DATA_TYPE[value.dtype] });
    const empty = rest.length === 0 ? cast : e.op('Reshape', [cast, sizes(e, [0, ...rest])], { allowzero: 1 });
    if (value.rank > 0) return [e.op('Concat', [x as string, empty], { axis: 0 })];
    const joined = e.op('Concat', [e.op('Reshape', [x as string, e.ints([first as number])]), empty], { axis: 0 });
    return [e.op('Reshape', [joined, e.value(hostTensor('int64', [0], []))])];
  },
  vjp: ({ dy }) => [dy, null],
});

const sizes = (e: Emitter, dims: readonly number[]): string => e.value(hostTensor('int64', [dims.length], [...dims]));

/** The value of `x`, which is not computed from before `other` is known. Sizes are fixed. Costs a copy of x; `other` gets no gradient. */
export function after(x: Tensor, other: Tensor): Tensor {
  return afterOp.one([x, other], {});
}
