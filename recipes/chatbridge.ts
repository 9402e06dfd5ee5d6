// ChatBridge (Zhao et al. 2023, arXiv:2305.16103): first the connector alone, from captions, then connector and language model from tasks with hints at
// the length of the reply, so that one model answers in a word or at length. Images stand here for its five modalities.
// Must show: with a hint at shortness replies are shorter than with a hint at detail, at the same questions.
//
//   sensorium train recipes/chatbridge.ts --out runs/chatbridge [seed=1]

import { mediaOf, mixture, withTemplates } from '../src/data/index.js';
import { meanInterval, type Score } from '../src/evaluate/index.js';
import type { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/models.js';
import type { ChatMessage } from '../src/text/index.js';
import { defineRecipe, sceneConversations, sceneData, stage } from '../src/train/index.js';
import { loadSprites, world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';
import { WORDINGS } from './parts/wordings.js';

/** Words of replies to a request for a description, under each hint. */
async function lengths(model: Mllm, signal: AbortSignal, few = 30): Promise<Score[]> {
  const data = sceneConversations(world.captions({ split: 'test', seed: 79, scenes: few, detail: 'short' }), {
    sprites: await loadSprites(),
  });
  const scores: Score[] = [];
  for (const [hint, text] of [['short', 'Be brief.'] as const, ['detailed', 'Tell all of it.'] as const]) {
    const words: number[] = [];
    for (let i = 0; i < data.length; i++) {
      const [picture] = mediaOf(await data.get(i));
      let reply = '';
      const messages = [
        { role: 'user', content: [picture, { type: 'text', text: `What does the picture show? ${text}` }] },
      ] as ChatMessage[];
      for await (const piece of model.stream({ messages, maxTokens: 96, temperature: 0, signal })) reply += piece.text;
      words.push(reply.split(/\s+/).length);
    }
    scores.push({ name: `words, ${hint}`, ...meanInterval(words, [0, 1000]), better: hint === 'short' ? 'lower' : 'higher' });
  }
  return scores;
}

export const finish = finishInstruct('chatbridge', {
  shows: 'replies as long as the hint asks for',
  base: 'models/sensorium-tiny',
  measure: lengths,
});

const hinted = (source: Parameters<typeof sceneData>[0], task: 'question' | 'describe') => ({
  media: true,
  data: withTemplates(sceneData(source), { pools: WORDINGS, task, hint: 'auto' }),
});

export default defineRecipe({
  name: 'chatbridge',
  model: open('models/sensorium-tiny'),
  stages: [
    stage.pretrain({
      name: 'align',
      train: ['connector'],
      data: world.captions({ scenes: 20_000, seed: 61 }),
      steps: 40,
      batch: 12,
      lr: 3e-4,
      maxLength: 208,
    }),
    stage.instruct({
      name: 'instruct',
      train: ['connector', 'language'],
      data: mixture({
        seed: 4,
        how: 'weighted',
        length: 20_000,
        parts: [
          { weight: 1, name: 'questions', ...hinted(world.instructions({ scenes: 16_000, seed: 62, turns: 3, captions: 0 }), 'question') },
          { weight: 1, name: 'captions', ...hinted(world.captions({ scenes: 16_000, seed: 63 }), 'describe') },
        ],
      }),
      steps: 200,
      ...TUNE,
    }),
  ],
});
