/**
 * Calls `near` for every pair of the given rows (the earlier one first) whose hashes differ in at most `distance` bits; may call it more than
 * once for a pair. Exact: two such hashes agree in one of four parts but for a quarter of the bits. `skip` says that a pair need not be
 * looked at. Memory: 4 bytes a row and 256 KiB.
 */
export declare function nearHashes(rows: ArrayLike<number>, { high, low, distance, skip, near, }: {
    high: Uint32Array;
    low: Uint32Array;
    distance: number;
    skip(a: number, b: number): boolean;
    near(a: number, b: number): void;
}): void;
