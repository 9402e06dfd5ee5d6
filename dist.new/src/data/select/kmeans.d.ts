/** Groups of rows. */
export interface Clusters {
    /** The group of each row. */
    labels: Int32Array;
    centers: Float64Array[];
    /** Sum of squared distances to the centers. */
    inertia: number;
}
/** Rows in `k` groups; the same seed gives the same groups. Errors: `data.option` for a `k` below 1 or above the number of rows. */
export declare function kMeans(rows: readonly ArrayLike<number>[], k: number, { seed, rounds }?: {
    seed?: number;
    rounds?: number;
}): Clusters;
