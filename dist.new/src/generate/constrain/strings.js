// Strings of a schema as rules: patterns, formats and excluded values as one automaton, lengths as a counter.
import { tooLarge } from './errors.js';
import { ANY_CHAR, jsonEncoder, literal } from './json-text.js';
import { alt, NEVER, repeat, seq, star, text } from './node.js';
import { DOT, regex, repeatedCharacter } from './regex.js';
import { canonical } from './schema-flat.js';
import { refuse } from './schema-keywords.js';
import { formatPattern, isPatternName } from './string-formats.js';
/** As patterns write it: lengths and patterns of one string must agree on the spelling. */
const CANONICAL_CHAR = jsonEncoder([[0, 0x10ffff]]);
/** Characters of a pattern that is looked through for a count at its beginning. */
const MOST_LOOKED_INTO = 2000;
/** What a point in a pattern stands for. */
const LINE_CHAR = jsonEncoder(DOT);
/** Longer strings than this are in no reply. */
const MOST_CHARACTERS = 2 ** 31;
/** The rule of a string: with a counter where it has bounds on its length. `exact`: each string is spelled in one way. */
export function stringRule(f, context, exact = false) {
    const any = exact ? CANONICAL_CHAR : ANY_CHAR;
    let [min, max] = lengths(f);
    const ahead = f.formats.length > 0 ? f.patterns.map(lengthAhead) : [];
    const counted = ahead.filter((a) => a !== undefined);
    const plain = counted.length > 0 ? { ...f, patterns: f.patterns.map((p, i) => ahead[i]?.rest ?? p) } : f;
    for (const a of counted)
        [min, max] = [Math.max(min, a.min), Math.min(max, a.max)];
    if (max < min)
        return { node: NEVER };
    const content = contents(plain, context);
    const repeated = content && repeatedCharacter(content);
    if (repeated) {
        [min, max] = [Math.max(min, repeated.min), Math.min(max, repeated.max)];
        if (max < min)
            return { node: NEVER };
        return { node: undefined, count: { unit: repeated.unit, min, max } };
    }
    if (min === 0 && max === Number.POSITIVE_INFINITY)
        return { node: seq(text('"'), content ?? star(any), text('"')) };
    const unit = counted.length > 0 ? LINE_CHAR : content ? CANONICAL_CHAR : any;
    return { node: content, count: { unit, min, max } };
}
/**
 * A pattern that begins by looking ahead for nothing but its length, as those for host names do: counting is cheap, looking ahead is not. That
 * the longest text may have one more point at its end is left out.
 */
function lengthAhead(pattern) {
    const [whole, min, max] = /^\^\(\?=\.\{(\d{1,5}),(\d{1,5})\}(?:\\\.\?)?\$\)/.exec(pattern) ?? [];
    if (whole === undefined || !pattern.endsWith('$') || pattern.length > MOST_LOOKED_INTO)
        return undefined;
    // It must speak of the whole pattern: no alternatives outside of groups.
    let depth = 0;
    const rest = pattern.slice(whole.length);
    for (const [part] of rest.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|[()|]/gs)) {
        if (part === '(')
            depth++;
        if (part === ')')
            depth--;
        if (part === '|' && depth === 0)
            return undefined;
    }
    return { min: Number(min), max: Number(max), rest: `^${rest}` };
}
/** The same with a state for every length, each string spelled in one way: for names, which are compared with others. */
export function stringNode(f, context, char) {
    const [min, max] = lengths(f);
    const content = contents(f, context);
    const counted = min > 0 || max < Number.POSITIVE_INFINITY ? repeat(char, min, max) : star(char);
    if (Math.max(min, max === Number.POSITIVE_INFINITY ? 0 : max) > context.states)
        tooLarge('characters of a name', context.states, `schema ${f.at}`);
    return seq(text('"'), content ? { kind: 'and', node: content, other: counted } : counted, text('"'));
}
function lengths(f) {
    const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = f.bounds;
    if (maxLength < minLength)
        refuse(f.at, 'no string is so long and so short', { got: { minLength, maxLength } });
    if (minLength > MOST_CHARACTERS)
        tooLarge('characters of a string', MOST_CHARACTERS, `schema ${f.at}`);
    return [minLength, maxLength > MOST_CHARACTERS ? Number.POSITIVE_INFINITY : maxLength];
}
/** What stands between the quotes, apart from its length; undefined for any characters. */
function contents(f, context) {
    const conditions = stringPatterns(f, context).map(({ pattern, place }) => regex(pattern, { encode: jsonEncoder, search: true, place, budget: context.budget, properties: true, extended: f.formats.length > 0 }));
    let [node, ...others] = conditions;
    for (const other of others)
        node = { kind: 'and', node: node, other };
    const excluded = f.excluded.filter((v) => typeof v === 'string');
    if (excluded.length === 0)
        return node;
    // Without its quotes: what stands between them is spelled in one way.
    const inside = (value) => text(JSON.stringify(value).slice(1, -1));
    return { kind: 'without', node: node ?? star(CANONICAL_CHAR), other: alt(...excluded.map(inside)) };
}
/** The patterns of a string, those of its formats among them. Formats that promise nothing are noted as warnings. */
export function stringPatterns(f, context) {
    const beside = f.patterns.length > 0;
    const place = `schema ${f.at}/pattern`;
    const out = f.patterns.map((pattern) => ({ pattern, place }));
    for (const name of f.formats) {
        const pattern = formatPattern(name, beside);
        if (pattern !== undefined)
            out.push({ pattern, place: `schema ${f.at}/format` });
        else if (!isPatternName(name, beside))
            context.warn(`${f.at}/format`, `format ${name} is ignored: it does not restrict the text`);
    }
    return out;
}
/** Constants as JSON texts; `exact`: equal ones once, with their keys sorted. */
export const literals = (values, context, exact = false) => {
    for (const value of values)
        context.budget.spend(1 + ((JSON.stringify(value)?.length ?? 0) >> 1));
    return exact ? alt(...[...new Set(values.map(canonical))].map(text)) : alt(...values.map(literal));
};
//# sourceMappingURL=strings.js.map