// Measures a model on held-out scenes, beside baselines that ignore the image: constant answers, and the model itself blind.
//   npx tsx examples/evaluate.ts [model] [samples of each kind]

import { Mllm } from 'sensorium';
import { responderOf, runBenchmarks, scoreOf, WORLD_BENCHMARKS, worldScenes } from 'sensorium/evaluate';
import { loadSprites } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/sensorium-tiny';
const n = Number(process.argv[3] ?? 100);
const model = await Mllm.load(MODEL);
const scenes = worldScenes(await loadSprites(), { split: 'test', seed: 3 });
const benchmarks = WORLD_BENCHMARKS.map((open) => open(scenes));
const responder = await responderOf(model);
const results = await runBenchmarks({ benchmarks, responder, n });

// Some baselines answer some kinds of questions only; these answer all of them.
for (const who of Object.keys(results[0]?.scores ?? {}).filter((name) => results.every(({ scores }) => scores[name]))) {
  const [f1, color, chair] = [
    ['pope', 'F1, random'],
    ['vqa', 'color'],
    ['caption', 'CHAIR-i'],
  ].map(([bench, name]) => scoreOf(results, bench as string, name as string, who));
  console.log(
    `${who}: POPE F1 ${f1?.value.toFixed(3)}, color ${color?.value.toFixed(3)} [${color?.low.toFixed(3)}, ${color?.high.toFixed(3)}], CHAIR-i ${chair?.value.toFixed(3)}`,
  );
}
await responder.dispose();
await model.dispose();
