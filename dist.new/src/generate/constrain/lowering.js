// One schema to rules of a grammar: each schema inside it a rule, which others call; values by their type.
import { SensoriumError } from '../../util/errors.js';
import { arrayNode } from './arrays.js';
import { tooLarge } from './errors.js';
import { INTEGER, literal, NUMBER } from './json-text.js';
import { isMultiple, multiplesOf } from './multiples.js';
import { alt, bytes, call, EMPTY, isNever, NEVER, seq, star, text } from './node.js';
import { boundedNumber, decimalPlaces, EXACT_NUMBER, LONGER_NUMBER, plainNumber } from './numbers.js';
import { objectNode } from './objects.js';
import { canonical, isOfType } from './schema-flat.js';
import { checkKeywords, escapePointer, refuse, resolvePointer, restricting, } from './schema-keywords.js';
import { alternatives } from './schema-merge.js';
import { literals, stringPatterns, stringRule } from './strings.js';
const MOST_RULES = 5000;
export const MOST_NESTED = 200;
const LITERALS = { null: text('null'), boolean: alt(text('true'), text('false')) };
/** Lowers one document; several may gather their rules in one list. */
export class Lowering {
    context;
    rules;
    ws;
    comma;
    known = new Map();
    nested = 0;
    /** The same, with one text for each value: keys sorted, one spelling of strings and numbers, no spaces. */
    exact;
    constructor(context, rules, o) {
        this.context = context;
        this.rules = rules;
        this.exact = o.exact ? this : new Lowering(context, rules, { flexible: false, exact: true });
        this.ws = o.flexible ? star(bytes([[0x20, 0x20], [0x09, 0x0a], [0x0d, 0x0d]])) : EMPTY; // biome-ignore format: three ranges
        this.comma = seq(this.ws, text(','), this.ws);
    }
    get isExact() {
        return this.exact === this;
    }
    /** The rule of a schema; equal schemas share one. */
    rule(placed) {
        const key = JSON.stringify(checkKeywords(placed.schema, placed.at, this.context));
        this.context.budget.spend(1 + (key.length >> 3));
        return this.shared(key, placed.at, () => ({ node: this.lower(placed) }));
    }
    /** A value inside an object or array. */
    value(placed) {
        return placed.schema === false ? NEVER : call(this.rule(placed));
    }
    /** The rule of this key, made when it is first asked for. */
    shared(key, place, make) {
        const known = this.known.get(key);
        if (known !== undefined)
            return known;
        const index = this.rules.length;
        if (index >= MOST_RULES)
            tooLarge('different schemas inside one another', MOST_RULES, place);
        if (++this.nested > MOST_NESTED)
            tooLarge('schemas inside one another', MOST_NESTED, place);
        this.known.set(key, index);
        this.rules.push({ node: NEVER, place: `schema ${place}` });
        this.rules[index] = { ...make(), place: `schema ${place}` };
        this.nested--;
        return index;
    }
    lower({ schema, at }) {
        checkKeywords(schema, at, this.context);
        if (typeof schema === 'object') {
            const only = restricting(schema);
            // Kept as calls: alternatives that are merged with nothing need not be multiplied out.
            if (only.length === 1 && only[0] === '$ref') {
                const ref = schema.$ref;
                return call(this.rule({ schema: resolvePointer(this.context, ref, at), at: ref }));
            }
            if (only.length === 1 && only[0] === 'anyOf')
                return this.anyOf(schema.anyOf.map((s, i) => ({ schema: s, at: `${at}/anyOf/${i}` })));
        }
        return alt(...alternatives(this.context, { schema, at }).map((flat) => this.flat(flat)));
    }
    /**
     * Branches, of which those that cannot be promised are left out, as long as another one than null is left: what is written satisfies
     * `anyOf` all the same. Each is noted as a warning.
     */
    anyOf(branches) {
        const nodes = [];
        let first;
        let values = false;
        for (const branch of branches) {
            const [rules, nested] = [this.rules.length, this.nested];
            try {
                const node = this.lower(branch);
                nodes.push(node);
                values ||= !isNever(node) && node !== LITERALS.null;
            }
            catch (error) {
                if (!(error instanceof SensoriumError) || !/^constrain\.(schema|regex)$/.test(error.code))
                    throw error;
                first ??= error;
                // Rules that may refer to what was given up are made anew when they are needed.
                for (const [key, rule] of this.known)
                    if (rule >= rules)
                        this.known.delete(key);
                for (let r = rules; r < this.rules.length; r++)
                    this.rules[r] = { node: NEVER, place: branch.at };
                this.nested = nested;
                this.context.warn(branch.at, `this alternative is never written: ${error.message}`);
            }
        }
        if (first !== undefined && !values)
            throw first;
        return alt(...nodes);
    }
    flat(f) {
        this.context.budget.place = `schema ${f.at}`;
        if (f.enum)
            return literals(this.constants(f), this.context, this.isExact);
        const types = f.types.filter((t) => t !== 'integer' || !f.types.includes('number'));
        return alt(...types.map((t) => this.typed(f, t)));
    }
    /** The values of an enum that satisfy what stands beside it. */
    constants(f) {
        const excluded = new Set(f.excluded.map(canonical));
        return (f.enum ?? []).filter((v) => this.allows(f, v) && !excluded.has(canonical(v)));
    }
    typed(f, type) {
        const excluded = f.excluded.filter((v) => isOfType(v, type));
        switch (type) {
            case 'null':
                return excluded.length > 0 ? NEVER : LITERALS.null;
            case 'boolean':
                return alt(...[true, false].filter((v) => !excluded.includes(v)).map(literal));
            case 'integer':
            case 'number':
                return this.number(f, type, excluded);
            case 'string': {
                const { minLength, maxLength } = f.bounds;
                const key = `(string${JSON.stringify([minLength, maxLength, f.patterns, f.formats, f.excluded])})`;
                return call(this.shared(key, f.at, () => stringRule(f, this.context, this.isExact)));
            }
            case 'array':
            case 'object':
                if (excluded.length > 0)
                    refuse(f.at, 'objects and arrays cannot be excluded', { got: excluded[0] });
                return type === 'array' ? arrayNode(f, this) : objectNode(f, this);
        }
    }
    number(f, type, excluded) {
        const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = f.bounds;
        const bounds = { minimum, maximum, exclusiveMinimum, exclusiveMaximum };
        const integer = type === 'integer' || f.multiples.some((m) => Number.isInteger(m));
        const steps = f.multiples.filter((m) => !integer || m !== 1);
        const free = Object.values(bounds).every((b) => b === undefined) && steps.length === 0 && excluded.length === 0;
        const key = free ? `(${integer})` : `(${integer}${JSON.stringify([bounds, steps, excluded])})`;
        const { budget } = this.context;
        return call(this.shared(key, f.at, () => {
            if (free)
                return { node: integer ? INTEGER : this.isExact ? EXACT_NUMBER : NUMBER };
            // 1, 1.0 and 1e0 are one number; of integers each has one spelling.
            if (excluded.length > 0 && !integer)
                refuse(f.at, 'numbers cannot be excluded unless the type is integer', { got: excluded[0] });
            const open = Object.values(bounds).every((b) => b === undefined);
            let node = open && steps.length > 0 ? plainNumber(integer ? 0 : decimalPlaces(steps)) : boundedNumber(bounds, integer, steps);
            if (isNever(node))
                refuse(f.at, `no ${type} of at most 15 digits lies within the bounds`, {
                    expected: 'bounds with a number of at most 15 digits between them',
                    got: bounds,
                });
            for (const step of steps)
                node = { kind: 'and', node, other: multiplesOf(step, budget) };
            if (this.isExact && !integer)
                node = { kind: 'without', node, other: LONGER_NUMBER };
            return { node: excluded.length > 0 ? { kind: 'without', node, other: alt(...excluded.map(literal)) } : node };
        }));
    }
    /** Whether a constant satisfies the other keywords beside it. */
    allows(f, value) {
        if (!f.types.some((t) => isOfType(value, t)))
            return false;
        const b = f.bounds;
        if (typeof value === 'number')
            return (value >= (b.minimum ?? value) &&
                value <= (b.maximum ?? value) &&
                (b.exclusiveMinimum === undefined || value > b.exclusiveMinimum) &&
                (b.exclusiveMaximum === undefined || value < b.exclusiveMaximum) &&
                f.multiples.every((m) => isMultiple(value, m)));
        if (typeof value === 'string') {
            const length = [...value].length;
            if (length < (b.minLength ?? 0) || length > (b.maxLength ?? length))
                return false;
            return stringPatterns(f, this.context).every(({ pattern, place }) => this.context.matches(pattern, value, place));
        }
        const described = f.properties.size > 0 || f.required.length > 0 || f.prefix.length > 0 || f.named.length > 0 || f.unique;
        const others = f.additional ?? f.items ?? f.names ?? f.unevaluated ?? f.unevaluatedItems;
        const counted = ['minItems', 'maxItems', 'minProperties', 'maxProperties'].some((k) => b[k] !== undefined);
        if (typeof value === 'object' && value !== null && (described || others || counted))
            refuse(`${f.at}/enum`, 'objects and arrays as constants cannot stand beside keywords about their contents', {
                hint: `Leave out the others, or the value, at ${escapePointer(f.at)}.`,
            });
        return true;
    }
}
//# sourceMappingURL=lowering.js.map