import { type Value } from './values.js';
/** Values by parameter; absent where nothing was given. */
export type Bound = Record<string, Value | undefined>;
/** Binds arguments to parameters. Throws as Python does for too many, unknown or doubled ones; `required` of the first must be given. */
export declare function bind(name: string, parameters: readonly string[], args: readonly Value[], kwargs: ReadonlyMap<string, Value>, required?: number): Bound;
/** An integer argument. */
export declare function integer(value: Value | undefined, fallback: number): number;
/** Any number, as a JavaScript one. */
export declare function number(value: Value): number;
/** The characters of a string argument. */
export declare function string(value: Value): string;
/** The same, where None or nothing stands for the default. */
export declare function optionalString(value: Value | undefined): string | undefined;
