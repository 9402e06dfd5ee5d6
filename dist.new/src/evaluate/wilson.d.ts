/** A measured share with its confidence interval; `value` is 0 and the interval is [0, 1] when nothing was measured. */
export interface Proportion {
    value: number;
    low: number;
    high: number;
    n: number;
}
/** z such that a standard normal lies within ±z with probability `confidence` (bisection over Marsaglia's series for Φ). */
export declare function zOf(confidence: number): number;
/** Wilson's score interval for k successes in n trials (Wilson 1927); `confidence` defaults to 0.95. */
export declare function wilson(k: number, n: number, confidence?: number): {
    low: number;
    high: number;
};
/** k of n as a share with its Wilson interval. */
export declare function proportion(k: number, n: number, confidence?: number): Proportion;
