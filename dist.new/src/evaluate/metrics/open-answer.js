// Open short answers inside longer replies: MMMU's rule (Yue et al. 2024) in short, and recall of words for medical answers (Li et al. 2023).
import { parseNumber, wholeNumber } from '../numbers.js';
import { cleanReply } from '../reply.js';
import { normalizeAnswer } from './vqa-normalize.js';
/** Two decimals, as MMMU compares numbers. */
const round = (value) => Math.round(value * 100) / 100;
/**
 * Whether a reply gives an open answer: a number by the number that it commits to, rounded to two decimals; a text where the answer that the
 * reply marks, or else its last sentence, holds it as whole words.
 */
export function openAnswer(reply, answers) {
    const { text, answer } = cleanReply(reply);
    const last = text
        .split(/(?<=[.!?。])\s+|\n+/)
        .filter((sentence) => sentence.trim() !== '')
        .at(-1) ?? '';
    const final = answer ?? last;
    return answers.some((truth) => {
        const number = wholeNumber(truth);
        if (number) {
            const own = wholeNumber(final)?.value ?? parseNumber(final) ?? parseNumber(reply);
            return own !== undefined && round(own) === round(number.value);
        }
        const wanted = normalizeAnswer(truth);
        return wanted !== '' && ` ${normalizeAnswer(final)} `.includes(` ${wanted} `);
    });
}
/** Share of the words of an answer that a reply has, each as often as it stands in the reply. An answer without words counts 0. */
export function wordRecall(reply, answer) {
    const words = (text) => {
        const plain = normalizeAnswer(text);
        return /\p{Script=Han}/u.test(plain) ? [...plain] : plain.split(' ').filter(Boolean);
    };
    const wanted = words(answer);
    const left = new Map();
    for (const word of words(cleanReply(reply).text))
        left.set(word, (left.get(word) ?? 0) + 1);
    let found = 0;
    for (const word of wanted) {
        const n = left.get(word) ?? 0;
        if (n === 0)
            continue;
        found++;
        left.set(word, n - 1);
    }
    return wanted.length === 0 ? 0 : found / wanted.length;
}
//# sourceMappingURL=open-answer.js.map