// Trains a very small model on eight captions, saves it in Hugging Face layout and asks it: some seconds, to see all the steps.
//   npx tsx examples/train.ts [folder of the run]

import { image, Mllm } from 'sensorium';
import { clipVision, llama, mllm, mlp } from 'sensorium/models';
import { defineRecipe, runRecipe, stage, type TrainedModel } from 'sensorium/train';
import { loadSprites, renderScene, world } from 'sensorium/world';

const DIR = process.argv[2] ?? 'runs/example';
const data = world.captions({ scenes: 8, detail: 'short' });
const recipe = defineRecipe({
  name: 'example',
  model: mllm({
    vision: clipVision({ imageSize: 64, patchSize: 16, width: 64, layers: 1, featureLayer: -1 }),
    connector: mlp({ shuffle: 2 }),
    language: llama({ width: 64, layers: 2, heads: 2 }),
  }),
  stages: [stage.pretrain({ train: ['vision', 'connector', 'language'], data, batch: 8, steps: 60, lr: 4e-3 })],
});
const { state, summaries } = await runRecipe(recipe, {
  dir: DIR,
  onEvent: (e) => e.type === 'step' && console.log(`step ${e.step}/${e.steps} loss ${e.loss.toFixed(3)}`),
});
await (state as TrainedModel).save(`${DIR}/model`);

const model = await Mllm.load(`${DIR}/model`);
const { scene, text } = data.get(0);
const pixels = { width: 64, height: 64, data: renderScene(scene, await loadSprites()) };
const reply = await model.generate([image(pixels), 'Describe the image briefly.'], { maxTokens: 40 });
console.log(`loss ${summaries[0]?.loss.first.toFixed(2)} -> ${summaries[0]?.loss.last.toFixed(2)}\n  said  ${reply.text}\n  truth ${text}`);
await model.dispose();
