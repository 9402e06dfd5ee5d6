// JSON Schema as it comes in: which keywords there are, checked one by one, with the JSON pointer in every complaint.
import { SensoriumError } from '../../util/errors.js';
import { automatonOf, matches } from './automaton.js';
import { Budget, LIMITS } from './errors.js';
import { regex } from './regex.js';
export const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
/** Keywords that say nothing about values. */
const ANNOTATIONS = new Set([
    '$schema', '$id', 'id', '$anchor', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary', '$comment', '$defs', 'definitions', 'title',
    'description', 'default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'discriminator', 'xml', 'externalDocs',
    'minContains', 'maxContains',
]); // biome-ignore format: one list
const STRING = ['minLength', 'maxLength', 'pattern', 'format'];
const NUMERIC = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const ARRAY = ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'minItems', 'maxItems', 'uniqueItems'];
const OBJECT = [
    'properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames', 'unevaluatedProperties', 'minProperties',
    'maxProperties', 'dependentRequired', 'dependentSchemas', 'dependencies',
]; // biome-ignore format: one list
const GENERAL = ['type', 'enum', 'const', 'nullable', 'anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', '$ref'];
const KNOWN = new Set([...STRING, ...NUMERIC, ...ARRAY, ...OBJECT, ...GENERAL]);
/** Keywords that restrict values, of any draft, and are not supported. All others are annotations, as the standard says of unknown ones. */
const RESTRICTING = new Set(['contains', '$dynamicRef', '$recursiveRef', 'extends', 'disallow', 'divisibleBy']);
/** What all parts of one compilation share. */
export class SchemaContext {
    root;
    budget;
    states;
    found = new Map();
    automata = new Map();
    constructor(root, budget = new Budget(), states = LIMITS.states) {
        this.root = root;
        this.budget = budget;
        this.states = states;
    }
    get warnings() {
        return [...this.found.values()];
    }
    /** Notes a keyword that is read over; once for each place. */
    warn(pointer, message) {
        if (this.found.size < MOST_WARNINGS)
            this.found.set(`${pointer} ${message}`, { place: `schema ${pointer}`, message });
    }
    /** Whether a pattern is found in a text. Not by RegExp, which a pattern of a stranger may keep busy forever. */
    matches(pattern, value, place) {
        let dfa = this.automata.get(pattern);
        if (!dfa) {
            dfa = automatonOf(regex(pattern, { search: true, place, budget: this.budget }), this.states, this.budget);
            this.automata.set(pattern, dfa);
        }
        this.budget.spend(1 + value.length);
        return matches(dfa, value);
    }
}
const MOST_WARNINGS = 100;
/** Types that a schema without `type` is meant for, by its keywords; all where it has none of any type. */
export function impliedTypes(schema) {
    const has = (keywords) => keywords.some((k) => schema[k] !== undefined);
    const types = [];
    if (has(STRING))
        types.push('string');
    if (has(NUMERIC))
        types.push('number');
    if (has(ARRAY))
        types.push('array');
    if (has(OBJECT))
        types.push('object');
    return types.length > 0 ? types : ['null', 'boolean', 'number', 'string', 'array', 'object'];
}
/** Keywords of a schema that may restrict values. */
export const restricting = (schema) => Object.keys(schema).filter((k) => schema[k] !== undefined && (KNOWN.has(k) || RESTRICTING.has(k)));
/** Throws `constrain.schema`. */
export function refuse(pointer, summary, details = {}) {
    const { got, ...rest } = details;
    throw new SensoriumError('constrain.schema', summary, {
        place: `schema ${pointer}`,
        ...rest,
        ...(got === undefined ? {} : { got: (JSON.stringify(got) ?? String(got)).slice(0, 120) }),
    });
}
const isObject = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);
const isCount = (v) => Number.isInteger(v) && v >= 0;
const isStrings = (v) => Array.isArray(v) && v.every((x) => typeof x === 'string');
const isType = (v) => TYPES.includes(v);
const isText = (v) => typeof v === 'string';
const isFlag = (v) => typeof v === 'boolean';
const isBranches = (v) => Array.isArray(v) && v.length > 0;
/** What the value of a keyword must be. */
const VALUES = [
    [['type'], (v) => isType(v) || (Array.isArray(v) && v.length > 0 && v.every(isType)), `one of ${TYPES.join(', ')}, or a list of them`],
    [['enum'], isBranches, 'a list that is not empty'],
    [['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'], isCount, 'an integer of at least 0'],
    [['minimum', 'maximum'], Number.isFinite, 'a number'],
    [['exclusiveMinimum', 'exclusiveMaximum'], (v) => Number.isFinite(v) || isFlag(v), 'a number (or true beside a bound, as in draft 4)'],
    [['multipleOf'], (v) => Number.isFinite(v) && v > 0, 'a number above 0'],
    [['uniqueItems', 'nullable'], isFlag, 'true or false'],
    [['pattern', 'format', '$ref'], isText, 'a string'],
    [['properties', 'patternProperties', 'dependentSchemas', 'dependencies'], isObject, 'an object of schemas'],
    [['dependentRequired'], (v) => isObject(v) && Object.values(v).every(isStrings), 'an object of lists of strings'],
    [['required'], isStrings, 'a list of strings'],
    [['anyOf', 'oneOf', 'allOf'], isBranches, 'a list of schemas that is not empty'],
    [['prefixItems'], Array.isArray, 'a list of schemas'],
];
/**
 * Checks one schema, not those inside it: each keyword with a value of its kind. Keywords that nobody knows are noted as warnings. Throws
 * `constrain.schema`.
 */
export function checkKeywords(schema, at, context) {
    if (typeof schema === 'boolean')
        return schema;
    if (!isObject(schema))
        refuse(at, 'this is no schema', { expected: 'an object or a boolean', got: schema });
    const s = schema;
    for (const key of Object.keys(s)) {
        if (s[key] === undefined || ANNOTATIONS.has(key) || KNOWN.has(key))
            continue;
        const pointer = `${at}/${escapePointer(key)}`;
        if (RESTRICTING.has(key))
            refuse(pointer, 'this keyword is not supported', { expected: [...KNOWN].join(', '), got: key });
        context.warn(pointer, `${key} is ignored: it does not restrict the text`);
    }
    for (const [keywords, ok, expected] of VALUES)
        for (const key of keywords)
            if (s[key] !== undefined && !ok(s[key]))
                refuse(`${at}/${key}`, `${key} cannot be this`, { expected, got: s[key] });
    return s;
}
/** What a local `$ref` points to. Throws `constrain.schema`. */
export function resolvePointer(context, ref, at) {
    if (!/^#(\/|$)/.test(ref))
        refuse(`${at}/$ref`, 'the reference leads out of this document', {
            expected: 'a pointer such as #/$defs/name, or an $id or $anchor of this document',
            got: ref,
        });
    let parts;
    try {
        parts = decodeURIComponent(ref).split('/').slice(1);
    }
    catch {
        return refuse(`${at}/$ref`, 'the reference is not a URI', { got: ref });
    }
    let value = context.root;
    for (const part of parts) {
        const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
        const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
        if (!inside)
            refuse(`${at}/$ref`, 'the reference leads nowhere', { got: ref });
        value = value[key];
    }
    return checkKeywords(value, ref, context);
}
/** A key as a part of a JSON pointer. */
export const escapePointer = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');
//# sourceMappingURL=schema-keywords.js.map