// Claim: text in the mixture keeps what the language model could do. The quickstart's stages on images alone, or with a quarter of rows of text: notes of
// scenes and questions about them, which world-llama answered before it had eyes.
//   sensorium train recipes/claims/text-mix.ts --sweep variant=images,mixed seed=1,2,3 --out runs/claims/text-mix
// Reproduced if `mixed` answers questions about notes better than `images`, over the seeds, and loses at most 0.05 on questions about images.

import { mixture } from '../../src/data/index.js';
import { exactMatch, proportion, responderOf } from '../../src/evaluate/index.js';
import type { Mllm } from '../../src/index.js';
import type { ChatMessage } from '../../src/text/index.js';
import { defineRecipe, sceneData } from '../../src/train/index.js';
import { Rng } from '../../src/util/rng.js';
import { dialogue, makeScene, questions, world } from '../../src/world/index.js';
import { claimed, measured, QUESTIONS } from '../parts/claim.js';
import { sceneNotes } from '../parts/language.js';
import { SHIPPED } from '../parts/shipped.js';
import { joinRecipe, worldMllm } from '../quickstart.js';

/** Conversations about notes of scenes, in English, without an image. */
const notes = {
  length: 20_000,
  describe: { source: 'notes of scenes', seed: 71 },
  async get(index: number) {
    const scene = makeScene(index, { split: 'train', seed: 71 });
    const rng = new Rng('notes').fork('row', index);
    const system = { role: 'system' as const, content: sceneNotes(scene, 'en', rng) };
    const messages = [system, ...dialogue(scene, { language: 'en', rng, turns: 8 }).turns] as ChatMessage[];
    return { id: `notes-${index}`, messages, at: { file: 'notes of scenes', row: index } };
  },
};

/** Share of right answers to questions about notes of 120 held-out scenes. */
async function asked(model: Mllm) {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const scene = makeScene(i, { split: 'test', seed: 72 });
    const rng = new Rng('notes').fork('asked', i);
    return questions(scene, { language: 'en', rng }).map((q) => ({ q, notes: sceneNotes(scene, 'en', rng) }));
  }).flat();
  const responder = await responderOf(model);
  try {
    const conversations = rows.map(({ q, notes: content }): ChatMessage[] => [
      { role: 'system', content },
      { role: 'user', content: q.question },
    ]);
    const replies = await responder.replies(conversations, { maxTokens: 8 });
    return { notes: proportion(rows.filter(({ q }, i) => exactMatch(replies[i] as string, q.answer, q.question)).length, rows.length) };
  } finally {
    await responder.dispose();
  }
}

/** Compares the variants, seed by seed: `results/claims`. */
export const finishSweep = claimed('text-mix', {
  claim: 'Text in the mixture keeps what the language model could do',
  experiment:
    'The stages of the quickstart on images alone, or with a quarter of rows of text; questions about notes of scenes, without an image',
  checks: [
    {
      says: 'mixed against images alone, questions about notes',
      of: { variant: 'mixed', metrics: ['notes'] },
      than: { variant: 'images', metrics: ['notes'] },
      rule: 'above',
      margin: 0,
    },
    {
      says: 'mixed against images alone, questions about images',
      of: { variant: 'mixed', metrics: QUESTIONS },
      than: { variant: 'images', metrics: QUESTIONS },
      rule: 'at least',
      margin: -0.05,
    },
  ],
});

export const finish = measured('text-mix', { more: asked });

/** The quickstart, shorter, with so large a share of text in its instructions. */
function stages(textShare: number) {
  const images = world.instructions({ scenes: 100_000, seed: 4, turns: 13, captions: 0.15, lists: 0.3 });
  const parts = [{ name: 'images', media: true, data: sceneData(images) }, { name: 'notes', media: false, data: notes }]; // biome-ignore format: a list
  const data = textShare > 0 ? mixture({ seed: 7, textShare, length: 40_000, parts }) : images;
  const pretrain = { data: world.instructions({ scenes: 200_000, seed: 3, lists: 1 }) };
  return joinRecipe(
    'text-mix',
    { vision: 'models/world-clip', language: 'models/world-llama', pretrain, instruct: { data } },
    { pretrain: 150, instruct: 500 },
  ).stages;
}

export default defineRecipe({
  name: 'claim-text-mix',
  model: worldMllm,
  from: SHIPPED,
  stages: stages(0),
  variants: { images: { stages: stages(0) }, mixed: { stages: stages(0.25) } },
});
