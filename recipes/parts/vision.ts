// world-clip: a CLIP of the scene world (Radford et al. 2021), trained contrastively on captions and, densely, on phrases for every patch.
// Must show: zero-shot top-1 over the categories on single-object scenes >= 0.95 on trained styles.

import { ClipImageProcessor } from '../../src/media/index.js';
import { Clip, clipConfig } from '../../src/models/index.js';
import type { Linear } from '../../src/nn/index.js';
import { denseScenes, LETTER_GROUP, PHRASE_GROUPS } from '../../src/train/dense-world.js';
import { defineRecipe, defineStage, ModelState, type Recipe } from '../../src/train/index.js';
import { contrastiveObjective, denseHead, type PhraseGroup } from '../../src/train/objectives/contrastive.js';
import { VOCABULARY, worldTokenizer } from '../../src/train/world-tokenizer.js';
import type { HostTensor } from '../../src/util/host.js';
import { loadSprites } from '../../src/world/index.js';

export const IMAGE_SIZE = 64;
const PATCH = 8;
const WIDTH = 128;

/** Three blocks of width 128 behind three strided convolutions; a small text tower. */
export const worldClipConfig = clipConfig.parse({
  model_type: 'sensorium_clip',
  projection_dim: WIDTH,
  vision_config: {
    model_type: 'sensorium_clip_vision_model',
    hidden_size: WIDTH,
    intermediate_size: 4 * WIDTH,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    image_size: IMAGE_SIZE,
    patch_size: PATCH,
    stem_channels: [32, 64],
    stem_norm: true,
  },
  text_config: {
    vocab_size: VOCABULARY,
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 28,
    eos_token_id: 1,
  },
});

/** Preprocessing of every model of the scene world: 64x64, CLIP's mean and deviation. */
export const worldProcessor = ClipImageProcessor.fromConfig({
  size: { shortest_edge: IMAGE_SIZE },
  crop_size: { height: IMAGE_SIZE, width: IMAGE_SIZE },
});

/** The network whose parameters a run trains. */
export const worldClip = new Clip(worldClipConfig).nameParameters();
const head = denseHead(worldClip, PHRASE_GROUPS);

/** A contrastive stage of world-clip over its own scenes and phrases. */
function clipStage(kind: string, scenesSeed: number, o: { groups: readonly PhraseGroup[]; head: Linear; text?: number; scenes: string }) {
  return defineStage(kind, { batch: 16, scenesSeed }, async ({ options }) =>
    contrastiveObjective({
      network: worldClip,
      tokenizer: worldTokenizer(),
      processor: worldProcessor,
      batchSize: options.batch,
      sample: denseScenes(await loadSprites(), IMAGE_SIZE / PATCH, { seed: options.scenesSeed, text: o.text }),
      groups: o.groups,
      head: o.head,
      describe: { scenes: o.scenes, seed: options.scenesSeed },
    }),
  );
}
const contrastive = clipStage('contrastive', 1, { groups: PHRASE_GROUPS, head, scenes: 'dense' });

export default defineRecipe({
  name: 'world-clip',
  seed: 0,
  state: ({ seed }) => new ModelState([...worldClip.parameters(), ...head.parameters()], { seed }),
  // Small batches: many updates matter more here than many negatives (docs/training-small.md).
  stages: [contrastive({ steps: 4500, lr: 1e-3, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.01 })],
});

/** Signs in most scenes, and a phrase for every letter: a second run over the trained towers, since words are not learnt in the first. */
export function readingRecipe(values: Readonly<Record<string, HostTensor>>): Recipe {
  const groups = [...PHRASE_GROUPS, LETTER_GROUP];
  const readingHead = denseHead(worldClip, groups);
  const reading = clipStage('reading', 6, { groups, head: readingHead, text: 0.9, scenes: 'dense, signs' });
  return defineRecipe({
    name: 'world-clip-reading',
    seed: 1,
    state: ({ seed }) => new ModelState([...worldClip.parameters(), ...readingHead.parameters()], { seed, values }),
    stages: [reading({ steps: 2200, lr: 8e-4, weightDecay: 0.05, betas: [0.9, 0.98], blindEvery: 0, minRatio: 0.01 })],
  });
}
