// The threshold of a score by its ROC curve: between pairs that belong together and pairs that do not.
/**
 * Area by ranks, ties shared (Mann and Whitney 1947), and the threshold at which the share of matched pairs exceeds that of mismatched ones by
 * most (Youden 1950), or the lowest that lets at most the share `pass` of mismatched pairs through.
 */
export function rocThreshold(matched, mismatched, pass) {
    const all = [...matched.map((score) => ({ score, own: 1 })), ...mismatched.map((score) => ({ score, own: 0 }))].sort((a, b) => b.score - a.score);
    let [own, other, area] = [0, 0, 0];
    let best = { gain: Number.NEGATIVE_INFINITY, threshold: Number.POSITIVE_INFINITY, keep: 0, pass: 0 };
    for (let i = 0; i < all.length;) {
        const { score } = all[i];
        const [ownBefore, otherBefore] = [own, other];
        for (; i < all.length && all[i]?.score === score; i++) {
            own += all[i]?.own ?? 0;
            other += 1 - (all[i]?.own ?? 0);
        }
        area += ((other - otherBefore) * (own + ownBefore)) / 2;
        const [keep, through] = [own / matched.length, other / mismatched.length];
        const gain = pass === undefined ? keep - through : through <= pass ? keep : Number.NEGATIVE_INFINITY;
        if (gain > best.gain)
            best = { gain, threshold: score, keep, pass: through };
    }
    const { threshold, keep } = best;
    return {
        auc: area / (matched.length * mismatched.length),
        threshold,
        keep,
        pass: best.pass,
        matched: matched.length,
        mismatched: mismatched.length,
    };
}
//# sourceMappingURL=roc.js.map