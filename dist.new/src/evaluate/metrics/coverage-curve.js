// CHAIR-i against coverage: what the first k objects of every text amount to, so that texts of unequal length can be compared.
/** CHAIR-i and coverage of the first k objects of each text, for k = 0, 1, …; coverage never falls. */
export function coverageCurve(texts) {
    const present = texts.reduce((sum, t) => sum + t.present, 0);
    const longest = Math.max(0, ...texts.map((t) => t.wrong.length));
    const points = [{ coverage: 0, chair: 0 }];
    let [named, wrong] = [0, 0];
    for (let k = 0; k < longest; k++) {
        let covered = 0;
        for (const t of texts) {
            if (k < t.wrong.length) {
                named++;
                if (t.wrong[k])
                    wrong++;
            }
            covered += t.covered[Math.min(k, t.covered.length - 1)] ?? 0;
        }
        points.push({ coverage: present ? covered / present : 0, chair: named ? wrong / named : 0 });
    }
    // Nothing is named before the first object: its CHAIR-i is that of the curve's beginning.
    if (points[1])
        points[0].chair = points[1].chair;
    return points;
}
/** CHAIR-i where the curve reaches a coverage, on the line between the points around it; undefined beyond its end. */
export function chairAt(points, coverage) {
    for (let i = 1; i < points.length; i++) {
        const [a, b] = [points[i - 1], points[i]];
        if (b.coverage < coverage - 1e-12)
            continue;
        const share = b.coverage > a.coverage ? (coverage - a.coverage) / (b.coverage - a.coverage) : 1;
        return a.chair + Math.max(0, Math.min(1, share)) * (b.chair - a.chair);
    }
    return undefined;
}
//# sourceMappingURL=coverage-curve.js.map