// LLaVA-Bench, MMHal-Bench, GAVIE, OwlEval and Video-ChatGPT with a scripted judge; questions of one's own under every rule.

import { describe, expect, test } from 'vitest';
import { mediaParts } from '../../text/index.js';
import type { Judge } from '../judge.js';
import { boxesIn, iou, matchBoxes } from '../metrics/boxes.js';
import { folder, resultOf, rowsOf, valuesOf } from './files-testing.js';
import { gavie } from './gavie.js';
import { llavaBench } from './llava-bench.js';
import { mmhalBench } from './mmhal-bench.js';
import { owlEval } from './owl-eval.js';
import { own } from './own.js';
import { videoChatGpt } from './video-chatgpt.js';

const files = folder();
const judge = (verdict: (prompt: string, n: number) => string): Judge => {
  let n = 0;
  return { name: 'scripted', replies: async (prompts) => prompts.map((prompt) => verdict(prompt, n++)) };
};

describe('LLaVA-Bench', () => {
  const questions = [
    { question_id: 0, image: '1.jpg', text: 'What is it?', category: 'conv' },
    { question_id: 1, image: '1.jpg', text: 'Why?', category: 'complex' },
  ];
  const context = [{ id: 0, image: '1.jpg', caption: 'A cup on a table.' }];
  const answers = [
    { question_id: 0, text: 'It is a cup.' },
    { question_id: 1, text: 'To drink.' },
  ];
  const write = async (list = answers) => [
    await files.write('lb/questions.jsonl', questions),
    await files.write('lb/context.jsonl', context),
    await files.write('lb/answers.jsonl', list),
  ];

  test('both orders of each pair, relative score, orders that turn a verdict, unreadable verdicts', async () => {
    await files.images('lb/1.jpg');
    const data = await write();
    const prompts: string[] = [];
    // The judge prefers the first answer to "What", and is fair to "Why" but unreadable once.
    const scripted = judge((prompt) => {
      prompts.push(prompt);
      if (prompt.includes('Question: What')) return '9 6\nThe first is better.';
      return prompt.indexOf('To drink.') < prompt.indexOf('because') ? '8 4' : 'Both are fine.';
    });
    const result = await resultOf(llavaBench, { data }, (q) => (q === 'What is it?' ? 'a mug' : 'because'), { judge: scripted });
    const value = valuesOf(result);
    expect(prompts).toHaveLength(4);
    expect(prompts.every((prompt) => prompt.includes('A cup on a table.'))).toBe(true);
    expect(prompts[0]?.indexOf('It is a cup.')).toBeLessThan(prompts[0]?.indexOf('a mug') ?? 0);
    // References 9 and 6, and 8; replies 6 and 9, and 4: one rating a row.
    expect(value['relative score']).toBeCloseTo((100 * (7.5 + 4)) / (7.5 + 8));
    expect(result.scores.model?.[0]?.n).toBe(2);
    expect(value['relative score, complex']).toBeCloseTo(50);
    expect(value['verdicts that the order turns']).toBe(1);
    expect(value['unreadable verdicts']).toBe(0.25);
    expect(value.unparsed).toBe(0);
  });

  test('a judge is needed, and all three files', async () => {
    const data = await write();
    await expect(resultOf(llavaBench, { data }, () => 'x')).rejects.toMatchObject({ code: 'evaluate.judge', place: 'llava-bench' });
    await expect(rowsOf(llavaBench({ data: data.slice(0, 2) }))).rejects.toMatchObject({ code: 'evaluate.row', got: 'no answers' });
    const odd = await files.write('lb/odd.json', [7]);
    await expect(rowsOf(llavaBench({ data: [odd] }))).rejects.toMatchObject({ code: 'evaluate.row', place: `${odd}, line 1` });
    await expect(rowsOf(llavaBench({ data: await write(answers.slice(1)) }))).rejects.toMatchObject({
      code: 'evaluate.row',
      got: 'no answer to 0',
    });
  });
});

test('MMHal-Bench: rating, hallucination rate, repeats', async () => {
  const row = (question_type: string, question: string) => ({
    question_type,
    question_topic: 'x',
    image_id: 'f00',
    image_src: 'https://example.org/a/pic.jpg',
    image_content: ['Cup', 'Table'],
    question,
    gt_answer: 'Two.',
    model_answer: '',
  });
  await files.images('mm/pic.jpg');
  const data = [await files.write('mm/response_template.json', [row('counting', 'How many?'), row('attribute', 'Which color?')])];
  const scripted = judge((prompt, n) => {
    expect(prompt).toContain('Cup, Table');
    return prompt.includes('How many') ? `Rating: ${n < 2 ? 5 : 6}` : 'Rating: 2';
  });
  const value = valuesOf(await resultOf(mmhalBench, { data }, () => 'three', { judge: scripted, judgeRepeats: 2 }));
  expect(value).toMatchObject({
    rating: (5.5 + 2) / 2,
    'hallucination rate': 0.5,
    'repeated verdicts that agree': 0.5,
    'unreadable verdicts': 0,
    'rating, counting': 5.5,
  });
});

test('GAVIE: two numbers, regions in the prompt', async () => {
  await files.images('g/12.jpg');
  const data = [
    await files.write('g/evaluation_set.json', [{ image_id: '12', instruction: 'Describe the cup.' }]),
    await files.write('g/vg_annotation.json', { '12': [{ caption: 'a blue cup', bbox: [1, 2, 3, 4] }] }),
  ];
  const scripted = judge((prompt) => (prompt.includes('a blue cup: x 1, y 2, width 3, height 4') ? 'Relevancy: 9\nAccuracy: 4' : 'lost'));
  expect(valuesOf(await resultOf(gavie, { data }, () => 'A red cup.', { judge: scripted }))).toMatchObject({
    accuracy: 4,
    relevancy: 9,
    'unreadable verdicts': 0,
  });
  await expect(rowsOf(gavie({ data: data.slice(0, 1) }))).rejects.toMatchObject({ code: 'evaluate.row' });
  const other = await files.write('g/evaluation_set.json', [{ image_id: '13', instruction: 'x' }]);
  await expect(rowsOf(gavie({ data: [other, data[1] as string] }))).rejects.toMatchObject({
    code: 'evaluate.row',
    got: 'none of image 13',
  });
});

test('OwlEval: levels', async () => {
  await files.images('o/1.jpg');
  const data = [
    await files.write(
      'o/questions.jsonl',
      ['a', 'b', 'c'].map((question, question_id) => ({ image: '1.jpg', question_id, question })),
    ),
  ];
  const scripted = judge((prompt) =>
    /Question: a/.test(prompt) ? 'Good.\nLevel: A' : /Question: b/.test(prompt) ? '**Level: C**' : 'fine',
  );
  expect(valuesOf(await resultOf(owlEval, { data }, () => 'x', { judge: scripted }))).toMatchObject({
    'level A or B': 0.5,
    'level A': 0.5,
    'level C': 0.5,
    'level D': 0,
    'unreadable verdicts': expect.closeTo(1 / 3),
  });
});

test('Video-ChatGPT: five axes and zero-shot answers', async () => {
  await files.images('v/one.mp4');
  const open = (name: string, row: object) => files.write(`v/${name}`, [{ A: 'A man cooks.', video_name: 'one', ...row }]);
  const data = [
    await open('generic_qa.json', { Q: 'What happens?' }),
    await open('temporal_qa.json', { Q: 'In which order?' }),
    await open('consistency_qa.json', { Q1: 'Who is it?', Q2: 'Which person?' }),
    await files.write('v/msvd.json', [{ question: 'what is he doing', answer: 'cooking', video_name: 'one' }]),
  ];
  const scripted = judge((prompt) =>
    /Match:/.test(prompt)
      ? 'Match: yes\nScore: 4'
      : /Which person/.test(prompt)
        ? 'Score: 1'
        : /Detail/.test(prompt)
          ? 'Score: 2'
          : 'Score: 5',
  );
  const value = valuesOf(await resultOf(videoChatGpt, { data }, () => 'He cooks.', { judge: scripted }));
  expect(value).toMatchObject({
    correctness: 5,
    detail: 2,
    context: 5,
    temporal: 5,
    consistency: 1,
    'zero-shot accuracy': 1,
    'zero-shot score': 4,
  });
  const [row] = await rowsOf(videoChatGpt({ data }));
  expect(mediaParts(row?.messages ?? [])[0]).toEqual({ type: 'video', source: files.path('v/one.mp4') });
  const lost = await files.write('v/lost_qa.json', [{ Q: 'x', A: 'y', video_name: 'two' }]);
  await expect(rowsOf(videoChatGpt({ data: [lost] }))).rejects.toMatchObject({ code: 'evaluate.images' });
});

describe('questions of one’s own', () => {
  const rows = [
    { question: 'Say red', truth: ['red', 'scarlet'] },
    { question: 'Which?', options: ['cat', 'dog'], truth: 'dog', score: 'choice' },
    { question: 'How many cups?', truth: 3, score: 'number' },
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Is there a cup?' },
      ],
      image: 'x.png',
      truth: 'yes',
      score: 'yesno',
    },
    { question: 'As JSON', truth: { a: [1, null] }, score: 'json' },
    { question: 'Where?', truth: [[0, 0, 10, 10]], score: 'boxes' },
    { question: 'Tell', truth: 'a story', score: 'judge', most: 5 },
  ];
  const replies: Record<string, string> = {
    'Say red': 'Scarlet.',
    Which: 'B',
    'How many cups?': 'There are three cups.',
    'Is there a cup?': 'Yes',
    'As JSON': 'Here:\n```json\n{"a": [1, null]}\n```',
    Where: 'at [0, 0, 10, 5]',
    Tell: 'Once.',
  };
  const reply = (question: string) => Object.entries(replies).find(([start]) => question.startsWith(start))?.[1] ?? '';

  test('each rule scores its rows', async () => {
    await files.images('own/x.png');
    const data = [await files.write('own/mine.jsonl', rows)];
    const scripted = judge(() => 'Rating: 4');
    const result = await resultOf(own, { data }, reply, { judge: scripted, baselines: true });
    const value = valuesOf(result);
    expect(value).toMatchObject({
      'score, exact': 1,
      'score, choice': 1,
      'score, number': 1,
      'score, yesno': 1,
      'score, json': 1,
      'score, boxes': 0.5,
      'score, judge': expect.closeTo(0.8),
      unparsed: 0,
    });
    expect(value.score).toBeCloseTo((5 + 0.5 + 0.8) / 7);
    expect(valuesOf(result, 'silent').unparsed).toBeCloseTo(6 / 7); // the judge rates even silence
    expect(valuesOf(result, 'firstOption')['score, choice']).toBe(0);
    expect(valuesOf(result, 'truth')).toMatchObject({ 'score, choice': 1, 'score, number': 1, 'score, json': 1, 'score, boxes': 1 });
    const [, , , fourth] = await rowsOf(own({ data }));
    expect(fourth?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(mediaParts(fourth?.messages ?? [])[0]?.source).toBe(files.path('own/x.png'));
  });

  test('without a judged row no judge is needed', async () => {
    const data = [await files.write('own/plain.jsonl', rows.slice(0, 6))];
    expect(valuesOf(await resultOf(own, { data }, reply)).unparsed).toBe(0);
  });

  test.each([
    ['a rule that is not there', { question: 'q', truth: 'x', score: 'guess' }],
    ['a truth of another kind', { question: 'q', truth: 'three', score: 'number' }],
    ['no truth', { question: 'q' }],
    ['a choice that is not an option', { question: 'q', options: ['a', 'b'], truth: 'c', score: 'choice' }],
    ['options without the rule', { question: 'q', options: ['a', 'b'], truth: 'a' }],
    ['no question', { truth: 'x' }],
    ['messages that end with a reply', { messages: [{ role: 'assistant', content: 'x' }], truth: 'x' }],
  ])('%s is named with its line', async (_, row) => {
    const data = [await files.write('own/wrong.jsonl', [rows[0], row])];
    await expect(rowsOf(own({ data }))).rejects.toMatchObject({ code: 'evaluate.row', place: `${data[0]}, line 2` });
  });

  test('boxes', () => {
    expect([iou([0, 0, 10, 10], [5, 0, 15, 10]), iou([0, 0, 1, 1], [2, 2, 3, 3]), iou([0, 0, 0, 0], [0, 0, 0, 0])]).toEqual([
      expect.closeTo(1 / 3),
      0,
      0,
    ]);
    expect(boxesIn('[10, 10, 0, 0] and (1.5,2,3,4), [1,2,3]')).toEqual([
      [0, 0, 10, 10],
      [1.5, 2, 3, 4],
    ]);
    const [a, b] = [[0, 0, 10, 10] as const, [20, 0, 30, 10] as const];
    expect(matchBoxes([a, b], [b, a, a])).toEqual([1, 1]);
    expect(matchBoxes([a, b], [a])).toEqual([1, 0]);
  });
});
