// Prompt lookup: what followed the last few tokens the last time they occurred is a guess at what follows now.
/**
 * Up to `tokens` ids that followed the most recent earlier occurrence of the last n ids of `history`, for the largest n from `ngram`
 * down to `least` that occurs; empty when none does. Negative ids never match and end a guess.
 */
export function propose(history, o) {
    const end = history.length;
    for (let n = Math.min(o.ngram, end - 1); n >= o.least; n--) {
        for (let at = end - n - 1; at >= 0; at--) {
            let i = 0;
            while (i < n && history[at + i] === history[end - n + i] && history[at + i] >= 0)
                i++;
            if (i < n)
                continue;
            const guess = [];
            for (let k = at + n; k < end && guess.length < o.tokens && history[k] >= 0; k++)
                guess.push(history[k]);
            return guess;
        }
    }
    return [];
}
//# sourceMappingURL=lookup.js.map