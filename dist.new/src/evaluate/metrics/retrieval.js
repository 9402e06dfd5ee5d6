// Image-text retrieval: recall at k both ways, as on Flickr30K and COCO; ties count against the model.
import { SensoriumError } from '../../util/errors.js';
import { proportion } from '../wilson.js';
import { cosines } from './zero-shot.js';
/**
 * Retrieval between images and texts by cosine. `owner[j]` is the image of text j (default: text j belongs to image j; several texts
 * per image are allowed). A query succeeds at k when a right match is among its k nearest; wrong matches that score equal go first.
 */
export function retrieval(images, texts, owner) {
    const { matrix, rows, columns } = cosines(images, texts);
    if (owner ? owner.length !== columns : rows !== columns)
        throw new SensoriumError('evaluate.retrieval', 'texts and images do not pair up', {
            expected: owner ? `${columns} owners` : `${rows} texts`,
            got: String(owner ? owner.length : columns),
            hint: owner ? undefined : 'Pass owner[] when an image has several texts.',
        });
    const own = Int32Array.from({ length: columns }, (_, j) => (owner ? owner[j] : j));
    own.forEach((image, j) => {
        if (image < 0 || image >= rows)
            throw new SensoriumError('evaluate.retrieval', 'a text belongs to no image', {
                place: `text ${j}`,
                expected: `0..${rows - 1}`,
                got: String(image),
            });
    });
    const textRanks = Array.from({ length: rows }, (_, i) => rank(columns, (j) => matrix[i * columns + j], (j) => own[j] === i)).filter((r) => r >= 0);
    const imageRanks = Array.from({ length: columns }, (_, j) => rank(rows, (i) => matrix[i * columns + j], (i) => own[j] === i));
    return { imageToText: recall(textRanks), textToImage: recall(imageRanks) };
}
/** Wrong candidates at or above the best right one; -1 when there is no right one. */
function rank(n, score, right) {
    let best = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < n; c++)
        if (right(c))
            best = Math.max(best, score(c));
    if (best === Number.NEGATIVE_INFINITY)
        return -1;
    let above = 0;
    for (let c = 0; c < n; c++)
        if (!right(c) && score(c) >= best)
            above++;
    return above;
}
function recall(ranks) {
    const at = (k) => proportion(ranks.filter((r) => r < k).length, ranks.length);
    const sorted = [...ranks].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const median = sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
    return { r1: at(1), r5: at(5), r10: at(10), medianRank: sorted.length ? median + 1 : 0 };
}
//# sourceMappingURL=retrieval.js.map