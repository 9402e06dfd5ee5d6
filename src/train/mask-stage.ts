// `stage.masks`: replies with a mask token, whose hidden state learns to be the prompt of the mask decoder.

import { endAdapter, MaskHead } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { loadSprites } from '../world/index.js';
import { fineTuneObjective } from './fine-tune.js';
import { maskSamples } from './mask-samples.js';
import { masks } from './objectives/masks.js';
import { optionError, type TrainOptions } from './options.js';
import { defineStage } from './recipe.js';
import { allPasses, type ConversationStage, checkConversations, ORDER, withLength } from './stage-options.js';
import { type TrainedModel, trainedModel } from './trained-model.js';

/** Options of `stage.masks` beside those of conversations. */
export interface MaskStage extends ConversationStage {
  /** Weights of the loss of language, of binary cross-entropy and of dice: published 1, 2, 0.5. */
  language: number;
  bce: number;
  dice: number;
}

/** The head, the id of its token and the side of the picture. Errors: `train.recipe` for a model without them. */
function maskParts({ model }: TrainedModel, stage: string): { head: MaskHead; token: number; side: number } {
  const head = endAdapter(model.network, MaskHead);
  const token = head && model.processor.tokenizer.tokenId(head.options.token);
  const { image_size: side } = (model.config as { vision_config?: { image_size?: number } }).vision_config ?? {};
  if (head && token !== undefined && side !== undefined && side % 4 === 0) return { head, token, side };
  throw new SensoriumError('train.recipe', 'the model cannot learn masks', {
    place: `stage ${stage}`,
    expected: "a LLaVA: open('folder or hub id', { adapters: [lisa()], tokens: [SEG_TOKEN] })",
    got: !head
      ? 'a model without lisa() in its adapters'
      : token === undefined
        ? `no token ${head.options.token}`
        : `pictures of ${side} pixels`,
  });
}

function check(options: TrainOptions & MaskStage, place: string): void {
  checkConversations(options, place);
  for (const key of ['language', 'bce', 'dice'] as const)
    if (!(options[key] >= 0 && Number.isFinite(options[key])))
      throw optionError(key, { place, expected: 'a number of at least 0', got: show(options[key]) });
}

/** Tokens that conversations over a scene need beside its image. */
const TEXT = 64;

/** The stage. A model that it trains is opened with `adapters: [lisa()]` and the token of its masks. */
export const maskStage = defineStage<MaskStage>(
  'masks',
  {
    train: ['adapters', 'connector', 'language'],
    data: undefined,
    batch: 16,
    maxLength: 0,
    holdout: 0,
    epochs: 1,
    language: 1,
    bce: 2,
    dice: 0.5,
    ...ORDER,
  },
  async (context) => {
    const { options, state, stage } = context;
    const parts = maskParts(trainedModel(state, stage.name), stage.name);
    const { language, bce, dice } = options;
    const sprites = await loadSprites();
    const own = maskSamples();
    return fineTuneObjective(
      { ...context, options: withLength(context, TEXT) },
      {
        loss: masks({ ...parts, truth: own.truth, language, bce, dice }),
        samples: (data, processor, o) => own.samples(data, processor, { ...o, ...parts, sprites }),
      },
    );
  },
  { steps: allPasses, check },
);
