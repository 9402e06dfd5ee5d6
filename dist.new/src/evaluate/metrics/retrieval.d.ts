import { type Proportion } from '../wilson.js';
import { type Embeddings } from './zero-shot.js';
/** Recall at 1, 5 and 10 with Wilson intervals. */
export interface Recall {
    r1: Proportion;
    r5: Proportion;
    r10: Proportion;
    /** Median rank of the best right match, 1 = first. */
    medianRank: number;
}
/**
 * Retrieval between images and texts by cosine. `owner[j]` is the image of text j (default: text j belongs to image j; several texts
 * per image are allowed). A query succeeds at k when a right match is among its k nearest; wrong matches that score equal go first.
 */
export declare function retrieval(images: Embeddings, texts: Embeddings, owner?: ArrayLike<number>): {
    imageToText: Recall;
    textToImage: Recall;
};
