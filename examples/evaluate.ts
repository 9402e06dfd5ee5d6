// Measures a model on held-out scenes, beside answers that do not look: always yes, always no, and the model itself blind.
//   npx tsx examples/evaluate.ts [model] [samples of each kind]

import { Mllm } from 'sensorium';
import { answererOf, runWithBaselines, worldScenes } from 'sensorium/evaluate';
import { loadSprites } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/sensorium-tiny';
const n = Number(process.argv[3] ?? 100);
const model = await Mllm.load(MODEL);
const scenes = worldScenes(await loadSprites(), { split: 'test', seed: 3 });
const { bench, baselines } = await runWithBaselines({
  ...answererOf(model, scenes.source.size),
  scenes,
  options: { n: { pope: n, vqa: n, caption: n } },
});

for (const [who, b] of Object.entries({ model: bench, ...baselines })) {
  const { value, low, high } = b.vqa.color;
  console.log(
    `${who}: POPE F1 ${b.pope.random.f1.toFixed(3)}, color ${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], CHAIR-i ${b.caption.chairI.toFixed(3)}`,
  );
}
await model.dispose();
