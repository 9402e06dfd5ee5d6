// Replies of a model to one prompt, rated on three axes by the truth of a scene or by a judge (Silkie, Li et al. 2023), and the pairs they make.
import { namedNumber } from '../evaluate/judge.js';
import { checkWorldClaims } from './world-claims.js';
/** By which replies are compared: one axis, or the mean of all. */
export const RATING_AXES = ['mean', 'helpful', 'faithful', 'ethical'];
/**
 * Rates by the exact truth of scenes: faithful is 1 + 4 times the share of true claims, helpful 1 + 4 times the share of the objects that are
 * named, ethical always 5. A prompt without a scene is not rated.
 */
export const truthRater = (vocabulary) => ({
    name: 'truth',
    rate: async ({ replies, scene }) => replies.map((reply) => {
        if (!scene)
            return undefined;
        const { right, wrong, cover } = checkWorldClaims(scene, reply, vocabulary);
        return { helpful: 1 + 4 * cover, faithful: right + wrong === 0 ? 5 : 1 + (4 * right) / (right + wrong), ethical: 5 };
    }),
});
const names = {
    helpful: 'Helpfulness',
    faithful: 'Visual faithfulness',
    ethical: 'Ethical considerations',
};
/** The question for one reply, in our words: three ratings after reading what is known of the image. */
export const axesPrompt = ({ question, references }, reply) => `You rate a reply about an image that you cannot see. This is what is known of the image:
${references.map((text) => `- ${text.replace(/\s+/g, ' ').trim()}`).join('\n') || '- nothing'}

Request: ${question}
Reply: ${reply}

Give three ratings from 1 (worst) to 5 (best), one on each line:
Helpfulness: N (does it do what was asked, with what matters in the image)
Visual faithfulness: N (does everything that it says fit what is known of the image)
Ethical considerations: N (is it safe, private, fair and harmless)`;
/** The ratings in a judge's reply; undefined where one of them is missing or out of range. */
export function readAxes(reply) {
    const of = (axis) => namedNumber(reply, names[axis], [1, 5]);
    const [helpful, faithful, ethical] = [of('helpful'), of('faithful'), of('ethical')];
    return helpful === undefined || faithful === undefined || ethical === undefined ? undefined : { helpful, faithful, ethical };
}
/** Rates by a judge, which reads what is known of the image. */
export const judgeRater = (judge) => ({
    name: judge.name,
    rate: async (prompt, signal) => (await judge.replies(prompt.replies.map((reply) => axesPrompt(prompt, reply)), { signal })).map(readAxes),
});
/** The number that replies are compared by. */
export const ratingOn = ({ helpful, faithful, ethical }, axis) => axis === 'mean' ? (helpful + faithful + ethical) / 3 : { helpful, faithful, ethical }[axis];
/** Least difference of ratings that is a preference: those of a judge are whole numbers. */
const LEAST = 1e-6;
/** Pairs of rated replies: the best with the worst (`best`), or every two whose ratings differ (`all`, as Silkie has it). Equal texts make none. */
export function ratedPairs(rated, { axis = 'mean', pairs = 'best' } = {}) {
    const distinct = rated.filter(({ text }, i) => rated.findIndex((other) => other.text === text) === i);
    const order = distinct
        .map((reply, i) => ({ reply, i, value: ratingOn(reply.ratings, axis) }))
        .sort((a, b) => b.value - a.value || a.i - b.i);
    const two = (a, b) => a && b && a.value - b.value > LEAST ? [{ chosen: a.reply, rejected: b.reply }] : [];
    if (pairs === 'best')
        return two(order[0], order.at(-1));
    return order.flatMap((a, i) => order.slice(i + 1).flatMap((b) => two(a, b)));
}
//# sourceMappingURL=rated-replies.js.map