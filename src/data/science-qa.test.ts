// ScienceQA as training data: its folder and its parquet in the three forms, splits, images, and rows that are wrong.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../media/index.js';
import { askRationale, withRationale } from '../text/index.js';
import { conversations, type FormatOptions, type ScienceForm } from './index.js';

const problem = {
  question: 'Which is a solid?',
  choices: ['water', 'a stone'],
  answer: 1,
  hint: 'Look at the picture.',
  image: 'image.png',
  task: 'closed choice',
  grade: 'grade2',
  subject: 'natural science',
  topic: 'physics',
  lecture: 'A solid keeps its shape.',
  solution: 'A stone keeps its shape.',
  split: 'train',
};
const bare = {
  ...problem,
  question: 'What is 2?',
  hint: '',
  image: null,
  answer: 0,
  lecture: '',
  solution: '',
  grade: 'grade9',
  split: 'test',
};
const QUESTION =
  'Question: Which is a solid?\nContext: Look at the picture.\nOptions:\nA. water\nB. a stone\nExplain your reasoning, then end with "The answer is X." where X is the letter of the right option.';
const RATIONALE = 'A solid keeps its shape.\nA stone keeps its shape.';

let dir: string;
let png: Uint8Array;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-scienceqa-'));
  png = await encodePng({ width: 2, height: 2, data: new Uint8Array(12).fill(7) });
  await mkdir(join(dir, 'images', 'train', '7'), { recursive: true });
  await writeFile(join(dir, 'images', 'train', '7', 'image.png'), png);
  await writeFile(join(dir, 'problems.json'), JSON.stringify({ 7: problem, 9: bare, 11: { ...bare, answer: 5 } }));
  await writeFile(join(dir, 'pid_splits.json'), JSON.stringify({ train: ['7'], test: ['9'], odd: ['11', '12'], val: [] }));
  const { split: _, ...row } = problem;
  const { split: __, ...other } = bare;
  const columns = ['question', 'answer', 'hint', 'grade', 'subject', 'lecture', 'solution'] as const;
  const rows = [
    { ...row, image: { bytes: png, path: 'image.png' } },
    { ...other, image: undefined },
  ];
  const columnData = [
    ...columns.map((name) => ({ name, data: rows.map((one) => one[name]), ...(name === 'answer' ? { type: 'INT32' as const } : {}) })),
    { name: 'choices', data: rows.map(({ choices }) => choices), type: 'JSON' as const },
    { name: 'image', data: rows.map(({ image }) => image?.bytes), type: 'BYTE_ARRAY' as const },
  ];
  await writeFile(join(dir, 'train.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const first = async (path: string, options: Partial<FormatOptions>, row = 0) => {
  const set = await conversations(path, options).open();
  try {
    const { messages, ...rest } = await set.get(row);
    const [user, assistant] = messages;
    const parts =
      typeof user?.content === 'string' ? [{ type: 'text', text: user.content }] : (user?.content as { type: string; text?: string }[]);
    return { ...rest, set, kinds: parts.map(({ type }) => type), asked: parts.at(-1)?.text, reply: assistant?.content };
  } finally {
    set.dispose?.();
  }
};

describe.each(['', 'problems.json', 'train.parquet'])('ScienceQA in its %s', (name) => {
  it.each([
    ['QCM-A', QUESTION, 'The answer is B.'],
    ['QCM-LE', askRationale(QUESTION), RATIONALE],
    ['QCMLE-A', withRationale(QUESTION, RATIONALE), 'The answer is B.'],
  ] as const)('is %s', async (form, asked, reply) => {
    const read = await first(join(dir, name), { form });
    expect(read).toMatchObject({ asked, reply, kinds: ['image', 'text'], extra: { subject: 'natural science', grade: 'grade2' } });
    expect(read.set.describe.form).toBe(form);
  });
});

describe('ScienceQA', () => {
  it('is its answer alone by default, of the split that is named', async () => {
    expect(await first(dir, {})).toMatchObject({ id: '7', reply: 'The answer is B.' });
    const test = await first(dir, { split: 'test' });
    expect(test).toMatchObject({ id: '9', kinds: ['text'], extra: { grade: 'grade9' } });
    expect(test.set.length).toBe(1);
    expect(test.set.describe.split).toBe('test');
  });

  it('has the answer for a rationale where a problem has none', async () => {
    expect(await first(dir, { split: 'test', form: 'QCM-LE' })).toMatchObject({ reply: 'The answer is A.' });
    expect(await first(join(dir, 'train.parquet'), { form: 'QCM-LE' }, 1)).toMatchObject({ kinds: ['text'], reply: 'The answer is A.' });
  });

  it('names what is wrong', async () => {
    await expect(first(dir, { split: 'tets' })).rejects.toMatchObject({ code: 'data.read', hint: 'Did you mean test?' });
    await expect(first(dir, { split: 'val' })).rejects.toMatchObject({ code: 'data.read' });
    await expect(first(dir, { split: 'odd' })).rejects.toMatchObject({ code: 'data.row', expected: '0 to 1', got: '5' });
    await expect(first(dir, { split: 'odd' }, 1)).rejects.toMatchObject({ code: 'data.row', got: '12' });
    const other = join(dir, 'other.json');
    await writeFile(other, JSON.stringify([{ question: 'What?', answer: 'This.' }]));
    await expect(first(other, { form: 'QCM-LE' as ScienceForm })).rejects.toMatchObject({
      code: 'data.row',
      hint: expect.stringContaining('ScienceQA alone'),
    });
  });
});
