// Policy: pi(y | x), the one interface between networks that predict tokens and loops that choose them; and methods over it.
/** `within` of one of several logits, where they have it. */
export const withinOf = (logits, i) => logits.within ? (allowed) => logits.within?.(i, allowed) : undefined;
/** The policy `score` over `read`. */
export async function scoreSequences(policy, sequences) {
    const scores = sequences.map(({ ids }) => new Float32Array(ids.length));
    let last = -1;
    for await (const { sequence, start, count, logits } of policy.read(sequences)) {
        const out = scores[sequence];
        const { ids } = sequences[sequence];
        if (sequence !== last && sequence > 0)
            copyShared(out, scores[sequence - 1], { from: firstRead(sequences[sequence]) + 1, to: start + 1 });
        last = sequence;
        for (let i = 0; i < count && start + i + 1 < ids.length; i++)
            out[start + i + 1] = logits.at(i)[ids[start + i + 1]] - logits.logSum(i);
    }
    return scores;
}
/** Scores of what a sequence has in common with the one before, where they are wanted. */
function copyShared(out, before, { from, to }) {
    if (from < to)
        out.set(before.subarray(from, to), from);
}
/** Positions after which logits are wanted: from the id before the first weighted one on. */
export function firstRead({ weights }) {
    const first = weights ? weights.findIndex((w, i) => i > 0 && w !== 0) : 1;
    return first < 0 ? weights.length : Math.max(first, 1) - 1;
}
/** How many ids two sequences have in common at their beginning, media and positions included. */
export function commonPrefix(a, b) {
    const most = Math.min(a.ids.length, b.ids.length);
    let n = 0;
    while (n < most && a.ids[n] === b.ids[n] && samePositions(a, b, n))
        n++;
    const [x, y] = [a.media, b.media];
    for (let i = 0; i < Math.max(x.length, y.length); i++) {
        const [p, q] = [x[i], y[i]];
        if (p && q && p.key === q.key && p.at.length === q.at.length && p.at.every((at, k) => at === q.at[k]))
            continue;
        n = Math.min(n, p?.at[0] ?? most, q?.at[0] ?? most);
    }
    return n;
}
function samePositions(a, b, i) {
    if (!a.positions || !b.positions)
        return a.positions === b.positions;
    const kinds = a.positions.length / a.ids.length;
    for (let k = 0; k < kinds; k++)
        if (a.positions[k * a.ids.length + i] !== b.positions[k * b.ids.length + i])
            return false;
    return true;
}
//# sourceMappingURL=policy.js.map