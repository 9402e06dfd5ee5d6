// Cheap flags on claims after a reply: how probable the model found its words, and how often it says the same when it is asked again.
/**
 * Log-probability of each claim: the least of the tokens that its words have a part in (the mean would let an article hide a noun). The
 * tokens' texts together are the text that the claims were read in. Undefined for a claim that no token covers.
 */
export function claimLogProbs(claims, tokens) {
    let at = 0;
    const spans = tokens.map(({ text, logProb }) => {
        const start = at;
        at += text.length;
        return { start, end: at, logProb };
    });
    return claims.map(({ start, end }) => {
        const own = spans.filter((span) => span.start < end && start < span.end);
        return own.length ? Math.min(...own.map(({ logProb }) => logProb)) : undefined;
    });
}
/** What a claim says, without where it says it: equal for claims that mean the same. */
export function claimKey(claim) {
    const denied = claim.denied ? 'not ' : '';
    switch (claim.type) {
        case 'existence':
            return `${denied}${claim.object}`;
        case 'attribute':
            return `${denied}${claim.object} ${claim.kind} ${claim.value}`;
        case 'count':
            return `${denied}${claim.object} x${claim.count}`;
        case 'relation':
            return claim.relation === 'place'
                ? `${denied}${claim.object} at ${claim.place.row ?? ''} ${claim.place.column ?? ''}`
                : `${denied}${claim.object} ${claim.relation} ${claim.other}`;
        case 'text':
            return `says ${claim.words.toLowerCase().replace(/\s+/g, '')}`;
    }
}
/**
 * Share of other replies to the same question that make the same claim (SelfCheckGPT's idea over claims, Manakul et al. 2023). A claim of
 * another type than existence is compared with those replies that name its object, and is undefined where none does.
 */
export function claimConsistency(claims, samples) {
    const keys = samples.map((sample) => new Set(sample.map(claimKey)));
    const objects = samples.map((sample) => new Set(sample.flatMap((claim) => (claim.type === 'existence' && !claim.denied ? [claim.object] : []))));
    return claims.map((claim) => {
        const about = samples.flatMap((_, i) => claim.type === 'existence' || claim.type === 'text' || objects[i]?.has(claim.object) ? [i] : []);
        if (about.length === 0)
            return undefined;
        return about.filter((i) => keys[i]?.has(claimKey(claim))).length / about.length;
    });
}
/**
 * How well a number tells false claims from true ones: the probability that a false one has the lower number, ties half (area under the ROC
 * curve). Undefined without any of either.
 */
export function flagAuroc(values) {
    const sorted = [...values].sort((a, b) => a.value - b.value);
    const bad = sorted.filter(({ wrong }) => wrong).length;
    const good = sorted.length - bad;
    if (bad === 0 || good === 0)
        return undefined;
    let below = 0;
    for (let i = 0; i < sorted.length;) {
        let j = i;
        while (j < sorted.length && sorted[j]?.value === sorted[i]?.value)
            j++;
        const tied = sorted.slice(i, j);
        const wrong = tied.filter((item) => item.wrong).length;
        // Good ones above this value, and half of those at it.
        const above = sorted.slice(j).filter((item) => !item.wrong).length;
        below += wrong * (above + (tied.length - wrong) / 2);
        i = j;
    }
    return below / (bad * good);
}
//# sourceMappingURL=flags.js.map