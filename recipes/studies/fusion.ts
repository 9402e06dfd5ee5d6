// Study: token-level against feature-level fusion at equal compute (Zeng et al. 2023, arXiv:2307.02469). Image rows in the sequence, with a bottleneck
// adapter behind every layer, against gated cross-attention that reads the same rows, with a learned row in their place. Connector and adapters learn.
//   sensorium train recipes/studies/fusion.ts --sweep variant=token,feature seed=1,2,3 --out runs/studies/fusion
// The claim: fusion in the sequence answers questions better. A step of the first stage takes 15.6 and 22.4 GFLOP, one of the second 16.5 and 21.2; steps
// are chosen so that both take 15.5 TFLOP.

import { gatedCrossAttention, lynx, mllm, perceiver } from '../../src/networks/index.js';
import { defineRecipe } from '../../src/train/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { SHIPPED, worldClip, worldLlama } from '../parts/shipped.js';
import { align, instruct } from '../parts/stages.js';

const parts = { vision: worldClip(), connector: perceiver({ queries: 32, layers: 2 }), language: worldLlama() };
const train = ['connector', 'adapters'];

const variants = {
  token: { model: mllm({ ...parts, adapters: [lynx({ size: 256 })] }), stages: [align(train, 250), instruct(train, 700)] },
  feature: {
    model: mllm({ ...parts, adapters: [gatedCrossAttention({ every: 1, expansion: 1, only: true })] }),
    stages: [align(train, 175), instruct(train, 545)],
  },
};

export const finishSweep = claimed('fusion', {
  claim:
    'Image rows in the sequence (token-level fusion) answer questions better than cross-attention to them (feature-level), at equal compute (Zeng et al.)',
  experiment:
    'world-llama frozen, 32 rows of a perceiver: in the sequence with adapters behind every layer, or read by gated cross-attention before every layer',
  checks: [
    {
      says: 'token-level against feature-level',
      of: { variant: 'token', metrics: QUESTIONS },
      than: { variant: 'feature', metrics: QUESTIONS },
      rule: 'above',
      margin: 0,
    },
  ],
});

export const finish = measured('fusion', { benches: ['vqa'] });

export default defineRecipe({ name: 'study-fusion', from: SHIPPED, ...variants.token, variants });
