/** JSON where a value has any, else its type; never throws. */
export declare function show(value: unknown): string;
