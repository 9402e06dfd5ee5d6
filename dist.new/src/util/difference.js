// What two sequences have in common, in order, and the parts of two texts that differ.
/** Cells of the table of common subsequences at most; beyond them the middle counts as changed. */
const MOST = 2 ** 24;
/**
 * A longest common subsequence of two lists: for each element of either, 1 where it is part of it. Equal beginnings and ends are always part.
 * Lists whose middles are too long to compare (their lengths multiply to over 16 million) have nothing else in common.
 */
export function common(a, b) {
    const [ofA, ofB] = [new Uint8Array(a.length), new Uint8Array(b.length)];
    const least = Math.min(a.length, b.length);
    let start = 0;
    while (start < least && a[start] === b[start])
        start++;
    let end = 0;
    while (end < least - start && a[a.length - 1 - end] === b[b.length - 1 - end])
        end++;
    ofA.fill(1, 0, start).fill(1, a.length - end);
    ofB.fill(1, 0, start).fill(1, b.length - end);
    const [n, m] = [a.length - start - end, b.length - start - end];
    if (n === 0 || m === 0 || n * m > MOST)
        return [ofA, ofB];
    // longest[i * (m + 1) + j]: length of the longest subsequence of what follows i in `a` and j in `b`.
    const longest = new Uint16Array((n + 1) * (m + 1));
    const at = (i, j) => longest[i * (m + 1) + j];
    for (let i = n - 1; i >= 0; i--)
        for (let j = m - 1; j >= 0; j--)
            longest[i * (m + 1) + j] = a[start + i] === b[start + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    for (let i = 0, j = 0; i < n && j < m;) {
        if (a[start + i] === b[start + j]) {
            ofA[start + i++] = 1;
            ofB[start + j++] = 1;
        }
        else if (at(i + 1, j) >= at(i, j + 1))
            i++;
        else
            j++;
    }
    return [ofA, ofB];
}
/** Words, Chinese characters and marks, with their places. */
const pieces = (text) => Array.from(text.matchAll(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}'’-])+|[^\s]/gu), (m) => ({
    text: m[0],
    start: m.index,
    end: m.index + m[0].length,
}));
/** The parts of two texts that the other does not have, by words: neighbors are one part. */
export function changedSpans(a, b) {
    const [ofA, ofB] = [pieces(a), pieces(b)];
    const word = ({ text }) => text.toLowerCase();
    const [keptA, keptB] = common(ofA.map(word), ofB.map(word));
    const spans = (list, kept) => {
        const out = [];
        list.forEach(({ start, end }, i) => {
            if (kept[i])
                return;
            const last = out.at(-1);
            if (last && i > 0 && !kept[i - 1])
                last[1] = end;
            else
                out.push([start, end]);
        });
        return out;
    };
    return [spans(ofA, keptA), spans(ofB, keptB)];
}
//# sourceMappingURL=difference.js.map