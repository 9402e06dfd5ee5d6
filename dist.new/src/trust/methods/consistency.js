// Self-consistency as a flag (Manakul et al. 2023): objects that other replies to the same question do not name are taken out.
import { extractClaims } from '../claims.js';
import { claimConsistency } from '../flags.js';
import { without } from './without.js';
/** Takes out objects that fewer than `agreement` of `samples` drawn replies name. */
export const consistency = {
    name: 'consistency',
    about: 'Objects that other replies do not name are taken out.',
    async correct(context, { image, base }) {
        const { model, caption, naming, samples = 4, agreement = 0.5 } = context;
        const others = [];
        for (let seed = 1; seed <= samples; seed++)
            others.push(await model(image, { ...caption, seed }));
        const numbers = claimConsistency(extractClaims(base.text, naming.vocabulary), others.map(({ text }) => extractClaims(text, naming.vocabulary)));
        const result = without(context, base, { numbers, limit: agreement });
        return { ...result, passes: base.passes + others.reduce((sum, { passes }) => sum + passes, 0) };
    },
};
//# sourceMappingURL=consistency.js.map