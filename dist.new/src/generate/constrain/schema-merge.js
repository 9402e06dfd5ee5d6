// Schemas without combinators: $ref, allOf, anyOf, oneOf, not, if and dependencies are multiplied out to a list of flat alternatives.
import { tooLarge } from './errors.js';
import { merge, ownFlat } from './schema-flat.js';
import { checkKeywords, refuse, resolvePointer, restricting, TYPES, } from './schema-keywords.js';
import { exclusive } from './schema-one-of.js';
const MOST_ALTERNATIVES = 256;
/** The alternatives of a schema. `following` holds the references that are being followed, to notice circles. */
export function alternatives(context, { schema, at }, following = []) {
    context.budget.place = `schema ${at}`;
    checkKeywords(schema, at, context);
    if (schema === false)
        return [];
    if (schema === true)
        return [ownFlat({}, at)];
    context.budget.spend(200 + Object.keys(schema).length + (Array.isArray(schema.enum) ? schema.enum.length : 0));
    // OpenAPI 3.0 adds null to what else the schema says. Whether an enum beside it must name null is read both ways: null may be written.
    if (schema.nullable === true) {
        const { nullable: _, ...rest } = schema;
        const named = Array.isArray(schema.enum) && schema.enum.includes(null) && [schema.type].flat().includes('null');
        return [...alternatives(context, { schema: rest, at }, following), ...(named ? [] : [ownFlat({ type: 'null' }, at)])];
    }
    let flats = [ownFlat(schema, at)];
    const combine = (others) => {
        flats = product(flats, others, at, context);
    };
    const inside = (value, path) => alternatives(context, { schema: value, at: `${at}/${path}` }, following);
    if (schema.$ref !== undefined) {
        const ref = schema.$ref;
        if (following.includes(ref))
            refuse(at, 'a schema refers to itself with nothing in between', { got: ref });
        combine(alternatives(context, { schema: resolvePointer(context, ref, at), at: ref }, [...following, ref]));
    }
    const parts = (key) => (schema[key] ?? []).map((part, i) => inside(part, `${key}/${i}`));
    for (const part of parts('allOf'))
        combine(part);
    if (schema.anyOf !== undefined)
        combine(parts('anyOf').flat());
    if (schema.oneOf !== undefined)
        combine(exclusive(context, parts('oneOf'), `${at}/oneOf`).flat());
    if (schema.not !== undefined)
        combine(negation(context, { schema: schema.not, at: `${at}/not` }, following));
    if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
        const condition = { schema: schema.if, at: `${at}/if` };
        const branch = (key, when) => schema[key] === undefined ? when : product(when, inside(schema[key], key), at, context);
        combine([...branch('then', alternatives(context, condition, following)), ...branch('else', negation(context, condition, following))]);
    }
    for (const key of ['dependentRequired', 'dependentSchemas', 'dependencies'])
        for (const [name, needed] of Object.entries((schema[key] ?? {}))) {
            const present = Array.isArray(needed) ? [ownFlat({ required: needed }, `${at}/${key}`, true)] : inside(needed, `${key}/${name}`);
            combine([ownFlat({ properties: { [name]: false } }, `${at}/${key}`, true), ...present]);
        }
    return flats;
}
function product(left, right, at, context) {
    if (left.length * right.length > MOST_ALTERNATIVES)
        tooLarge('alternatives of anyOf, multiplied out', MOST_ALTERNATIVES, `schema ${at}`);
    return left.flatMap((a) => right.flatMap((b) => merge(a, b, context) ?? []));
}
/** The alternatives of everything that a schema refuses: for each keyword those values that fail it. Throws `constrain.schema` where they are not a schema. */
function negation(context, { schema, at }, following) {
    checkKeywords(schema, at, context);
    if (typeof schema === 'boolean')
        return schema ? [] : [ownFlat({}, at)];
    context.budget.spend(200);
    const out = [];
    const flat = (s, path) => void out.push(ownFlat(s, `${at}/${path}`, true));
    const placed = (value, path) => ({ schema: value, at: `${at}/${path}` });
    for (const key of restricting(schema)) {
        const value = schema[key];
        switch (key) {
            case 'type': {
                const types = [value].flat();
                if (types.includes('integer') && !types.includes('number'))
                    refuseNot(at, key);
                const others = TYPES.filter((t) => t !== 'integer' && !types.includes(t));
                if (others.length > 0)
                    flat({ type: others }, key);
                break;
            }
            case 'const':
            case 'enum':
                out.push({ ...ownFlat({}, `${at}/${key}`), excluded: key === 'enum' ? value : [value] });
                break;
            case 'required':
                for (const name of value)
                    flat({ type: 'object', properties: { [name]: false } }, key);
                break;
            case 'properties':
                for (const [name, part] of Object.entries(value))
                    if (part !== true)
                        flat({ type: 'object', properties: { [name]: { not: part } }, required: [name] }, key);
                break;
            case 'minimum':
            case 'maximum':
                if (typeof schema[key === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum'] === 'boolean')
                    refuseNot(at, key);
                flat({ type: 'number', [key === 'minimum' ? 'exclusiveMaximum' : 'exclusiveMinimum']: value }, key);
                break;
            case 'exclusiveMinimum':
            case 'exclusiveMaximum':
                flat({ type: 'number', [key === 'exclusiveMinimum' ? 'maximum' : 'minimum']: value }, key);
                break;
            case 'minLength':
                if (value > 0)
                    flat({ type: 'string', maxLength: value - 1 }, key);
                break;
            case 'maxLength':
                flat({ type: 'string', minLength: value + 1 }, key);
                break;
            case 'not':
                out.push(...alternatives(context, placed(value, key), following));
                break;
            case 'allOf':
                for (const [i, part] of value.entries())
                    out.push(...negation(context, placed(part, `${key}/${i}`), following));
                break;
            case 'anyOf':
                out.push(...value
                    .map((part, i) => negation(context, placed(part, `${key}/${i}`), following))
                    .reduce((a, b) => product(a, b, at, context)));
                break;
            default:
                refuseNot(at, key);
        }
    }
    return out;
}
const refuseNot = (at, key) => refuse(at, `the opposite of ${key} is not supported`, {
    expected: 'type, enum, const, required, properties, bounds, lengths, anyOf, allOf, not',
    got: key,
});
//# sourceMappingURL=schema-merge.js.map