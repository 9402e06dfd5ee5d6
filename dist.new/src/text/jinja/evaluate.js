// Runs a template's tree: output, scopes, loops, macros.
import { TemplateError } from './errors.js';
import { filterOf, requiredFilter } from './filters.js';
import { setMember } from './globals.js';
import { loopObject } from './loop.js';
import { attribute, item } from './members.js';
import { binary, contains, Slice, unary } from './operators.js';
import { concat, isStr, MAX_LENGTH, text } from './strings.js';
import { requiredTest, testOf } from './tests.js';
import { Callable, compare, Dict, equals, iterate, needed, str, Thing, Tuple, truth, typeName, Undefined } from './values.js';
import { beginWork, spend } from './work.js';
/** Deepest recursion of macros and loops. */
const MAX_DEPTH = 100;
/** Names and their values; a name that is not here is looked for further out. */
class Scope {
    outer;
    names = new Map();
    constructor(outer) {
        this.outer = outer;
    }
    get(name) {
        const own = this.names.get(name);
        return own !== undefined || this.names.has(name) ? own : this.outer?.get(name);
    }
}
/** One rendering. */
export class Evaluator {
    globals;
    out = [];
    written = 0;
    depth = 0;
    line;
    constructor(globals) {
        this.globals = globals;
    }
    /** Runs a template with these variables. Throws `TemplateError` with the line. */
    render(body, variables) {
        beginWork();
        const builtins = new Scope();
        for (const [name, value] of this.globals)
            builtins.names.set(name, value);
        const scope = new Scope(builtins);
        for (const [name, value] of variables)
            scope.names.set(name, value);
        try {
            this.run(body, scope);
            return concat(this.out);
        }
        catch (error) {
            if (error instanceof TemplateError)
                throw error.at(this.line);
            if (error instanceof RangeError)
                throw new TemplateError(`the template is nested too deeply (${error.message})`, this.line);
            throw error;
        }
    }
    filter(name, args, kwargs) {
        spend();
        return requiredFilter(name)(args, kwargs, this);
    }
    test(name, [value, ...args]) {
        spend();
        if (name === 'filter')
            return isStr(value) && filterOf(text(value)) !== undefined;
        if (name === 'test')
            return isStr(value) && testOf(text(value)) !== undefined;
        return requiredTest(name)(value, ...args);
    }
    write(value) {
        this.written += text(value).length;
        if (this.written > MAX_LENGTH)
            throw new TemplateError(`the text grows beyond ${MAX_LENGTH} characters`);
        this.out.push(value);
    }
    /** What a body writes, as a string. */
    capture(run) {
        const { out } = this;
        this.out = [];
        try {
            run();
            return concat(this.out);
        }
        finally {
            this.out = out;
        }
    }
    deeper(run) {
        if (++this.depth > MAX_DEPTH)
            throw new TemplateError(`macros or loops call themselves more than ${MAX_DEPTH} deep`);
        try {
            return run();
        }
        finally {
            this.depth--;
        }
    }
    run(body, scope) {
        for (const statement of body) {
            spend();
            const signal = this.statement(statement, scope);
            if (signal)
                return signal;
        }
        return undefined;
    }
    statement(node, scope) {
        this.line = node.line;
        switch (node.kind) {
            case 'text':
                this.write(node.value);
                return undefined;
            case 'print':
                this.write(str(this.evaluate(node.value, scope)));
                return undefined;
            case 'if': {
                const branch = node.branches.find(([test]) => truth(this.evaluate(test, scope)));
                return this.run(branch ? branch[1] : node.otherwise, scope);
            }
            case 'for':
                return this.loop(node, scope, this.evaluate(node.over, scope), 0);
            case 'set':
                this.assign(node.target, this.evaluate(node.value, scope), scope);
                return undefined;
            case 'setBlock': {
                const inner = this.capture(() => this.run(node.body, new Scope(scope)));
                this.assign(node.target, node.filter ? this.apply(node.filter, inner, scope) : inner, scope);
                return undefined;
            }
            case 'filterBlock': {
                const inner = this.capture(() => this.run(node.body, new Scope(scope)));
                this.write(str(this.apply(node.filter, inner, scope)));
                return undefined;
            }
            case 'macro':
                scope.names.set(node.name, this.macro(node.name, node, scope));
                return undefined;
            case 'callBlock': {
                const caller = this.macro('caller', node, scope);
                const { call } = node;
                if (call.kind === 'call')
                    this.write(str(this.call(call.of, call.with, scope, caller)));
                return undefined;
            }
            case 'with': {
                const inner = new Scope(scope);
                const values = node.values.map((value) => this.evaluate(value, scope));
                node.targets.forEach((target, i) => {
                    this.assign(target, values[i], inner);
                });
                return this.run(node.body, inner);
            }
            case 'scope':
                return this.run(node.body, new Scope(scope));
            default:
                return node.kind;
        }
    }
    loop(node, scope, over, depth) {
        return this.deeper(() => {
            let items = iterate(over);
            if (node.test) {
                const { test } = node;
                items = items.filter((one) => {
                    spend();
                    const inner = new Scope(scope);
                    this.assign(node.target, one, inner);
                    return truth(this.evaluate(test, inner));
                });
            }
            const recurse = node.recursive ? (inner) => this.capture(() => this.loop(node, scope, inner, depth + 1)) : undefined;
            const loop = loopObject(items, depth, recurse);
            let done = 0;
            for (const one of items) {
                spend();
                const inner = new Scope(scope);
                loop.at = done++;
                inner.names.set('loop', loop.thing);
                this.assign(node.target, one, inner);
                if (this.run(node.body, inner) === 'break')
                    break;
            }
            if (done === 0)
                this.run(node.otherwise, new Scope(scope));
            return undefined;
        });
    }
    macro(name, { parameters, body, uses }, scope) {
        const call = (args, given) => this.deeper(() => {
            const kwargs = new Map(given);
            const inner = new Scope(scope);
            parameters.forEach((parameter, i) => {
                let value = args[i];
                if (kwargs.has(parameter.name)) {
                    if (i < args.length)
                        throw new TemplateError(`macro '${name}' got multiple values for argument '${parameter.name}'`);
                    value = kwargs.get(parameter.name);
                    kwargs.delete(parameter.name);
                }
                if (value === undefined)
                    value = parameter.fallback
                        ? this.evaluate(parameter.fallback, inner)
                        : new Undefined(`parameter '${parameter.name}' was not provided`);
                inner.names.set(parameter.name, value);
            });
            if (uses.has('caller') || kwargs.has('caller')) {
                if (!uses.has('caller'))
                    throw new TemplateError(`macro '${name}' was invoked with two values for the special caller argument`);
                inner.names.set('caller', kwargs.get('caller') ?? new Undefined('No caller defined'));
                kwargs.delete('caller');
            }
            if (uses.has('kwargs'))
                inner.names.set('kwargs', new Dict(kwargs));
            else if (kwargs.size > 0)
                throw new TemplateError(`macro '${name}' takes no keyword argument '${[...kwargs.keys()][0]}'`);
            const extra = args.slice(parameters.length);
            if (uses.has('varargs'))
                inner.names.set('varargs', Tuple.from(extra));
            else if (extra.length > 0)
                throw new TemplateError(`macro '${name}' takes not more than ${parameters.length} argument(s)`);
            return this.capture(() => this.run(body, inner));
        });
        const names = Tuple.from(parameters.map((parameter) => parameter.name));
        return new Callable(`Macro '${name}'`, call, new Map([
            ['name', name],
            ['arguments', names],
        ]));
    }
    assign(target, value, scope) {
        if (target.kind === 'name')
            scope.names.set(target.name, value);
        else if (target.kind === 'member')
            setMember(scope.get(target.of), target.name, value);
        else {
            const items = iterate(needed(value));
            const n = target.targets.length;
            if (items.length < n)
                throw new TemplateError(`not enough values to unpack (expected ${n}, got ${items.length})`);
            if (items.length > n)
                throw new TemplateError(`too many values to unpack (expected ${n})`);
            target.targets.forEach((one, i) => {
                this.assign(one, items[i], scope);
            });
        }
    }
    /** Filters that stand by themselves, over a text. */
    apply(filter, value, scope) {
        if (filter.kind !== 'filter')
            return value;
        const of = filter.of ? this.apply(filter.of, value, scope) : value;
        const { args, kwargs } = this.arguments(filter.with, scope);
        this.line = filter.line;
        return this.filter(filter.name, [of, ...args], kwargs);
    }
    arguments(given, scope) {
        const args = given.args.map((arg) => this.evaluate(arg, scope));
        const kwargs = new Map();
        const add = (key, value) => {
            if (kwargs.has(key))
                throw new TemplateError(`got multiple values for keyword argument '${key}'`);
            kwargs.set(key, value);
        };
        for (const [key, value] of given.kwargs)
            add(key, this.evaluate(value, scope));
        if (given.rest)
            for (const value of iterate(this.evaluate(given.rest, scope)))
                args.push(value);
        if (given.restKwargs) {
            const rest = this.evaluate(given.restKwargs, scope);
            if (!(rest instanceof Dict))
                throw new TemplateError('argument after ** must be a mapping');
            for (const [key, value] of rest.entries())
                add(text(str(key)), value);
        }
        return { args, kwargs };
    }
    call(of, given, scope, caller) {
        const callee = this.evaluate(of, scope);
        const { args, kwargs } = this.arguments(given, scope);
        if (caller)
            kwargs.set('caller', caller);
        this.line = of.line;
        if (callee instanceof Callable)
            return callee.call(args, kwargs);
        if (callee instanceof Thing && callee.call)
            return callee.call(args, kwargs);
        throw new TemplateError(`'${typeName(needed(callee))}' object is not callable`);
    }
    evaluate(node, scope) {
        spend();
        switch (node.kind) {
            case 'constant':
                return node.value;
            case 'name': {
                const value = scope.get(node.name);
                return value === undefined ? new Undefined(`'${node.name}' is undefined`) : value;
            }
            case 'attribute': {
                const of = this.evaluate(node.of, scope);
                this.line = node.line;
                return attribute(of, node.name);
            }
            case 'item': {
                const of = this.evaluate(node.of, scope);
                const key = this.evaluate(node.key, scope);
                this.line = node.line;
                return item(of, key);
            }
            case 'slice': {
                const part = (one) => {
                    const value = one && this.evaluate(one, scope);
                    if (value === undefined || value === null)
                        return undefined;
                    if (typeof value === 'number')
                        return value;
                    if (typeof value === 'boolean')
                        return Number(value);
                    throw new TemplateError('slice indices must be integers or None or have an __index__ method');
                };
                return new Slice(part(node.start), part(node.stop), part(node.step) ?? 1);
            }
            case 'list':
                return node.items.map((one) => this.evaluate(one, scope));
            case 'tuple':
                return Tuple.from(node.items.map((one) => this.evaluate(one, scope)));
            case 'concat':
                return concat(node.items.map((one) => str(this.evaluate(one, scope))));
            case 'dict':
                return new Dict(node.pairs.map(([key, value]) => [this.evaluate(key, scope), this.evaluate(value, scope)]));
            case 'call':
                return this.call(node.of, node.with, scope);
            case 'filter': {
                const of = node.of && this.evaluate(node.of, scope);
                const { args, kwargs } = this.arguments(node.with, scope);
                this.line = node.line;
                return this.filter(node.name, [of, ...args], kwargs);
            }
            case 'test': {
                const of = this.evaluate(node.of, scope);
                const { args } = this.arguments(node.with, scope);
                this.line = node.line;
                return this.test(node.name, [of, ...args]);
            }
            case 'choice': {
                if (truth(this.evaluate(node.test, scope)))
                    return this.evaluate(node.then, scope);
                if (node.otherwise)
                    return this.evaluate(node.otherwise, scope);
                return new Undefined('the inline if-expression evaluated to false and no else section was defined.');
            }
            case 'and': {
                const left = this.evaluate(node.left, scope);
                return truth(left) ? this.evaluate(node.right, scope) : left;
            }
            case 'or': {
                const left = this.evaluate(node.left, scope);
                return truth(left) ? left : this.evaluate(node.right, scope);
            }
            case 'not':
                return !truth(this.evaluate(node.of, scope));
            case 'negative':
            case 'positive':
                return unary(node.kind === 'negative' ? '-' : '+', this.evaluate(node.of, scope));
            case 'binary': {
                const left = this.evaluate(node.left, scope);
                const right = this.evaluate(node.right, scope);
                this.line = node.line;
                return binary(node.sign, left, right);
            }
            case 'compare': {
                let left = this.evaluate(node.first, scope);
                for (const [sign, expression] of node.rest) {
                    const right = this.evaluate(expression, scope);
                    this.line = node.line;
                    if (!related(sign, left, right))
                        return false;
                    left = right;
                }
                return true;
            }
        }
    }
}
function related(sign, left, right) {
    switch (sign) {
        case '==':
            return equals(left, right);
        case '!=':
            return !equals(left, right);
        case 'in':
            return contains(right, left);
        case 'not in':
            return !contains(right, left);
        case '<':
            return compare(left, right, sign) < 0;
        case '<=':
            return compare(left, right, sign) <= 0;
        case '>':
            return compare(left, right, sign) > 0;
        default:
            return compare(left, right, sign) >= 0;
    }
}
//# sourceMappingURL=evaluate.js.map