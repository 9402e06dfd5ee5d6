// Woodpecker's judge: both orders, two axes, what the order turns, what cannot be read.

import { expect, test } from 'vitest';
import { image } from '../media/image.js';
import { readWoodpecker, woodpeckerCompare, woodpeckerPrompt } from './woodpecker-judge.js';

const picture = image({ width: 1, height: 1, data: new Uint8Array(3) });
const item = (a: string, b: string) => ({ image: picture, question: 'Describe it.', answers: [a, b] as const });

test('readings', () => {
  expect(readWoodpecker('Accuracy: 4 9\nWhy: a cat is made up.\nDetail: 7 6\nWhy: shorter.')).toEqual({ accuracy: [4, 9], detail: [7, 6] });
  expect(readWoodpecker('**Accuracy:** 4, 9\n**Detailedness:** 7/10 6/10')).toEqual({ accuracy: [4, 9], detail: [7, 6] });
  expect(readWoodpecker('Accuracy: 4 99\nDetail: 5')).toEqual({ accuracy: undefined, detail: undefined });
  expect(woodpeckerPrompt('Q?', ['<think>no</think>one', 'two'])).toContain('Answer 1: one\n\nAnswer 2: two');
});

test('a judge that looks, one that takes the first, one that says nothing', async () => {
  const value = (scores: { name: string; value: number }[], name: string) => scores.find((score) => score.name === name)?.value;
  const judge = (reply: (text: string) => string) => ({
    replies: async (conversations: readonly (readonly { content: unknown }[])[]) =>
      conversations.map(([message]) => reply((message?.content as { text: string }[] | undefined)?.[1]?.text ?? '')),
  });
  const fair = await woodpeckerCompare(
    judge((text) => (/Answer 1: a dog/.test(text) ? 'Accuracy: 9 3\nDetail: 5 5' : 'Accuracy: 3 9\nDetail: 5 5')),
    [item('a cat', 'a dog')],
  );
  expect(value(fair, 'accuracy, first')).toBe(3);
  expect(value(fair, 'accuracy, change')).toBe(6);
  expect(value(fair, 'turned by the order')).toBe(0);
  const first = await woodpeckerCompare(
    judge(() => 'Accuracy: 8 2\nDetail: 6 6'),
    [item('a', 'b'), item('c', 'd')],
  );
  expect(value(first, 'accuracy, change')).toBe(0);
  expect(value(first, 'turned by the order')).toBe(1);
  const mute = await woodpeckerCompare(
    judge(() => 'Both are fine.'),
    [item('a', 'b')],
  );
  expect(value(mute, 'unreadable')).toBe(1);
  await expect(woodpeckerCompare({ replies: async () => [] }, [item('a', 'b')])).rejects.toMatchObject({ code: 'evaluate.replies' });
});
