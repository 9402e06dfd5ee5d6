// Held-out conversations as the page of a run shows them: the last question by itself, what was said before beside it.

import { expect, it } from 'vitest';
import type { Conversation, Dataset } from '../data/index.js';
import { heldOut } from './sft-predictions.js';
import { sweepPage } from './sweep-report.js';

it('asks the last question, with what was said before it', async () => {
  const image = { type: 'image' as const, source: 'a.png', origin: { key: 'image' } };
  const messages: Conversation['messages'] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [image, { type: 'text', text: 'What is it?' }] },
    { role: 'assistant', content: 'A cup.' },
    { role: 'user', content: 'Which color?' },
    { role: 'assistant', content: 'Red' },
  ];
  const rows = [messages, messages.slice(0, 3), messages.slice(0, 4)];
  const data: Dataset<Conversation> = {
    length: rows.length,
    describe: {},
    get: async (row) => ({ id: String(row), messages: rows[row] as Conversation['messages'], at: { file: 'x', row } }),
  };
  const of = async (row: number) =>
    (await heldOut({ ...data, length: 2, get: async () => data.get(row) }, { holdout: 1, seed: 0 }))[0]?.about;
  expect(await of(0)).toMatchObject({
    question: 'Which color?',
    answer: 'Red',
    images: 1,
    earlier: [
      { role: 'system', text: 'Be brief.' },
      { role: 'user', text: 'What is it?' },
      { role: 'assistant', text: 'A cup.' },
    ],
  });
  expect(await of(1)).toEqual({ file: 'x', row: 1, question: 'What is it?', images: 1, answer: 'A cup.' });
  expect(await of(2)).toBeUndefined(); // it ends with a question
});

it('labels the ends of a plot, and one value once', () => {
  const score = (setting: string, values: number[]) => ({ metric: 'loss', setting, n: values.length, mean: values[0] as number, values });
  const plots = (...scores: ReturnType<typeof score>[]) =>
    sweepPage(scores as never, { title: 'x', command: 'y' }).match(/font-size="11"/g);
  expect(plots(score('a', [1, 1]), score('b', [1, 1]))).toHaveLength(1);
  expect(plots(score('a', [1, 2]), score('b', [1, 1]))).toHaveLength(2);
});
