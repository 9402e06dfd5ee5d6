import { type Str } from './strings.js';
import { type Value } from './values.js';
export { TemplateError } from './errors.js';
export { concat, cut, isStr, Marked, marked, type Run, type Str, strip, text } from './strings.js';
export { Blank, Dict, type Value } from './values.js';
/** A compiled template. */
export declare class Jinja {
    private readonly now;
    private readonly body;
    /** Throws `TemplateError` for a source that does not parse. `now` is for `strftime_now`. */
    constructor(source: string, now?: () => Date);
    /**
     * Renders with these variables, which `toValue` made. The result remembers which stretches came from marked strings.
     * Throws `TemplateError` where the template refuses, goes wrong or does not end.
     */
    render(variables: Readonly<Record<string, Value>>): Str;
}
/**
 * A JavaScript value as templates have it: integers and floats apart, objects as dicts, all strings marked with `source`.
 * Keys without a value are left out; what is not plain data becomes its name, such as `<Uint8Array>`: templates only ask whether it is there.
 */
export declare function toValue(value: unknown, source?: unknown, depth?: number): Value;
