import type { TrustContext, TrustOutcome, TrustReply } from './method.js';
/** The base's caption without the objects that have a number below `limit`; one number for each of its claims. */
export declare function without({ naming }: TrustContext, base: TrustReply, { numbers, limit }: {
    numbers: readonly (number | undefined)[];
    limit: number;
}): TrustOutcome;
