// `stage.reward`: a reward model, from pairs of replies of which one was preferred.
import { endAdapter, RewardHead } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { fineTuneObjective } from './fine-tune.js';
import { rewardLoss } from './objectives/reward.js';
import { optionError } from './options.js';
import { defineStage } from './recipe.js';
import { rewardSamples } from './reward-samples.js';
import { allPasses, checkConversations, ORDER } from './stage-options.js';
import { trainedModel } from './trained-model.js';
/** The stage. A model that it trains is opened with `adapters: [rewardHead()]`, and is a reward model already where it was trained before. */
export const rewardStage = defineStage('reward', { train: ['adapters'], data: undefined, batch: 8, maxLength: 0, holdout: 0, epochs: 1, centering: 0.01, ...ORDER }, (context) => {
    const { options, state, stage } = context;
    const head = endAdapter(trainedModel(state, stage.name).model.network, RewardHead);
    if (!head)
        throw new SensoriumError('train.recipe', 'the model has no reward head', {
            place: `stage ${stage.name}`,
            expected: "open('folder or hub id', { adapters: [rewardHead()] })",
            got: 'a model without rewardHead() in its adapters',
        });
    const { samples, marginOf } = rewardSamples();
    const loss = rewardLoss({ head, centering: options.centering, marginOf });
    return fineTuneObjective({ ...context, options: { ...options, data: options.data } }, { loss, samples });
}, {
    steps: allPasses,
    check: (options, place) => {
        checkConversations(options, place);
        if (!(options.centering >= 0 && Number.isFinite(options.centering)))
            throw optionError('centering', { place, expected: 'a number of at least 0', got: show(options.centering) });
    },
});
//# sourceMappingURL=reward-stage.js.map