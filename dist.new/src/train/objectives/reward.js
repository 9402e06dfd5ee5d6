// Reward models: the chosen reply of a pair is worth more than the rejected one (Bradley and Terry 1952; Ouyang et al. 2022).
import { greater, softplus, where } from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';
import { sidesOf } from './pairs.js';
/**
 * -log sigmoid(chosen - rejected - margin) + centering · (chosen + rejected)²: [pairs, 1]. A margin says how much better the chosen reply is
 * (Touvron et al. 2023, Llama 2); centering keeps scores near zero (Eisenstein et al. 2023).
 */
export function rewardLosses({ chosen, rejected }, { margin, centering = 0 } = {}) {
    const ahead = chosen.sub(rejected);
    const losses = softplus((margin ? ahead.sub(margin) : ahead).neg());
    return centering === 0 ? losses : losses.add(chosen.add(rejected).square().mul(centering));
}
/** The loss of samples of two sequences, chosen and rejected, each read at its last token. */
export function rewardLoss({ head, centering, marginOf }) {
    return {
        name: 'reward',
        over: 'samples',
        describe: { centering },
        prepare: async (sequences) => {
            const margins = sequences.flatMap((sequence, i) => (i % 2 === 0 ? [marginOf(sequence)] : []));
            return { margin: hostTensor('float32', [margins.length, 1], Float32Array.from(margins)) };
        },
        loss(read, feed) {
            const n = read.sequences / 2;
            const sides = sidesOf(head.read(read.perSequence(read.hidden)).reshape([n, 2]));
            const { chosen, rejected } = sides;
            return {
                loss: rewardLosses(sides, { margin: feed('margin', [n, 1]), centering }).mean(),
                metrics: {
                    accuracy: where(greater(chosen, rejected), 1, 0).mean(),
                    margin: chosen.sub(rejected).mean(),
                    chosen: chosen.mean(),
                    rejected: rejected.mean(),
                },
            };
        },
    };
}
//# sourceMappingURL=reward.js.map