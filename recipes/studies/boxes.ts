// Study: boxes as text against bins. The same model, scenes and steps; places are decimals (Shikra), thousandths between tags (Qwen-VL), one token for
// each coordinate (OFA) or one for each corner (Kosmos-2). Run as a sweep:
//   sensorium train recipes/studies/boxes.ts --sweep variant=shikra,qwen-vl,ofa,kosmos-2 seed=1,2,3 --out runs/boxes
// Must show: which form learns sooner at equal steps. Text takes more tokens for a box; location tokens must be learned from nothing.

import { responderOf, runBenchmarks, worldReferring } from '../../src/evaluate/index.js';
import type { Mllm } from '../../src/generate/mllm.js';
import { defineRecipe } from '../../src/train/index.js';
import { measured } from '../parts/claim.js';
import { groundingParts } from '../parts/grounding.js';
import { ofWorld } from '../parts/zoo.js';

const STEPS = [300, 600] as const;

const forms = {
  shikra: { name: 'shikra', digits: 2 },
  'qwen-vl': { name: 'qwen-vl' },
  ofa: { name: 'ofa', bins: 64 },
  'kosmos-2': { name: 'kosmos-2', side: 16 },
} as const;

/** IoU > 0.5 and mean IoU of a run. */
async function measures(model: Mllm) {
  const responder = await responderOf(model);
  try {
    const benchmarks = [await ofWorld(worldReferring)()];
    const [result] = await runBenchmarks({ responder, benchmarks, n: 60, baselines: false });
    return Object.fromEntries((result?.scores.model ?? []).map(({ name, value, low, high, n }) => [name, { value, low, high, n }]));
  } finally {
    await responder.dispose();
  }
}

export const finish = measured('boxes', { benches: [], more: measures });

const partsOf = (place: (typeof forms)[keyof typeof forms]) => groundingParts({ place, steps: STEPS });

export default defineRecipe({
  name: 'study-boxes',
  ...partsOf(forms.shikra),
  variants: Object.fromEntries(Object.entries(forms).map(([name, place]) => [name, partsOf(place)])),
});
