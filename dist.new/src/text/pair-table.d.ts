/** Pairs of non-negative integers to non-negative integers; it never shrinks. */
export declare class PairTable {
    private mask;
    private lefts;
    private rights;
    private values;
    private count;
    /** `expected`: pairs that it will hold; more make it grow. */
    constructor(expected: number);
    /** The value of a pair, or -1. */
    get(left: number, right: number): number;
    /** Sets the value of a pair. */
    set(left: number, right: number, value: number): void;
    /** Where the pair is, or the free place where it would be. */
    private slot;
    private grow;
}
