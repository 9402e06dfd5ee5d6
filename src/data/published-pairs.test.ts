// Published data sets of preferences, in small files of ours: found by their columns, read as pairs, and what is wrong with a row named.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkData, conversations, detectFormat, mediaOf, rejectedReply } from './index.js';

let dir: string;
let png: string;
let count = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'published-pairs-'));
  const bytes = await sharp({ create: { width: 12, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  png = bytes.toString('base64');
  await writeFile(join(dir, 'a.png'), bytes);
});
afterAll(() => rm(dir, { recursive: true }));

async function file(rows: readonly object[]): Promise<string> {
  const path = join(dir, `${count++}.jsonl`);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

/** What training reads of each row: the question, how many images stand in it, and both replies. */
async function pairsIn(path: string, options: Parameters<typeof conversations>[1] = {}) {
  const set = await conversations(path, options).open();
  try {
    const out = [];
    for (let i = 0; i < set.length; i++) {
      const row = await set.get(i);
      const text = (content: unknown): string =>
        typeof content === 'string' ? content : (content as { text?: string }[]).map((part) => part.text ?? '').join('');
      const turns = row.messages.map(({ role, content }) => `${role}: ${text(content)}`);
      out.push({ turns, images: mediaOf(row).length, rejected: rejectedReply(row), extra: row.extra ?? {} });
    }
    return out;
  } finally {
    set.dispose();
  }
}

const rated = (helpful: string, faithful: string, ethical = '5') => ({
  Helpfulness: { Rating: helpful, Rationale: 'r' },
  'Visual Faithfulness': { Rating: faithful, Rationale: 'r' },
  'Ethical Considerations': { Rating: ethical, Rationale: 'r' },
});
const completion = (response: string, ...ratings: [string, string, string?]) => ({ model: 'm', response, annotations: rated(...ratings) });

const rlhfV = (text: object) => ({
  ds_name: 'RLHF-V',
  image: { bytes: png, path: '1.jpg' },
  text: JSON.stringify(text),
  origin_dataset: 'LCS-558K',
  origin_split: JSON.stringify({ model: 'Muffin', type: 'detailed_description' }),
  idx: 7,
  image_path: 'images/1.jpg',
});
const safe = (better: number, safer: number) => ({
  prompt: 'How?',
  response_0: 'so',
  response_1: 'not so',
  is_response_0_safe: false,
  is_response_1_safe: true,
  better_response_id: better,
  safer_response_id: safer,
});
const llava = (preference: number) => ({
  id: 'x',
  image: 'a.png',
  conversations: [
    { from: 'human', value: '<image>\nWhat is it?' },
    { from: 'gpt', value: 'old' },
  ],
  output_1: { from: 'llava', value: 'a dog' },
  output_2: { from: 'llava', value: 'a cat' },
  hallucination: false,
  preference,
});

describe('published preferences', () => {
  it('RLHF-V: question and replies in one text, the image embedded', async () => {
    const path = await file([rlhfV({ question: 'Describe.', chosen: 'A red cat.', rejected: 'A blue cat.' })]);
    expect((await detectFormat(path)).format.name).toBe('preferences');
    expect(await pairsIn(path)).toEqual([
      {
        turns: ['user: Describe.', 'assistant: A red cat.'],
        images: 1,
        rejected: 'A blue cat.',
        extra: {
          ...{ ds_name: 'RLHF-V', origin_dataset: 'LCS-558K', rejected: 'A blue cat.' },
          origin_split: { model: 'Muffin', type: 'detailed_description' },
        },
      },
    ]);
  });

  it.each([
    [undefined, 'both good', 'bad'],
    ['helpful', 'helpful', 'both good'],
    ['faithful', 'both good', 'helpful'],
  ])('VLFeedback: the best completion against the worst, by axis %s', async (axis, chosen, rejected) => {
    const list = [completion('helpful', '5', '1'), completion('both good', '4', '5'), completion('bad', '4', '1', '1')];
    if (axis === 'helpful') list.pop();
    const columns = { model: list.map(() => 'm'), response: list.map((c) => c.response), annotations: list.map((c) => c.annotations) };
    const base = { id: 'v', prompt: 'What?', img_path: 'a.png', models: ['m', 'm'] };
    for (const completions of [list, columns]) {
      const [pair] = await pairsIn(await file([{ ...base, completions }]), { axis });
      expect(pair).toMatchObject({ turns: ['user: What?', `assistant: ${chosen}`], images: 1, rejected });
    }
  });

  it('LLaVA-RLHF: the outputs in place of the last reply', async () => {
    const [first, second] = await pairsIn(await file([llava(1), llava(2)]));
    expect(first).toMatchObject({ turns: ['user: What is it?', 'assistant: a dog'], images: 1, rejected: 'a cat' });
    expect(second).toMatchObject({ turns: ['user: What is it?', 'assistant: a cat'], rejected: 'a dog' });
  });

  it('Anthropic HH: the turns that both transcripts have are the prompt', async () => {
    const shared = '\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: How?\n\nAssistant:';
    const [pair] = await pairsIn(await file([{ chosen: `${shared} Like this.`, rejected: `${shared} No.\n\nReally.` }]));
    expect(pair?.turns).toEqual(['user: Hi', 'assistant: Hello', 'user: How?', 'assistant: Like this.']);
    expect(pair?.rejected).toBe('No.\n\nReally.');
  });

  it.each([
    [undefined, 'so', 'not so'],
    ['helpful', 'so', 'not so'],
    ['safe', 'not so', 'so'],
  ])('PKU-SafeRLHF: by axis %s', async (axis, chosen, rejected) => {
    const [pair] = await pairsIn(await file([safe(0, 1)]), { axis });
    expect(pair).toMatchObject({ turns: ['user: How?', `assistant: ${chosen}`], rejected });
  });

  it('TRL: plain and conversational, with images', async () => {
    const user = [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'What?' }] }];
    const rows = [
      { prompt: 'What?', chosen: 'a cat', rejected: 'a dog', images: ['a.png'] },
      {
        prompt: user,
        chosen: [{ role: 'assistant', content: 'a cat' }],
        rejected: [{ role: 'assistant', content: 'a dog' }],
        images: ['a.png'],
      },
    ];
    for (const pair of await pairsIn(await file(rows)))
      expect(pair).toMatchObject({ turns: ['user: What?', 'assistant: a cat'], images: 1, rejected: 'a dog' });
    const [single] = await pairsIn(await file([{ prompt: 'What?', completion: 'a cat', label: true }]));
    expect(single).toMatchObject({ rejected: undefined, extra: { label: true } });
  });

  it('Fact-RLHF: captions of the images beside the rows', async () => {
    const captions = join(dir, 'captions.json');
    await writeFile(captions, JSON.stringify({ 'a.png': ['a red picture', 'red'] }));
    const row = { id: 1, image: 'a.png', conversations: llava(1).conversations, caption_type: 1, length_bonus: 1.5 };
    const [found] = await pairsIn(await file([row]), { captions });
    expect(found?.extra).toEqual({ captions: ['a red picture', 'red'], caption_type: 1, length_bonus: 1.5 });
    await writeFile(captions, JSON.stringify({ 'b.png': ['another'] }));
    await expect(pairsIn(await file([row]), { captions })).rejects.toMatchObject({ code: 'data.row', key: 'captions' });
    await writeFile(captions, JSON.stringify(['no map']));
    await expect(pairsIn(await file([row]), { captions })).rejects.toMatchObject({ code: 'data.read' });
  });
});

describe('rows of preferences that cannot be used', () => {
  it.each<[string, object, string, string, string?]>([
    ['equal replies', { prompt: 'a', chosen: 'b', rejected: 'b' }, 'data.same', 'rejected'],
    ['equal replies of RLHF-V', rlhfV({ question: 'a', chosen: 'b', rejected: 'b' }), 'data.same', 'rejected'],
    ['no preference (LLaVA-RLHF)', llava(0), 'data.row', 'preference'],
    ['no preference (PKU-SafeRLHF)', safe(0, -1), 'data.row', 'safer_response_id', 'safe'],
    [
      'equal ratings',
      { prompt: 'a', img_path: 'a.png', completions: [completion('x', '4', '4'), completion('y', '4', '4')] },
      'data.row',
      'completions',
    ],
    [
      'ratings that are not there',
      { prompt: 'a', img_path: 'a.png', completions: [completion('x', 'N/A', '4'), completion('y', '4', '4')] },
      'data.row',
      'completions',
    ],
    ['an axis of another data set', safe(0, 1), 'data.row', 'axis', 'faithful'],
    ['an axis of no data set', safe(0, 1), 'data.row', 'axis', 'nice'],
    ['an axis where there is none', { prompt: 'a', chosen: 'b', rejected: 'c' }, 'data.row', 'axis', 'safe'],
    [
      'transcripts that part early',
      { chosen: '\n\nHuman: a\n\nAssistant: b', rejected: '\n\nHuman: c\n\nAssistant: d' },
      'data.row',
      'rejected',
    ],
    ['a missing image', { ...llava(1), image: 'gone.png' }, 'data.row', 'image'],
  ])('%s', async (_, row, code, key, axis) => {
    await expect(pairsIn(await file([row]), { axis })).rejects.toMatchObject({ code, key });
  });

  it('are counted and named by an inspection', async () => {
    const path = await file([safe(0, 1), { ...safe(0, 1), response_1: 'so' }, safe(9, 1)]);
    const found = await checkData(path);
    expect(found).toMatchObject({ format: 'preferences', samples: 1, badRows: 2 });
    expect(found.bad.map(({ row, key }) => [row, key])).toEqual([
      [1, 'rejected'],
      [2, 'better_response_id'],
    ]);
  });
});
