import { type Str } from './strings.js';
import { Float, type Value } from './values.js';
/** A method: the string, the arguments. */
export type StringMethod = (self: Str, args: Value[], kwargs: Map<string, Value>) => Value;
/** First character in upper case, the rest in lower case. */
export declare function capitalize(s: Str): Str;
/** By name; `format` is made by the evaluator, which can read attributes. */
export declare const STRING_METHODS: Readonly<Record<string, StringMethod>>;
/** A float of a string, as Python reads it; undefined for anything else. */
export declare function parseFloatText(value: string): Float | undefined;
