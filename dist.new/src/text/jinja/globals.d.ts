import { type Value } from './values.js';
/** Writes an attribute of a namespace; anything else cannot be written to. */
export declare function setMember(of: Value, name: string, value: Value): void;
/** The functions by name; `now` is the time that `strftime_now` writes. */
export declare function globals(now: () => Date): Map<string, Value>;
