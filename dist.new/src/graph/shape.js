// Shape arithmetic and the errors it raises: broadcasting, axes, products of named dimensions.
import { SensoriumError } from '../util/errors.js';
import { currentScope } from './tensor.js';
/** A shape error that names the op and the module path. */
export function shapeError(op, message) {
    return new SensoriumError('graph.shape', `${op}: ${message}`, { place: currentScope() || 'the traced function' });
}
/** A shape as errors write it: `[batch,576]`. */
export function showShape(shape) {
    return `[${shape.join(',')}]`;
}
/** NumPy broadcasting of two shapes. */
export function broadcast(op, a, b) {
    const rank = Math.max(a.length, b.length);
    const out = [];
    for (let i = 0; i < rank; i++) {
        const x = a[a.length - rank + i] ?? 1;
        const y = b[b.length - rank + i] ?? 1;
        if (x === y || y === 1)
            out.push(x);
        else if (x === 1)
            out.push(y);
        else
            throw shapeError(op, `cannot broadcast ${showShape(a)} with ${showShape(b)}: ${x} and ${y} differ`);
    }
    return out;
}
/** Non-negative axis, checked. */
export function normalizeAxis(op, axis, rank) {
    const a = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || a < 0 || a >= rank)
        throw shapeError(op, `axis ${axis} is out of range for rank ${rank}`);
    return a;
}
/** Sorted, distinct, non-negative axes; all of them when left out. */
export function normalizeAxes(op, axes, rank) {
    if (axes === undefined)
        return Array.from({ length: rank }, (_, i) => i);
    const list = (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis(op, a, rank));
    if (new Set(list).size !== list.length)
        throw shapeError(op, `an axis is given twice in [${list.join(',')}]`);
    return list.sort((x, y) => x - y);
}
/** Cuts at `mark` outside parentheses. */
function cut(dim, mark) {
    const parts = [''];
    let depth = 0;
    for (const c of dim) {
        if (c === '(')
            depth++;
        if (c === ')')
            depth--;
        if (c === mark && depth === 0)
            parts.push('');
        else
            parts[parts.length - 1] += c;
    }
    return parts;
}
/** The factors of a named dimension: `2*batch` is 2 and batch. */
export function factors(dim) {
    return cut(String(dim), '*');
}
/** The terms of a sum, which is how joined named axes are written: `(past+seq)` is past and seq. */
export function summands(dim) {
    return dim.startsWith('(') && dim.endsWith(')') && factors(dim).length === 1 ? cut(dim.slice(1, -1), '+') : [dim];
}
/** Product of dimensions; names multiply as `a*b` in sorted order with the number first. */
export function product(dims) {
    let n = 1;
    const names = [];
    for (const d of dims) {
        if (typeof d === 'number')
            n *= d;
        else
            for (const part of factors(d)) {
                if (/^\d+$/.test(part))
                    n *= Number(part);
                else
                    names.push(part);
            }
    }
    if (names.length === 0 || n === 0)
        return n;
    names.sort();
    return n === 1 ? names.join('*') : `${n}*${names.join('*')}`;
}
/** Total number of elements that must be fixed. */
export function staticSize(op, shape) {
    const n = product(shape);
    if (typeof n !== 'number')
        throw shapeError(op, `needs a fixed shape, got ${showShape(shape)}`);
    return n;
}
/** Checks that all tensors have one dtype. */
export function sameDtype(op, tensors) {
    const first = tensors[0].dtype;
    for (const t of tensors)
        if (t.dtype !== first)
            throw shapeError(op, `dtypes differ: ${tensors.map((x) => x.dtype).join(', ')}`);
    return first;
}
/** Checks a float dtype. */
export function floating(op, x) {
    if (!x.dtype.includes('float'))
        throw shapeError(op, `needs a float tensor, got ${x}`);
}
/** Checks an index dtype. */
export function indexing(op, x) {
    if (x.dtype !== 'int32' && x.dtype !== 'int64')
        throw shapeError(op, `indices must be int32 or int64, got ${x}`);
}
//# sourceMappingURL=shape.js.map