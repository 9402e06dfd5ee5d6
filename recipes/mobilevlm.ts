// MobileVLM (Chu et al. 2023, arXiv:2312.16886): a quarter of the tokens by the lightweight downsample projector (LDP), and weights of four bits for a phone.
// Must show: answers at least 0.15 above its blind row; the int4 copy smaller, with its loss of accuracy and its time for a token beside it (tower, LDP,
// head and embedding keep more bits: at this scale they are half of the weights).
// `connector=ldpv2` has LDPv2 (arXiv:2402.03766); the row of the table is that of the last run.
//
//   sensorium train recipes/mobilevlm.ts --out runs/mobilevlm [seed=1]

import { worldVqa } from '../src/evaluate/index.js';
import { ldp, mllm } from '../src/networks/index.js';
import { defineRecipe } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { int4Beside } from './parts/int4.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';
import { align, instruct } from './parts/stages.js';
import { finishZoo, ofWorld } from './parts/zoo.js';

export const finish = finishZoo('mobilevlm', {
  system: 'MobileVLM',
  own: 'LDP: pointwise layers, depthwise convolutions and stride 2 leave a quarter of the tokens; four-bit weights',
  paper: 'Chu et al. 2023, arXiv:2312.16886',
  published:
    'CLIP ViT-L/14 at 336 px, 144 tokens, MobileLLaMA 1.4B or 2.7B; 558 k pairs, 665 k instructions; llama.cpp int4 at 21.5 tokens a second on a Snapdragon 888',
  tokens: 16,
  benchmark: ofWorld(worldVqa),
  score: 'pooled',
  rows: 100,
  more: int4Beside(ofWorld(worldVqa)),
});

export default defineRecipe({
  name: 'mobilevlm',
  model: mllm({
    vision: worldClip(),
    connector: ldp({}),
    language: worldLlama(),
  }),
  from: SHIPPED,
  stages: [
    align(['connector'], 200, { maxLength: 160 }),
    instruct(['connector', 'language'], 1500, {
      data: world.instructions({ scenes: 400_000, seed: 4, turns: 13, captions: 0.15, lists: 0.3 }),
      maxLength: 208,
    }),
  ],
});
