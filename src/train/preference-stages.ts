// Stages of preferences: `stage.dpo`, `stage.orpo`, `stage.simpo`, `stage.cpo` over pairs of replies, `stage.kto` over single judgements.

import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { judgedSamples, preferenceSamples } from './conversation-samples.js';
import { type ConversationData, fineTuneObjective, type LossOptions } from './fine-tune.js';
import { type KtoStrengths, kto } from './objectives/kto.js';
import { PAIR_LOSSES, type PairLoss, type PairLossName, type PairStrengths } from './objectives/pair-losses.js';
import { pairs } from './objectives/pairs.js';
import { optionError } from './options.js';
import { defineStage, type StageContext } from './recipe.js';
import { Reference } from './reference.js';
import { allPasses, type ConversationStage, checkConversations, didYouMean, type Options, ORDER } from './stage-options.js';
import { OpenedState, trainedModel } from './trained-model.js';

type Strengths = { [K in keyof PairStrengths]: number | undefined };

/** Options of `stage.dpo` beside those of conversations. Strengths that are left out have the loss's own defaults. */
export interface PairStage extends ConversationStage, Strengths {
  loss: PairLossName;
}

const DEFAULTS: ConversationStage = { train: ['adapters'], data: undefined, batch: 8, maxLength: 0, holdout: 0, epochs: 1, ...ORDER };
const STRENGTHS: Strengths = { beta: undefined, labelSmoothing: undefined, gamma: undefined, tau: undefined, sft: undefined };

/** Losses of pairs that are measured from where training began, in one stage; `loss` names one. */
export const dpo = defineStage<PairStage>(
  'dpo',
  { ...DEFAULTS, ...STRENGTHS, loss: 'sigmoid' },
  (context) => pairObjective(context, context.options.loss),
  { steps: allPasses, check: (options, place) => checkPairs(options, options.loss, place), reference: true },
);

/** A stage of the loss of this name, which has no reference. */
export function pairStage(name: 'orpo' | 'simpo' | 'cpo') {
  return defineStage<ConversationStage & Strengths>(name, { ...DEFAULTS, ...STRENGTHS }, (context) => pairObjective(context, name), {
    steps: allPasses,
    check: (options, place) => checkPairs(options, name, place),
  });
}

/** Kahneman-Tversky optimization: rows with one reply and whether it is a good one. */
export const ktoStage = defineStage<ConversationStage & KtoStrengths>(
  'kto',
  { ...DEFAULTS, beta: 0.1, desirable: 1, undesirable: 1 },
  (context) => {
    const { beta, desirable, undesirable } = context.options;
    const { samples, labelOf } = judgedSamples();
    const reference = referenceOf(context);
    return objective(context, {
      samples,
      loss: {
        ...kto({ beta, desirable, undesirable, labelOf, reference: (sequences) => reference.logProbs(sequences) }),
        dispose: () => reference.dispose(),
      },
    });
  },
  {
    steps: allPasses,
    check: (options, place) => {
      checkConversations(options, place);
      for (const key of ['beta', 'desirable', 'undesirable'] as const)
        if (!(options[key] > 0 && Number.isFinite(options[key])))
          throw optionError(key, { place, expected: 'a number above 0', got: show(options[key]) });
    },
    reference: true,
  },
);

function pairObjective(context: StageContext<ConversationStage & Strengths>, name: PairLossName) {
  const { beta, labelSmoothing, gamma, tau, sft } = context.options;
  const reference = PAIR_LOSSES[name].reference ? referenceOf(context) : undefined;
  const logProbs: Reference['logProbs'] = (sequences) => (reference as Reference).logProbs(sequences);
  const loss = pairs({ loss: name, beta, labelSmoothing, gamma, tau, sft, reference: logProbs });
  return objective(context, { samples: preferenceSamples, loss: { ...loss, dispose: () => reference?.dispose() } });
}

const objective = (context: StageContext<ConversationStage>, loss: LossOptions) =>
  fineTuneObjective({ ...context, options: { ...context.options, data: context.options.data as ConversationData } }, loss);

/** Log-probabilities under the values that the run began with. Errors: `train.recipe` where those are not there any more. */
function referenceOf({ state, stage }: Pick<StageContext, 'state' | 'stage'>): Reference {
  const place = `stage ${stage.name}`;
  // The reference is what was opened: behind another stage that is not where this one began.
  if (stage.index > 0)
    throw new SensoriumError('train.recipe', 'a stage of preferences is the first of its recipe', {
      place,
      hint: 'Train the other stages in a run of their own, and open the model that it saved',
    });
  if (!(state instanceof OpenedState && state.keeps))
    throw new SensoriumError('train.recipe', 'preferences with a reference train a model that was opened', {
      place,
      expected: "defineRecipe({ model: open('folder or hub id'), … })",
      got: 'mllm({…}), or a state without the values that it began with',
    });
  const { model } = trainedModel(state, stage.name);
  return new Reference({ model, values: model.values, maxLength: 0, pad: model.tokenizer?.specialIds.pad ?? 0 });
}

/** Throws `train.option` for a loss that there is not, and for strengths that it does not read or that cannot be. */
function checkPairs(options: Options<ConversationStage & Strengths>, name: PairLossName, place: string): void {
  checkConversations(options, place);
  const names = Object.entries(PAIR_LOSSES).flatMap(([one, { reference }]) => (reference ? [one] : []));
  const loss: PairLoss | undefined = PAIR_LOSSES[name];
  if (!loss || ('loss' in options && !loss.reference))
    throw optionError('loss', {
      place,
      expected: names.join(', '),
      got: show(name),
      hint: loss ? `Take stage.${name}` : didYouMean(name, names),
    });
  for (const key of Object.keys(STRENGTHS) as (keyof PairStrengths)[]) {
    const value = options[key];
    if (value === undefined) continue;
    const read = key === 'sft' || key in loss.strengths;
    if (!read) throw optionError(key, { place, expected: `nothing: the loss ${name} does not read it`, got: show(value) });
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
