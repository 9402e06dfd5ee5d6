// VisCPM (Hu et al. 2023, arXiv:2308.12038): a bilingual language model learns to see from English alone, and answers in Chinese.
// Must show: Chinese answers at least 0.15 above their blind row, no Chinese word about an image having been trained on. recipes/claims/chinese.ts has the
// same with one conversation in five in Chinese beside it.
//
//   sensorium train recipes/viscpm.ts --out runs/viscpm [seed=1]

import { responderOf, runBenchmarks, worldScenes, worldVqa } from '../src/evaluate/index.js';
import { mllm, mlp } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { loadSprites } from '../src/world/index.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct } from './parts/stages.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('viscpm', {
  system: 'VisCPM',
  own: 'sees by English alone and answers in Chinese, by a language model that reads both',
  paper: 'Hu et al. 2023, arXiv:2308.12038',
  published: 'Muffin, CPM-Bee 10B, 64 queries; 150 M English pairs, then English instructions (and some translated) in tuning',
  tokens: 64,
  benchmark: ofWorld(worldVqa, { language: 'zh' }),
  score: 'pooled',
  rows: 100,
  // The same in the language that it learned to see in.
  more: async (model, { signal }, rows) => {
    const responder = await responderOf(model);
    const benchmark = worldVqa(worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en' }));
    const [found] = await runBenchmarks({ responder, benchmarks: [benchmark], n: Math.ceil(rows / 2), baselines: false, signal });
    await responder.dispose();
    return (found?.scores.model ?? []).filter(({ detail }) => !detail).map((score) => ({ ...score, name: `English: ${score.name}` }));
  },
});

export default defineRecipe({
  name: 'viscpm',
  model: mllm({ vision: worldClip(), connector: mlp({ depth: 2 }), language: worldLlama() }),
  from: SHIPPED,
  // The language model stays as it is, as in VisCPM's pretraining: trained on English alone it forgets its Chinese (1,600 steps: 0.94 in English, 0.16 in Chinese).
  stages: [align(['connector'], 400), instruct(['connector'], 1600)],
});
