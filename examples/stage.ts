// A stage of your own in a recipe: instruction tuning with the focal loss (Lin et al. 2017), which weighs down what is already learnt.
//   npx tsx examples/stage.ts [folder of the run]

import { exp, weightedMean } from 'sensorium/graph';
import { clipVision, llama, mllm, mlp } from 'sensorium/models';
import { defineRecipe, defineStage, fineTuneObjective, runRecipe, type SceneSource, type SequenceLoss } from 'sensorium/train';
import { world } from 'sensorium/world';

const focalLoss = (gamma: number): SequenceLoss => ({
  name: 'focal',
  over: 'tokens',
  describe: { gamma },
  // (1 - p)^gamma * -log p, at every token that is predicted
  loss: ({ logProbs, weights }) => ({
    loss: weightedMean(exp(logProbs).neg().add(1).pow(gamma).mul(logProbs.neg()), weights),
  }),
});

const focal = defineStage(
  'focal',
  { train: ['connector', 'language'], batch: 8, gamma: 2, data: world.captions({ scenes: 64, detail: 'short' }) as SceneSource },
  (context) => fineTuneObjective(context, { loss: focalLoss(context.options.gamma) }),
);

const recipe = defineRecipe({
  name: 'focal',
  model: mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
    connector: mlp(),
    language: llama({ width: 32, layers: 1, heads: 2 }),
  }),
  stages: [focal({ steps: 50, lr: 4e-3 })],
});
const { summaries } = await runRecipe(recipe, { dir: process.argv[2] ?? 'runs/focal', resume: true });
console.log(`loss ${summaries[0]?.loss.first.toFixed(2)} -> ${summaries[0]?.loss.last.toFixed(2)}`);
