// Claim: diverse prompts generalize. sensorium-tiny learns to answer yes or no in one wording of the question or in twelve, over the same
// scenes, and is asked in four wordings that it never saw.
//   sensorium train recipes/claims/diversity.ts --sweep variant=one,twelve seed=1,2,3 --out runs/claims/diversity
// Reproduced if `twelve` answers the unseen wordings better, over the seeds.

import { proportion } from '../../src/evaluate/index.js';
import { image, type Mllm } from '../../src/index.js';
import { encodePng } from '../../src/media/index.js';
import { open } from '../../src/models.js';
import { defineRecipe, type SceneSource, stage } from '../../src/train/index.js';
import { Rng } from '../../src/util/rng.js';
import { absentCategory, article, groupsOf, loadSprites, makeScene, nameOf, renderScene, type Scene } from '../../src/world/index.js';
import { claimed, measured, SHORT } from '../parts/claim.js';

/** Wordings to learn: the first alone, or all. `X` is "a dog". */
const LEARNED = [
  'Can you see X here?',
  'Does this picture show X?',
  'Look closely: is X in it?',
  'Does X appear in this image?',
  'Tell me whether X is visible.',
  'Do you notice X?',
  'Is X part of this scene?',
  'Would you say that X is shown?',
  'Can X be found in the picture?',
  'Is it true that the image has X?',
  'Please check for X.',
  'I am looking for X. Is it here?',
];
/** Wordings that no run learns. */
const UNSEEN = [
  'Could you spot X anywhere?',
  'Does the photo contain X?',
  'Say yes if X is there, and no if not.',
  'Is X among the objects?',
];

/** A question about something that is there, or with equal chance not, and its answer. */
function asked(scene: Scene, wordings: readonly string[], rng: Rng): { question: string; answer: 'yes' | 'no' } {
  const groups = groupsOf(scene);
  const there = rng.bool() && groups.length > 0;
  const category = there
    ? rng.pick(groups).category
    : absentCategory(
        groups.map((g) => g.category),
        rng,
      );
  const name = nameOf(category, 'en');
  return { question: rng.pick(wordings).replace('X', `${article(name)} ${name}`), answer: there ? 'yes' : 'no' };
}

/** Scenes with six questions each. */
function questionsIn(wordings: readonly string[]): SceneSource {
  return {
    length: 20_000,
    description: { source: 'wordings', wordings: wordings.length },
    get(index) {
      const scene = makeScene(index, { split: 'train', seed: 43 });
      const rng = new Rng('wordings').fork('row', index);
      const turns = Array.from({ length: 6 }, () => asked(scene, wordings, rng)).flatMap(({ question, answer }) => [
        { role: 'user' as const, content: question },
        { role: 'assistant' as const, content: answer },
      ]);
      return { scene, language: 'en' as const, turns };
    },
  };
}

/** Share of right answers in wordings that were not learned, over 400 held-out scenes. */
async function unseen(model: Mllm) {
  const sprites = await loadSprites();
  let right = 0;
  const n = 400;
  for (let i = 0; i < n; i++) {
    const scene = makeScene(i, { split: 'test', seed: 44 });
    const { question, answer } = asked(scene, UNSEEN, new Rng('unseen').fork('row', i));
    const png = await encodePng({ width: scene.size, height: scene.size, data: renderScene(scene, sprites) });
    const { text } = await model.generate([image(png), question], { maxTokens: 8 });
    if (text.trim().toLowerCase().startsWith(answer)) right++;
  }
  return { 'unseen wordings': proportion(right, n) };
}

const learn = (wordings: readonly string[]) => ({
  stages: [stage.instruct({ ...SHORT, train: ['connector', 'language'], data: questionsIn(wordings) })],
});

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('diversity', {
  claim: 'Diverse prompts generalize',
  experiment: 'sensorium-tiny learns to answer yes or no in one wording or in twelve, over the same scenes, and is asked in four others',
  checks: [
    {
      says: 'twelve wordings against one, wordings that were not learned',
      of: { variant: 'twelve', metrics: ['unseen wordings'] },
      than: { variant: 'one', metrics: ['unseen wordings'] },
      rule: 'above',
      margin: 0,
    },
  ],
});

export const finish = measured('diversity', { more: unseen, benches: ['pope'] });

export default defineRecipe({
  name: 'claim-diversity',
  model: open('models/sensorium-tiny'),
  ...learn(LEARNED),
  variants: { one: learn(LEARNED.slice(0, 1)), twelve: learn(LEARNED) },
});
