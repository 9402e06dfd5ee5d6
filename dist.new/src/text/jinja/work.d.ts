/** Most steps of one rendering: far more than any conversation takes. A step is a part of the template, of a value that is walked, or 256 characters. */
export declare const MAX_STEPS = 5000000;
/** Begins a rendering. Renderings do not overlap: they run to their end at once. */
export declare function beginWork(): void;
/** Counts steps; throws beyond the most. */
export declare function spend(n?: number): void;
/** Counts the characters that an operation reads. */
export declare const spendText: (length: number) => void;
/** Counts a value within others. */
export declare function visit(depth: number): void;
