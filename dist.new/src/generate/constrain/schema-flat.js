// A schema without combinators, and what holds when two of them hold at once.
import { escapePointer, impliedTypes } from './schema-keywords.js';
const LOWER = ['minLength', 'minItems', 'minProperties', 'minimum', 'exclusiveMinimum'];
const UPPER = ['maxLength', 'maxItems', 'maxProperties', 'maximum', 'exclusiveMaximum'];
/** Formats of numbers that OpenAPI defines. */
const INTEGERS = {
    int32: [-(2 ** 31), 2 ** 31 - 1],
    int64: [-(2 ** 63), 2 ** 63],
};
/** The keywords of one schema itself. `anyType`: without `type` it is meant for all, whatever its keywords are about. */
export function ownFlat(s, at, anyType = false) {
    const bounds = boundsOf(s);
    const place = (value, path) => ({ schema: value, at: `${at}/${path}` });
    const maybe = (key) => (s[key] === undefined ? undefined : place(s[key], key));
    const entries = (key) => Object.entries((s[key] ?? {})).map(([k, v]) => [k, place(v, `${key}/${escapePointer(k)}`)]);
    const values = [...(s.enum !== undefined ? [s.enum] : []), ...(s.const !== undefined ? [[s.const]] : [])];
    const combined = anyType || ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if'].some((k) => s[k] !== undefined);
    // Where parts are merged in, what they say about the type counts; alone, the keywords do.
    const types = s.type === undefined ? impliedTypes(combined || values.length > 0 ? {} : s) : [s.type].flat();
    // Draft 7 writes tuples as a list of items, and what follows them as additionalItems.
    const tuple = Array.isArray(s.items) ? 'items' : 'prefixItems';
    const items = tuple === 'items' ? maybe('additionalItems') : maybe('items');
    const integers = INTEGERS[s.format];
    if (integers && types.some((t) => t === 'integer' || t === 'number')) {
        bounds.minimum = Math.max(bounds.minimum ?? integers[0], integers[0]);
        bounds.maximum = Math.min(bounds.maximum ?? integers[1], integers[1]);
    }
    const [names, additional, unevaluated, unevaluatedItems] = ['propertyNames', 'additionalProperties', 'unevaluatedProperties', 'unevaluatedItems'].map(maybe); // biome-ignore format: one line
    return {
        types,
        valid: s.type === undefined ? impliedTypes({}) : types,
        at,
        ...(values.length > 0 ? { enum: values.reduce(common) } : {}),
        excluded: [],
        patterns: s.pattern === undefined ? [] : [s.pattern],
        formats: s.format === undefined ? [] : [s.format],
        multiples: s.multipleOf === undefined ? [] : [s.multipleOf],
        bounds,
        properties: new Map(entries('properties')),
        required: [...new Set((s.required ?? []))],
        named: entries('patternProperties').map(([pattern, placed]) => ({ pattern, ...placed })),
        ...(names ? { names } : {}),
        ...(additional ? { additional } : {}),
        ...(unevaluated ? { unevaluated } : {}),
        prefix: (s[tuple] ?? []).map((v, i) => place(v, `${tuple}/${i}`)),
        ...(items ? { items } : {}),
        ...(unevaluatedItems ? { unevaluatedItems } : {}),
        unique: s.uniqueItems === true,
    };
}
/** Draft 4 writes exclusive bounds as `true` beside the bound. */
function boundsOf(s) {
    const bounds = {};
    for (const key of [...LOWER, ...UPPER])
        if (typeof s[key] === 'number')
            bounds[key] = s[key];
    for (const [flag, bound] of [['exclusiveMinimum', 'minimum'], ['exclusiveMaximum', 'maximum']]) // biome-ignore format: pairs
        if (s[flag] === true && bounds[bound] !== undefined) {
            bounds[flag] = bounds[bound];
            delete bounds[bound];
        }
    return bounds;
}
/** Both at once; undefined where no value can be both. */
export function merge(a, b, context) {
    context.budget.spend(4 + a.properties.size + b.properties.size + a.required.length + b.required.length + (a.enum?.length ?? 0));
    const types = bothTypes(a.types, b.types);
    const values = a.enum && b.enum ? common(a.enum, b.enum) : (a.enum ?? b.enum);
    if (types.length === 0 || values?.length === 0)
        return undefined;
    const bounds = { ...a.bounds };
    for (const [key, value] of Object.entries(b.bounds)) {
        const before = bounds[key];
        bounds[key] = before === undefined ? value : LOWER.includes(key) ? Math.max(before, value) : Math.min(before, value);
    }
    const both = (x, y) => all(x, y, context);
    const properties = new Map();
    for (const name of new Set([...a.properties.keys(), ...b.properties.keys()])) {
        const value = both(propertyOf(a, name, context), propertyOf(b, name, context));
        if (value)
            properties.set(name, value);
    }
    const named = [
        ...a.named.map(({ pattern, ...own }) => ({ pattern, ...both(own, b.additional) })),
        ...b.named.map(({ pattern, ...own }) => ({ pattern, ...both(own, a.additional) })),
    ];
    const prefix = Array.from({ length: Math.max(a.prefix.length, b.prefix.length) }, (_, i) => both(a.prefix[i] ?? a.items, b.prefix[i] ?? b.items));
    const optional = {
        enum: values,
        additional: both(a.additional, b.additional),
        names: both(a.names, b.names),
        unevaluated: both(a.unevaluated, b.unevaluated),
        items: both(a.items, b.items),
        unevaluatedItems: both(a.unevaluatedItems, b.unevaluatedItems),
    };
    const merged = {
        types,
        valid: bothTypes(a.valid, b.valid),
        at: a.at,
        excluded: [...a.excluded, ...b.excluded],
        patterns: [...new Set([...a.patterns, ...b.patterns])],
        formats: [...new Set([...a.formats, ...b.formats])],
        multiples: [...new Set([...a.multiples, ...b.multiples])],
        bounds,
        properties,
        required: [...new Set([...a.required, ...b.required])],
        named,
        prefix: prefix,
        unique: a.unique || b.unique,
    };
    return Object.assign(merged, Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)));
}
/** What the value of a name must satisfy; undefined where the schema does not say. */
export function propertyOf(f, name, context) {
    let value = f.properties.get(name);
    for (const { pattern, ...own } of f.named)
        if (context.matches(pattern, name, `schema ${own.at}`))
            value = all(value, own, context);
    return value ?? f.additional;
}
/** Two schemas at once. */
export function all(a, b, context) {
    if (!a || !b)
        return a ?? b;
    if (a.schema === false || b.schema === true)
        return a;
    if (b.schema === false || a.schema === true)
        return b;
    const parts = new Map();
    for (const part of [...conjuncts(a.schema), ...conjuncts(b.schema)]) {
        const key = JSON.stringify(part);
        context.budget.spend(1 + (key.length >> 3));
        parts.set(key, part);
    }
    return parts.size === 1 ? a : { schema: { allOf: [...parts.values()] }, at: a.at };
}
/** The parts of a schema that is nothing but an allOf: joined without nesting, recursive schemas stay finite. */
const conjuncts = (schema) => typeof schema === 'object' && Array.isArray(schema.allOf) && Object.keys(schema).length === 1
    ? schema.allOf.flatMap(conjuncts)
    : [schema];
/** Types of both; integers are numbers. */
export function bothTypes(a, b) {
    const has = (list, t) => list.includes(t) || (t === 'integer' && list.includes('number'));
    return [...new Set([...a, ...b])].filter((t) => has(a, t) && has(b, t));
}
/** A value as text, equal for equal values: keys sorted. */
export function canonical(value) {
    return JSON.stringify(value, (_, v) => typeof v === 'object' && v !== null && !Array.isArray(v)
        ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
        : v);
}
/** Values of both lists. */
export function common(a, b) {
    const texts = new Set(b.map(canonical));
    return a.filter((v) => texts.has(canonical(v)));
}
/** Types that values can really have: those that are written, or those that are `valid`. */
export function typesOf(f, types = f.types) {
    return f.enum ? types.filter((t) => f.enum?.some((v) => isOfType(v, t))) : types;
}
/** True when a value is of a type of JSON Schema; 1.0 is an integer. */
export function isOfType(value, type) {
    if (type === 'null')
        return value === null;
    if (type === 'array')
        return Array.isArray(value);
    if (type === 'object')
        return typeof value === 'object' && value !== null && !Array.isArray(value);
    if (type === 'integer')
        return Number.isInteger(value);
    return typeof value === type;
}
//# sourceMappingURL=schema-flat.js.map