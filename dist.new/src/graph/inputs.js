// Named inputs, and the scope that gives their names a prefix and their dimensions sizes.
import { SensoriumError } from '../util/errors.js';
import { factors, product, showShape, summands } from './shape.js';
import { currentScope, Input, topological } from './tensor.js';
let open;
/**
 * Runs `trace`, in which `input(name, …)` declares `prefix + name` with `sizes` for its named dimensions. Equal names give the same tensor
 * there, so parts that need the same input may each declare it. Scopes nest: prefixes follow one another, inner sizes win.
 */
export function withInputs({ prefix = '', sizes = {} }, trace) {
    const outer = open;
    open = {
        prefix: (outer?.prefix ?? '') + prefix,
        sizes: { ...outer?.sizes, ...sizes },
        declared: outer?.declared ?? new Map(),
    };
    try {
        return trace();
    }
    finally {
        open = outer;
    }
}
/**
 * A named input. `shape` may hold names. Errors: `graph.input` for a name that the scope has with another shape or type.
 */
export function input(name, shape, dtype = 'float32') {
    if (!open)
        return new Input(name, { shape, dtype });
    const full = open.prefix + name;
    const made = new Input(full, { shape: sized(shape), dtype });
    const known = open.declared.get(full);
    if (known && (known.dtype !== dtype || showShape(known.shape) !== showShape(made.shape)))
        throw new SensoriumError('graph.input', `the input '${full}' is declared twice, in different ways`, {
            place: currentScope(),
            expected: String(known),
            got: String(made),
        });
    if (!known)
        open.declared.set(full, made);
    return known ?? made;
}
/** A shape with the sizes of the open scope in place of its names; the same shape outside of one. */
export function sized(shape) {
    const { sizes } = open ?? {};
    return sizes && shape.some((d) => typeof d === 'string') ? shape.map((d) => sizeIn(d, sizes)) : shape;
}
/** A dimension with numbers for the names that have one. */
function sizeIn(dim, sizes) {
    if (typeof dim === 'number')
        return dim;
    const known = Object.hasOwn(sizes, dim) ? sizes[dim] : undefined;
    if (known !== undefined)
        return known;
    const terms = summands(dim);
    if (terms.length > 1) {
        const each = terms.map((term) => sizeIn(term, sizes));
        return each.every((d) => typeof d === 'number') ? each.reduce((a, b) => a + b, 0) : `(${each.join('+')})`;
    }
    const parts = factors(dim);
    return parts.length === 1 ? dim : product(parts.map((part) => (/^\d+$/.test(part) ? Number(part) : sizeIn(part, sizes))));
}
/** The inputs that `outputs` depend on. */
export function inputsOf(outputs) {
    return topological(outputs).leaves.filter((leaf) => leaf instanceof Input);
}
/**
 * Sizes of the named dimensions of `inputs`, read off the tensors that they are fed. Inputs without a tensor are left out.
 * Errors: `graph.input` for a tensor that does not fit its input or the others.
 */
export function sizesOf(inputs, feeds) {
    const sizes = {};
    const misfit = ({ name, shape }, got) => new SensoriumError('graph.input', `the tensor for '${name}' does not fit`, {
        place: name,
        expected: showShape(shape.map((d) => sizeIn(d, sizes))),
        got: showShape(got),
    });
    const fed = inputs.flatMap((one) => {
        const got = feeds[one.name]?.shape;
        if (got && got.length !== one.shape.length)
            throw misfit(one, got);
        return got ? one.shape.map((dim, axis) => ({ dim, size: got[axis], one, got })) : [];
    });
    // Plain names first: what is left of a product then follows from the names in it.
    const isPlain = (dim) => typeof dim === 'number' || (factors(dim).length === 1 && summands(dim).length === 1);
    for (const { dim, size, one, got } of [...fed.filter((d) => isPlain(d.dim)), ...fed.filter((d) => !isPlain(d.dim))]) {
        const left = sizeIn(dim, sizes);
        if (typeof left === 'number') {
            if (left !== size)
                throw misfit(one, got);
            continue;
        }
        const names = factors(left).filter((part) => !/^\d+$/.test(part));
        if (names.length !== 1 || summands(left).length > 1)
            continue; // two unknowns: other inputs have them, or nothing does
        const rest = product(factors(left).filter((part) => part !== names[0]));
        const each = size / Number(rest);
        if (!Number.isInteger(each))
            throw misfit(one, got);
        sizes[names[0]] = each;
    }
    return sizes;
}
//# sourceMappingURL=inputs.js.map