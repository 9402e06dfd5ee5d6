// The cheapest flag: objects that the model found improbable as it wrote them are taken out.
import { extractClaims } from '../claims.js';
import { claimLogProbs } from '../flags.js';
import { without } from './without.js';
/** Takes out objects whose least token had a probability below `probability`. */
export const logProbability = {
    name: 'log-probability',
    about: 'Objects that the model found improbable are taken out.',
    async correct(context, { base }) {
        const claims = extractClaims(base.text, context.naming.vocabulary);
        return without(context, base, { numbers: claimLogProbs(claims, base.tokens), limit: Math.log(context.probability ?? 0.5) });
    },
};
//# sourceMappingURL=log-probability.js.map