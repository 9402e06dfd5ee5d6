// A recipe: a model's parts and the stages that train it. Plan it, then train it (hours on two cores; --plan says how many):
//   npx sensorium train examples/recipe.ts --plan
//   npx sensorium train examples/recipe.ts pretrain.lr=2e-3 --out runs/mine

import { clipVision, llama, mllm, mlp } from 'sensorium/models';
import { defineRecipe, stage } from 'sensorium/train';
import { world } from 'sensorium/world';

export default defineRecipe({
  model: mllm({
    vision: clipVision({ imageSize: 64, patchSize: 8, width: 128, layers: 4 }),
    connector: mlp({ depth: 2 }),
    language: llama({ width: 192, layers: 4, heads: 6 }),
  }),
  stages: [
    stage.contrastive({ train: ['vision'], data: world.captions({ scenes: 20_000 }) }),
    stage.pretrain({ train: ['connector', 'language'], data: world.captions({ scenes: 20_000 }) }),
    stage.instruct({ train: ['connector', 'language'], data: world.instructions({ scenes: 40_000 }) }),
  ],
});
