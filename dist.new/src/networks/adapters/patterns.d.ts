/** Whether a regular expression matches the whole of a name, as `re.fullmatch` does. Errors: `adapter.pattern`. */
export declare function fullMatch(pattern: string, place?: string): (name: string) => boolean;
/** Whether a name is `suffix`, or ends with it after a dot. */
export declare function endsWithName(name: string, suffix: string): boolean;
/** The value of the first key of a `rank_pattern` or `alpha_pattern` that matches the end of a name. Errors: `adapter.pattern`. */
export declare function patternValue(patterns: Readonly<Record<string, number>>, name: string, place: string): number | undefined;
/**
 * The number of the layer that a module lies in: the first numbered segment of its name, or that after one of the lists called `within`.
 * Errors: `adapter.pattern`.
 */
export declare function layerOf(name: string, within?: readonly string[]): number | undefined;
