/** The four 32-bit words of xoshiro128**. */
export type RngState = [number, number, number, number];
/** FNV-1a over a string, mixed; used to derive independent streams from names. */
export declare function hash32(text: string, seed?: number): number;
/** Deterministic generator (Blackman and Vigna, xoshiro128**), seeded through splitmix32. */
export declare class Rng {
    private s;
    constructor(seed: number | string | RngState);
    /** Snapshot for a checkpoint; `new Rng(state)` continues exactly there. */
    get state(): RngState;
    /** An independent stream named by `keys`; does not advance this one. */
    fork(...keys: (string | number)[]): Rng;
    /** Uniform unsigned 32-bit integer. */
    u32(): number;
    /** Uniform in [0, 1) with 32 bits. */
    float(): number;
    /** Uniform in [lo, hi). */
    uniform(lo: number, hi: number): number;
    /** Uniform integer in [0, n). */
    int(n: number): number;
    /** True with probability p. */
    bool(p?: number): boolean;
    /** Standard normal (Box-Muller, one value per call so that state stays four words). */
    normal(): number;
    /** One element, uniformly. */
    pick<T>(items: readonly T[]): T;
    /** Index drawn in proportion to non-negative `weights`. */
    weighted(weights: ArrayLike<number>): number;
    /** Fisher-Yates, in place. */
    shuffle<T>(items: T[]): T[];
    /** k distinct elements in random order. */
    sample<T>(items: readonly T[], k: number): T[];
}
