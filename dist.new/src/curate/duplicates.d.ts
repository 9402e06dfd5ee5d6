import type { Fingerprints } from './fingerprints.js';
import { RowSets } from './groups.js';
import { type Bands } from './minhash.js';
/** What makes two rows the same: the image, the text, either of them, both at once. */
export declare const DUPLICATE_BY: readonly ['image', 'text', 'either', 'pair'];
export type DuplicateBy = (typeof DUPLICATE_BY)[number];
/** When rows are nearly the same. */
export interface DuplicateOptions {
    by: DuplicateBy;
    /** Least Jaccard similarity of texts. */
    jaccard: number;
    /** Characters of a shingle. */
    shingle: number;
    /** Most bits in which the hashes of images differ. */
    distance: number;
    bands: Bands;
    /** Called between steps, which each take seconds for millions of rows. */
    onStep?: (step: string, done: number, total: number) => void | Promise<void>;
}
/** What was found. */
export interface DuplicateSets {
    sets: RowSets;
    /** Comparisons of texts that were left out, since too many unlike texts shared a band. */
    skipped: number;
}
/**
 * Sets of rows that are nearly the same, directly or through others; the first of each leads it. A pair is joined only if its similarity was
 * computed: of texts over all shingles, of images over all bits. Images are compared exhaustively; of texts at the threshold fewer
 * than one pair in a thousand is missed, of nearer ones far fewer.
 */
export declare function findDuplicates(rows: Fingerprints, options: DuplicateOptions): Promise<DuplicateSets>;
