// Which option a reply is most like, for replies that name none: overlap of words, or of pairs of characters in Chinese.
import { normalizeAnswer } from './vqa-normalize.js';
/** Least likeness, and least distance to the next option. */
const [LEAST, MARGIN] = [0.5, 0.15];
/** Characters of a reply that are compared. */
const COMPARED = 2000;
/** The pieces that are compared: words, or pairs of characters where there are no spaces. */
function pieces(text) {
    const plain = normalizeAnswer(text.slice(0, COMPARED));
    const list = /\p{Script=Han}/u.test(plain) ? [...plain].map((c, i, all) => c + (all[i + 1] ?? '')) : plain.split(' ').filter(Boolean);
    const counts = new Map();
    for (const piece of list)
        counts.set(piece, (counts.get(piece) ?? 0) + 1);
    return counts;
}
const total = (counts) => [...counts.values()].reduce((a, b) => a + b, 0);
/**
 * The place of the option whose pieces overlap most with those of the reply (Dice's coefficient), where it is at least one half and clearly
 * above the next; undefined otherwise.
 */
export function optionSimilarity(reply, options) {
    const said = pieces(reply);
    const size = total(said);
    if (size === 0)
        return undefined;
    const likeness = options.map((option) => {
        const wanted = pieces(option);
        let common = 0;
        for (const [piece, count] of wanted)
            common += Math.min(count, said.get(piece) ?? 0);
        return (2 * common) / (size + total(wanted));
    });
    const best = likeness.reduce((at, value, i) => (value > likeness[at] ? i : at), 0);
    const next = Math.max(0, ...likeness.filter((_, i) => i !== best));
    return (likeness[best] ?? 0) >= LEAST && likeness[best] - next >= MARGIN ? best : undefined;
}
//# sourceMappingURL=option-similarity.js.map