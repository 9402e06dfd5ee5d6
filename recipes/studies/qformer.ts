// Study: what the two ideas around the Q-Former bring. BLIP-2 with and without its first stage (Li et al. 2023), InstructBLIP with and without the
// instruction (Dai et al. 2023); all else the same.
//   sensorium train recipes/studies/qformer.ts --sweep variant=one-stage,two-stage,unaware,aware seed=1,2,3 --out runs/studies/qformer
// The claims: without representation learning the Q-Former learns far less in the generative stage; instruction-aware queries answer more.

import { defineRecipe } from '../../src/train/index.js';
import blip2, { generate, represent } from '../blip2.js';
import instructblip, { model } from '../instructblip.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { SHIPPED } from '../parts/shipped.js';

const from = SHIPPED;
const { stages } = instructblip;

const above = (says: string, of: string, than: string) => ({
  says,
  of: { variant: of, metrics: QUESTIONS },
  than: { variant: than, metrics: QUESTIONS },
  rule: 'above' as const,
  margin: 0,
});

export const finishSweep = claimed('qformer', {
  claim: 'A Q-Former needs its first stage (BLIP-2), and answers more when it reads the instruction (InstructBLIP)',
  experiment: 'the recipes blip2 and instructblip with and without what is their own; tower and language model frozen',
  checks: [above('two stages against one', 'two-stage', 'one-stage'), above('with the instruction against without', 'aware', 'unaware')],
});

export const finish = measured('qformer', { benches: ['vqa'] });

export default defineRecipe({
  name: 'study-qformer',
  ...{ model: blip2.spec?.model, from, stages: [represent, generate] },
  variants: {
    'two-stage': { stages: [represent, generate] },
    'one-stage': { stages: [generate] },
    aware: { model: model(true), stages },
    unaware: { model: model(false), stages },
  },
});
