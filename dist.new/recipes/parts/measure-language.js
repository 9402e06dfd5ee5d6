// What world-llama knows before it sees: held-out loss, and answers to questions about scenes described in words.
import { exactMatch, proportion } from '../../src/evaluate/index.js';
import { Decoder, generateMany } from '../../src/generate/index.js';
import { encodeChat } from '../../src/text/index.js';
import { worldTemplate } from '../../src/train/world-tokenizer.js';
import { Rng } from '../../src/util/rng.js';
import { makeScene, QUESTION_TYPES, questions } from '../../src/world/index.js';
import { sceneNotes } from './language.js';
/** Accuracy by question type about scenes given as notes (held-out scenes), English and Chinese. */
export async function measureLanguage(network, state, tokenizer, signal, scenes = 200) {
    const template = worldTemplate(tokenizer);
    const decoder = await Decoder.create({ network, values: new Map(network.parameters().map((p) => [p, state.value(p)])) });
    const out = {};
    for (const language of ['en', 'zh']) {
        const asked = Array.from({ length: scenes }, (_, i) => {
            const scene = makeScene(i, { split: 'test', seed: 21 });
            const rng = new Rng(i);
            return questions(scene, { language, rng }).map((q) => ({ q, notes: sceneNotes(scene, language, rng) }));
        }).flat();
        const prompts = asked.map(({ q, notes }) => ({
            ids: encodeChat([
                { role: 'system', content: notes },
                { role: 'user', content: q.question },
            ], { tokenizer, template, addGenerationPrompt: true }).ids,
        }));
        const replies = await generateMany(decoder, tokenizer, prompts, { maxTokens: 8, signal });
        out[language] = Object.fromEntries(QUESTION_TYPES.map((type) => {
            const of = asked.flatMap(({ q }, i) => (q.type === type ? [exactMatch(replies[i], q.answer)] : []));
            return [type, proportion(of.filter(Boolean).length, of.length)];
        }));
    }
    decoder.dispose();
    return out;
}
//# sourceMappingURL=measure-language.js.map