// Preferences as pairs of sequences: what of them is learned, and rows that are no preference.

import { expect, it } from 'vitest';
import type { Conversation, Dataset } from '../data/index.js';
import { lossTokens, openModel } from '../model/index.js';
import { preferenceSamples } from './conversation-samples.js';

const MODEL = 'test/golden/families/qwen2-vl/untied';
const turn = (role: 'user' | 'assistant', content: string, more: object = {}) => ({ role, content, ...more });
const asked = [turn('user', 'Hi'), turn('assistant', 'Yes?'), turn('user', 'Color?')];

const dataOf = (...rows: Pick<Conversation, 'messages' | 'extra'>[]): Dataset<Conversation> => ({
  length: rows.length,
  describe: {},
  get: async (row) => ({ id: String(row), at: { file: 'set.jsonl', row, line: row + 1 }, ...(rows[row] as (typeof rows)[number]) }),
});

it('compares the last replies alone, whatever the earlier ones weigh', async () => {
  const { processor } = await openModel(MODEL);
  const extra = { rejected: 'green' };
  const silent = asked.map((message) => (message.role === 'assistant' ? { ...message, weight: 0 } : message));
  const sample = preferenceSamples(
    dataOf({ messages: [...asked, turn('assistant', 'red')], extra }, { messages: [...silent, turn('assistant', 'red')], extra }),
    processor,
  );
  const [both, quiet] = [await sample(0), await sample(1)];
  const learned = ({ sequences }: typeof both) =>
    sequences.map(({ ids, weights }) => processor.tokenizer.decode([...ids].filter((_, i) => weights?.[i] !== 0)));
  expect(learned(both).map((text) => text.trim().slice(0, 3))).toEqual(['red', 'gre']);
  expect(learned(quiet)).toEqual(learned(both));
});

it('refuses a chosen reply that is not to be learned, which would leave an earlier one to compare with itself', async () => {
  const { processor } = await openModel(MODEL);
  const rows = [{ weight: 0 }, { loss: false }].map((mark) => ({
    messages: [...asked, turn('assistant', 'red', mark)],
    extra: { rejected: 'green' },
  }));
  const sample = preferenceSamples(dataOf(...rows, { messages: [...asked, turn('assistant', 'red')] }), processor);
  await expect(sample(0)).rejects.toMatchObject({ code: 'train.data', place: 'set.jsonl, row 0 (line 1)', got: 'weight: 0' });
  await expect(sample(1)).rejects.toMatchObject({ code: 'train.data', got: 'loss: false' });
  await expect(sample(2)).rejects.toMatchObject({ code: 'train.data', got: 'no such key' });
});

it('learns nothing of a pair of which one reply does not fit', async () => {
  const { processor } = await openModel(MODEL);
  const rows = [{ messages: [...asked, turn('assistant', 'red')], extra: { rejected: 'green '.repeat(40) } }];
  const whole = await preferenceSamples(dataOf(...rows), processor)(0);
  const maxLength = (whole.sequences[0]?.ids.length ?? 0) + 5;
  const cut = await preferenceSamples(dataOf(...rows), processor, { maxLength })(0);
  expect([whole.dropped, cut.dropped]).toEqual([0, 2]);
  expect(whole.sequences.map((sequence) => lossTokens(sequence) > 0)).toEqual([true, true]);
  expect(cut.sequences.map(lossTokens)).toEqual([0, 0]);
});
