// MME, MMBench, ScienceQA, HallusionBench and MMMU over small files in their official forms: rows, scores by hand, faults.

import { mkdir, rm } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { mediaParts } from '../../text/index.js';
import { questionOf } from '../benchmark.js';
import { optionsToRank } from '../choice-scores.js';
import { pythonList } from '../python-list.js';
import { folder, png, resultOf, rowsOf, valuesOf } from './files-testing.js';
import { hallusionBench } from './hallusion-bench.js';
import { mmbench, mmbenchCn } from './mmbench.js';
import { mme, parseMme } from './mme.js';
import { mmmu } from './mmmu.js';
import { scienceQa } from './science-qa.js';

const files = folder();

describe('MME', () => {
  const task = async (name: string, stems: string[], apart = false) => {
    for (const stem of stems) {
      const [text, image] = apart
        ? [`${name}/questions_answers_YN/${stem}.txt`, `${name}/images/${stem}.png`]
        : [`${name}/${stem}.txt`, `${name}/${stem}.png`];
      await files.write(
        `mme/${text}`,
        `Is there a ${stem} here? Please answer yes or no.\tYes\r\nIs there a unicorn ${stem} here? Please answer yes or no.\tNo\n`,
      );
      await files.images(`mme/${image}`);
    }
  };

  test('accuracy, both right and their sums, from both layouts', async () => {
    await task('existence', ['dog', 'cat', 'cup', 'box']);
    await task('OCR', ['sign', 'shop'], true);
    await task('code_reasoning', ['loop', 'list']);
    // Everything right but for one question of existence and both of one OCR image.
    const reply = (question: string): string => {
      const unicorn = question.includes('unicorn');
      if (/unicorn dog/.test(question)) return 'Yes.';
      if (/shop/.test(question)) return unicorn ? 'yes' : 'There is none.';
      return unicorn ? "No, there isn't." : 'Yes';
    };
    const result = await resultOf(mme, { data: [files.path('mme')] }, reply, { baselines: true });
    const value = valuesOf(result);
    expect(result.n).toBe(16);
    expect([value['accuracy, existence'], value['accuracy+, existence'], value['score, existence']]).toEqual([
      7 / 8,
      3 / 4,
      expect.closeTo(162.5),
    ]);
    expect([value['accuracy, OCR'], value['accuracy+, OCR']]).toEqual([1 / 2, 1 / 2]);
    expect(value.perception).toBeCloseTo(162.5 + 100);
    expect(value.cognition).toBeCloseTo(200);
    expect(value['hallucination subset']).toBeCloseTo(162.5);
    expect(value.unparsed).toBe(0);
    expect(value['perception by the official parser']).toBeCloseTo(262.5); // "There is none." is neither, and so wrong too
    expect(valuesOf(result, 'alwaysYes').perception).toBeCloseTo(50 + 50);
    expect(valuesOf(result, 'silent')).toMatchObject({ perception: 0, unparsed: 1 });
    const perception = result.scores.model?.[0];
    expect(perception?.note).toBe('0 to 400: 2 of 10 tasks');
    expect(perception?.low).toBeLessThan(perception?.value ?? 0);
    expect(result.scores.model?.find(({ name }) => name === 'score, code_reasoning')?.low).toBeLessThan(150);
  });

  test('pairs are drawn as pairs; one task by itself', async () => {
    const rows = await rowsOf(mme({ data: [files.path('mme/existence')] }), { n: 2, seed: 1 });
    expect(rows.map(({ group }) => group)).toHaveLength(4);
    expect(new Set(rows.map(({ group }) => group)).size).toBe(2);
    expect(mediaParts(rows[0]?.messages ?? [])[0]?.source).toMatch(/\.png$/);
  });

  test('the official parser reads four characters', () => {
    expect(['Yes', 'no.', ' NO', 'nope', 'The answer is yes', ''].map(parseMme)).toEqual(['yes', 'no', 'no', 'no', 'unknown', 'unknown']);
  });

  test('wrong folders, lines and images are named', async () => {
    await mkdir(files.path('empty'), { recursive: true });
    await expect(rowsOf(mme({ data: [files.path('empty')] }))).rejects.toMatchObject({ code: 'evaluate.row', place: files.path('empty') });
    const wrong = await files.write('wrong/count/a.txt', 'Are there two?\tYes\n');
    await expect(rowsOf(mme({ data: [files.path('wrong')] }))).rejects.toMatchObject({
      code: 'evaluate.row',
      place: wrong,
      got: '1 lines',
    });
    await files.write('wrong/count/a.txt', 'Are there two?\tYes\nAre there three? No\n');
    await expect(rowsOf(mme({ data: [files.path('wrong')] }))).rejects.toMatchObject({ place: `${wrong}, line 2` });
    await files.write('wrong/count/a.txt', 'Are there two?\tYes\nAre there three?\tNo\n');
    await expect(rowsOf(mme({ data: [files.path('wrong')] }))).rejects.toMatchObject({ code: 'evaluate.images' });
    await rm(files.path('wrong'), { recursive: true });
  });
});

describe('MMBench', () => {
  const image = Buffer.from(png()).toString('base64');
  const head = 'index\tquestion\thint\tA\tB\tC\tD\tanswer\tcategory\timage\tl2-category';
  const table = (...rows: (string | number)[][]): string => [head, ...rows.map((row) => row.join('\t'))].join('\n');
  const first = [1, 'What is it?', 'It barks.', 'a cat', 'a dog', '', '', 'B', 'object', image, 'coarse'];
  const second = [2, 'Which color?', '', 'red', 'blue', 'green', 'black', 'D', 'color', '1', 'fine'];

  test('every rotation is asked, and the right letter moves along', async () => {
    const data = [await files.write('mmbench.tsv', table(first, second))];
    const rows = await rowsOf(mmbench({ data }));
    expect(rows.map(({ truth }) => truth).join('')).toBe('BADCBA');
    expect(rows.map(({ options }) => options[0])).toEqual(['a cat', 'a dog', 'red', 'blue', 'green', 'black']);
    expect(questionOf(rows[0]?.messages ?? [])).toBe(
      'Hint: It barks.\nQuestion: What is it?\nOptions:\nA. a cat\nB. a dog\nPlease select the correct answer from the options above.',
    );
    expect(mediaParts(rows[2]?.messages ?? [])[0]?.source).toEqual(mediaParts(rows[0]?.messages ?? [])[0]?.source); // shared by index
    const drawn = await rowsOf(mmbench({ data }), { n: 1 });
    expect(drawn).toHaveLength(6);
  });

  test('circular accuracy needs all rotations; vanilla only the first', async () => {
    const data = [await files.write('mmbench.tsv', table(first, second))];
    const always = valuesOf(await resultOf(mmbench, { data }, () => 'B'));
    expect([always['vanilla accuracy'], always['circular accuracy'], always['vanilla accuracy, coarse']]).toEqual([0.5, 0, 1]);
    const sure = await resultOf(mmbench, { data }, (question) => (question.includes('dog') ? 'It is a dog.' : 'I think it is black'), {
      baselines: true,
    });
    expect(valuesOf(sure)).toMatchObject({ 'circular accuracy': 1, 'vanilla accuracy': 1, unparsed: 0 });
    expect(valuesOf(sure, 'silent')).toMatchObject({
      'circular accuracy': 0,
      unparsed: 1,
      'vanilla accuracy with a guess': expect.closeTo((1 / 2 + 1 / 4) / 2),
    });
    expect(valuesOf(sure, 'firstOption')['circular accuracy']).toBe(0);
    const [row] = await rowsOf(mmbench({ data }));
    expect(row && optionsToRank({ ...row, reply: 'hm' })).toEqual(['a cat', 'a dog']);
  });

  test('Chinese files are asked in Chinese, and each language by its own name', async () => {
    const data = [await files.write('cn.tsv', table([1, '这是什么？', '', '猫', '狗', '', '', 'B', '物体', image, '粗']))];
    const [row] = await rowsOf(mmbenchCn({ data }));
    expect(questionOf(row?.messages ?? [])).toBe('问题：这是什么？\n选项：\nA. 猫\nB. 狗\n请直接选择正确选项的字母。');
    await expect(rowsOf(mmbench({ data }))).rejects.toMatchObject({ code: 'evaluate.row', expected: 'questions in English' });
  });

  test.each([
    ['no answer', [...first.slice(0, 7), '', ...first.slice(8)], 'answer'],
    ['an answer that is not an option', [...first.slice(0, 7), 'C', ...first.slice(8)], 'answer'],
    ['an image that is not one', [...first.slice(0, 9), 'aGVsbG8gd29ybGQh', 'x'], 'base64'],
    ['an index of an image that is not there', [...first.slice(0, 9), '77', 'x'], 'index'],
    ['no question', [1, '', ...first.slice(2)], 'question'],
  ])('%s is named with its line', async (_, row, word) => {
    const data = [await files.write('bad.tsv', table(first, [9, ...row.slice(1)]))];
    await expect(rowsOf(mmbench({ data }))).rejects.toMatchObject({
      code: 'evaluate.row',
      place: `${data[0]}, line 3`,
      message: expect.stringContaining(word),
    });
  });

  test('an index that comes twice', async () => {
    const data = [await files.write('twice.tsv', table(first, first))];
    await expect(rowsOf(mmbench({ data }))).rejects.toMatchObject({ code: 'evaluate.row', expected: 'each id once' });
  });
});

describe('ScienceQA', () => {
  const problem = {
    question: 'Which is an animal?',
    choices: ['a dog', 'a rock'],
    answer: 0,
    hint: '',
    image: null,
    grade: 'grade2',
    subject: 'natural science',
    lecture: '',
    solution: '',
    split: 'test',
  };
  const problems = {
    '1': problem,
    '2': {
      ...problem,
      image: 'image.png',
      grade: 'grade8',
      subject: 'social science',
      answer: 1,
      lecture: 'Rocks are things.',
      solution: 'A rock is not alive.',
    },
    '3': { ...problem, hint: 'Dogs eat.', subject: 'language science', grade: 'grade7' },
    '4': { ...problem, split: 'train' },
  };

  test('by subject, context and grade; a wrong form costs the published pattern only', async () => {
    await files.images('science/images/test/2/image.png');
    const data = [await files.write('science/problems.json', problems)];
    const replies = ['Because dogs live. The answer is A.', 'Rocks are things. A rock is not alive. The answer is B.', '**B**'];
    const result = await resultOf(scienceQa, { data }, (_, i) => replies[i % 3] as string, { baselines: true });
    const value = valuesOf(result);
    expect([value.accuracy, value['accuracy by the published pattern']]).toEqual([expect.closeTo(2 / 3), expect.closeTo(2 / 3)]);
    expect([
      value['accuracy, natural science'],
      value['accuracy, language science'],
      value['accuracy, image context'],
      value['accuracy, text context'],
      value['accuracy, no context'],
    ]).toEqual([1, 0, 1, 0, 1]);
    expect([value['accuracy, grades 1-6'], value['accuracy, grades 7-12']]).toEqual([1, 0.5]);
    expect(value['rationale ROUGE-L']).toBeGreaterThan(0.7);
    expect(valuesOf(result, 'firstOption').accuracy).toBeCloseTo(2 / 3);
    const [, second] = await rowsOf(scienceQa({ data }));
    expect(second && mediaParts(second.messages)).toHaveLength(1);
  });

  test('the list of a splits file is asked', async () => {
    const data = [
      await files.write('science/problems.json', problems),
      await files.write('science/pid_splits.json', { train: ['1'], test: ['3'] }),
    ];
    expect((await rowsOf(scienceQa({ data }))).map(({ id }) => id)).toEqual(['3']);
    await files.write('science/pid_splits.json', { train: ['1'] });
    await expect(rowsOf(scienceQa({ data }))).rejects.toMatchObject({ code: 'evaluate.row', place: data[1] });
  });

  test('a wrong problem is named by its id', async () => {
    const data = [await files.write('science/wrong.json', { '7': { ...problem, answer: 2 } })];
    await expect(rowsOf(scienceQa({ data }))).rejects.toMatchObject({ code: 'evaluate.row', place: `${data[0]}, "7"` });
    await files.write('science/wrong.json', { '7': { ...problem, choices: 'a' } });
    await expect(rowsOf(scienceQa({ data }))).rejects.toMatchObject({ got: expect.stringContaining('choices') });
  });
});

describe('HallusionBench', () => {
  const entry = (category: string, figure: number, question: number, answer: number) => ({
    category,
    subcategory: 'chart',
    visual_input: category === 'VS' && figure === 0 ? '0' : figure === 0 ? '1' : '2',
    set_id: '0',
    figure_id: String(figure),
    question_id: String(question),
    question: `${category} figure ${figure} question ${question}: Is it so?`,
    gt_answer: String(answer),
    filename: category === 'VS' && figure === 0 ? null : `./hallusion_bench/${category}_${figure}.png`,
  });

  test('questions, pairs and figures', async () => {
    await files.images('h/hallusion_bench/VD_0.png', 'h/hallusion_bench/VD_1.png', 'h/hallusion_bench/VS_1.png');
    const rows = [
      entry('VD', 0, 0, 1),
      entry('VD', 0, 1, 1),
      entry('VD', 1, 0, 0),
      entry('VD', 1, 1, 0),
      entry('VS', 0, 0, 1),
      entry('VS', 1, 0, 1),
    ];
    const data = [await files.write('h/HallusionBench.json', rows)];
    // Yes to all of VD; undecided without a figure, which counts as right there; unreadable about VS figure 1.
    const value = valuesOf(await resultOf(hallusionBench, { data }, (question) => (question.startsWith('VD') ? 'Yes.' : 'I cannot tell.')));
    expect(value.accuracy).toBeCloseTo(3 / 6);
    expect(value['question pair accuracy']).toBe(0);
    expect(value['figure accuracy']).toBeCloseTo(1 / 3); // VD figure 0 of VD 0, VD 1, VS 1
    expect(value['question pair accuracy, original figures']).toBe(1);
    expect([value.unparsed, value['yes ratio'], value['accuracy, VD']]).toEqual([expect.closeTo(2 / 6), expect.closeTo(4 / 6), 0.5]);
    const [, , , , blind] = await rowsOf(hallusionBench({ data }));
    expect(blind && mediaParts(blind.messages)).toHaveLength(0);
    const perfect = valuesOf(await resultOf(hallusionBench, { data }, (q) => (/VD figure 1/.test(q) ? 'No' : 'Yes')));
    expect([perfect['question pair accuracy'], perfect['figure accuracy']]).toEqual([1, 1]);
  });

  test('a wrong row and a row that comes twice', async () => {
    const data = [await files.write('h/wrong.json', [{ ...entry('VD', 0, 0, 1), gt_answer: '2' }])];
    await expect(rowsOf(hallusionBench({ data }))).rejects.toMatchObject({
      code: 'evaluate.row',
      got: expect.stringContaining('gt_answer'),
    });
    await files.write('h/wrong.json', [entry('VS', 0, 0, 1), entry('VS', 0, 0, 1)]);
    await expect(rowsOf(hallusionBench({ data }))).rejects.toMatchObject({ expected: 'each id once' });
  });
});

describe('MMMU', () => {
  const base = { options: "['a cat', \"a dog's\", '7']", question_type: 'multiple-choice', answer: 'B' };
  const rows = [
    { id: 'validation_Art_1', question: '<image 1> and <image 2>: is <image 1> nice?', ...base, image_1: 'a.png', image_2: 'b.png' },
    { id: 'validation_Math_2', question: 'How much?', options: '[]', question_type: 'open', answer: "['3.14', 'pi']" },
  ];

  test('options and open answers, with and without a guess, by subject', async () => {
    await files.images('mmmu/a.png', 'mmmu/b.png');
    const data = [await files.write('mmmu/rows.jsonl', rows)];
    const [first] = await rowsOf(mmmu({ data }));
    expect(first?.options).toEqual(['a cat', "a dog's", '7']);
    expect(first && mediaParts(first.messages).map(({ source }) => source)).toEqual([files.path('mmmu/a.png'), files.path('mmmu/b.png')]);
    expect(questionOf(first?.messages ?? [])).toContain('is \n<image 1>');
    const value = valuesOf(await resultOf(mmmu, { data }, (q) => (q.startsWith('How') ? 'So it is about 3.1415.' : 'Hm.')));
    expect([
      value.accuracy,
      value['accuracy, Math'],
      value['accuracy, Art'],
      value['accuracy with a guess, questions with options'],
      value.unparsed,
    ]).toEqual([0.5, 1, 0, expect.closeTo(1 / 3), 1]);
  });

  test('parquet with bytes of images', async () => {
    const column = (name: string, data: unknown[], type = 'STRING') => ({ name, data, type });
    const columnData = [
      column('id', ['validation_Art_1']),
      column('question', ['What is in <image 1>?']),
      column('options', [base.options]),
      column('answer', ['A']),
      column('question_type', ['multiple-choice']),
      column('image_1', [png(3)], 'BYTE_ARRAY'),
    ];
    const data = [await files.write('mmmu/art.parquet', new Uint8Array(parquetWriteBuffer({ columnData: columnData as never })))];
    const [row] = await rowsOf(mmmu({ data }));
    expect(mediaParts(row?.messages ?? [])[0]?.source).toEqual(new Uint8Array(png(3)));
    expect(row?.truth).toBe('A');
  });

  test.each([
    ['an answer that is not an option', { ...rows[0], answer: 'D' }],
    ['no answer', { ...rows[1], answer: '?' }],
    ['an image that is not there', { ...rows[0], image_2: null }],
    ['an image that is not one', { ...rows[0], image_2: 7 }],
    ['options that are not a list', { ...rows[0], options: 'a, b' }],
  ])('%s', async (_, row) => {
    const data = [await files.write('mmmu/wrong.jsonl', [row])];
    await expect(rowsOf(mmmu({ data }))).rejects.toMatchObject({
      code: 'evaluate.row',
      place: expect.stringContaining(`${data[0]}, line 1`),
    });
  });

  test('lists in Python’s notation', () => {
    expect(pythonList(`['a', "b's", 'c\\'d', 'é\\u00e9\\n', 1.5, -2]`)).toEqual(['a', "b's", "c'd", 'éé\n', '1.5', '-2']);
    expect(pythonList('[]')).toEqual([]);
    expect([pythonList('a'), pythonList("['a' 'b']"), pythonList('[__import__("os")]'), pythonList('["a]')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
