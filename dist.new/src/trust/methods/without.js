// Taking the objects out of a caption whose number is below a limit: what both flags do.
import { extractClaims, spoken } from '../claims.js';
import { correctText } from '../correct.js';
/** The base's caption without the objects that have a number below `limit`; one number for each of its claims. */
export function without({ naming }, base, { numbers, limit }) {
    const claims = extractClaims(base.text, naming.vocabulary);
    const verdicts = claims.map((claim, i) => {
        const value = numbers[i];
        return { claim, verdict: claim.type === 'existence' && value !== undefined && value < limit ? 'false' : 'unknown' };
    });
    const gone = new Set(verdicts.flatMap(({ claim, verdict }) => (claim.type === 'existence' && verdict === 'false' ? [claim.object] : [])));
    // What is taken out once is not kept elsewhere, nor are relations to it.
    const whole = verdicts.map((v) => {
        const { claim } = v;
        if (claim.type === 'text')
            return v;
        if (claim.type === 'existence')
            return gone.has(claim.object) ? { ...v, verdict: 'false' } : v;
        const lost = gone.has(claim.object) || (claim.type === 'relation' && claim.relation !== 'place' && gone.has(claim.other));
        return lost ? { ...v, verdict: 'moot' } : v;
    });
    const flags = verdicts.flatMap((verdict, i) => {
        const value = numbers[i];
        return verdict.claim.type === 'existence' && value !== undefined ? [{ verdict, value }] : [];
    });
    const { text } = correctText(spoken(base.text), whole, naming);
    return { text, passes: base.passes, flags };
}
//# sourceMappingURL=without.js.map