import { type NgramIndex, type Ngrams } from './ngrams.js';
/** Counts of one candidate that add up over a corpus: its length, that of its nearest reference, and by n the n-grams that are there and that match. */
export type BleuCounts = readonly [length: number, nearest: number, ...counts: number[]];
/** The counts of a candidate with its references; an n-gram matches at most as often as it stands in one reference. */
export declare function bleuCounts(index: NgramIndex, candidate: Ngrams, references: readonly Ngrams[]): BleuCounts;
/** BLEU-1 to BLEU-4 of summed counts. */
export declare function bleuOf([length, nearest, ...counts]: readonly number[]): number[];
