/**
 * Results of `work` over all items, in their order, at most `most` at once. The first fault ends the others: their signal is aborted, and they
 * are waited for. Errors: that fault; the reason of `signal` reaches the work, which throws it.
 */
export declare function atOnce<T, R>(items: readonly T[], most: number, work: (item: T, place: number, signal: AbortSignal) => Promise<R>, signal?: AbortSignal): Promise<R[]>;
