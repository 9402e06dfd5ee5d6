// ANLS: how close a short answer is to the true one by edit distance, for answers that are read from pictures (Biten et al. 2019).
/** Characters of either text that are compared; answers are shorter, and the work is bounded. */
const COMPARED = 1000;
/** Edits (insert, delete, replace) that turn one list of characters into the other (Levenshtein 1966). */
function editDistance(a, b) {
    let row = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (const [i, x] of a.entries()) {
        const next = [i + 1];
        for (const [j, y] of b.entries())
            next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (x === y ? 0 : 1)));
        row = next;
    }
    return row[b.length];
}
/**
 * 1 - distance / length of the longer text for the nearest of the true answers, and 0 where that is below `threshold`. Case and white space
 * are not compared. An empty reply scores 0.
 */
export function anls(reply, answers, threshold = 0.5) {
    const plain = (text) => [...text.toLowerCase().split(/\s+/).filter(Boolean).join(' ')].slice(0, COMPARED);
    const written = plain(reply);
    if (written.length === 0)
        return 0;
    const best = Math.max(0, ...answers.map((answer) => {
        const wanted = plain(answer);
        return 1 - editDistance(written, wanted) / Math.max(written.length, wanted.length);
    }));
    return best < threshold ? 0 : best;
}
//# sourceMappingURL=anls.js.map