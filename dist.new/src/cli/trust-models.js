// Loaded models as the bench of corrections asks them: replies with the log-probability of each token, and how often the network ran.
import { languageModel } from '../model/index.js';
/** A loaded model as the bench asks it; its replies are greedy unless they are drawn. */
export function trustModelOf(model) {
    return async (image, { question, maxTokens, vcd, halle, seed, signal }) => {
        const reply = await model.generate([image, question], {
            maxTokens,
            signal,
            ...(seed === undefined ? { temperature: 0 } : { temperature: 1, seed }),
            ...(vcd === undefined ? {} : { method: { name: 'vcd', alpha: vcd } }),
            ...(halle === undefined ? {} : { halle: { epsilon: halle } }),
        });
        const { tokenizer } = model;
        // Pieces of the text that each token adds: a character may take several tokens.
        let before = '';
        const ids = [];
        const tokens = reply.tokens.map(({ id, logProb }) => {
            ids.push(id);
            const text = tokenizer.decode(ids);
            const piece = text.startsWith(before) ? text.slice(before.length) : '';
            before = text;
            return { text: piece, logProb };
        });
        return { text: reply.text, tokens, passes: reply.tokens.length };
    };
}
/** Whether a loaded model has a HallE switch. */
export const hasSwitch = ({ model }) => languageModel(model.network).switched === true;
/** A model that answers a verifier's questions, one after the other, and counts how often its network ran. */
export function verifierOf(model) {
    let passes = 0;
    return {
        passes: () => passes,
        async replies(conversations, { maxTokens, signal }) {
            const out = [];
            for (const messages of conversations) {
                let text = '';
                for await (const piece of model.stream({ messages, maxTokens, signal, temperature: 0 })) {
                    text += piece.text;
                    if (piece.token)
                        passes++;
                }
                out.push(text);
            }
            return out;
        },
    };
}
//# sourceMappingURL=trust-models.js.map