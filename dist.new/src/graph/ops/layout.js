// Ops that move elements without changing them: reshape, transpose, expand, concat, split, slice, pad.
import { hostTensor } from '../../util/host.js';
import { sized } from '../inputs.js';
import { defineOp } from '../op.js';
import { broadcast, factors, normalizeAxis, product, sameDtype, shapeError, showShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { sumTo, zeros } from './reduce.js';
const reshapeOp = defineOp({
    name: 'reshape',
    infer: ([x], { shape }) => {
        const from = product(x.shape);
        if (shape.some((d) => typeof d === 'number' && !(Number.isInteger(d) && d >= 0)))
            throw shapeError('reshape', `${showShape(shape)} must be whole numbers`);
        if (from !== product(shape))
            throw shapeError('reshape', `cannot view ${showShape(x.shape)} as ${showShape(shape)}`);
        return [{ shape, dtype: x.dtype }];
    },
    emit: (e, [x], { shape }, node) => {
        const from = node.inputs[0].shape;
        // 0 copies the input's dimension, -1 is what remains: enough for all but two unaligned names.
        const unknown = shape.filter((d, i) => typeof d === 'string' && from[i] !== d).length;
        const target = unknown <= 1 && !shape.includes(0)
            ? e.ints(shape.map((d, i) => (typeof d === 'number' ? d : from[i] === d ? 0 : -1)))
            : e.dims(shape);
        return [e.op('Reshape', [x, target])];
    },
    vjp: ({ x: [x], dy }) => [reshape(dy, x.shape)],
});
/** Same elements, other shape; one dimension may be -1. */
export function reshape(x, shape) {
    let target = sized(shape);
    const hole = target.indexOf(-1);
    if (hole >= 0) {
        const rest = product(target.filter((_, i) => i !== hole));
        target = target.map((d, i) => (i === hole ? quotient(product(x.shape), rest, x.shape, shape) : d));
    }
    if (target.length === x.rank && target.every((d, i) => d === x.shape[i]))
        return x;
    return reshapeOp.one([x], { shape: target });
}
/** total / part for dimensions with names: removes the factors of `part`. */
function quotient(total, part, from, to) {
    const split = (d) => {
        const parts = factors(d);
        const numbers = parts.filter((p) => /^\d+$/.test(p)).map(Number);
        return [numbers.reduce((a, b) => a * b, 1), parts.filter((p) => !/^\d+$/.test(p))];
    };
    const [n, names] = split(total);
    const [m, gone] = split(part);
    for (const name of gone) {
        const at = names.indexOf(name);
        if (at < 0)
            throw shapeError('reshape', `cannot view ${showShape(from)} as ${showShape(to)}`);
        names.splice(at, 1);
    }
    if (m === 0 || n % m !== 0)
        throw shapeError('reshape', `cannot view ${showShape(from)} as ${showShape(to)}: ${n} is not a multiple of ${m}`);
    return product([n / m, ...names]);
}
export const transposeOp = defineOp({
    name: 'transpose',
    infer: ([x], { perm }) => {
        const { shape, dtype, rank } = x;
        if (perm.length !== rank || new Set(perm).size !== rank || perm.some((p) => p < 0 || p >= rank))
            throw shapeError('transpose', `[${perm.join(',')}] is not a permutation of the ${rank} axes of ${showShape(shape)}`);
        return [{ shape: perm.map((p) => shape[p]), dtype }];
    },
    emit: (e, inputs, { perm }) => [e.op('Transpose', inputs, { perm })],
    vjp: ({ dy, attrs: { perm } }) => [transpose(dy, inversePermutation(perm))],
});
function inversePermutation(perm) {
    const inverse = [];
    perm.forEach((p, i) => {
        inverse[p] = i;
    });
    return inverse;
}
/** Permutes the axes; without `perm` the last two are swapped. */
export function transpose(x, perm) {
    const r = x.rank;
    const p = perm ?? [...Array.from({ length: r - 2 }, (_, i) => i), r - 1, r - 2];
    if (p.length === r && p.every((v, i) => v === i))
        return x;
    const from = x.node;
    if (from?.op === transposeOp && p.every((v) => v in x.shape)) {
        const inner = from.attrs.perm;
        return transpose(from.inputs[0], p.map((v) => inner[v]));
    }
    return transposeOp.one([x], { perm: p });
}
const expandOp = defineOp({
    name: 'expand',
    infer: ([x], { shape }) => {
        const got = broadcast('expand', x.shape, shape);
        if (got.length !== shape.length || got.some((d, i) => d !== shape[i]))
            throw shapeError('expand', `cannot expand ${showShape(x.shape)} to ${showShape(shape)}`);
        return [{ shape, dtype: x.dtype }];
    },
    emit: (e, [x], { shape }) => [e.op('Expand', [x, e.dims(shape)])],
    vjp: ({ x: [x], dy }) => [sumTo(dy, x.shape)],
});
/** Repeats along axes of size 1 (and new leading axes) up to `shape`. */
export function expand(x, shape) {
    const target = sized(shape);
    if (x.rank === target.length && x.shape.every((d, i) => d === target[i]))
        return x;
    return expandOp.one([x], { shape: target });
}
const concatOp = defineOp({
    name: 'concat',
    infer: (xs, { axis }) => {
        const first = xs[0];
        let total = 0;
        for (const x of xs) {
            if (x.rank !== first.rank || x.shape.some((d, i) => i !== axis && d !== first.shape[i]))
                throw shapeError('concat', `shapes differ outside axis ${axis}: ${xs.map((t) => showShape(t.shape)).join(', ')}`);
            const d = x.shape[axis];
            total = typeof total === 'number' && typeof d === 'number' ? total + d : total === 0 ? d : `(${total}+${d})`;
        }
        return [{ shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: sameDtype('concat', xs) }];
    },
    emit: (e, inputs, { axis }) => [e.op('Concat', inputs, { axis })],
    vjp: ({ x, dy, attrs: { axis } }) => split(dy, x.map((t) => t.size(axis)), axis),
});
/** Joins tensors along `axis`. */
export function concat(xs, axis) {
    if (xs.length === 0)
        throw shapeError('concat', 'needs at least one tensor');
    if (xs.length === 1)
        return xs[0];
    return concatOp.one(xs, { axis: normalizeAxis('concat', axis, xs[0].rank) });
}
const splitOp = defineOp({
    name: 'split',
    infer: ([x], { sizes, axis }) => {
        const { shape, dtype } = x;
        if (sizes.length === 0 || shape[axis] !== sizes.reduce((a, b) => a + b, 0))
            throw shapeError('split', `sizes ${sizes.join('+')} do not make up axis ${axis} of ${showShape(shape)}`);
        return sizes.map((s) => ({ shape: shape.map((d, i) => (i === axis ? s : d)), dtype }));
    },
    emit: (e, [x], { sizes, axis }) => e.ops('Split', [x, e.ints(sizes)], sizes.map(() => true), { axis }),
    vjp: ({ y, dys, attrs: { axis } }) => [
        concat(y.map((t, i) => dys[i] ?? zeros(t.shape, t.dtype)), axis),
    ],
});
/** Cuts `axis` into pieces of the given sizes. */
export function split(x, sizes, axis) {
    const at = normalizeAxis('split', axis, x.rank);
    if (sizes.length === 1 && sizes[0] === x.shape[at])
        return [x];
    return splitOp([x], { sizes, axis: at });
}
const sliceOp = defineOp({
    name: 'slice',
    infer: ([x], { starts, ends, axes, steps }) => {
        const shape = [...x.shape];
        axes.forEach((axis, i) => {
            const n = shape[axis];
            const [start, end, step] = [starts[i], ends[i], steps[i]];
            if (typeof n !== 'number')
                throw shapeError('slice', `axis ${axis} of ${showShape(shape)} must have a fixed size`);
            if (start < 0 || start > n || end > n || end < start || step < 1)
                throw shapeError('slice', `[${start}:${end}:${step}] does not fit axis ${axis} of size ${n}`);
            shape[axis] = Math.ceil((end - start) / step);
        });
        return [{ shape, dtype: x.dtype }];
    },
    emit: (e, [x], { starts, ends, axes, steps }) => [
        e.op('Slice', [x, e.ints(starts), e.ints(ends), e.ints(axes), e.ints(steps)]),
    ],
    vjp: ({ x: [x], dy, attrs: { starts, axes, steps } }) => {
        const { shape } = x;
        let g = dy;
        axes.forEach((axis, i) => {
            if (steps[i] > 1)
                g = dilate(g, axis, steps[i]);
        });
        const pads = shape.map((d, axis) => {
            const at = axes.indexOf(axis);
            if (at < 0)
                return [0, 0];
            const before = starts[at];
            return [before, d - before - g.size(axis)];
        });
        return [pad(g, pads)];
    },
});
/** Puts `step`-1 zeros between the elements of one axis. */
function dilate(x, axis, step) {
    const n = x.size(axis);
    const open = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
    const padded = pad(reshape(x, open), open.map((_, i) => (i === axis + 1 ? [0, step - 1] : [0, 0])));
    const flat = reshape(padded, x.shape.map((d, i) => (i === axis ? n * step : d)));
    return slice(flat, { axis, start: 0, end: n === 0 ? 0 : (n - 1) * step + 1 });
}
/** Elements start, start+step, … below `end` of one axis; negative bounds count from the end. */
export function slice(x, options) {
    const axis = normalizeAxis('slice', options.axis, x.rank);
    const n = x.dim(axis);
    const wrap = (v) => (v < 0 ? v + x.size(axis) : v);
    const start = wrap(options.start ?? 0);
    const end = options.end === undefined ? x.size(axis) : wrap(options.end);
    const step = options.step ?? 1;
    if (start === 0 && end === n && step === 1)
        return x;
    return sliceOp.one([x], { starts: [start], ends: [end], axes: [axis], steps: [step] });
}
const padOp = defineOp({
    name: 'pad',
    infer: ([x], { pads }) => {
        const { shape, dtype, rank } = x;
        if (pads.length !== rank || pads.some(([b, a]) => b < 0 || a < 0))
            throw shapeError('pad', `needs ${rank} non-negative [before, after] pairs for ${showShape(shape)}`);
        return [
            {
                shape: shape.map((d, i) => {
                    const [b, a] = pads[i];
                    return a + b === 0 ? d : x.size(i) + a + b;
                }),
                dtype,
            },
        ];
    },
    // Every axis is named although that is the default. ONNX Runtime (1.30) moves a Pad of three inputs into a following Conv even when
    // it pads that Conv's kernel, and takes `axes` that leave some out for all of them when it moves a Transpose past the Pad.
    emit: (e, [x], { pads, value }, node) => {
        const amounts = [...pads.map((p) => p[0]), ...pads.map((p) => p[1])];
        return [
            e.op('Pad', [
                x,
                e.ints(amounts),
                e.value(hostTensor(node.inputs[0].dtype, [], [value])),
                e.ints(pads.map((_, axis) => axis)),
            ]),
        ];
    },
    vjp: ({ x: [x], dy, attrs: { pads } }) => {
        let g = dy;
        pads.forEach(([before, after], axis) => {
            if (before + after > 0)
                g = slice(g, { axis, start: before, end: before + x.size(axis) });
        });
        return [g];
    },
});
/** Adds [before, after] elements of `value` to each axis. */
export function pad(x, pads, value = 0) {
    if (pads.every(([b, a]) => b === 0 && a === 0))
        return x;
    return padOp.one([x], { pads, value });
}
/** Inserts an axis of size 1. */
export function unsqueeze(x, axis) {
    const at = axis < 0 ? axis + x.rank + 1 : axis;
    return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
/** Removes an axis of size 1. */
export function squeeze(x, axis) {
    const at = normalizeAxis('squeeze', axis, x.rank);
    if (x.shape[at] !== 1)
        throw shapeError('squeeze', `axis ${axis} of ${showShape(x.shape)} is not 1`);
    return reshape(x, x.shape.filter((_, i) => i !== at));
}
/** Stacks equal shapes along a new axis. */
export function stack(xs, axis = 0) {
    return concat(xs.map((x) => unsqueeze(x, axis)), axis);
}
Tensor.prototype.reshape = function (shape) {
    return reshape(this, shape);
};
Tensor.prototype.transpose = function (perm) {
    return transpose(this, perm);
};
Tensor.prototype.expand = function (shape) {
    return expand(this, shape);
};
Tensor.prototype.split = function (sizes, axis) {
    return split(this, sizes, axis);
};
Tensor.prototype.slice = function (options) {
    return slice(this, options);
};
Tensor.prototype.pad = function (pads, value) {
    return pad(this, pads, value);
};
Tensor.prototype.unsqueeze = function (axis) {
    return unsqueeze(this, axis);
};
Tensor.prototype.squeeze = function (axis) {
    return squeeze(this, axis);
};
//# sourceMappingURL=layout.js.map