/** Parameters that METEOR 1.5 was tuned to for English: of the mean, of the penalty, of content words, and of the three kinds of match. */
export declare const METEOR_PARAMETERS: {
    alpha: number;
    beta: number;
    gamma: number;
    delta: number;
    weights: readonly number[];
};
type Parameters = typeof METEOR_PARAMETERS;
/** Whether two different words can mean the same. */
export type Synonyms = (a: string, b: string) => boolean;
/** Sums that add up over a corpus; of candidate and reference the weighted matches, the weighted length and the words. */
export type MeteorCounts = readonly [
    chunks: number,
    matches: number,
    candidate: number,
    candidateLength: number,
    candidateWords: number,
    reference: number,
    referenceLength: number,
    referenceWords: number
];
/** METEOR of summed counts. */
export declare function meteorOf([chunks, matches, candidate, candidateLength, candidateWords, reference, referenceLength, referenceWords]: readonly number[], { alpha, beta, gamma }?: Parameters): number;
/** The counts of a candidate with the reference that gives it the most. */
export declare function meteorCounts(candidate: readonly string[], references: readonly (readonly string[])[], synonyms?: Synonyms, parameters?: Parameters): MeteorCounts;
export {};
