// VQA accuracy: against ten human answers by the official consensus, or against the one true answer of a generated question.
import { SensoriumError } from '../../util/errors.js';
import { parseChoice } from '../choice.js';
import { parseNumber, wholeNumber } from '../numbers.js';
import { cleanReply } from '../reply.js';
import { proportion } from '../wilson.js';
import { parseRobust } from '../yes-no.js';
import { normalizeAnswer } from './vqa-normalize.js';
/** The question types of the scene world. */
export const QUESTION_TYPES = ['existence', 'color', 'count', 'relation', 'text'];
/**
 * Consensus accuracy of one reply: the mean over every leave-one-out subset of the human answers of min(matches / 3, 1)
 * (Antol et al. 2015; ten answers give nine-answer subsets). Both sides are normalized by `normalizeAnswer`, and an empty reply is right
 * nowhere; the value of the published script is `vqaConsensusOfficial`.
 */
export function vqaConsensus(reply, answers) {
    if (answers.length < 2)
        throw new SensoriumError('evaluate.vqa', 'consensus accuracy needs several human answers', {
            expected: 'at least 2 answers (10 in VQA)',
            got: String(answers.length),
            hint: 'Use exactMatch for a question with one true answer.',
        });
    const said = answerForms(reply);
    const same = answers.map((answer) => (said.has(normalizeAnswer(answer)) ? 1 : 0));
    const total = same.reduce((a, b) => a + b, 0);
    return same.reduce((sum, own) => sum + Math.min(1, (total - own) / 3), 0) / answers.length;
}
/** The normalized forms of a reply: all of it, the answer that it marks, and the answer without "it is". Never the empty string. */
function answerForms(reply) {
    const { text, answer } = cleanReply(reply);
    const forms = (answer === undefined ? [text] : [text, answer]).flatMap((form) => [
        form,
        form.replace(/^\s*(?:(?:it|this|that|they|these|those|he|she)(?:'s|'re| is| are| looks?)|它们?是|这是|是)\s*(?:an?\s+|the\s+)?(?=\S)/i, ''),
        // "The color of the cup is blue.", "The sign says STOP."
        form.replace(/^\s*(?:the|its?|his|her|their)(?:\s+[\p{L}'-]+){1,6}?\s+(?:is|are|says?|reads?)\s*:?\s*(?:an?\s+|the\s+)?(?!not\b)(?=\S)/iu, ''),
    ]);
    return new Set(forms.map(normalizeAnswer).filter((form) => form !== ''));
}
/**
 * True when the reply gives the one true answer: equal after normalization, thinking and "The answer is" left out. A yes/no truth is
 * compared by what the reply says (`question` tells statements about something else apart), a number by the number that it commits
 * to, a letter by the option that it chooses. A unit sign on one side only is ignored (5, $5, 5%); two different signs are two answers.
 */
export function exactMatch(reply, truth, question) {
    const wanted = normalizeAnswer(truth);
    if (wanted === '')
        return false;
    const forms = answerForms(reply);
    if (forms.has(wanted))
        return true;
    if (/^(?:yes|no|是|否|不是|有|没有|是的|对|不对)$/.test(wanted))
        return parseRobust(reply, question) === parseRobust(truth);
    const number = wholeNumber(truth);
    if (number) {
        const given = [...forms].map((form) => wholeNumber(form)).find((found) => found !== undefined);
        if (given)
            return given.value === number.value && (!given.unit || !number.unit || given.unit === number.unit);
        return parseNumber(reply, question) === number.value;
    }
    return /^\(?[A-H]\)?\.?$/.test(truth.trim()) && parseChoice(reply, 8) === wanted.toUpperCase();
}
/** Accuracy over single-truth questions, with its Wilson interval. */
export function vqaAccuracy(records) {
    let right = 0;
    let n = 0;
    for (const { reply, truth, question } of records) {
        n++;
        if (exactMatch(reply, truth, question))
            right++;
    }
    return proportion(right, n);
}
/** Accuracy per question type; every type of `types` is present, with n = 0 where no question was asked. */
export function vqaByType(records, types = QUESTION_TYPES) {
    return Object.fromEntries(types.map((type) => [type, vqaAccuracy(records.filter((r) => r.type === type))]));
}
//# sourceMappingURL=vqa.js.map