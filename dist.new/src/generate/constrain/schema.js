// JSON Schema to a grammar: objects with their properties in order, arrays, strings and numbers as rules that call each other.
import { SensoriumError } from '../../util/errors.js';
import { Budget, LIMITS, tooLarge } from './errors.js';
import { grammarOf } from './join-rules.js';
import { Lowering, MOST_NESTED } from './lowering.js';
import { call } from './node.js';
import { refuse, SchemaContext } from './schema-keywords.js';
import { withPointers } from './schema-refs.js';
import { Walker } from './walk.js';
/**
 * The grammar of JSON texts whose value satisfies the schema (a part of them: properties come in the order of the schema, and nothing
 * is added that the schema does not mention). Throws `constrain.schema` with the JSON pointer for what cannot be promised.
 */
export function compileSchema(schema, o = {}) {
    return compileSchemas([{ schema, at: '#' }], ([value]) => value, o);
}
/**
 * The grammar of texts with JSON values in them: `frame` puts the values together, each of which satisfies one of the schemas and refers
 * to that schema alone. `at` is how errors call the root of a schema. Throws as `compileSchema` does.
 */
export function compileSchemas(schemas, frame, o = {}) {
    const { whitespace = 'compact' } = o;
    if (whitespace !== 'compact' && whitespace !== 'flexible')
        throw new SensoriumError('generate.option', 'this is no way to write whitespace', {
            place: 'responseFormat.whitespace',
            expected: "'compact' or 'flexible'",
            got: String(whitespace),
        });
    const limits = { ...LIMITS, ...o.limits };
    assertSmall(schemas.map(({ schema }) => schema), limits.size);
    const size = schemas.reduce((sum, { schema }) => sum + (JSON.stringify(schema)?.length ?? 0), 0);
    if (size > limits.size)
        tooLarge('characters of the schema', limits.size);
    const rules = [];
    const warnings = [];
    const { budget = new Budget(limits.work) } = o;
    const values = schemas.map(({ schema, at }) => {
        budget.place = `schema ${at}`;
        const context = new SchemaContext(withPointers(schema, budget), budget, limits.states);
        const lowering = new Lowering(context, rules, { flexible: whitespace === 'flexible' });
        if (isNothing(schema))
            refuse(`${at}/not`, 'a schema that nothing satisfies is not supported', { got: schema });
        const rule = lowering.rule({ schema: context.root, at });
        warnings.push(...context.warnings);
        return call(rule);
    });
    const root = rules.length;
    rules.push({ node: frame(values), place: 'schema' });
    const grammar = grammarOf(rules, root, { spellable: o.spellable, limits, budget, warnings });
    if (grammar.distinct)
        checkItems(grammar, rules, budget);
    return grammar;
}
/** Throws where an array asks for more items that differ than there are. */
function checkItems(grammar, rules, budget) {
    const walker = new Walker(grammar);
    for (const [r, { least = 0, place }] of rules.entries()) {
        if (least < 2 || walker.hasMore({ state: grammar.starts[r], frame: undefined, depth: 0 }, least - 1, budget))
            continue;
        throw new SensoriumError('constrain.empty', 'there are not so many items that differ', { place, expected: `at least ${least}` });
    }
}
/** `{ not: {} }`, which Zod writes for what is never there; inside an object it leaves a property out. */
const isNothing = (schema) => typeof schema === 'object' && schema !== null && ['{}', 'true'].includes(JSON.stringify(schema.not ?? null));
/**
 * Throws `constrain.size` for schemas that are nested too deeply to be read, that contain themselves as objects, or that together have more
 * than `size` characters as JSON: counted in one pass that ends there.
 */
export function assertSmall(schemas, size = LIMITS.size) {
    let level = schemas;
    let characters = 0;
    for (let depth = 0; level.length > 0; depth++) {
        if (depth > 2 * MOST_NESTED)
            tooLarge('levels of the schema', 2 * MOST_NESTED);
        const next = [];
        for (const value of level) {
            characters += typeof value === 'string' ? value.length + 2 : 1;
            if (characters > size)
                tooLarge('characters of the schema', size);
            if (typeof value !== 'object' || value === null)
                continue;
            if (Array.isArray(value))
                for (const one of value)
                    next.push(one);
            else
                for (const [key, one] of Object.entries(value)) {
                    characters += key.length;
                    next.push(one);
                }
        }
        level = next;
    }
}
//# sourceMappingURL=schema.js.map