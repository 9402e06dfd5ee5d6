// Branches of `oneOf` that exclude each other: a value of one may satisfy no other, so branches are narrowed until that is certain.
import { bothTypes, common, propertyOf, typesOf } from './schema-flat.js';
import { refuse } from './schema-keywords.js';
import { alternatives } from './schema-merge.js';
/**
 * The branches of a `oneOf`, narrowed so that no value satisfies two: by other types, other constants, bounds apart, a tag (a property with
 * other constants, which is then written always), or a property that one requires and the others leave out. Throws `constrain.schema`
 * where two branches may still hold at once.
 */
export function exclusive(context, branches, at) {
    // Each is narrowed against what the schema says of the others, which is more than they write in the end.
    const out = branches.map((flats) => [...flats]);
    for (let i = 0; i < out.length; i++)
        for (let j = 0; j < out.length; j++) {
            if (i === j)
                continue;
            out[i] = out[i].map((own) => {
                let narrowed = own;
                for (const other of branches[j]) {
                    context.budget.spend(30 + own.required.length + other.required.length + own.properties.size);
                    const next = without(context, narrowed, other);
                    if (!next)
                        refuse(at, 'two branches of oneOf may hold at once', {
                            expected: 'different types, different constants, a property with different constants, or different required properties',
                            got: `${own.at} and ${other.at}`,
                            hint: 'Use anyOf where it does not matter.',
                        });
                    narrowed = next;
                }
                return narrowed;
            });
        }
    return out;
}
/** Values of `a`, as many as there is a simple form for, that do not satisfy `b`. */
function without(context, a, b) {
    if (apart(a, b))
        return a;
    if (bothTypes(typesOf(a), typesOf(b, b.valid)).some((t) => t !== 'object'))
        return undefined;
    const forbids = (f, name) => propertyOf(f, name, context)?.schema === false;
    if (b.required.some((name) => forbids(a, name)) || a.required.some((name) => forbids(b, name)))
        return a;
    const isTag = (name) => {
        const [x, y] = [a.properties.get(name), b.properties.get(name)];
        if (!x || !y)
            return false;
        const [left, right] = [scalars(context, x), scalars(context, y)];
        return left !== undefined && right !== undefined && left.every((p) => right.every((q) => apart(p, q)));
    };
    if (a.required.some(isTag))
        return a;
    // A tag with a default may be left out of what is read, and is always there in what is written.
    const tag = [...a.properties.keys()].find(isTag);
    if (tag !== undefined)
        return { ...a, required: [...a.required, tag] };
    const missing = b.required.find((name) => !a.required.includes(name));
    if (missing === undefined)
        return undefined;
    return { ...a, properties: new Map([...a.properties, [missing, { schema: false, at: `${a.at}/properties/${missing}` }]]) };
}
/** Properties that are looked into, and what was found: a property may hold the very `oneOf` that asks. */
const looked = new WeakMap();
/** The alternatives of a property, where they are scalars: nested objects are not looked into. */
function scalars(context, placed) {
    const known = looked.get(context) ?? new Map();
    looked.set(context, known);
    if (known.has(placed))
        return known.get(placed);
    if ([...known.keys()].some((other) => other.at === placed.at && known.get(other) === undefined))
        return undefined;
    known.set(placed, undefined);
    const flats = alternatives(context, placed);
    const found = flats.some((f) => typesOf(f).includes('object') && !f.enum) ? undefined : flats;
    known.set(placed, found);
    return found;
}
/** True where nothing that is written for `a` satisfies `b`, as far as types, constants and bounds tell. */
function apart(a, b) {
    const types = bothTypes(typesOf(a), typesOf(b, b.valid));
    if (types.length === 0 || (a.enum && b.enum && common(a.enum, b.enum).length === 0))
        return true;
    if (types.every((t) => t === 'integer' || t === 'number'))
        return above(a, b) || above(b, a);
    return false;
}
/** True where all numbers of `a` are larger than all of `b`. */
function above(a, b) {
    const [least, most] = [a.bounds.exclusiveMinimum ?? a.bounds.minimum, b.bounds.exclusiveMaximum ?? b.bounds.maximum];
    if (least === undefined || most === undefined)
        return false;
    const strict = a.bounds.exclusiveMinimum !== undefined || b.bounds.exclusiveMaximum !== undefined;
    return least > most || (least === most && strict);
}
//# sourceMappingURL=schema-one-of.js.map