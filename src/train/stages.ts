// The stages of a multimodal model's training, as recipes name them: contrastive, pretrain (alignment), instruct.

import { SensoriumError } from '../util/errors.js';
import { loadSprites } from '../world/index.js';
import { mllmState } from './assembly.js';
import { denseSample, PHRASE_GROUPS } from './dense-world.js';
import type { Objective } from './objective.js';
import { contrastiveObjective } from './objectives/contrastive.js';
import { instructObjective, type Part } from './objectives/instruct.js';
import { defineStage, type StageContext } from './recipe.js';
import { imageSamples, type SceneSource } from './world-samples.js';

/** Named so that the key is known; a stage without data is an error. */
const NO_DATA = null as unknown as SceneSource;

function dataOf(data: SceneSource, name: string): SceneSource {
  if (data === NO_DATA)
    throw new SensoriumError('train.data', 'the stage has no data', {
      place: `stage ${name}`,
      expected: 'data: world.captions({…}) or world.instructions({…})',
    });
  return data;
}

/** Steps of one pass over the data. */
function onePass({ data, batch, accumulate }: { data: SceneSource; batch: number; accumulate: number }): number | undefined {
  return data === NO_DATA ? undefined : Math.max(1, Math.ceil(data.length / (batch * accumulate)));
}

interface ConversationStage {
  /** Parts that learn; the others are frozen. */
  train: readonly Part[];
  data: SceneSource;
  /** Conversations per step. */
  batch: number;
  /** Tokens in a row, image tokens included: the longest conversation; shorter ones share rows. 0: the tokens of an image and `text` more. */
  maxLength: number;
}

/** `text`: tokens that the longest conversations of this kind need beside the image. */
function conversations(kind: 'pretrain' | 'instruct', defaults: ConversationStage, text: number) {
  const make = async ({ state, options, runtime, stage }: StageContext<ConversationStage>): Promise<Objective> => {
    const own = mllmState(state, stage.name);
    const sprites = await loadSprites();
    const { batch, train } = options;
    const maxLength = options.maxLength || own.parts.network.imageTokens + text;
    const data = dataOf(options.data, stage.name);
    return instructObjective({
      name: stage.name,
      network: own.parts.network,
      state: own,
      processor: own.parts.processor,
      train,
      batch,
      length: maxLength,
      pad: own.parts.tokenizer.specialIds.pad ?? 0,
      count: data.length,
      sample: imageSamples(data, own.parts, sprites, maxLength),
      runtime,
      describe: { data: data.description, train: [...train] },
    });
  };
  return defineStage<ConversationStage>(kind, defaults, make, onePass);
}

/** `stage.contrastive(…)`, `stage.pretrain(…)`, `stage.instruct(…)`: what a recipe lists. Without `steps` each takes one pass over its data. */
export const stage = {
  /** CLIP's objective on the vision tower, with dense phrases; the text tower is thrown away afterwards. */
  contrastive: defineStage<{ train: readonly ['vision']; data: SceneSource; batch: number }>(
    'contrastive',
    { train: ['vision'], data: NO_DATA, batch: 64 },
    async ({ state, options, stage: { name } }) => {
      const own = mllmState(state, name);
      const sprites = await loadSprites();
      const grid = Math.sqrt(own.parts.network.vision.tokenCount);
      const { batch } = options;
      const data = dataOf(options.data, name);
      return contrastiveObjective({
        network: own.parts.clip,
        tokenizer: own.parts.tokenizer,
        processor: own.parts.processor,
        batchSize: batch,
        sample: (index) => denseSample(data.get(index % data.length).scene, sprites, grid),
        groups: PHRASE_GROUPS,
        describe: { data: data.description },
      });
    },
    onePass,
  ),
  /** Alignment: captions, usually with the connector alone. */
  pretrain: conversations('pretrain', { train: ['connector'], data: NO_DATA, batch: 32, maxLength: 0 }, 96),
  /** Instruction tuning: conversations of several turns over one image. */
  instruct: conversations('instruct', { train: ['connector', 'language'], data: NO_DATA, batch: 16, maxLength: 0 }, 144),
};
