// The option that a reply chooses: by rules, else by the likeness of its words to one option, else by the probability of the options.
import { parseChoice } from './choice.js';
import { optionSimilarity } from './metrics/option-similarity.js';
import { withoutThinking } from './reply.js';
/** Options are lettered in this order. */
export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** The options as replies: `A. a red cup`. */
export const lettered = (options) => options.map((text, i) => `${LETTERS[i]}. ${text}`);
/** The letter that a reply chooses and the rule that found it; no letter where none did. */
export function chooseOption({ reply, ranked }, options) {
    const letter = parseChoice(reply, options);
    if (letter !== 'unknown')
        return { letter, by: 'rules' };
    const like = optionSimilarity(withoutThinking(reply), options);
    if (like !== undefined)
        return { letter: LETTERS[like], by: 'similarity' };
    return ranked === undefined ? { letter: undefined, by: 'none' } : { letter: LETTERS[ranked], by: 'ranked' };
}
//# sourceMappingURL=option-choice.js.map