// Objects of a schema: declared properties in order, then names that patterns or `additionalProperties` allow.
import { jsonEncoder, literal, PLAIN_CHAR } from './json-text.js';
import { alt, call, EMPTY, isNever, NEVER, seq, star, text } from './node.js';
import { regex } from './regex.js';
import { isOfType, propertyOf } from './schema-flat.js';
import { refuse } from './schema-keywords.js';
import { alternatives } from './schema-merge.js';
import { literals, stringNode } from './strings.js';
const encoder = new TextEncoder();
const QUOTE = text('"');
/** One character of a name, in one spelling: names are compared. */
const NAME_CHAR = jsonEncoder([[0, 0x10ffff]]);
/** An object. */
export function objectNode(f, low) {
    const { minProperties = 0 } = f.bounds;
    let { maxProperties = Number.POSITIVE_INFINITY } = f.bounds;
    const members = [];
    const entry = (name, value) => (isNever(value) ? NEVER : seq(name, low.ws, text(':'), low.ws, value));
    const names = [...new Set([...f.properties.keys(), ...f.required])];
    if (low.isExact)
        names.sort();
    for (const name of names) {
        const optional = !f.required.includes(name);
        const placed = propertyOf(f, name, low.context) ?? f.unevaluated ?? { schema: true, at: f.at };
        const value = nameAllowed(f, name, low) ? low.value(placed) : NEVER;
        if (isNever(value) && !optional)
            return NEVER;
        const named = { bytes: encoder.encode(JSON.stringify(name)), after: entry(EMPTY, value) };
        if (!isNever(value))
            members.push({ node: entry(literal(name), value), optional, name: named });
    }
    // An object that is not described at all is any object.
    const described = names.length > 0 || f.named.length > 0;
    const open = f.additional ?? f.unevaluated ?? { schema: !described, at: f.at };
    // Where an object has one text, what is not declared stands alone.
    const other = low.isExact && names.length > 0 ? [] : otherEntries(f, names, open, low);
    const rest = alt(...other.map(([name, placed]) => entry(name, low.value(placed))));
    const needed = members.filter((m) => !m.optional).length;
    const isOpen = !isNever(rest);
    if (low.isExact && isOpen)
        maxProperties = Math.min(maxProperties, 1);
    const most = isOpen ? Number.POSITIVE_INFINITY : members.length;
    if (minProperties > most || maxProperties < needed)
        return NEVER;
    // Of names that nobody declares one is certain to differ from the others; more may be one and the same.
    if (minProperties > Math.max(needed, members.length + (isOpen ? 1 : 0)))
        refuse(`${f.at}/minProperties`, 'that so many undeclared names differ cannot be promised', {
            expected: `at most ${members.length + 1}: the declared properties and one more`,
            got: minProperties,
        });
    return seq(text('{'), low.ws, {
        kind: 'list',
        members,
        separator: low.comma,
        ...(isOpen ? { rest } : {}),
        ...(minProperties > needed ? { min: minProperties } : {}),
        ...(maxProperties < most ? { max: maxProperties } : {}),
    }, low.ws, text('}'));
}
/** Names that are not declared, each kind with its value; a name is of one kind only. */
function otherEntries(f, declared, open, low) {
    const out = [];
    const taken = declared.length > 0 ? [literals(declared, low.context)] : [];
    const add = (id, name, placed) => {
        const allowed = nameNode(f, low);
        // A name twice would hide the first value, which was promised, so that each has one spelling.
        const both = allowed ? { kind: 'and', node: name, other: allowed } : name;
        const node = taken.reduce((node, other) => ({ kind: 'without', node, other }), both);
        const key = `(name${id}${JSON.stringify([declared, f.names?.schema, f.named.map((n) => n.pattern)])})`;
        low.context.budget.spend(key.length >> 3);
        if (placed.schema !== false)
            out.push([call(low.shared(key, f.at, () => ({ node }))), placed]);
    };
    for (const [i, { pattern, ...placed }] of f.named.entries()) {
        const name = quoted(regex(pattern, { encode: jsonEncoder, search: true, place: `schema ${placed.at}`, budget: low.context.budget }));
        add(`${i}`, name, placed);
        taken.push(name);
    }
    if (open.schema !== false)
        add('', quoted(star(f.named.length > 0 || f.names ? NAME_CHAR : PLAIN_CHAR)), open);
    return out;
}
const quoted = (node) => seq(QUOTE, node, QUOTE);
/** Names that `propertyNames` allows; undefined for all. */
function nameNode(f, low) {
    if (!f.names)
        return undefined;
    const flats = alternatives(low.context, f.names).filter((n) => n.types.includes('string'));
    if (flats.some((n) => isFree(n)))
        return undefined;
    return alt(...flats.map((n) => n.enum
        ? literals(low.constants(n).filter((v) => isOfType(v, 'string')), low.context)
        : stringNode(n, low.context, NAME_CHAR)));
}
/** Whether any string will do. */
const isFree = (n) => !n.enum &&
    n.patterns.length === 0 &&
    n.formats.length === 0 &&
    n.excluded.length === 0 &&
    n.bounds.minLength === undefined &&
    n.bounds.maxLength === undefined;
/** Whether `propertyNames` allows a declared name. */
function nameAllowed(f, name, low) {
    if (!f.names)
        return true;
    return alternatives(low.context, f.names).some((n) => low.constants({ ...n, enum: n.enum?.filter((v) => v === name) ?? [name] }).length > 0);
}
//# sourceMappingURL=objects.js.map