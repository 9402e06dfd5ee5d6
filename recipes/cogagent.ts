// CogAgent (Hong et al. 2023, arXiv:2312.08914): a small picture of a screen goes into the sequence; in every layer tokens also attend to four times as many
// rows of a second, lighter encoder that reads four times the pixels, in fewer numbers.
// Must show: what controls say, which the small picture is too coarse to read, at least 0.15 above the blind row; `variant=low` is the same without the branch.
//
//   sensorium train recipes/cogagent.ts --out runs/cogagent [seed=1] [variant=low]

import { worldMedia } from '../src/data/index.js';
import { mediaBenchmark } from '../src/evaluate/index.js';
import { ADAPTERS_KEY, clipVision, highResolution, mllm, mlp, twoResolutions } from '../src/networks/index.js';
import { defineRecipe, stage, type TrainedModel } from '../src/train/index.js';
import { screens } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { finishZoo } from './parts/zoo.js';

const SIZE = { size: 128, controls: 3 };

const about = {
  system: 'CogAgent',
  own: 'cross-attention of every layer to many rows of a second, lighter encoder of a higher resolution, which are not in the sequence',
  paper: 'Hong et al. 2023, arXiv:2312.08914',
  published:
    'CogVLM 17B with EVA2-CLIP-L at 1,120 px beside 224 px, cross-attention of 1,024 in every layer; 60 k steps, then screens and instructions',
  tokens: 64,
  benchmark: () => mediaBenchmark(screens.world, { seed: 77, dials: SIZE }),
};
const withBranch = finishZoo('cogagent', about);
const without = finishZoo('cogagent-low', {
  ...about,
  system: 'CogAgent without its branch',
  own: 'the same model with the small picture alone',
});

/** Measures what was trained, under a name of its own where it has no branch. */
export const finish: typeof withBranch = (context, quick) =>
  ((context.result.state as TrainedModel).model.raw[ADAPTERS_KEY] ? withBranch : without)(context, quick);

const high = clipVision({ imageSize: 128, patchSize: 8, width: 32, layers: 1, heads: 2, stem: [16, 32], stemNorm: true, featureLayer: -1 });
const tune = { batch: 12, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, maxLength: 192 };
const parts = { connector: mlp({ depth: 2 }), language: worldLlama() };
const stages = (train: readonly string[]) => [
  stage.pretrain({
    name: 'read',
    train: ['connector', 'language', ...train],
    data: worldMedia(screens({ items: 40_000, seed: 61, turns: 3, captions: 0.3, ...SIZE })),
    steps: 300,
    ...tune,
    lr: 2e-3,
  }),
  stage.instruct({
    train: ['connector', 'language', ...train],
    data: worldMedia(screens({ items: 40_000, seed: 62, turns: 4, captions: 0.2, ...SIZE })),
    steps: 500,
    ...tune,
    lr: 1e-3,
    minRatio: 0.03,
  }),
];

export default defineRecipe({
  name: 'cogagent',
  model: mllm({
    ...parts,
    vision: twoResolutions({ low: worldClip(), high }),
    adapters: [highResolution({ width: 32, block: 4, heads: 2 })],
  }),
  from: SHIPPED,
  stages: stages(['adapters', 'vision_tower.high.*']),
  variants: { low: { model: mllm({ ...parts, vision: worldClip() }), stages: stages([]) } },
});
