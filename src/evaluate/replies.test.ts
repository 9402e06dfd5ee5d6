// Labelled replies: what the parsers of yes/no, choices, numbers and answers read in them.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATEGORIES, TINTS, WORDS } from '../world/index.js';
import { existenceQuestion, yesNo } from '../world/questions.js';
import { choiceAccuracy, parseChoice } from './choice.js';
import { exactMatch, vqaConsensus } from './metrics/vqa.js';
import { normalizeAnswer } from './metrics/vqa-normalize.js';
import { normalizeAnswerOfficial, vqaConsensusOfficial } from './metrics/vqa-official.js';
import { parseNumber } from './numbers.js';
import { topicOf } from './question.js';
import { parseRobust, type Verdict } from './yes-no.js';

type Row =
  | { kind: 'yes-no'; question: string; reply: string; label: Verdict; bare?: Verdict | null }
  | { kind: 'choice'; options: string[]; reply: string; label: string }
  | { kind: 'number'; question?: string; reply: string; label: number | null }
  | { kind: 'exact'; reply: string; truth: string; label: boolean };

const golden = (name: string): string => readFileSync(new URL(`../../test/golden/evaluate-${name}`, import.meta.url), 'utf8');
const rows = (name: string): Row[] =>
  golden(`${name}.jsonl`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

function read(row: Row): unknown {
  if (row.kind === 'yes-no') return parseRobust(row.reply, row.question);
  if (row.kind === 'choice') return parseChoice(row.reply, row.options);
  if (row.kind === 'number') return parseNumber(row.reply, row.question) ?? null;
  return exactMatch(row.reply, row.truth);
}

describe('labelled replies', () => {
  test.each(['replies', 'replies-held-out', 'replies-fresh', 'replies-reports'])('%s', (name) => {
    const wrong = rows(name).flatMap((row) => (read(row) === row.label ? [] : [{ ...row, read: read(row) }]));
    expect(wrong).toEqual([]);
  });
  test('the bench: all that was mended on, and 0.97 of every fifth, which was held out', () => {
    const right = rows('replies-bench').map((row) => read(row) === row.label);
    const heldOut = right.filter((_, i) => i % 5 === 4);
    expect(right.flatMap((ok, i) => (ok || i % 5 === 4 ? [] : [i]))).toEqual([]);
    expect(heldOut.filter(Boolean).length / heldOut.length).toBeGreaterThanOrEqual(0.97);
  });
  test('a set that was labelled before the parsers were mended, and never opened: what is read of it is the measure', () => {
    const right = rows('replies-unseen').filter((row) => read(row) === row.label);
    expect([right.length, rows('replies-unseen').length]).toEqual([148, 153]);
  });
  test('without the question, where a reader can tell', () => {
    const wrong = rows('replies-fresh').flatMap((row) => {
      if (row.kind !== 'yes-no' || row.bare === null) return [];
      const label = row.bare ?? row.label;
      return parseRobust(row.reply) === label ? [] : [[row.reply, label, parseRobust(row.reply)]];
    });
    expect(wrong).toEqual([]);
  });
  test('without the question an object that is there counts, a description does not', () => {
    const wrong = (
      [
        ['There is a dog.', 'yes'],
        ['There certainly is a dog.', 'yes'],
        ['I see a cat.', 'yes'],
        ['A dog can be seen on the left.', 'yes'],
        ['There is a cat, but no dog.', 'no'],
        ['I did not find a dog, but there are two sheep.', 'no'],
        ['Yes, it is a dog, not a cat.', 'yes'],
        ['I see a cat and a table.', 'unknown'],
        ['The image shows a kitchen.', 'unknown'],
        ['It is a cat.', 'unknown'],
        ['There are 0 dogs.', 'no'],
        ['There is hardly a dog.', 'no'],
        ['It is impossible to find any dog here.', 'no'],
        ['Without a doubt, yes.', 'yes'],
        ['No doubt: a dog is there.', 'yes'],
        ['No problem. Yes, there is.', 'yes'],
        ['Not only a dog, there are two of them.', 'yes'],
        ["I can't see a dog.", 'no'],
        ['The image lacks a dog.', 'no'],
        ['在图片中没有狗。', 'no'],
        ['对不起，没有狗', 'no'],
        ['没错，有一只狗', 'yes'],
        ['沒有', 'no'],
        ['無', 'no'],
        ['回答是：否', 'no'],
      ] as const
    ).flatMap(([reply, label]) => (parseRobust(reply) === label ? [] : [[reply, label, parseRobust(reply)]]));
    expect(wrong).toEqual([]);
  });
  test('what only seemed to be there, and what is only called by another name', () => {
    const wrong = (
      [
        ['It looks like a dog, but it is a puppy.', 'Is there a dog?', 'yes'],
        ['There appears to be a dog, but it is a bit blurry.', 'Is there a dog?', 'yes'],
        ['There appears to be a dog. It is a golden retriever.', 'Is there a dog?', 'yes'],
        ['There might be a dog. It is actually a cat.', 'Is there a dog?', 'no'],
        ['看起来有一只狗，但它是棕色的。', '图中有狗吗？', 'yes'],
        ['看起来有一只狗，其实是金毛犬', '图中有狗吗？', 'yes'],
        ['好像有一只狗，其实是狼', '图中有狗吗？', 'no'],
      ] as const
    ).flatMap(([reply, question, label]) => (parseRobust(reply, question) === label ? [] : [[reply, label, parseRobust(reply, question)]]));
    expect(wrong).toEqual([]);
  });
  test("the scene world's own answers, about every object", () => {
    CATEGORIES.forEach((category, i) => {
      for (const language of ['en', 'zh'] as const) {
        const question = existenceQuestion(i, language);
        expect(topicOf(question)).toBeDefined();
        for (const value of [true, false]) expect(parseRobust(yesNo(value, language), question)).toBe(value ? 'yes' : 'no');
      }
      const question = existenceQuestion(i, 'en');
      expect([question, parseRobust(`There is a ${category.en} in the image.`, question)]).toEqual([question, 'yes']);
      expect([question, parseRobust(`There is no ${category.en} in the image.`, question)]).toEqual([question, 'no']);
      expect([question, parseRobust(`No, there isn't a ${category.en}.`, question)]).toEqual([question, 'no']);
      const chinese = existenceQuestion(i, 'zh');
      expect([chinese, parseRobust(`图中有一个${category.zh}。`, chinese)]).toEqual([chinese, 'yes']);
      expect([chinese, parseRobust(`图中没有${category.zh}。`, chinese)]).toEqual([chinese, 'no']);
    });
  });
});

describe('scores of models that answer in the words of the world', () => {
  // Every reply of the shipped models is such a word: their scores are what comparing strings gives.
  test.each(['en', 'zh'] as const)('%s: two answers match exactly when they are one', (language) => {
    const answers = [...new Set([...CATEGORIES, ...TINTS].map((row) => row[language]).concat(WORDS, '1', '2', '3', '4', '5'))];
    const wrong = answers.flatMap((a) =>
      answers.filter((b) => exactMatch(a, b) !== (a.toLowerCase() === b.toLowerCase())).map((b) => [a, b]),
    );
    // "no" and 没有 are sign words and yes/no answers alike; they stay the same answer.
    expect(wrong).toEqual([]);
  });
});

test('a reply of any length is read from its beginning and its end', () => {
  for (const filler of ['\\boxed{', 'there is a cat, ', '一', 'the answer to ', 'no one ', 'what looks like a dog is '])
    for (const question of [undefined, 'Is there a dog?'])
      expect(['yes', 'no', 'unknown']).toContain(parseRobust(filler.repeat(20_000), question));
  expect(parseRobust(`${'Let me look. '.repeat(20_000)}\nAnswer: no`)).toBe('no');
});

describe('choices', () => {
  test.each<[string, string]>([
    ['B, because cats have whiskers', 'B'],
    ['It shows a cat.', 'B'],
    ['C is correct.', 'C'],
    ['The right answer would be option (D).', 'D'],
    ['D) an elephant\n\nA, B and C are not in the image.', 'D'],
    ['Not B. It must be C.', 'C'],
    ['B or C', 'unknown'],
    ['There are both a dog and a cat.', 'unknown'],
    ['no dog, but an elephant', 'D'],
    ['A dog', 'A'],
    ['A man is walking', 'unknown'],
    ['B选项', 'B'],
    ['选项A正确', 'A'],
    ['<think>It could be B', 'unknown'],
    ['{"answer":"D","reason":"B is wrong"}', 'D'],
    ['The answer is A because it barks', 'A'],
    ['E. something', 'unknown'],
  ])('%s', (reply, want) => expect(parseChoice(reply, ['a dog', 'a cat', 'two birds', 'an elephant'])).toBe(want));
  test('what chooses nothing is wrong and counted', () => {
    const records = ['A', 'B', 'I do not know.'].map((reply) => ({ reply, truth: 'A', options: 4 }));
    expect(choiceAccuracy(records)).toMatchObject({ value: expect.closeTo(1 / 3), n: 3, unknown: 1 });
    expect(exactMatch('The correct answer is B. Here is why …', 'B')).toBe(true);
  });
});

describe('numbers', () => {
  test.each<[string, number | undefined]>([
    ['There are 2 on the left and 3 on the right, so 5 in total.', 5],
    ['3 + 4 = 7', 7],
    ['between 3 and 5', undefined],
    ['more than 10', undefined],
    ['2 cats and 3 dogs', undefined],
    ['half a dozen', 6],
    ['seven (7)', 7],
    ['1,234,567', 1234567],
    ['There are four dogs: one black, two brown and one white.', 4],
    ['一共三十二个', 32],
    ['两千零五', 2005],
    ['一万两千', 12000],
    ['十几个', undefined],
    ['这张图片里有三只狗', 3],
    ['no', undefined],
    ['There are no dogs, but 2 cats.', 0],
    ['No, there are 2 dogs.', 2],
    ['图中没有狗，只有两只猫。', 0],
    ['一只也没有', 0],
    ['Two of the five cups are red.', 2],
    ['五个人中有两个戴帽子', 2],
  ])('%s', (reply, want) => expect(parseNumber(reply)).toBe(want));
  test.each<[string, string, number | undefined]>([
    ['2 cats and 3 dogs', 'How many dogs are there?', 3],
    ['2 cats and 3 dogs', 'How many cats can you see?', 2],
    ['2 cats and 3 dogs', 'How many birds are there?', undefined],
    ['There are no cats, but 3 dogs.', 'How many dogs are there?', 3],
    ['two or three dogs', 'How many dogs are there?', undefined],
    ['有2只狗和3只猫', '图中有几只猫？', 3],
    ['A dog and three cats', 'How many dogs are there?', 1],
    ['There is a dog.', 'How many dogs are there?', 1],
  ])('%s (%s)', (reply, question, want) => expect(parseNumber(reply, question)).toBe(want));
});

describe('answers', () => {
  test('an answer is never normalized away', () => {
    expect(['A', 'A.', '(A)', 'the'].map(normalizeAnswer)).toEqual(['a', 'a', 'a', 'the']);
    expect([
      vqaConsensus('', Array(10).fill('A')),
      vqaConsensus('the', Array(10).fill('A')),
      vqaConsensus('A', Array(10).fill('A')),
    ]).toEqual([0, 0, 1]);
    expect(vqaConsensus('', Array(10).fill(''))).toBe(0);
  });
  test.each<[string, string, boolean]>([
    ['5 dollars', '$5', true],
    ['$5', '€5', false],
    ['5%', '5', true],
    ['-3', '3', false],
    ['colour', 'color', true],
    ['left of the cup', 'left', false],
    ['no', '0', false],
    ['none', '0', true],
    ['<think>stop', 'stop', false],
    ['紅色', '红色', true],
    ['No, there is a cat.', 'no', true],
  ])('%s for %s: %s', (reply, truth, want) => expect(exactMatch(reply, truth)).toBe(want));
  test('the question tells statements about something else apart', () => {
    expect(exactMatch('There is a cat.', 'yes', 'Is there a dog?')).toBe(false);
    expect(exactMatch('There is a dog.', 'yes', 'Is there a dog?')).toBe(true);
  });
  test('the published script, to the letter', () => {
    const { normalize, accuracy } = JSON.parse(golden('vqa-official.json')) as {
      normalize: [string, string][];
      accuracy: [string, string[], number][];
    };
    expect(normalize.map(([text]) => [text, normalizeAnswerOfficial(text)])).toEqual(normalize);
    for (const [reply, answers, value] of accuracy) expect(vqaConsensusOfficial(reply, answers)).toBeCloseTo(value, 9);
    expect(() => vqaConsensusOfficial('x', ['x'])).toThrow(expect.objectContaining({ code: 'evaluate.vqa' }));
  });
});
