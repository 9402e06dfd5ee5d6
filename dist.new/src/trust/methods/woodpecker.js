// Woodpecker (Yin et al. 2023) as rows of the bench: with a model alone as its eyes, and with a detector before it.
import { woodpecker as correctReply } from '../woodpecker.js';
const lacksVerifier = ({ verifier }) => verifier ? undefined : 'a model that answers questions (`verifier`)';
/** Every question goes to the verifier. */
export const woodpecker = {
    name: 'woodpecker',
    about: 'A model is asked about each claim, and the caption is corrected by its answers.',
    lacks: lacksVerifier,
    async correct({ naming, verifier, caption: { signal } }, { image, base }) {
        const before = verifier?.passes() ?? 0;
        const { text } = await correctReply(base.text, { image }, { naming, vqa: verifier, signal });
        return { text, passes: base.passes + (verifier?.passes() ?? 0) - before };
    },
};
/** The detector says what is there, how often and where; the verifier, where there is one, the rest. */
export const woodpeckerDetector = {
    name: 'woodpecker-detector',
    about: 'A detector says what is there and where, a model answers the rest, and the caption is corrected by both.',
    lacks: ({ detector }) => (detector ? undefined : 'a detector'),
    async correct({ naming, verifier, detector, caption: { signal } }, { image, base }) {
        const before = verifier?.passes() ?? 0;
        const { text } = await correctReply(base.text, { image }, { naming, detector, vqa: verifier, signal });
        // The detector runs once.
        return { text, passes: base.passes + 1 + (verifier?.passes() ?? 0) - before };
    },
};
//# sourceMappingURL=woodpecker.js.map