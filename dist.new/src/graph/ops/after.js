// An order that data do not give: a value that is not there before another one is. What is recomputed late begins with it.
import { DATA_TYPE } from '../../onnx/constants.js';
import { hostTensor } from '../../util/host.js';
import { defineOp } from '../op.js';
import { shapeError } from '../shape.js';
const afterOp = defineOp({
    name: 'after',
    infer: ([x]) => {
        const { shape, dtype } = x;
        if (shape.some((d) => typeof d !== 'number'))
            throw shapeError('after', 'needs fixed sizes');
        return [{ shape, dtype }];
    },
    // x is joined with none of the elements of `other`: a copy, bit for bit, that no optimizer can tell from x itself or move ahead.
    emit: (e, [x, other], _, node) => {
        const [value, control] = node.inputs;
        const [first, ...rest] = value.rank === 0 ? [1] : value.shape;
        const flat = e.op('Reshape', [other, e.ints([-1])]);
        const none = e.op('Slice', [flat, e.ints([0]), e.ints([0]), e.ints([0])]);
        const cast = control.dtype === value.dtype ? none : e.op('Cast', [none], { to: DATA_TYPE[value.dtype] });
        const empty = rest.length === 0 ? cast : e.op('Reshape', [cast, sizes(e, [0, ...rest])], { allowzero: 1 });
        if (value.rank > 0)
            return [e.op('Concat', [x, empty], { axis: 0 })];
        const joined = e.op('Concat', [e.op('Reshape', [x, e.ints([first])]), empty], { axis: 0 });
        return [e.op('Reshape', [joined, e.value(hostTensor('int64', [0], []))])];
    },
    vjp: ({ dy }) => [dy, null],
});
const sizes = (e, dims) => e.value(hostTensor('int64', [dims.length], [...dims]));
/** The value of `x`, which is not computed from before `other` is known. Sizes are fixed. Costs a copy of x; `other` gets no gradient. */
export function after(x, other) {
    return afterOp.one([x, other], {});
}
//# sourceMappingURL=after.js.map