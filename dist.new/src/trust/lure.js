// LURE (Zhou et al. 2023): co-occurrence, uncertainty and position as signs of a made-up object, and the mask that a revisor fills.
import { claimLogProbs } from './flags.js';
/** How often objects are named together in captions, and how often each is. */
export class CaptionCooccurrence {
    together = new Map();
    alone = new Map();
    /** Adds the objects of one caption. */
    add(objects) {
        const ids = [...new Set(objects)].sort();
        for (const [i, a] of ids.entries()) {
            this.alone.set(a, (this.alone.get(a) ?? 0) + 1);
            for (const b of ids.slice(i + 1))
                this.together.set(`${a}|${b}`, (this.together.get(`${a}|${b}`) ?? 0) + 1);
        }
    }
    /** Captions with both over captions with either (the paper's co-occurrence score of a pair), 0 for objects never named. */
    of(a, b) {
        const both = this.together.get(a < b ? `${a}|${b}` : `${b}|${a}`) ?? 0;
        const either = (this.alone.get(a) ?? 0) + (this.alone.get(b) ?? 0) - both;
        return either ? both / either : 0;
    }
}
/** The factors of all mentions of a text. */
export function lureFactors(text, claims, { cooccurrence, tokens } = {}) {
    const objects = [...new Set(claims.map(({ object }) => object))];
    const logProbs = tokens && claimLogProbs(claims, tokens);
    return claims.map((claim, i) => {
        const logProb = logProbs?.[i];
        return {
            claim,
            cooccurrence: objects.reduce((sum, other) => sum + (other === claim.object ? 0 : (cooccurrence?.of(claim.object, other) ?? 0)), 0),
            ...(logProb === undefined ? {} : { uncertainty: -logProb }),
            position: text.length ? claim.start / text.length : 0,
        };
    });
}
/** The thresholds of the published inference: uncertainty over 0.9, or the last fifth of the text. */
export const LURE_THRESHOLDS = { uncertainty: 0.9, position: 0.8 };
/** The mentions that the published inference masks. */
export function lureSuspects(factors, thresholds = LURE_THRESHOLDS) {
    return factors.filter(({ uncertainty = 0, position }) => uncertainty > thresholds.uncertainty || position > thresholds.position);
}
/** The text with each suspect noun as `[IDK]`: what a revisor gets beside the image. */
export function lureMask(text, suspects, mask = '[IDK]') {
    let out = '';
    let at = 0;
    for (const { claim } of [...suspects].sort((a, b) => a.claim.start - b.claim.start)) {
        out += text.slice(at, claim.start) + mask;
        at = claim.end;
    }
    return out + text.slice(at);
}
//# sourceMappingURL=lure.js.map