// LURE (Zhou et al. 2023): what the model was unsure of and what it said last is masked, and a trained revisor writes the caption again.
import { extractClaims, spoken } from '../claims.js';
import { lureFactors, lureMask, lureSuspects } from '../lure.js';
import { revisionRequest } from '../revision.js';
/** The revisor's caption from the image and the masked text. */
export const lure = {
    name: 'lure',
    about: 'Objects that are uncertain or named last are masked, and a trained revisor writes the caption again.',
    lacks: ({ revisor }) => (revisor ? undefined : 'a revisor'),
    async correct({ naming, revisor, caption }, { image, base }) {
        const claims = extractClaims(base.text, naming.vocabulary).filter((claim) => claim.type === 'existence' && !claim.denied);
        const text = spoken(base.text);
        const masked = lureMask(text, lureSuspects(lureFactors(text, claims, { tokens: base.tokens })));
        const reply = await revisor(image, { ...caption, question: revisionRequest(masked, naming.language) });
        return { text: reply.text, passes: base.passes + reply.passes };
    },
};
//# sourceMappingURL=lure.js.map