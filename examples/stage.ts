// A stage of your own in a recipe: instruction tuning with the focal loss (Lin et al. 2017), which weighs down what is already learnt.
//   npx tsx examples/stage.ts [folder of the run]

import { crossEntropy, exp } from 'sensorium/graph';
import { clipVision, llama, mllm, mlp } from 'sensorium/models';
import { defineRecipe, defineStage, imageSamples, instructObjective, mllmState, runRecipe, type SceneSource } from 'sensorium/train';
import { loadSprites, world } from 'sensorium/world';

const LENGTH = 96;

const focal = defineStage(
  'focal',
  { batch: 8, gamma: 2, data: world.captions({ scenes: 64, detail: 'short' }) as SceneSource },
  async ({ state, options: { batch, gamma, data }, runtime, stage }) => {
    const own = mllmState(state, stage.name);
    const { network, processor, tokenizer } = own.parts;
    return instructObjective({
      name: stage.name,
      network,
      state: own,
      processor,
      train: ['connector', 'language'],
      batch,
      length: LENGTH,
      pad: tokenizer.specialIds.pad ?? 0,
      count: data.length,
      sample: imageSamples(data, own.parts, await loadSprites(), LENGTH, `stage ${stage.name}`),
      tokenLoss: (logits, targets) => {
        const nll = crossEntropy(logits, targets);
        return exp(nll.neg()).neg().add(1).pow(gamma).mul(nll); // (1 - p)^gamma * -log p
      },
      runtime,
      describe: { data: data.description, gamma },
    });
  },
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
