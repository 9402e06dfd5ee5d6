// Jinja as transformers sets it up for chat templates: a sandbox that cannot be left, block lines trimmed, loop controls, plain JSON.
import { TemplateError } from './errors.js';
import { Evaluator } from './evaluate.js';
import { globals } from './globals.js';
import { parse } from './parser.js';
import { Marked, marked } from './strings.js';
import { Blank, Dict, Float } from './values.js';
export { TemplateError } from './errors.js';
export { concat, cut, isStr, Marked, marked, strip, text } from './strings.js';
export { Blank, Dict } from './values.js';
/** Longest template, in UTF-16 units. */
const MAX_SOURCE = 1 << 22;
/** A compiled template. */
export class Jinja {
    now;
    body;
    /** Throws `TemplateError` for a source that does not parse. `now` is for `strftime_now`. */
    constructor(source, now = () => new Date()) {
        this.now = now;
        if (source.length > MAX_SOURCE)
            throw new TemplateError(`the template is longer than ${MAX_SOURCE} characters`);
        this.body = parse(source);
    }
    /**
     * Renders with these variables, which `toValue` made. The result remembers which stretches came from marked strings.
     * Throws `TemplateError` where the template refuses, goes wrong or does not end.
     */
    render(variables) {
        return new Evaluator(globals(this.now)).render(this.body, new Map(Object.entries(variables)));
    }
}
/**
 * A JavaScript value as templates have it: integers and floats apart, objects as dicts, all strings marked with `source`.
 * Keys without a value are left out; what is not plain data becomes its name, such as `<Uint8Array>`: templates only ask whether it is there.
 */
export function toValue(value, source, depth = 0) {
    if (depth > 200)
        throw new TemplateError('the data is nested too deeply');
    if (value === undefined || value === null)
        return null;
    if (typeof value === 'string')
        return source === undefined ? value : marked(value, source);
    if (typeof value === 'boolean')
        return value;
    if (typeof value === 'number')
        return Number.isInteger(value) ? value : new Float(value);
    if (value instanceof Marked || value instanceof Blank || value instanceof Dict)
        return value;
    if (Array.isArray(value))
        return value.map((one) => toValue(one, source, depth + 1));
    if (typeof value === 'bigint')
        return Number(value);
    if (typeof value === 'object') {
        const prototype = Object.getPrototypeOf(value);
        if (prototype === null || prototype === Object.prototype || prototype.constructor?.name === 'Object')
            return new Dict(Object.entries(value)
                .filter(([, one]) => one !== undefined)
                .map(([key, one]) => [toValue(key, source), toValue(one, source, depth + 1)]));
        return `<${prototype.constructor?.name ?? 'object'}>`;
    }
    return `<${typeof value}>`;
}
//# sourceMappingURL=index.js.map