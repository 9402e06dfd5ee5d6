// Complex instructions: the shipped model learns constraints that code checks (form, number, order, negation, language, beginnings and ends, case), a kind at a time.
// Several constraints at once are held out: they ask whether what was learnt apart holds together. Scored as IFEval (Zhou et al. 2023, arXiv:2311.07911).
// Must show: instructions of the kinds of training followed above the base, outside the intervals, at no lower POPE; several at once are reported.
//
//   sensorium train recipes/constraints.ts --out runs/constraints [seed=1]

import { CONSTRAINED_KINDS, constrainedScenes, mixture } from '../src/data/index.js';
import { worldInstructionRows } from '../src/evaluate/benchmarks/world/instructions.js';
import { responderOf, type Score, worldScenes } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/models.js';
import { defineRecipe, sceneData, stage } from '../src/train/index.js';
import { loadSprites, world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';

/** What training never has. */
const HELD_OUT = 'several';
const TAUGHT = CONSTRAINED_KINDS.filter((kind) => kind !== HELD_OUT);
/** Rows of each kind. */
const ROWS = 40;

/** Instructions followed, on scenes of the test split: of all kinds of training, of each kind, and held out. */
async function followed(model: Mllm, signal: AbortSignal, n = ROWS): Promise<Score[]> {
  const benchmark = worldInstructionRows(worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en' }));
  const rows = [];
  for await (const row of benchmark.rows({ n, signal })) rows.push(row);
  const responder = await responderOf(model);
  const asked = rows.map(({ messages }) => messages);
  const replies = await responder.replies(asked, { maxTokens: benchmark.maxTokens, signal }).finally(() => responder.dispose());
  const done = rows.map((row, i) => ({ ...row, reply: replies[i] as string }));
  const of = (name: string, kinds: readonly string[], scores: RegExp): Score[] =>
    benchmark
      .score(done.filter(({ kind }) => kinds.includes(kind)))
      .flatMap((score) => (scores.test(score.name) ? [{ ...score, name: `${name}: ${score.name}` }] : []));
  const both = /^(instructions|constraints), strict$/;
  return [
    ...of('kinds of training', TAUGHT, both),
    ...of(`${HELD_OUT} at once (held out)`, [HELD_OUT], both),
    ...TAUGHT.flatMap((kind) => of(kind, [kind], /^instructions, strict$/)),
  ];
}

export const finish = finishInstruct('constraints', {
  shows:
    'instructions of the kinds of training followed above the base, at no lower POPE; several constraints at once, which training never has, are reported',
  base: 'models/sensorium-tiny',
  measure: followed,
});

export default defineRecipe({
  name: 'constraints',
  model: open('models/sensorium-tiny'),
  stages: [
    stage.instruct({
      train: ['connector', 'language'],
      data: mixture({
        how: 'weighted',
        seed: 2,
        length: 20_000,
        parts: [
          {
            name: 'constraints',
            media: true,
            weight: 2,
            data: sceneData(constrainedScenes({ scenes: 16_000, seed: 51, turns: 3, kinds: TAUGHT })),
          },
          { name: 'questions', media: true, data: sceneData(world.instructions({ scenes: 8_000, seed: 52, turns: 4, captions: 0.1 })) },
        ],
      }),
      steps: 240,
      ...TUNE,
      batch: 6,
    }),
  ],
});
