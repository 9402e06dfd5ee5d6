// Held-out pairs with the images and facts of other rows: what no longer fits is left out there, and counted.

import { expect, it } from 'vitest';
import type { Conversation } from '../data/index.js';
import type { ScoredReply } from '../train/index.js';
import { measureReward } from './reward.js';

const row = (index: number, captions: string): Conversation => ({
  id: String(index),
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: `${index}.png` },
        { type: 'text', text: 'What is it?' },
      ],
    },
    { role: 'assistant', content: 'a cup' },
  ],
  extra: { rejected: 'a dog', captions: [captions] },
  at: { file: 'rows', row: index },
});

it('leaves out pairs that do not fit with the facts of another row', async () => {
  const judge = {
    scores: async (replies: readonly ScoredReply[]) => Float32Array.from(replies, ({ reply }) => (reply === 'a cup' ? 1 : 0)),
    fits: async ({ facts = [] }: ScoredReply) => facts.join('').length < 20,
  };
  const rows = [row(0, 'short'), row(1, 'a caption that is far too long'), row(2, 'short too')];
  const { scores, pairs } = await measureReward(judge, rows);
  const n = (name: string): number | undefined => scores.find((score) => score.name === name)?.n;
  expect([n('accuracy'), n('accuracy, images exchanged'), n('accuracy, images and facts exchanged')]).toEqual([3, 2, 2]);
  expect(pairs.map(({ otherImages, otherFacts }) => [otherImages !== undefined, otherFacts !== undefined])).toEqual([
    [true, false],
    [false, true],
    [true, true],
  ]);
});
