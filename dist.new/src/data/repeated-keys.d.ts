/** Keys of all objects within a JSON value. */
export declare function countKeys(value: unknown): number;
/** The first key of valid JSON text that its object has already. */
export declare function repeatedKey(text: string): string | undefined;
