// "Did you mean": the known name nearest to one that is not known.
/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`: optimal string alignment distance. */
export function editDistance(a, b) {
    const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
    for (let i = 1; i <= a.length; i++) {
        const row = [i];
        for (let j = 1; j <= b.length; j++) {
            const at = (r, c) => rows[r]?.[c] ?? Number.POSITIVE_INFINITY;
            const same = a[i - 1] === b[j - 1] ? 0 : 1;
            let best = Math.min(at(i - 1, j) + 1, row[j - 1] + 1, at(i - 1, j - 1) + same);
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
                best = Math.min(best, at(i - 2, j - 2) + 1);
            row.push(best);
        }
        rows.push(row);
    }
    return rows[a.length]?.[b.length];
}
/** The candidate with the fewest edits, undefined when there are none. */
export function nearest(name, candidates) {
    let best;
    let least = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
        const d = editDistance(name.toLowerCase(), candidate.toLowerCase());
        if (d < least)
            [best, least] = [candidate, d];
    }
    return best;
}
//# sourceMappingURL=nearest.js.map