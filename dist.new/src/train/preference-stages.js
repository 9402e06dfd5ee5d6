// Stages of preferences: `stage.dpo`, `stage.orpo`, `stage.simpo`, `stage.cpo` over pairs of replies, `stage.kto` over single judgements.
import { join } from 'node:path';
import { show } from '../util/show.js';
import { judgedSamples, preferenceSamples } from './conversation-samples.js';
import { fineTuneObjective } from './fine-tune.js';
import { kto } from './objectives/kto.js';
import { PAIR_LOSSES } from './objectives/pair-losses.js';
import { pairs } from './objectives/pairs.js';
import { optionError } from './options.js';
import { defineStage } from './recipe.js';
import { ReferenceScores } from './reference.js';
import { allPasses, checkConversations, didYouMean, ORDER, withLength } from './stage-options.js';
import { trainedModel } from './trained-model.js';
const DEFAULTS = { train: ['adapters'], data: undefined, batch: 8, maxLength: 0, holdout: 0, epochs: 1, ...ORDER };
const STRENGTHS = {
    beta: undefined,
    labelSmoothing: undefined,
    gamma: undefined,
    tau: undefined,
    sft: undefined,
    preference: undefined,
    quality: undefined,
};
/** Losses of pairs that are measured from where training began, in one stage; `loss` names one. */
export const dpo = defineStage('dpo', { ...DEFAULTS, ...STRENGTHS, loss: 'sigmoid', scores: '' }, (context) => pairObjective(context, context.options.loss), { steps: allPasses, check: (options, place) => checkPairs(options, options.loss, place) });
/** A stage of the loss of this name, which has no reference. */
export function pairStage(name) {
    return defineStage(name, { ...DEFAULTS, ...STRENGTHS }, (context) => pairObjective(context, name), {
        steps: allPasses,
        check: (options, place) => checkPairs(options, name, place),
    });
}
/** Kahneman-Tversky optimization: rows with one reply and whether it is a good one. */
export const ktoStage = defineStage('kto', { ...DEFAULTS, beta: 0.1, desirable: 1, undesirable: 1, scores: '' }, (context) => {
    const { beta, desirable, undesirable } = context.options;
    const { samples, labelOf } = judgedSamples();
    const { reference, ready } = referenceOf(context);
    return objective(context, { samples, loss: { ...kto({ beta, desirable, undesirable, labelOf, reference }), ready } });
}, {
    steps: allPasses,
    check: (options, place) => {
        checkConversations(options, place);
        for (const key of ['beta', 'desirable', 'undesirable'])
            if (!(options[key] > 0 && Number.isFinite(options[key])))
                throw optionError(key, { place, expected: 'a number above 0', got: show(options[key]) });
    },
});
function pairObjective(context, name) {
    const { beta, labelSmoothing, gamma, tau, sft, preference, quality } = context.options;
    const { reference: measured, dense, strengths } = PAIR_LOSSES[name];
    const { reference, ready } = measured ? referenceOf(context) : { reference: async () => new Float32Array(), ready: undefined };
    const loss = pairs({ loss: name, beta, labelSmoothing, gamma, tau, sft, preference, quality, reference });
    const weight = dense ? (gamma ?? strengths.gamma) : undefined;
    const samples = (data, processor, options) => preferenceSamples(data, processor, { ...options, ...(weight === undefined ? {} : { gamma: weight }) });
    return objective(context, { samples, loss: { ...loss, ready } });
}
/** Tokens that a caption needs beside the image of its scene. */
const TEXT = 144;
const objective = (context, loss) => fineTuneObjective({ ...context, options: withLength(context, TEXT) }, loss);
/** Log-probabilities under the values that the stage began with, and what has all of them computed before its first step. */
function referenceOf(context) {
    const { state, stage, dir, runtime, signal, planning, resumed, initial, options } = context;
    // Memory and time of a step do not depend on the numbers.
    if (planning)
        return { reference: async (sequences) => new Float32Array(sequences.length), ready: undefined };
    const of = (given) => {
        const { model, values } = trainedModel(given, stage.name);
        return { model, values };
    };
    const { model } = trainedModel(state, stage.name);
    const scores = new ReferenceScores({
        dir: options.scores || join(dir, 'cache', stage.name, 'reference'),
        place: `stage ${stage.name}`,
        resumed,
        state: of(state),
        again: stage.index === 0 && initial ? async () => of(await initial()) : undefined,
        scorer: { maxLength: 0, pad: model.tokenizer?.specialIds.pad ?? 0, runtime },
    });
    return { reference: (sequences) => scores.of(sequences), ready: (samples) => scores.fill(samples, signal) };
}
/** Throws `train.option` for a loss that there is not, and for strengths that it does not read or that cannot be. */
function checkPairs(options, name, place) {
    checkConversations(options, place);
    const names = Object.entries(PAIR_LOSSES).flatMap(([one, { reference }]) => (reference ? [one] : []));
    const loss = PAIR_LOSSES[name];
    if (!loss || ('loss' in options && !loss.reference))
        throw optionError('loss', {
            place,
            expected: names.join(', '),
            got: show(name),
            hint: loss ? `Take stage.${name}` : didYouMean(name, names),
        });
    for (const key of Object.keys(STRENGTHS)) {
        const value = options[key];
        if (value === undefined)
            continue;
        const read = key === 'sft' || key in loss.strengths;
        if (!read)
            throw optionError(key, { place, expected: `nothing: the loss ${name} does not read it`, got: show(value) });
        const above = key === 'beta' || key === 'tau';
        const below = key === 'labelSmoothing' ? 0.5 : Number.POSITIVE_INFINITY;
        if (!(above ? value > 0 : value >= 0) || !(value < below))
            throw optionError(key, {
                place,
                expected: key === 'labelSmoothing' ? 'a share below 0.5' : `a number ${above ? 'above' : 'of at least'} 0`,
                got: show(value),
            });
    }
}
//# sourceMappingURL=preference-stages.js.map