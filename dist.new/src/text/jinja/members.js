// Attributes and items of values: methods of Python's types, what a sandbox forbids, and nothing of JavaScript's.
import { bind, integer } from './arguments.js';
import { TemplateError } from './errors.js';
import { braces } from './format.js';
import { escapeAll, missing, solid, subscript } from './operators.js';
import { STRING_METHODS } from './string-methods.js';
import { isSafe, isStr, safe, text } from './strings.js';
import { Blank, Bytes, Callable, Dict, equals, iterate, Namespace, needed, repr, Thing, Tuple, typeName, Undefined, View, } from './values.js';
/** Methods that would change a list or dict, which the sandbox of transformers forbids. */
const CHANGES = {
    dict: new Set(['clear', 'pop', 'popitem', 'setdefault', 'update']),
    list: new Set(['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove']),
};
/** Names that every Python object has; a key of a dict may be called otherwise. */
const INTERNAL = /^__(class|dict|doc|init|new|module|bases|base|mro|subclasses|globals|code|closure|func|self|name|qualname|call|getattribute|getattr|setattr|delattr|dir|repr|str|hash|eq|ne|lt|le|gt|ge|reduce|reduce_ex|sizeof|format|init_subclass|subclasshook|import|builtins|getitem|setitem|delitem|len|iter|contains|annotations|slots|weakref)__$/;
function dictMethod(dict, name) {
    switch (name) {
        case 'get':
            return (args, kwargs) => {
                const { key, default: fallback } = bind('get', ['key', 'default'], args, kwargs, 1);
                return dict.has(key) ? dict.get(key) : (fallback ?? null);
            };
        case 'keys':
            return () => new View('dict_keys', dict.keys());
        case 'values':
            return () => new View('dict_values', dict.values());
        case 'items':
            return () => new View('dict_items', dict.entries().map(([key, value]) => Tuple.of2(key, value)));
        case 'copy':
            return () => new Dict(dict.entries());
    }
    return undefined;
}
function listMethod(list, name) {
    switch (name) {
        case 'count':
            return (args, kwargs) => list.filter((one) => equals(one, bind('count', ['value'], args, kwargs, 1).value)).length;
        case 'index':
            return (args, kwargs) => {
                const { value, start } = bind('index', ['value', 'start', 'stop'], args, kwargs, 1);
                const from = integer(start, 0);
                const at = list.findIndex((one, i) => i >= from && equals(one, value));
                if (at < 0)
                    throw new TemplateError(`${text(repr(value))} is not in list`);
                return at;
            };
        case 'copy':
            return list instanceof Tuple ? undefined : () => [...list];
    }
    return undefined;
}
/** A method of safe text: what it puts in is escaped, what it returns is safe. */
function safely(method, name) {
    const asSafe = (value) => (isStr(value) ? safe(value) : Array.isArray(value) ? value.map(asSafe) : value);
    return (args, kwargs) => {
        const given = name === 'replace' ? [args[0], ...args.slice(1).map(escapeAll)] : name === 'join' ? [iterate(args[0]).map(escapeAll)] : args;
        const isFormat = name === 'format';
        return asSafe(method(isFormat ? args.map(escapeAll) : given, isFormat ? new Map([...kwargs].map(([k, v]) => [k, escapeAll(v)])) : kwargs));
    };
}
/** A method or attribute of the value's type, without its keys; undefined where there is none. */
function member(of, name) {
    if (of instanceof Namespace)
        return of.values.get(name);
    if (of instanceof Thing)
        return of.get(name);
    if (of instanceof Callable)
        return of.attributes.get(name);
    const type = typeName(of);
    if (CHANGES[type]?.has(name))
        return unsafe(type, name);
    let method;
    if (isStr(of)) {
        const found = STRING_METHODS[name];
        if (name === 'format')
            method = (args, kwargs) => braces(of, args, kwargs, { attribute, item });
        else if (name === 'format_map')
            method = (args) => {
                const [map] = args;
                if (!(map instanceof Dict))
                    throw new TemplateError('format_map() takes a mapping');
                return braces(of, [], new Map(map.entries().map(([key, value]) => [text(key), value])), { attribute, item });
            };
        else if (found)
            method = (args, kwargs) => found(of, args, kwargs);
        if (method && isSafe(of))
            method = safely(method, name);
    }
    else if (of instanceof Dict)
        method = dictMethod(of, name);
    else if (Array.isArray(of)) {
        if (of instanceof Group && name === 'grouper')
            return of[0];
        if (of instanceof Group && name === 'list')
            return of[1];
        method = listMethod(of, name);
    }
    else if (of instanceof Bytes && name === 'decode')
        return new Callable('decode', () => new TextDecoder().decode(of.bytes));
    return method && new Callable(`built-in method ${name} of ${type} object`, method);
}
/** A group of `groupby`: a pair with names. */
export class Group extends Tuple {
}
const unsafe = (type, name) => new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`);
/** `of.name`: an attribute before a key. */
export function attribute(of, name) {
    const value = solid(needed(of));
    if (name.startsWith('__') && INTERNAL.test(name))
        return unsafe(typeName(value), name);
    for (const found of [member(value, name), subscript(value, name)])
        if (found !== undefined)
            return found;
    return absent(of, name);
}
/** `of[key]`: a key before an attribute. */
export function item(of, key) {
    const value = solid(needed(of));
    const found = subscript(value, key);
    if (found !== undefined)
        return found;
    const name = isStr(key) ? text(key) : undefined;
    if (name === undefined)
        return absent(of, key);
    if (INTERNAL.test(name))
        return unsafe(typeName(value), name);
    const own = member(value, name);
    return own === undefined ? absent(of, key) : own;
}
const absent = (of, key) => missing(of instanceof Blank && of.kind === 'none' ? null : of, key);
//# sourceMappingURL=members.js.map