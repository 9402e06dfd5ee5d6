/** Its length. */
export declare function commonLength(a: readonly string[], b: readonly string[]): number;
