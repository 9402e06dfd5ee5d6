// Success rates of GPT4Tools (Yang et al. 2023): whether a reply decides for tools, names them and gives their arguments as the truth does.
import { bleuCounts, bleuOf } from './bleu.js';
import { NgramIndex } from './ngrams.js';
const all = (text, pattern) => Array.from(text.matchAll(pattern), (m) => m[1].trim());
const thoughts = (text) => all(text, /Thought: Do I need to use a tool\? (.*)/g);
const actions = (text) => all(text, /Action: (.*)/g);
const inputs = (text) => all(text, /Action Input: (.*)/g);
/** Sum over places where both lists have an item, divided by the length of the longer one. */
function overlap(truth, given, like) {
    const n = Math.max(truth.length, given.length);
    const shared = Math.min(truth.length, given.length);
    let sum = 0;
    for (let i = 0; i < shared; i++)
        sum += like(truth[i], given[i]);
    return n === 0 ? 1 : sum / n;
}
const same = (a, b) => (a === b ? 1 : 0);
/** BLEU-1 of one argument against the true one. */
function wordsAlike(truth, given) {
    const index = new NgramIndex();
    const grams = (text) => index.of(text.split(/\s+/).filter(Boolean));
    const reference = grams(truth);
    return bleuOf(bleuCounts(index, grams(given), [reference]))[0];
}
const picture = /\.(?:png|jpe?g)\b/i;
/** Arguments between commas: paths of images by `paths`, words by BLEU-1; none where their number differs or a path is missing. */
function argumentsAlike(truth, given, paths) {
    const [a, b] = [truth.split(','), given.split(',')];
    if (a.length !== b.length)
        return 0;
    let sum = 0;
    for (const [i, wanted] of a.entries()) {
        const own = b[i];
        if (!picture.test(wanted))
            sum += wordsAlike(wanted, own);
        else if (paths(wanted.trim(), own.trim()))
            sum += 1;
        else
            return 0;
    }
    return sum / a.length;
}
/**
 * Scores a reply against the true steps. `official` accepts any path of an image for another, as the published script does; else paths
 * must be equal, as the paper says. A reply without tools where none are needed must also give an answer after `AI:`.
 */
export function toolScores(reply, truth, { official = false } = {}) {
    const wanted = actions(truth);
    const given = thoughts(reply);
    if (wanted.length === 0) {
        const right = given[0] === 'No' && overlap(thoughts(truth), given, same) === 1 && /AI: ./.test(reply);
        const one = right ? 1 : 0;
        return { thought: one, action: one, args: one, success: right };
    }
    const own = actions(reply);
    // After its last tool a reply may say that it needs no other.
    if (given.length === own.length + 1 && given.at(-1) === 'No')
        given.pop();
    const thought = overlap(thoughts(truth).slice(0, wanted.length), given, same);
    const action = overlap(wanted, own, same);
    const paths = official ? (_, b) => picture.test(b) : (a, b) => a === b;
    const args = overlap(inputs(truth), inputs(reply), (a, b) => argumentsAlike(a, b, paths));
    return { thought, action, args, success: thought === 1 && action === 1 && args >= 0.5 };
}
//# sourceMappingURL=tool-steps.js.map