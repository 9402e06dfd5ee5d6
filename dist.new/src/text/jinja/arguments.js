// Arguments of functions, filters and methods, bound to their names as Python binds them.
import { TemplateError } from './errors.js';
import { isStr, text } from './strings.js';
import { Blank, numberOf, typeName } from './values.js';
/** Binds arguments to parameters. Throws as Python does for too many, unknown or doubled ones; `required` of the first must be given. */
export function bind(name, parameters, args, kwargs, required = 0) {
    if (args.length > parameters.length)
        throw new TemplateError(`${name}() takes at most ${parameters.length} arguments, got ${args.length}`);
    const out = Object.create(null);
    args.forEach((value, i) => {
        out[parameters[i]] = value;
    });
    for (const [key, value] of kwargs) {
        if (!parameters.includes(key))
            throw new TemplateError(`${name}() got an unexpected keyword argument '${key}'`);
        if (Object.hasOwn(out, key))
            throw new TemplateError(`${name}() got multiple values for argument '${key}'`);
        out[key] = value;
    }
    for (const key of parameters.slice(0, required))
        if (!Object.hasOwn(out, key))
            throw new TemplateError(`${name}() misses its argument '${key}'`);
    return out;
}
/** An integer argument. */
export function integer(value, fallback) {
    if (value === undefined)
        return fallback;
    if (typeof value === 'number' || typeof value === 'boolean')
        return Number(value);
    throw new TemplateError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}
/** Any number, as a JavaScript one. */
export function number(value) {
    const n = numberOf(value);
    if (n === undefined)
        throw new TemplateError(`must be a number, not ${typeName(value)}`);
    return n;
}
/** The characters of a string argument. */
export function string(value) {
    if (isStr(value))
        return text(value);
    if (value instanceof Blank)
        return '';
    throw new TemplateError(`must be str, not ${typeName(value)}`);
}
/** The same, where None or nothing stands for the default. */
export function optionalString(value) {
    return value === undefined || value === null ? undefined : string(value);
}
//# sourceMappingURL=arguments.js.map