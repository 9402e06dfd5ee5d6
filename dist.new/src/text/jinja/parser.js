// Statements of templates: from tokens to a tree.
import { ExpressionParser, shown } from './expressions.js';
import { tokenize } from './lexer.js';
/** Parses a template. Throws `TemplateError` with the line. */
export function parse(source) {
    return new Parser(tokenize(source)).template();
}
class Parser extends ExpressionParser {
    loops = 0;
    /** What the macros that are being read use, the innermost last. */
    uses = [];
    blocks = [];
    template() {
        const body = this.body([]);
        if (this.current.type !== 'eof')
            throw this.unknownTag();
        return body;
    }
    primary() {
        const node = super.primary();
        if (node.kind === 'name')
            for (const one of this.uses)
                one.add(node.name);
        return node;
    }
    /** Statements up to a tag of one of these names, which is left to be read; with none, up to the end. */
    body(ends) {
        const out = [];
        for (;;) {
            const { type, value, line } = this.current;
            if (type === 'eof') {
                if (ends.length > 0)
                    throw this.fail(`unexpected end of template, expected ${ends.map((e) => `'${e}'`).join(' or ')} for '${this.blocks.at(-1)}'`);
                return out;
            }
            this.at++;
            if (type === 'data')
                out.push({ kind: 'text', value, line });
            else if (type === 'variable_begin') {
                out.push({ kind: 'print', value: this.tuple(), line });
                if (this.next().type !== 'variable_end') {
                    this.at--;
                    throw this.fail(`expected token '}}', got ${shown(this.current)}`);
                }
            }
            else {
                if (this.current.type === 'name' && ends.includes(this.current.value))
                    return out;
                const statement = this.deeper(() => this.statement());
                if (statement)
                    out.push(statement);
                this.endTag();
            }
        }
    }
    endTag() {
        if (this.current.type !== 'block_end')
            throw this.fail(`expected token '%}', got ${shown(this.current)}`);
        this.at++;
    }
    /** The rest of a block up to its end tag, whose name is read. */
    block(name, end = `end${name}`) {
        this.endTag();
        this.blocks.push(name);
        const body = this.body([end]);
        this.blocks.pop();
        this.at++;
        return body;
    }
    unknownTag() {
        const inside = this.blocks.at(-1);
        return this.fail(`Encountered unknown tag ${shown(this.current)}${inside ? ` inside '${inside}'` : ''}`);
    }
    statement() {
        const { value: tag, line, type } = this.current;
        if (type !== 'name')
            throw this.fail('tag name expected');
        this.at++;
        switch (tag) {
            case 'for':
                return this.for(line);
            case 'if':
                return this.if(line);
            case 'set': {
                const target = this.target(true);
                if (this.skip('='))
                    return { kind: 'set', target, value: this.tuple(), line };
                const filter = this.isOperator('|') ? this.filter(undefined) : undefined;
                return { kind: 'setBlock', target, filter, body: this.block('set'), line };
            }
            case 'macro': {
                const name = this.expectName();
                return { kind: 'macro', name, ...this.macro('macro', true), line };
            }
            case 'call': {
                const from = this.at;
                const hasParameters = this.isOperator('(');
                const parameters = hasParameters ? this.parameters() : [];
                const call = this.expression();
                if (call.kind !== 'call')
                    throw this.fail('expected call', this.tokens[from]?.line);
                const parts = this.macro('call', false);
                return { kind: 'callBlock', call, ...parts, parameters, line };
            }
            case 'filter': {
                const filter = this.filter(undefined, true);
                return { kind: 'filterBlock', filter, body: this.block('filter'), line };
            }
            case 'with': {
                const targets = [];
                const values = [];
                while (this.current.type !== 'block_end') {
                    if (targets.length > 0)
                        this.expect(',');
                    targets.push(this.target(false));
                    this.expect('=');
                    values.push(this.expression());
                }
                return { kind: 'with', targets, values, body: this.block('with'), line };
            }
            case 'generation':
                return { kind: 'scope', body: this.block('generation'), line };
            case 'block': {
                this.expectName();
                this.skipName('scoped');
                this.skipName('required');
                const body = this.block('block');
                if (this.current.type === 'name')
                    this.at++;
                return { kind: 'scope', body, line };
            }
            case 'break':
            case 'continue':
                if (this.loops === 0)
                    throw this.fail(`'${tag}' outside of a loop`, line);
                return { kind: tag, line };
            case 'include':
            case 'import':
            case 'from':
            case 'extends':
                throw this.fail(`'${tag}': a chat template cannot load another one`, line);
            default:
                this.at--;
                throw this.unknownTag();
        }
    }
    for(line) {
        const target = this.target(false, ['in']);
        if (!this.skipName('in'))
            throw this.fail(`expected token 'in', got ${shown(this.current)}`);
        const over = this.tuple(false, false, ['recursive']);
        const test = this.skipName('if') ? this.expression() : undefined;
        const recursive = this.skipName('recursive');
        this.endTag();
        this.blocks.push('for');
        this.loops++;
        const body = this.body(['endfor', 'else']);
        this.loops--;
        let otherwise = [];
        if (this.next().value === 'else') {
            this.endTag();
            otherwise = this.body(['endfor']);
            this.at++;
        }
        this.blocks.pop();
        return { kind: 'for', target, over, test, recursive, body, otherwise, line };
    }
    if(line) {
        const branches = [];
        let otherwise = [];
        this.blocks.push('if');
        for (;;) {
            const test = this.tuple(false, false);
            this.endTag();
            branches.push([test, this.body(['elif', 'else', 'endif'])]);
            const end = this.next().value;
            if (end === 'elif')
                continue;
            if (end === 'else') {
                this.endTag();
                otherwise = this.body(['endif']);
                this.at++;
            }
            break;
        }
        this.blocks.pop();
        return { kind: 'if', branches, otherwise, line };
    }
    parameters() {
        const out = [];
        this.expect('(');
        while (!this.isOperator(')')) {
            if (out.length > 0)
                this.expect(',');
            const name = this.expectName();
            const fallback = this.skip('=') ? this.expression() : undefined;
            if (!fallback && out.some((parameter) => parameter.fallback))
                throw this.fail('non-default argument follows default argument');
            out.push({ name, fallback });
        }
        this.expect(')');
        return out;
    }
    macro(tag, withParameters) {
        const uses = new Set();
        const parameters = withParameters ? this.parameters() : [];
        this.uses.push(uses);
        const { loops } = this;
        this.loops = 0;
        const body = this.block(tag);
        this.loops = loops;
        this.uses.pop();
        return { parameters, body, uses };
    }
    /** What is assigned to, with commas between several. */
    target(withMember, ends = []) {
        const targets = [];
        let several = false;
        do {
            if (targets.length > 0)
                several = true;
            if (targets.length > 0 && (this.isOperator('=') || ends.some((end) => this.isName(end))))
                break;
            if (this.skip('(')) {
                targets.push(this.target(withMember));
                this.expect(')');
                continue;
            }
            const { line } = this.current;
            const name = this.expectName();
            if (/^(true|false|none)$/i.test(name))
                throw this.fail(`can't assign to '${name}'`, line);
            if (withMember && this.skip('.'))
                targets.push({ kind: 'member', of: name, name: this.expectName() });
            else
                targets.push({ kind: 'name', name });
        } while (this.skip(','));
        return several ? { kind: 'several', targets } : targets[0];
    }
}
//# sourceMappingURL=parser.js.map