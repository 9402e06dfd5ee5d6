// Arrays of a schema: tuples, counted items, and items that differ where there are finitely many.
import { tooLarge } from './errors.js';
import { alt, call, EMPTY, isNever, NEVER, seq, text } from './node.js';
import { canonical, isOfType } from './schema-flat.js';
import { refuse } from './schema-keywords.js';
import { alternatives } from './schema-merge.js';
import { literals } from './strings.js';
/** Values whose every order is a rule of its own. */
const MOST_ORDERED = 6;
/** Integers of a range that are taken one by one. */
const MOST_VALUES = 256;
/** An array. */
export function arrayNode(f, low) {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = f.bounds;
    if (maxItems < minItems)
        return NEVER;
    if (f.unique && maxItems > 1)
        return differing(f, low, minItems, maxItems);
    return listed(f, low, minItems, maxItems, (placed) => low.value(placed));
}
/** Items one after another, each made by `value`. */
function listed(f, low, minItems, maxItems, value) {
    // Items nobody describes are left out, as far as the number of items allows.
    const described = f.items ?? f.unevaluatedItems;
    const undescribed = described === undefined && f.prefix.length > 0;
    const rest = value(described ?? { schema: true, at: f.at }, minItems - 1);
    const most = undescribed ? Math.min(maxItems, Math.max(f.prefix.length, minItems)) : maxItems;
    const counted = most === Number.POSITIVE_INFINITY ? Math.max(f.prefix.length, minItems, 1) : most;
    if (counted > low.context.states)
        tooLarge('items that are counted', low.context.states, `schema ${f.at}`);
    low.context.budget.spend(counted);
    const next = seq(low.comma, rest);
    const items = [];
    for (let i = 0; i < counted; i++) {
        const placed = f.prefix[i];
        const item = placed ? value(placed, Math.min(i, minItems - 1)) : rest;
        if (isNever(item)) {
            if (i < minItems)
                return NEVER;
            break;
        }
        items.push(i === 0 ? item : placed ? seq(low.comma, item) : next);
    }
    const loop = most === Number.POSITIVE_INFINITY && items.length === counted && !isNever(rest) ? next : undefined;
    // With a loop behind it the chain must have run to its end, which it may do from `minItems` on.
    return seq(text('['), low.ws, { kind: 'chain', items, min: minItems, ...(loop ? { loop } : {}) }, low.ws, text(']'));
}
/** Items that differ: of a few values all orders are written out, else what is written is watched. */
function differing(f, low, min, max) {
    const items = f.items ?? f.unevaluatedItems ?? { schema: true, at: f.at };
    const values = f.prefix.length === 0 ? valuesOf(items, low) : undefined;
    if (!values || values.length > MOST_ORDERED)
        return watched(f, low, min, max);
    if (values.length < min)
        return NEVER;
    const close = seq(low.ws, text(']'));
    const open = seq(text('['), low.ws);
    // One rule for each set of values that are written: it writes another one and goes on.
    const key = `${canonical(values)}${min},${max}`;
    const after = (used, count) => call(low.shared(`(differing${used}${key})`, f.at, () => ({
        node: alt(...values.flatMap((v, i) => {
            if (used & (1 << i))
                return [];
            const written = count + 1;
            const more = written < Math.min(max, values.length) ? seq(low.comma, after(used | (1 << i), written)) : NEVER;
            return [seq(literals([v], low.context), alt(written >= min ? close : NEVER, more))];
        })),
    })));
    return seq(open, alt(min === 0 ? close : NEVER, values.length > 0 && max > 0 ? after(0, 0) : NEVER), EMPTY);
}
/** Items that differ, as a rule whose items are compared while they are written. One such array inside another has one item at most. */
function watched(f, low, min, max) {
    const { exact } = low;
    if (low.isExact) {
        if (min > 1)
            refuse(`${f.at}/uniqueItems`, 'that items differ cannot be promised in an array whose items differ', {
                expected: 'minItems of at most 1, or items of at most six values',
                got: min,
            });
        low.context.warn(`${f.at}/uniqueItems`, 'arrays whose items differ have one item at most where they are items that differ');
        return listed(f, low, min, 1, (placed) => low.value(placed));
    }
    const item = (placed, index) => {
        const value = exact.value(placed);
        const key = `(item${canonical(placed.schema)}${index})`;
        return isNever(value) ? NEVER : call(exact.shared(key, placed.at, () => ({ node: value, role: 'item', least: index + 1 })));
    };
    const key = `(differing${canonical([f.items, f.prefix, f.unevaluatedItems])}${min},${max})`;
    return call(exact.shared(key, `${f.at}/uniqueItems`, () => ({ node: listed(f, exact, min, max, item), role: 'array' })));
}
/** All values of a schema, where there are not many. */
function valuesOf(placed, low) {
    const out = new Map();
    for (const f of alternatives(low.context, placed)) {
        const add = (values) => {
            for (const v of values)
                out.set(canonical(v), v);
        };
        if (f.enum) {
            add(low.constants(f));
            continue;
        }
        for (const type of f.types) {
            if (type === 'null')
                add([null]);
            else if (type === 'boolean')
                add([true, false]);
            else {
                const { minimum, maximum, exclusiveMinimum = Number.NEGATIVE_INFINITY, exclusiveMaximum = Number.POSITIVE_INFINITY } = f.bounds;
                const lo = Math.max(Math.ceil(minimum ?? Number.NEGATIVE_INFINITY), Math.floor(exclusiveMinimum) + 1);
                const hi = Math.min(Math.floor(maximum ?? Number.POSITIVE_INFINITY), Math.ceil(exclusiveMaximum) - 1);
                if (type !== 'integer' || !(hi - lo < MOST_VALUES))
                    return undefined;
                const range = Array.from({ length: Math.max(0, hi - lo + 1) }, (_, i) => lo + i);
                add(low.constants({ ...f, enum: range }));
            }
        }
        if (f.excluded.some((v) => [...out.values()].some((w) => isOfType(w, 'boolean') && canonical(v) === canonical(w))))
            return undefined;
    }
    return [...out.values()];
}
//# sourceMappingURL=arrays.js.map