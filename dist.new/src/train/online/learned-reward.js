// A reward model as a reward: for `stage.ppo`, `stage.grpo` and the choice among several replies.
import { rewardModel } from '../reward-model.js';
import { factsOf } from '../reward-samples.js';
/**
 * The reward model of a folder as a reward. It is opened when the first reply is scored. `facts` of a row are told to it and not to the policy.
 * @example stage.ppo({ reward: learnedReward('runs/reward/model'), data })
 */
export function learnedReward(folder, options = {}) {
    let judge;
    return {
        name: folder,
        describe: { model: folder },
        score: async (samples, { signal }) => {
            judge ??= rewardModel(folder, options);
            const replies = samples.map(({ messages, reply, row }) => ({ messages, reply, facts: factsOf(row) }));
            return [...(await (await judge).scores(replies, signal))];
        },
        dispose: async () => {
            const opened = judge;
            judge = undefined;
            if (opened)
                await (await opened).dispose();
        },
    };
}
/** The place of the reply that a reward values most, the first of equals. Best-of-n: `replies[bestOf(scores)]`. */
export function bestOf(scores) {
    let best = 0;
    for (let i = 1; i < scores.length; i++)
        if (scores[i] > scores[best])
            best = i;
    return best;
}
//# sourceMappingURL=learned-reward.js.map