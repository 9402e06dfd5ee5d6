// Expressions of templates: from tokens to a tree, with Jinja's order of operators.
import { TemplateError } from './errors.js';
import { Float } from './values.js';
/** Deepest nesting of expressions and of blocks. */
export const MAX_NESTING = 200;
const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** Reads tokens one after another. */
export class ExpressionParser {
    tokens;
    at = 0;
    depth = 0;
    constructor(tokens) {
        this.tokens = tokens;
    }
    get current() {
        return this.tokens[this.at];
    }
    next() {
        const token = this.current;
        if (token.type !== 'eof')
            this.at++;
        return token;
    }
    isOperator(value) {
        return this.current.type === 'operator' && this.current.value === value;
    }
    isName(value) {
        return this.current.type === 'name' && this.current.value === value;
    }
    skip(value) {
        if (!this.isOperator(value))
            return false;
        this.at++;
        return true;
    }
    skipName(value) {
        if (!this.isName(value))
            return false;
        this.at++;
        return true;
    }
    expect(value) {
        if (!this.skip(value))
            throw this.fail(`expected token '${value}', got ${shown(this.current)}`);
    }
    expectName() {
        if (this.current.type !== 'name')
            throw this.fail(`expected a name, got ${shown(this.current)}`);
        return this.next().value;
    }
    fail(summary, line = this.current.line) {
        return new TemplateError(summary, line);
    }
    /** Runs one level deeper; a template that nests without end is refused before the stack is full. */
    deeper(parse) {
        if (++this.depth > MAX_NESTING)
            throw this.fail('the template is nested too deeply');
        const result = parse();
        this.depth--;
        return result;
    }
    expression(withChoice = true) {
        return this.deeper(() => (withChoice ? this.choice() : this.or()));
    }
    choice() {
        let then = this.or();
        for (let { line } = this.current; this.skipName('if'); line = this.current.line) {
            const test = this.or();
            const otherwise = this.skipName('else') ? this.deeper(() => this.choice()) : undefined;
            then = { kind: 'choice', test, then, otherwise, line };
        }
        return then;
    }
    or() {
        let left = this.and();
        for (let { line } = this.current; this.skipName('or'); line = this.current.line)
            left = { kind: 'or', left, right: this.and(), line };
        return left;
    }
    and() {
        let left = this.not();
        for (let { line } = this.current; this.skipName('and'); line = this.current.line)
            left = { kind: 'and', left, right: this.not(), line };
        return left;
    }
    not() {
        const { line } = this.current;
        return this.skipName('not') ? { kind: 'not', of: this.deeper(() => this.not()), line } : this.comparison();
    }
    comparison() {
        const { line } = this.current;
        const first = this.sum();
        const rest = [];
        for (;;) {
            const after = this.tokens[this.at + 1];
            if (this.current.type === 'operator' && COMPARISONS.has(this.current.value))
                rest.push([this.next().value, this.sum()]);
            else if (this.skipName('in'))
                rest.push(['in', this.sum()]);
            else if (this.isName('not') && after?.type === 'name' && after.value === 'in') {
                this.at += 2;
                rest.push(['not in', this.sum()]);
            }
            else
                break;
        }
        return rest.length === 0 ? first : { kind: 'compare', first, rest, line };
    }
    binary(signs, operand) {
        let left = operand();
        while (this.current.type === 'operator' && signs.includes(this.current.value)) {
            const { value: sign, line } = this.next();
            left = { kind: 'binary', sign, left, right: operand(), line };
        }
        return left;
    }
    sum() {
        return this.binary(['+', '-'], () => this.concatenation());
    }
    concatenation() {
        const { line } = this.current;
        const items = [this.product()];
        while (this.skip('~'))
            items.push(this.product());
        return items.length === 1 ? items[0] : { kind: 'concat', items, line };
    }
    product() {
        return this.binary(['*', '/', '//', '%'], () => this.binary(['**'], () => this.unary()));
    }
    unary(withFilter = true) {
        const { line } = this.current;
        let node;
        if (this.skip('-'))
            node = { kind: 'negative', of: this.deeper(() => this.unary(false)), line };
        else if (this.skip('+'))
            node = { kind: 'positive', of: this.deeper(() => this.unary(false)), line };
        else
            node = this.primary();
        node = this.postfix(node);
        return withFilter ? this.filters(node) : node;
    }
    primary() {
        const token = this.current;
        const { line } = token;
        if (token.type === 'name') {
            this.at++;
            if (/^[tT]rue$/.test(token.value))
                return { kind: 'constant', value: true, line };
            if (/^[fF]alse$/.test(token.value))
                return { kind: 'constant', value: false, line };
            if (/^[nN]one$/.test(token.value))
                return { kind: 'constant', value: null, line };
            return { kind: 'name', name: token.value, line };
        }
        if (token.type === 'string') {
            let value = '';
            while (this.current.type === 'string')
                value += this.next().value;
            return { kind: 'constant', value, line };
        }
        if (token.type === 'integer' || token.type === 'float') {
            this.at++;
            const value = Number(token.value.replaceAll('_', ''));
            if (token.type === 'integer' && !Number.isSafeInteger(value))
                throw this.fail(`the integer ${token.value} is beyond 2**53`, line);
            return { kind: 'constant', value: token.type === 'float' ? new Float(value) : value, line };
        }
        if (this.skip('(')) {
            const inner = this.tuple(true);
            this.expect(')');
            return inner;
        }
        if (this.skip('[')) {
            const items = [];
            while (!this.isOperator(']')) {
                if (items.length > 0)
                    this.expect(',');
                if (this.isOperator(']'))
                    break;
                items.push(this.expression());
            }
            this.expect(']');
            return { kind: 'list', items, line };
        }
        if (this.skip('{')) {
            const pairs = [];
            while (!this.isOperator('}')) {
                if (pairs.length > 0)
                    this.expect(',');
                if (this.isOperator('}'))
                    break;
                const key = this.expression();
                this.expect(':');
                pairs.push([key, this.expression()]);
            }
            this.expect('}');
            return { kind: 'dict', pairs, line };
        }
        throw this.fail(`unexpected ${shown(token)}`);
    }
    /** One expression, or several with commas between, which are a tuple. */
    tuple(inParentheses = false, withChoice = true, ends = []) {
        const { line } = this.current;
        const items = [];
        let isTuple = false;
        for (;;) {
            if (items.length > 0)
                this.expect(',');
            const { type } = this.current;
            if (type === 'variable_end' || type === 'block_end' || this.isOperator(')') || ends.some((end) => this.isName(end)))
                break;
            items.push(this.expression(withChoice));
            if (!this.isOperator(','))
                break;
            isTuple = true;
        }
        if (!isTuple && items[0])
            return items[0];
        if (!isTuple && !inParentheses)
            throw this.fail(`expected an expression, got ${shown(this.current)}`);
        return { kind: 'tuple', items, line };
    }
    postfix(of) {
        let node = of;
        for (;;) {
            const { line } = this.current;
            if (this.skip('.')) {
                const token = this.next();
                if (token.type === 'name')
                    node = { kind: 'attribute', of: node, name: token.value, line };
                else if (token.type === 'integer')
                    node = { kind: 'item', of: node, key: { kind: 'constant', value: Number(token.value), line }, line };
                else
                    throw this.fail('expected name or number', token.line);
            }
            else if (this.skip('[')) {
                const keys = [];
                while (!this.isOperator(']')) {
                    if (keys.length > 0)
                        this.expect(',');
                    keys.push(this.subscript());
                }
                this.expect(']');
                node = { kind: 'item', of: node, key: keys.length === 1 ? keys[0] : { kind: 'tuple', items: keys, line }, line };
            }
            else if (this.isOperator('('))
                node = { kind: 'call', of: node, with: this.arguments(), line };
            else
                return node;
        }
    }
    subscript() {
        const { line } = this.current;
        const ends = () => this.isOperator(':') || this.isOperator(']') || this.isOperator(',');
        const start = this.isOperator(':') ? undefined : this.expression();
        if (!this.skip(':'))
            return start;
        const stop = ends() ? undefined : this.expression();
        const step = this.skip(':') && !ends() ? this.expression() : undefined;
        return { kind: 'slice', start, stop, step, line };
    }
    filters(of) {
        let node = of;
        for (;;) {
            if (this.isOperator('|'))
                node = this.filter(node);
            else if (this.isName('is'))
                node = this.test(node);
            else if (this.isOperator('('))
                node = { kind: 'call', of: node, with: this.arguments(), line: this.current.line };
            else
                return node;
        }
    }
    /** `|name(…)|name`; `inline` for the block, where the first bar is left out. */
    filter(of, inline = false) {
        let node = of;
        for (let first = inline; first || this.skip('|'); first = false) {
            const { line } = this.current;
            const name = this.dottedName();
            node = { kind: 'filter', of: node, name, with: this.isOperator('(') ? this.arguments() : { args: [], kwargs: [] }, line };
        }
        return node;
    }
    dottedName() {
        let name = this.expectName();
        while (this.skip('.'))
            name += `.${this.expectName()}`;
        return name;
    }
    test(of) {
        const { line } = this.next();
        const negated = this.skipName('not');
        const name = this.dottedName();
        let given = { args: [], kwargs: [] };
        const { type, value } = this.current;
        const begins = ['name', 'string', 'integer', 'float'].includes(type) || (type === 'operator' && /^[[{]$/.test(value));
        if (this.isOperator('('))
            given = this.arguments();
        else if (begins && !(type === 'name' && ['else', 'or', 'and'].includes(value))) {
            if (this.isName('is'))
                throw this.fail('You cannot chain multiple tests with is');
            given = { args: [this.postfix(this.primary())], kwargs: [] };
        }
        const node = { kind: 'test', of, name, with: given, line };
        return negated ? { kind: 'not', of: node, line } : node;
    }
    arguments() {
        const { line } = this.current;
        this.expect('(');
        const out = { args: [], kwargs: [] };
        const ensure = (ok) => {
            if (!ok)
                throw this.fail('invalid syntax for function call expression', line);
        };
        for (let first = true; !this.isOperator(')'); first = false) {
            if (!first)
                this.expect(',');
            if (this.isOperator(')'))
                break;
            const after = this.tokens[this.at + 1];
            if (this.skip('*')) {
                ensure(out.rest === undefined && out.restKwargs === undefined);
                out.rest = this.expression();
            }
            else if (this.skip('**')) {
                ensure(out.restKwargs === undefined);
                out.restKwargs = this.expression();
            }
            else if (this.current.type === 'name' && after?.type === 'operator' && after.value === '=') {
                ensure(out.restKwargs === undefined);
                const name = this.next().value;
                this.at++;
                out.kwargs.push([name, this.expression()]);
            }
            else {
                ensure(out.rest === undefined && out.restKwargs === undefined && out.kwargs.length === 0);
                out.args.push(this.expression());
            }
        }
        this.expect(')');
        return out;
    }
}
/** A token for a message. */
export function shown({ type, value }) {
    if (type === 'eof')
        return 'the end of the template';
    if (type === 'block_end' || type === 'variable_end')
        return `'${value.trim()}'`;
    return type === 'string' ? JSON.stringify(value) : `'${value}'`;
}
//# sourceMappingURL=expressions.js.map