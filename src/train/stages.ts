// The stages of a multimodal model's training, as recipes name them: contrastive, pretrain (alignment), instruct.

import { SensoriumError } from '../util/errors.js';
import { loadSprites } from '../world/index.js';
import { haclStage } from './contrast-stage.js';
import { denseSample, PHRASE_GROUPS } from './dense-world.js';
import { latentStage, signalStage } from './drawing-stages.js';
import { fineTuneObjective } from './fine-tune.js';
import { generatorStage } from './generator-stage.js';
import { maskStage } from './mask-stage.js';
import type { Objective } from './objective.js';
import { contrastiveObjective } from './objectives/contrastive.js';
import { grpoStage } from './online/grpo-stage.js';
import { ppoStage } from './online/ppo-stage.js';
import { optionError } from './options.js';
import { dpo, ktoStage, pairStage } from './preference-stages.js';
import { qformerStage } from './qformer-stage.js';
import { defineStage, type StageContext } from './recipe.js';
import { rewardStage } from './reward-stage.js';
import {
  allPasses,
  type ConversationStage,
  checkConversations,
  checkOrder,
  checkParts,
  type DataStage,
  ORDER,
  orderOf,
  withLength,
} from './stage-options.js';
import { clipOf, trainedModel } from './trained-model.js';
import { unifiedStage } from './unified-stage.js';
import { vqStage } from './vq-stage.js';
import { assertSource, sceneRow } from './world-samples.js';

/** `text`: tokens that the longest conversations over a scene need beside its image. */
function conversations(kind: 'pretrain' | 'instruct', defaults: ConversationStage, text: number) {
  const make = (context: StageContext<ConversationStage>): Promise<Objective> =>
    fineTuneObjective({ ...context, options: withLength(context, text) });
  return defineStage<ConversationStage>(kind, defaults, make, { steps: allPasses, check: checkConversations });
}

/** `stage.contrastive(…)`, `stage.pretrain(…)`, `stage.instruct(…)`: what a recipe lists. Without `steps` each takes one pass over its data. */
export const stage = {
  /** CLIP's objective on the vision tower, with dense phrases; the text tower is thrown away afterwards. */
  contrastive: defineStage<DataStage & { train: readonly ['vision'] }>(
    'contrastive',
    { train: ['vision'], data: undefined, batch: 64, ...ORDER },
    async ({ state, options, stage: { name } }) => {
      const place = `stage ${name}`;
      const { batch, data } = options;
      assertSource(data, place);
      const clip = clipOf(trainedModel(state, name), name);
      const sprites = await loadSprites();
      const grid = Math.sqrt(clip.network.vision_model.tokenCount);
      return contrastiveObjective({
        ...clip,
        batchSize: batch,
        order: orderOf(options, data),
        sample: (index) => denseSample(sceneRow(data, index, place).scene, sprites, grid),
        groups: PHRASE_GROUPS,
        describe: { data: data.description },
      });
    },
    {
      steps: allPasses,
      check: (options, place) => {
        checkParts(options.train, place, ['vision']);
        checkOrder(options, place);
        if (options.batch < 2)
          throw optionError('batch', { place, expected: 'at least 2: each image is told from the others', got: String(options.batch) });
        const { data } = options;
        if (data === undefined || data === null) return;
        assertSource(data, place);
        if (data.length < 2)
          throw new SensoriumError('train.data', 'a contrastive stage needs at least two rows', {
            place: `${place}: data`,
            got: String(data.length),
          });
      },
    },
  ),
  /** BLIP-2's first stage: a Q-Former with a text side learns to contrast, match and write texts of images. */
  qformer: qformerStage,
  /** Alignment: captions, usually with the connector alone. */
  pretrain: conversations(
    'pretrain',
    { train: ['connector'], data: undefined, batch: 32, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
    96,
  ),
  /** Preferences: conversations whose rows also have the reply that was not preferred (`rejected_response`). `loss` names another one. */
  dpo,
  /** Preferences without a reference: in one stage with the log-likelihood of what was chosen, per token, and of sums. */
  orpo: pairStage('orpo'),
  simpo: pairStage('simpo'),
  cpo: pairStage('cpo'),
  /** Replies that were called good or bad, one at a time (`label`). */
  kto: ktoStage,
  /** A reward model from pairs of replies. The model is opened with `adapters: [rewardHead()]`. */
  reward: rewardStage,
  /** Completions that a reward judges, compared within their group: GRPO, DAPO, Dr. GRPO and GSPO by `form`. */
  grpo: grpoStage,
  /** Replies that a reward scores, with a value head beside the policy. The model is opened with `adapters: [valueHead()]`. */
  ppo: ppoStage,
  /** Hallucination-augmented contrastive learning: rows also have `hallucinated` captions, which their images are kept away from. */
  hacl: haclStage,
  /** Masks beside replies: rows with a mask token and the mask that it means. The model is opened with `adapters: [lisa()]`. */
  masks: maskStage,
  /** Drawing: a flow from noise to images, led by texts. */
  generator: generatorStage,
  /** Signal tokens in replies, aligned with what a generator makes of texts: NExT-GPT. */
  signals: signalStage,
  /** Images in replies, regressed row by row: Emu. */
  latents: latentStage,
  /** A tokenizer of images: pictures become codes and pictures again. */
  vq: vqStage,
  /** Words and codes of images in one vocabulary, images of replies among them: unified in-context generation. */
  unified: unifiedStage,
  /** Instruction tuning: conversations of several turns over one image. */
  instruct: conversations(
    'instruct',
    { train: ['connector', 'language'], data: undefined, batch: 16, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
    144,
  ),
};
