// Regular expressions: parses the regular subset of ECMAScript's (as with the flag `u`) and lowers it to nodes, for raw text or JSON strings.
import { SensoriumError } from '../../util/errors.js';
import { outerAnchors } from './anchors.js';
import { ALL, complement, normalise, propertyRanges, utf8 } from './code-points.js';
import { Budget, LIMITS, tooLarge } from './errors.js';
import { alt, EMPTY, repeat, seq, star } from './node.js';
const DIGITS = [[0x30, 0x39]];
const WORD = [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
];
const SPACE = [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
];
/** What `.` stands for: all but line ends. */
export const DOT = complement([
    [0x0a, 0x0a],
    [0x0d, 0x0d],
    [0x2028, 0x2029],
]);
const CONTROL = { n: 10, r: 13, t: 9, v: 11, f: 12, 0: 0 };
const MOST_REPEATS = 10_000;
/** Steps of reading all of Unicode. */
const PROPERTY_COST = 100_000;
const SUPPORTED = 'literals, classes, \\d \\w \\s, ., groups, |, ?, *, +, {m,n}, and ^ and $ at the ends';
/**
 * The texts that a pattern matches. `search` looks for it anywhere, as JSON Schema's `pattern` does; otherwise the whole text must match.
 * Throws `constrain.regex` with the position for what is not regular or not well-formed.
 */
export function regex(pattern, o = {}) {
    if (typeof pattern !== 'string')
        throw new SensoriumError('constrain.regex', 'the pattern must be a string', { place: o.place, got: typeof pattern });
    if (pattern.length > LIMITS.size)
        tooLarge('characters of the pattern', LIMITS.size, o.place);
    const { encode = utf8, search = false, place, budget = new Budget(), extended = false, properties = false } = o;
    const classes = classesOf(encode);
    // A class is one node, however often it is written.
    const shared = (ranges) => {
        const key = ranges.join(' ');
        budget.spend(1 + ranges.length);
        let node = classes.get(key);
        if (!node) {
            budget.spend(20 * ranges.length);
            node = encode(ranges);
            characters.add(node);
            if (classes.size >= MOST_CLASSES)
                classes.clear();
            if (ranges.length <= MOST_RANGES)
                classes.set(key, node);
        }
        return node;
    };
    return new Parser(outerAnchors(pattern), shared, { search, place, budget, extended, properties: properties || extended }).parse();
}
/** Classes as nodes, for each way of writing them: they come again in other patterns. */
const encoded = new WeakMap();
const MOST_CLASSES = 500;
const MOST_RANGES = 32;
function classesOf(encode) {
    const known = encoded.get(encode) ?? new Map();
    encoded.set(encode, known);
    return known;
}
/** Nodes that are one character of a class. */
const characters = new WeakSet();
/** A character and how often it comes, where that is all a node says: such strings can be counted without a state for each length. */
export function repeatedCharacter(node) {
    if (node.kind === 'seq' || node.kind === 'alt') {
        const parts = node.nodes.filter((n) => node.kind === 'alt' || n.kind !== 'seq' || n.nodes.length > 0);
        return parts.length === 1 && !characters.has(node) ? repeatedCharacter(parts[0]) : undefined;
    }
    if (node.kind === 'star')
        return characters.has(node.node) ? { unit: node.node, min: 0, max: Number.POSITIVE_INFINITY } : undefined;
    if (node.kind !== 'chain')
        return undefined;
    const unit = node.items[0] ?? node.loop;
    if (!unit || !characters.has(unit) || node.items.some((item) => item !== unit) || (node.loop && node.loop !== unit))
        return undefined;
    return { unit, min: node.min, max: node.loop ? Number.POSITIVE_INFINITY : node.items.length };
}
class Parser {
    pattern;
    encode;
    o;
    at = 0;
    depth = 0;
    chars;
    constructor(pattern, encode, o) {
        this.pattern = pattern;
        this.encode = encode;
        this.o = o;
        this.chars = [...pattern];
    }
    parse() {
        const any = star(this.encode(ALL));
        const around = this.o.search ? any : EMPTY;
        const branches = [];
        /** Branches with the same anchors: what is around them is written once. */
        const alike = new Map();
        do {
            const start = this.take('^');
            const body = this.sequence();
            const end = this.take('$');
            if ('node' in body) {
                const group = alike.get(`${start}${end}`) ?? { start, end, nodes: [] };
                alike.set(`${start}${end}`, group);
                group.nodes.push(body.node);
            }
            else
                branches.push(seq(start ? EMPTY : around, this.lower(body, end ? EMPTY : around, any)));
        } while (this.take('|'));
        for (const { start, end, nodes } of alike.values())
            branches.push(seq(start ? EMPTY : around, alt(...nodes), end ? EMPTY : around));
        if (this.at < this.chars.length)
            this.fail(this.peek() === ')' ? 'a ) without a (' : 'an anchor inside the pattern');
        return alt(...branches);
    }
    /** A part and what follows it to the end of the text. */
    lower(part, rest, any) {
        this.o.budget.spend(1);
        if ('node' in part)
            return rest === EMPTY ? part.node : seq(part.node, rest);
        if ('branches' in part)
            return alt(...part.branches.map((branch) => this.lower(branch, rest, any)));
        if ('parts' in part) {
            const plain = part.parts.every((p) => 'node' in p);
            if (plain)
                return seq(...part.parts.map((p) => p.node), ...(rest === EMPTY ? [] : [rest]));
            return part.parts.reduceRight((after, p) => this.lower(p, after, any), rest);
        }
        const other = this.lower(part.look, part.open ? any : EMPTY, any);
        return { kind: part.negated ? 'without' : 'and', node: rest, other };
    }
    sequence() {
        const parts = [];
        while (this.at < this.chars.length) {
            const c = this.peek();
            if (c === '|' || c === ')' || c === '^' || c === '$')
                break;
            parts.push(this.quantified(this.atom()));
        }
        return parts.every((p) => 'node' in p) ? { node: seq(...parts.map((p) => p.node)) } : { parts };
    }
    quantified(part) {
        let [min, max] = [1, 1];
        if (this.take('*'))
            [min, max] = [0, Number.POSITIVE_INFINITY];
        else if (this.take('+'))
            max = Number.POSITIVE_INFINITY;
        else if (this.take('?'))
            min = 0;
        else if (this.take('{'))
            [min, max] = this.counts();
        else
            return part;
        this.take('?'); // lazy: the same texts
        if (['*', '+', '?', '{'].includes(this.peek()))
            this.fail('a quantifier after a quantifier');
        if (!('node' in part)) {
            if (min === 0 && max === 1)
                return { branches: [{ node: EMPTY }, part] };
            return this.fail('lookahead inside a repetition');
        }
        return { node: max === Number.POSITIVE_INFINITY && min === 0 ? star(part.node) : repeat(part.node, min, max) };
    }
    counts() {
        const number = () => {
            let digits = '';
            while (/^\d$/.test(this.peek()))
                digits += this.next();
            return digits === '' ? undefined : Number(digits);
        };
        const min = number();
        let max = min;
        if (this.take(','))
            max = number() ?? Number.POSITIVE_INFINITY;
        if (min === undefined || max === undefined || !this.take('}'))
            return this.fail('a { that does not begin {m}, {m,} or {m,n}');
        if (max < min)
            this.fail('a range of counts out of order');
        const largest = max === Number.POSITIVE_INFINITY ? min : max;
        if (largest > MOST_REPEATS)
            tooLarge('repetitions in the pattern', MOST_REPEATS, this.o.place);
        return [min, max];
    }
    atom() {
        const c = this.next();
        if (c === '(')
            return this.group();
        const one = (ranges) => ({ node: this.encode(ranges) });
        if (c === '[')
            return one(this.set());
        if (c === '.')
            return one(DOT);
        if (c === '\\')
            return one(this.escape(false));
        if ('*+?{}]'.includes(c))
            this.fail(`a ${c} that stands alone`, 1);
        return one([point(c)]);
    }
    group() {
        let look;
        if (this.take('?')) {
            if (this.take('<')) {
                if (this.peek() === '=' || this.peek() === '!')
                    this.fail('lookbehind');
                while (this.next() !== '>')
                    if (this.at >= this.chars.length)
                        this.fail('a group name without >');
            }
            else if (this.o.extended && (this.peek() === '=' || this.peek() === '!'))
                look = this.next() === '!';
            else if (!this.take(':'))
                this.fail('lookahead, or flags inside the pattern');
        }
        if (++this.depth > 200)
            tooLarge('nested groups', 200, this.o.place);
        const branches = [this.sequence()];
        while (this.take('|'))
            branches.push(this.sequence());
        const ends = look !== undefined && branches.length === 1 && this.take('$');
        if (!this.take(')'))
            this.fail(this.at < this.chars.length ? 'an anchor inside a group' : 'a ( without a )');
        this.depth--;
        const nodes = branches.flatMap((branch) => ('node' in branch ? [branch.node] : []));
        const whole = nodes.length === branches.length ? { node: alt(...nodes) } : { branches };
        return look === undefined ? whole : { look: whole, negated: look, open: !ends };
    }
    set() {
        const negated = this.take('^');
        const ranges = [];
        while (!this.take(']')) {
            if (this.at >= this.chars.length)
                this.fail('a [ without a ]');
            const first = this.member();
            if (this.peek() === '-' && this.chars[this.at + 1] !== ']' && this.at + 1 < this.chars.length) {
                this.at++;
                const last = this.member();
                if (!isPoint(first) || !isPoint(last))
                    this.fail('a range that begins or ends with a class');
                if (first[0][0] > last[0][0])
                    this.fail('a range out of order');
                ranges.push([first[0][0], last[0][0]]);
            }
            else
                ranges.push(...first);
        }
        return negated ? complement(ranges) : normalise(ranges);
    }
    member() {
        const c = this.next();
        return c === '\\' ? this.escape(true) : [point(c)];
    }
    escape(inSet) {
        if (this.at >= this.chars.length)
            this.fail('a \\ at the end');
        const c = this.next();
        const of = (ranges) => [...ranges];
        if (c === 'd')
            return of(DIGITS);
        if (c === 'w')
            return of(WORD);
        if (c === 's')
            return of(SPACE);
        if (c === 'D')
            return of(complement(DIGITS));
        if (c === 'W')
            return of(complement(WORD));
        if (c === 'S')
            return of(complement(SPACE));
        if (inSet && c === 'b')
            return [[8, 8]];
        if ((c === 'p' || c === 'P') && this.o.properties)
            return of(c === 'p' ? this.property() : complement(this.property()));
        if (c === '0' && /^\d$/.test(this.peek()))
            this.fail('an octal escape');
        const control = CONTROL[c];
        if (control !== undefined)
            return [[control, control]];
        if (c === 'x')
            return this.code(this.hex(2));
        if (c === 'u')
            return this.code(this.unicode());
        if (/^[\^$\\.*+?()[\]{}|/]$/.test(c) || (inSet && c === '-'))
            return [point(c)];
        // Without the flag u these stand for themselves; patterns in the wild count on it.
        if (/^[^\p{L}\p{N}_]$/u.test(c))
            return [point(c)];
        return this.fail(/^[bB]$/.test(c) ? 'a word boundary' : /^[1-9k]$/.test(c) ? 'a back-reference' : `the escape \\${c}`, 2);
    }
    /** Characters with a property of Unicode. */
    property() {
        let name = '';
        if (!this.take('{'))
            this.fail('\\p without {');
        while (!this.take('}'))
            name += this.at < this.chars.length ? this.next() : this.fail('\\p{ without }');
        this.o.budget.spend(PROPERTY_COST);
        return propertyRanges(name) ?? this.fail(`the property ${name.slice(0, 40)}`);
    }
    unicode() {
        if (this.take('{')) {
            let digits = '';
            while (!this.take('}'))
                digits += this.at < this.chars.length ? this.next() : this.fail('\\u{ without }');
            if (!/^[0-9a-fA-F]{1,6}$/.test(digits))
                this.fail('\\u{} around something that is not a number');
            return Number.parseInt(digits, 16);
        }
        const high = this.hex(4);
        const isHigh = high >= 0xd800 && high < 0xdc00;
        if (!isHigh || this.peek() !== '\\' || this.chars[this.at + 1] !== 'u')
            return high;
        this.at += 2;
        return 0x10000 + (high - 0xd800) * 0x400 + (this.hex(4) - 0xdc00);
    }
    hex(length) {
        const digits = this.chars.slice(this.at, this.at + length).join('');
        if (!new RegExp(`^[0-9a-fA-F]{${length}}$`).test(digits))
            this.fail(`an escape that ${length} hexadecimal digits should follow`);
        this.at += length;
        return Number.parseInt(digits, 16);
    }
    code(c) {
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            this.fail('an escape that is no character');
        return [[c, c]];
    }
    peek() {
        return this.chars[this.at] ?? '';
    }
    next() {
        return this.chars[this.at++] ?? '';
    }
    take(c) {
        if (this.chars[this.at] !== c)
            return false;
        this.at++;
        return true;
    }
    fail(what, back = 0) {
        throw new SensoriumError('constrain.regex', 'the pattern cannot be used', {
            place: `${this.o.place ? `${this.o.place}, ` : ''}character ${this.at - back} of /${this.pattern.slice(0, 80)}/`,
            expected: SUPPORTED,
            got: what,
        });
    }
}
const point = (c) => [c.codePointAt(0), c.codePointAt(0)];
const isPoint = (ranges) => ranges.length === 1 && ranges[0][0] === ranges[0][1];
//# sourceMappingURL=regex.js.map