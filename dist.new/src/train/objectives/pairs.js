// Preference learning from pairs: the chosen reply gains on the rejected one, most often measured from where training began.
import { greater, where } from '../../graph/index.js';
import { pairScores } from '../reference.js';
import { PAIR_LOSSES } from './pair-losses.js';
/** Strengths of a loss that reads none. */
export const NONE = { beta: 0, labelSmoothing: 0, gamma: 0, tau: 0, sft: 0, preference: 0, quality: 0 };
/** The columns of [pairs, 2], the chosen reply's first. */
export function sidesOf(x) {
    return { chosen: x.slice({ axis: 1, start: 0, end: 1 }), rejected: x.slice({ axis: 1, start: 1, end: 2 }) };
}
/** The loss of pairs of sequences: chosen, rejected. */
export function pairs({ loss: name = 'sigmoid', reference, ...given }) {
    const loss = PAIR_LOSSES[name];
    const own = Object.entries(given).filter(([, value]) => value !== undefined);
    const strengths = { ...NONE, ...loss.strengths, ...Object.fromEntries(own) };
    const scores = pairScores(reference);
    return {
        name,
        over: 'samples',
        describe: { loss: name, ...strengths },
        prepare: async (sequences) => (loss.reference ? { reference: await scores(sequences) } : {}),
        loss(read, feed) {
            const n = read.sequences / 2;
            const sums = read.perSequence(read.logProbs).reshape([n, 2]);
            const policy = sidesOf(sums);
            const tokens = sidesOf(read.perSequence(read.weights.mul(0).add(1)).reshape([n, 2]));
            const gained = loss.reference ? sidesOf(sums.sub(feed('reference', [n, 2]))) : policy;
            const margins = gained.chosen.sub(gained.rejected);
            let losses = loss.losses({ policy, gained, tokens }, strengths);
            if (strengths.sft > 0)
                losses = losses.sub(policy.chosen.div(tokens.chosen).mul(strengths.sft));
            const accuracy = where(greater(margins, 0), 1, 0).mean();
            return { loss: losses.mean(), metrics: { margin: margins.mul(strengths.beta || 1).mean(), accuracy } };
        },
    };
}
//# sourceMappingURL=pairs.js.map