// Study: a mixture of experts against a dense model at equal active parameters (MM1, MoE-LLaVA). All go on from the same two stages; then the feed-forward of
// every second layer learns on as it is (`dense`), as four experts of which one computes a token (`top1`: equal active parameters), or two (`top2`).
//   sensorium train recipes/studies/moe.ts --sweep variant=dense,top1,top2 seed=1,2,3 --out runs/studies/moe
// The claim: at equal active parameters the mixture is better.

import { moe } from '../../src/networks/index.js';
import { defineRecipe } from '../../src/train/index.js';
import { after } from '../parts/after.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { SHIPPED } from '../parts/shipped.js';
import { instruct } from '../parts/stages.js';
import { joinRecipe } from '../quickstart.js';

const first = joinRecipe('dense', SHIPPED, { pretrain: 150, instruct: 400 });
/** The feed-forwards that become experts: of the first layer and the third. */
const OWN = [0, 2].map((layer) => `language_model.model.layers.${layer}.mlp.*`);
const learn = (more: readonly string[]) => [instruct([...OWN, ...more], 400, { name: 'experts', lr: 7e-4 })];
const experts = (active: number) => ({ state: after(first, [moe({ experts: 4, active, every: 2 })]), stages: learn(['adapters']) });

const variants = { dense: { state: after(first), stages: learn([]) }, top1: experts(1), top2: experts(2) };

export const finishSweep = claimed('moe', {
  claim: 'At equal active parameters a mixture of experts is better than a dense model (MM1, MoE-LLaVA)',
  experiment:
    'a LLaVA of world-clip and world-llama, then 400 steps in which the feed-forwards of two layers learn on as one, or as four of which one or two compute',
  checks: [
    {
      says: 'one of four experts against dense (equal active parameters)',
      of: { variant: 'top1', metrics: QUESTIONS },
      than: { variant: 'dense', metrics: QUESTIONS },
      rule: 'above',
      margin: 0,
    },
    {
      says: 'two of four experts against dense (twice the active parameters in these layers)',
      of: { variant: 'top2', metrics: QUESTIONS },
      than: { variant: 'dense', metrics: QUESTIONS },
      rule: 'above',
      margin: 0,
    },
  ],
});

export const finish = measured('moe', { benches: ['vqa'] });

export default defineRecipe({
  name: 'study-moe',
  describe: { after: first.stages.map(({ name, options }) => ({ name, options })) },
  ...variants.dense,
  variants,
});
