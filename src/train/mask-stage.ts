// `stage.masks`: replies with mask tokens, whose hidden states learn to be prompts of the mask decoder.

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
  /** Masks of one conversation at most; all of its replies draw over one pass through the image. Default 1; published 3. */
  perSample: number;
}

/** The head, the id of its token, the side of the picture and the rows that the head reads of it. Errors: `train.recipe` for a model without them. */
function maskParts({ model }: TrainedModel, stage: string): { head: MaskHead; token: number; side: number; rows: number } {
  const head = endAdapter(model.network, MaskHead);
  const token = head && model.processor.tokenizer.tokenId(head.options.token);
  const { image_size: side } = (model.config as { vision_config?: { image_size?: number } }).vision_config ?? {};
  const rows = head?.reader ? (model.media?.everyImage?.length ?? 0) : 0;
  const grid = !head?.reader || (rows > 0 && Number.isInteger(Math.sqrt(rows)));
  if (head && token !== undefined && side !== undefined && side % 4 === 0 && grid) return { head, token, side, rows };
  throw new SensoriumError('train.recipe', 'the model cannot learn masks', {
    place: `stage ${stage}`,
    expected: "a LLaVA: open('folder or hub id', { adapters: [lisa()], tokens: [SEG_TOKEN] })",
    got: !head
      ? 'a model without lisa() in its adapters'
      : token === undefined
        ? `no token ${head.options.token}`
        : grid
          ? `pictures of ${side} pixels`
          : `${rows} rows of an image, which are not a square`,
    ...(grid ? {} : { hint: 'lisa({ reader: 0 }) reads pixels alone' }),
  });
}

function check(options: TrainOptions & MaskStage, place: string): void {
  checkConversations(options, place);
  for (const key of ['language', 'bce', 'dice'] as const)
    if (!(options[key] >= 0 && Number.isFinite(options[key])))
      throw optionError(key, { place, expected: 'a number of at least 0', got: show(options[key]) });
  const { perSample } = options;
  if (!(Number.isSafeInteger(perSample) && perSample >= 1 && perSample <= MOST))
    throw optionError('perSample', { place, expected: `a whole number from 1 to ${MOST}`, got: show(perSample) });
}

/** Masks of one conversation. */
const MOST = 32;

/** Tokens that conversations over a scene need beside its image: for each mask a question and its reply. */
const textOf = (perSample: number): number => 32 + 32 * perSample;

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
    perSample: 1,
    ...ORDER,
  },
  async (context) => {
    const { options, state, stage } = context;
    const parts = maskParts(trainedModel(state, stage.name), stage.name);
    const { language, bce, dice, perSample } = options;
    const sprites = await loadSprites();
    const own = maskSamples();
    return fineTuneObjective(
      { ...context, options: withLength(context, textOf(perSample)) },
      {
        loss: masks({ ...parts, truth: own.truth, perSample, language, bce, dice }),
        samples: (data, processor, o) => own.samples(data, processor, { ...o, ...parts, perSample, sprites }),
      },
    );
  },
  { steps: allPasses, check },
);
