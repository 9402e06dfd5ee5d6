/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
export declare function editDistance(a: string, b: string): number;
/** The candidate with the fewest edits, undefined when there are none. */
export declare function nearest(name: string, candidates: Iterable<string>): string | undefined;
