// `stage.hacl`: hallucination-augmented contrastive learning over rows with hallucinated captions.
import { endAdapter, HaclHead } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { contrastSamples } from './contrast-samples.js';
import { fineTuneObjective } from './fine-tune.js';
import { hacl } from './objectives/hacl.js';
import { optionError } from './options.js';
import { defineStage } from './recipe.js';
import { allPasses, checkConversations, ORDER, withLength } from './stage-options.js';
import { trainedModel } from './trained-model.js';
/** The head of HACL in a model. Errors: `train.recipe` for a model without one. */
function haclHead({ model }, stage) {
    const head = endAdapter(model.network, HaclHead);
    if (head)
        return head;
    throw new SensoriumError('train.recipe', 'the model has no head for contrasts', {
        place: `stage ${stage}`,
        expected: "open('folder or hub id', { adapters: [hacl()] })",
        got: 'a model without hacl() in its adapters',
    });
}
/** Throws for options of a stage of contrasts that cannot be. */
function checkContrasts(options, place) {
    checkConversations(options, place);
    const { weight, queue, negatives } = options;
    if (!(weight >= 0 && Number.isFinite(weight)))
        throw optionError('weight', { place, expected: 'a number of at least 0', got: show(weight) });
    for (const [key, value] of Object.entries({ queue, negatives }))
        if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 20)
            throw optionError(key, { place, expected: 'a whole number from 1 to 1048576', got: show(value) });
}
/** Tokens that conversations over a scene need beside its image. */
const TEXT = 144;
/** The stage. A model that it trains is opened with `adapters: [hacl()]`. */
export const haclStage = defineStage('hacl', {
    train: ['adapters', 'connector', 'language'],
    data: undefined,
    batch: 16,
    maxLength: 0,
    holdout: 0,
    epochs: 1,
    weight: 1,
    queue: 2048,
    negatives: 1,
    ...ORDER,
}, (context) => {
    const { options, state, stage } = context;
    const trained = trainedModel(state, stage.name);
    const { weight, queue, negatives } = options;
    const end = trained.model.generation.endIds[0] ?? trained.model.processor.tokenizer.specialIds.eos ?? 0;
    return fineTuneObjective({ ...context, options: withLength(context, TEXT) }, {
        loss: hacl({ head: haclHead(trained, stage.name), weight, queue, negatives }),
        samples: (data, processor, o) => contrastSamples(data, processor, { ...o, negatives, end }),
    });
}, { steps: allPasses, check: checkContrasts });
//# sourceMappingURL=contrast-stage.js.map