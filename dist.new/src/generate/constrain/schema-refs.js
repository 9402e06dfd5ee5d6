// References by `$id` and `$anchor`, rewritten to pointers: after this a schema refers to its own document by `#/…` alone.
import { escapePointer } from './schema-keywords.js';
/** Keywords whose values are data, not schemas. */
const DATA = new Set(['enum', 'const', 'default', 'example', 'examples']);
/** Stands for the place of a document that has no `$id`. */
const NOWHERE = 'schema://document';
/**
 * The same schema with pointers for `$ref`, `$dynamicRef` and `$recursiveRef`, as far as they lead to a place in it. What leads out of it
 * stays as it is. `$id` gives the base of references below it, as in RFC 3986.
 */
export function withPointers(root, budget) {
    const places = new Map();
    let plain = true;
    visit(root, '#', NOWHERE, budget, (schema, at, base) => {
        if (at !== '#' && typeof schema.$id === 'string')
            plain = false;
        for (const key of ['$ref', '$dynamicRef', '$recursiveRef']) {
            const ref = schema[key];
            if (typeof ref === 'string' && (key !== '$ref' || !/^#(\/|$)/.test(ref)))
                plain = false;
        }
        if (at === '#' || isId(schema))
            places.set(base, at);
        for (const key of ['$anchor', '$dynamicAnchor', '$id'])
            if (typeof schema[key] === 'string') {
                const name = schema[key].replace(/^#/, '');
                if (key !== '$id' || schema.$id.startsWith('#'))
                    places.set(`${base}#${name}`, at);
            }
    });
    if (plain)
        return root;
    const bases = new Map();
    visit(root, '#', NOWHERE, budget, (schema, _, base) => bases.set(schema, base));
    const rewrite = (value) => {
        if (typeof value !== 'object' || value === null)
            return value;
        if (Array.isArray(value))
            return value.map(rewrite);
        const base = bases.get(value);
        const out = [];
        for (const [key, part] of Object.entries(value)) {
            const isRef = key === '$ref' || key === '$dynamicRef' || key === '$recursiveRef';
            if (base !== undefined && isRef && typeof part === 'string') {
                const pointer = pointerOf(places, part, base);
                out.push(pointer === undefined ? [key, part] : ['$ref', pointer]);
            }
            else
                out.push([key, DATA.has(key) && base !== undefined ? part : rewrite(part)]);
        }
        return Object.fromEntries(out);
    };
    return rewrite(root);
}
function pointerOf(places, ref, base) {
    const absolute = resolve(ref, base);
    if (absolute === undefined)
        return undefined;
    const [document = '', fragment = ''] = absolute.split('#');
    const named = places.get(`${document}#${fragment}`);
    if (fragment !== '' && named !== undefined)
        return named;
    const place = places.get(document);
    if (place === undefined || (fragment !== '' && !fragment.startsWith('/')))
        return undefined;
    return place + fragment;
}
const isId = (schema) => typeof schema.$id === 'string' && !schema.$id.startsWith('#');
function resolve(ref, base) {
    return URL.canParse(ref, base) ? new URL(ref, base).href : undefined;
}
/** Calls `each` for every object that may be a schema, with its pointer and the base of its references. */
function visit(value, at, base, budget, each) {
    budget.spend(1);
    if (typeof value !== 'object' || value === null)
        return;
    if (Array.isArray(value)) {
        for (const [i, part] of value.entries())
            visit(part, `${at}/${i}`, base, budget, each);
        return;
    }
    const schema = value;
    const own = isId(schema) ? (resolve(schema.$id, base)?.split('#')[0] ?? base) : base;
    each(schema, at, own);
    for (const [key, part] of Object.entries(schema))
        if (!DATA.has(key))
            visit(part, `${at}/${encodeURIComponent(escapePointer(key)).replaceAll('%24', '$')}`, own, budget, each);
}
//# sourceMappingURL=schema-refs.js.map