// Boxes in replies and their overlap with the true ones: intersection over union, as in grounding benchmarks.
/** Area of the intersection of two boxes over that of their union; 0 for boxes without area. */
export function iou(a, b) {
    const area = ([left, top, right, bottom]) => Math.max(0, right - left) * Math.max(0, bottom - top);
    const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
    const union = area(a) + area(b) - both;
    return union > 0 ? both / union : 0;
}
const four = /[[(<{]\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*[\])>}]/g;
/** Boxes of a reply that are read. */
const MOST = 1000;
/** The boxes that a reply writes as four numbers in brackets, corners in any order. */
export function boxesIn(reply) {
    const found = [];
    for (const m of reply.matchAll(four)) {
        const [a, b, c, d] = m.slice(1).map(Number);
        found.push([Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]);
        if (found.length === MOST)
            break;
    }
    return found;
}
/** True and given boxes paired by falling overlap, each once: the overlap of every true box, 0 where none is left for it. */
export function matchBoxes(truth, given) {
    const pairs = truth.flatMap((a, i) => given.map((b, j) => ({ i, j, overlap: iou(a, b) }))).filter(({ overlap }) => overlap > 0);
    const out = truth.map(() => 0);
    const [usedTruth, usedGiven] = [new Set(), new Set()];
    for (const { i, j, overlap } of pairs.sort((a, b) => b.overlap - a.overlap)) {
        if (usedTruth.has(i) || usedGiven.has(j))
            continue;
        usedTruth.add(i);
        usedGiven.add(j);
        out[i] = overlap;
    }
    return out;
}
//# sourceMappingURL=boxes.js.map