// Two pairs of eyes: what several detectors find together, with a score that says how far they agree, and what they disagree about in doubt.
import { iou } from '../../evaluate/metrics/boxes.js';
/** Two boxes are of one object from here on. */
const SAME = 0.5;
/** A box with another label that covers the same object contests it from this overlap on … */
const RIVAL = 0.7;
/** … when it has at least this share of the score. */
const SHARE = 0.4;
/**
 * Boxes of all detectors, those of one label that overlap put together: the box of the surest, and the mean of the scores, where a detector that
 * finds nothing counts as 0. A box that one with another label contests is marked as in doubt. Best first.
 */
export function agree(found) {
    const open = found.flatMap((list, detector) => list.map((one) => ({ ...one, detector }))).sort((a, b) => b.score - a.score);
    const taken = new Set();
    const together = [];
    for (const [i, one] of open.entries()) {
        if (taken.has(i))
            continue;
        let sum = one.score;
        const seen = new Set([one.detector]);
        for (let k = i + 1; k < open.length; k++) {
            const other = open[k];
            if (taken.has(k) || seen.has(other.detector) || other.label !== one.label || iou(one.box, other.box) < SAME)
                continue;
            taken.add(k);
            seen.add(other.detector);
            sum += other.score;
        }
        together.push({ label: one.label, box: one.box, score: sum / found.length });
    }
    return together
        .map((one) => {
        const contested = together.some((other) => other.label !== one.label && other.score >= SHARE * one.score && iou(one.box, other.box) >= RIVAL);
        return contested ? { ...one, doubt: true } : one;
    })
        .sort((a, b) => b.score - a.score);
}
/** Several detectors as one. Its labels are those that all of them know. */
export function agreeingDetector(detectors) {
    const labels = (detectors[0]?.labels ?? []).filter((label) => detectors.every((detector) => detector.labels.includes(label)));
    const known = new Set(labels);
    return {
        labels,
        async detect(image, options) {
            const found = [];
            for (const detector of detectors)
                found.push((await detector.detect(image, options)).filter(({ label }) => known.has(label)));
            return agree(found);
        },
    };
}
//# sourceMappingURL=agreement.js.map