import { type Str } from './strings.js';
import { type Value } from './values.js';
export interface DumpOptions {
    ascii: boolean;
    /** Indentation of one level; undefined writes one line. */
    indent: Str | undefined;
    separators: [Str, Str] | undefined;
    sortKeys: boolean;
}
/** JSON of a value. Throws for what has none, such as something undefined. */
export declare function dumps(value: Value, { ascii, indent, separators, sortKeys }: DumpOptions): Str;
