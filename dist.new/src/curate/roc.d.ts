/** A threshold, and what it does. */
export interface RocThreshold {
    /** Area under the curve: the chance that a pair that belongs together scores higher than one that does not. */
    auc: number;
    /** The least score that is kept. */
    threshold: number;
    /** Shares of matched and of mismatched pairs with at least this score. */
    keep: number;
    pass: number;
    matched: number;
    mismatched: number;
}
/**
 * Area by ranks, ties shared (Mann and Whitney 1947), and the threshold at which the share of matched pairs exceeds that of mismatched ones by
 * most (Youden 1950), or the lowest that lets at most the share `pass` of mismatched pairs through.
 */
export declare function rocThreshold(matched: readonly number[], mismatched: readonly number[], pass?: number): RocThreshold;
