// Woodpecker's evaluation (Yin et al. 2023): a judge that sees the image scores two answers by accuracy and detail, in both orders.
import { namedPair } from '../evaluate/judge.js';
import { withoutThinking } from '../evaluate/reply.js';
import { share, shareOf } from '../evaluate/scores.js';
import { SensoriumError } from '../util/errors.js';
import { meanScore } from './scores.js';
const RANGE = [0, 10];
const AXES = ['accuracy', 'detail'];
/** The prompt, in our words. The image goes in front of it. */
export const woodpeckerPrompt = (question, [a, b]) => `Two assistants answered a question about this image. Score each answer twice, from 0 to 10.
Accuracy: how far what it says agrees with the image. Whatever it names that is not there, and wrong counts, places and colors, cost points.
Detail: how much it tells of what is in the image. What is made up adds nothing.
The order of the answers and their length must not matter.

Question: ${question}

Answer 1: ${withoutThinking(a).trim()}

Answer 2: ${withoutThinking(b).trim()}

Reply in exactly this form:
Accuracy: <score of answer 1> <score of answer 2>
Why: <one sentence>
Detail: <score of answer 1> <score of answer 2>
Why: <one sentence>`;
/** The two scores of each axis; undefined where they cannot be read. */
export const readWoodpecker = (reply) => ({
    accuracy: namedPair(reply, 'accuracy', RANGE),
    detail: namedPair(reply, '(?:detail(?:ed|edness|s)?)', RANGE),
});
/**
 * Scores pairs of answers with a judge that sees: means of both sides, the change from the first to the second row by row, how often the
 * order of the answers turns who is more accurate, and verdicts that cannot be read. Errors: `evaluate.replies`, those of the judge.
 */
export async function woodpeckerCompare(judge, items, { maxTokens = 512, signal } = {}) {
    const asked = items.flatMap(({ image, question, answers: [a, b] }) => [[a, b], [b, a]].map((pair) => [
        { role: 'user', content: [{ ...image }, { type: 'text', text: woodpeckerPrompt(question, pair) }] },
    ]));
    const replies = asked.length > 0 ? await judge.replies(asked, { maxTokens, signal }) : [];
    if (replies.length !== asked.length)
        throw new SensoriumError('evaluate.replies', 'the judge did not reply to every pair', {
            expected: `${asked.length} replies`,
            got: String(replies.length),
        });
    const read = items.map((_, i) => {
        const [plain, turned] = [readWoodpecker(replies[2 * i]), readWoodpecker(replies[2 * i + 1])];
        const both = (axis) => {
            const [x, y] = [plain[axis], turned[axis]];
            return x && y ? [(x[0] + y[1]) / 2, (x[1] + y[0]) / 2] : undefined;
        };
        const sides = [plain.accuracy, turned.accuracy].map((pair) => pair && Math.sign(pair[1] - pair[0]));
        return { accuracy: both('accuracy'), detail: both('detail'), sides };
    });
    const scores = AXES.flatMap((axis) => {
        const pairs = read.flatMap((row) => (row[axis] ? [row[axis]] : []));
        const mean = (name, pick, better) => ({
            name: `${axis}, ${name}`,
            ...meanScore(pairs.map(pick)),
            better,
            note: '0 to 10, mean of both orders',
        });
        return [mean('first', ([a]) => a, 'neither'), mean('second', ([, b]) => b, 'neither'), mean('change', ([a, b]) => b - a, 'higher')];
    });
    const whole = read.flatMap(({ sides: [x, y] }) => (x === undefined || y === undefined ? [] : [[x, y]]));
    return [
        ...scores,
        shareOf('turned by the order', whole, ([x, y]) => x !== 0 && x === y, { better: 'lower', note: 'who is more accurate' }),
        share('unreadable', read.filter(({ accuracy, detail }) => !accuracy || !detail).length, read.length, { better: 'lower' }),
    ];
}
//# sourceMappingURL=woodpecker-judge.js.map