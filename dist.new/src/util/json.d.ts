/** Index of the first character at which `text` stops being JSON; `text.length` when it ends too early or is valid. */
export declare function jsonErrorAt(text: string): number;
/** What is wrong at `at` (from `jsonErrorAt`) in words: a summary, the text that stands there, and what to do. */
export declare function describeJsonError(text: string, at: number): {
    summary: string;
    got: string;
    hint: string;
};
/**
 * `value` as JSON, where numbers that `text` (valid JSON) has at the same place are written as they stand there: `1.0` stays `1.0`, which
 * readers that tell integers from floats insist on.
 */
export declare function rewriteJson(text: string, value: unknown): string;
