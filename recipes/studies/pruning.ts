// Study: how many image tokens can go when a trained model is asked, and what that saves. sensorium-tiny learns a little more with all of its 64 tokens
// (`plain`) or with 16 merged ones (`merged`), and is then asked under budgets from 64 to 4 tokens, by merging (ToMe), pruning (TextMonkey's measure) and
// plain strides, which choosing has to beat.
//   sensorium train recipes/studies/pruning.ts --sweep variant=plain,merged seed=1,2,3 --out runs/studies/pruning
// The claim (FastV, ToMe): half of the tokens go without a loss outside the intervals, and choosing beats strides. `pruning.json` in a run's folder has
// accuracy and milliseconds to the first token for each budget.

import { join } from 'node:path';
import type { FinishContext } from '../../src/cli/recipe-module.js';
import { responderOf, runBenchmarks, type Score, worldVqa } from '../../src/evaluate/index.js';
import { Mllm } from '../../src/generate/mllm.js';
import { open, type TokenBudget } from '../../src/models.js';
import { defineRecipe, saveTrained, stage, type TrainedModel } from '../../src/train/index.js';
import { writeAtomic } from '../../src/util/fs.js';
import { world } from '../../src/world/index.js';
import { claimed, measured, SHORT } from '../parts/claim.js';
import { latency } from '../parts/int4.js';
import { ofWorld, pooled } from '../parts/zoo.js';

const BUDGETS: readonly TokenBudget[] = [
  { tokens: 64 },
  ...[48, 32, 16, 8, 4].flatMap((tokens) => (['merge', 'prune', 'stride'] as const).map((by) => ({ tokens, by }))),
];

/** Accuracy of the saved model under each budget on the same rows, and what the first token takes. */
export async function curve(dir: string, folder: string, signal: AbortSignal, rows = 60): Promise<Record<string, Score>> {
  const points: (TokenBudget & { accuracy: Score; types: Score[]; ms: number })[] = [];
  for (const budget of BUDGETS) {
    const model = await Mllm.load(folder, { imageTokens: budget, signal });
    try {
      const responder = await responderOf(model);
      const [result] = await runBenchmarks({ responder, benchmarks: [await ofWorld(worldVqa)()], n: rows, baselines: false, signal });
      await responder.dispose();
      const all = result?.scores.model ?? [];
      const types = all.filter(({ detail }) => !detail);
      points.push({ ...budget, accuracy: pooled(types), types, ms: (await latency(model, signal)).first });
    } finally {
      await model.dispose();
    }
  }
  await writeAtomic(join(dir, 'pruning.json'), `${JSON.stringify(points, null, 2)}\n`);
  return Object.fromEntries(points.map(({ tokens, by = 'all', accuracy }) => [`${tokens} tokens, ${by}`, accuracy]));
}

const check = (says: string, of: string, than: string, rule: 'above' | 'at least', margin: number, variant = 'plain') => ({
  says,
  of: { variant, metrics: [of] },
  than: { variant: 'plain', metrics: [than] },
  rule,
  margin,
});

export const finishSweep = claimed('pruning', {
  claim: 'Half of the image tokens of a trained model can go for nothing, and choosing which beats taking every other (ToMe, FastV)',
  experiment:
    'sensorium-tiny after a short tuning, asked with 64 to 4 of its image tokens; tuned with 16 merged ones for the last comparison',
  checks: [
    check('32 merged tokens against all 64', '32 tokens, merge', '64 tokens, all', 'at least', -0.02),
    check('32 tokens, merging against strides', '32 tokens, merge', '32 tokens, stride', 'above', 0),
    check('32 tokens, pruning against strides', '32 tokens, prune', '32 tokens, stride', 'above', 0),
    check('16 tokens, tuned so against not', '16 tokens, merge', '16 tokens, merge', 'above', 0, 'merged'),
  ],
});

export async function finish(context: FinishContext): Promise<void> {
  const { dir, result, signal } = context;
  const folder = await saveTrained(result.state as TrainedModel, dir);
  const points = await curve(dir, folder, signal);
  await measured('pruning', { benches: ['vqa'], more: async () => points })(context);
}

const learn = [
  stage.instruct({
    ...SHORT,
    train: ['connector', 'language'],
    data: world.instructions({ scenes: 8000, seed: 51, turns: 10, candidates: 2 }),
  }),
];

export default defineRecipe({
  name: 'study-pruning',
  model: open('models/sensorium-tiny'),
  stages: learn,
  variants: {
    plain: { stages: learn },
    merged: { model: open('models/sensorium-tiny', { imageTokens: { tokens: 16, by: 'merge' } }), stages: learn },
  },
});
