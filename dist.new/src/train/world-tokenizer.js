// The tokenizer of our own models: byte-level BPE over the world's English and Chinese text, made anew from a fixed seed.
import { ChatTemplate, DEFAULT_TEMPLATE, DEFAULT_TOKENIZER_CONFIG, SPECIAL_TOKENS, Tokenizer, trainByteLevelBpe } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { caption, dialogue, layoutText, makeScene } from '../world/index.js';
/** Ids, special tokens and bytes included. */
export const VOCABULARY = 1024;
const SCENES = 4000;
let made;
/** The world's tokenizer; the same every time. */
export function worldTokenizer() {
    made ??= Tokenizer.fromJson(trainByteLevelBpe(corpus(), {
        vocabSize: VOCABULARY,
        specialTokens: [...SPECIAL_TOKENS],
        minFrequency: 20,
        wholeCharacters: true,
    }), DEFAULT_TOKENIZER_CONFIG, 'the world tokenizer');
    return made;
}
/** Our chat template, compiled for the world's tokenizer. */
export function worldTemplate(tokenizer) {
    return new ChatTemplate(DEFAULT_TEMPLATE, { specialTokens: tokenizer.specialTokens.keys(), eosToken: '<|end|>' });
}
function* corpus() {
    for (let i = 0; i < SCENES; i++) {
        const scene = makeScene(i, { seed: 77 });
        const rng = new Rng(i);
        const language = i % 3 === 2 ? 'zh' : 'en';
        yield caption(scene, { language, detail: 'long', rng });
        yield caption(scene, { language, detail: 'short', rng });
        yield layoutText(scene, { language, grid: 4, rng });
        for (const turn of dialogue(scene, { language, rng, turns: 8 }).turns)
            yield turn.content;
    }
}
//# sourceMappingURL=world-tokenizer.js.map