// Scores of judged texts, equal coverage, AMBER, FaithScore, flags and LURE: values by hand.

import { describe, expect, test } from 'vitest';
import { Vocabulary } from '../evaluate/mentions.js';
import {
  type AmberAnnotation,
  amberAnswers,
  amberDimension,
  amberDiscriminative,
  amberGenerative,
  amberPrinted,
  amberResponse,
  amberScore,
  amberScoreList,
} from './amber.js';
import type { ExistenceClaim } from './claim.js';
import { extractClaims } from './claims.js';
import { cocoObjects, cocoOther } from './coco-objects.js';
import { atEqualCoverage } from './equal-coverage.js';
import { faithScore } from './faithscore.js';
import { claimConsistency, claimLogProbs, flagAuroc } from './flags.js';
import { CaptionCooccurrence, lureFactors, lureMask, lureSuspects } from './lure.js';
import { headOf, type JudgedText, textCounts, trustScores, wordCount } from './scores.js';
import { boxTruth, judgeByTruth } from './truth.js';

const coco = new Vocabulary(cocoObjects, cocoOther);
const judged = (text: string, labels: string[]): JudgedText => {
  const truth = boxTruth(labels.map((label) => ({ label, box: [0, 0, 1, 1] })));
  return { text, verdicts: extractClaims(text, coco).map((claim) => judgeByTruth(claim, truth)), present: [...new Set(labels)] };
};

describe('scores', () => {
  const texts = [
    judged('A dog and a cat. Two cups.', ['dog', 'cup', 'bench']),
    judged('A dog. There is no cat.', ['dog']),
    judged('', ['bird']),
  ];
  const scores = new Map(trustScores(texts, { head: new Set(['dog']) }).map((score) => [score.name, score]));
  test.each([
    // Objects named: dog, cat*, cup, dog. "No cat" claims none.
    ['CHAIR-i', 1 / 4, 4],
    ['CHAIR-s', 1 / 3, 3],
    ['CHAIR-s by sentence', 1 / 4, 4],
    ['coverage', 3 / 5, 5],
    ['existence false', 1 / 4, 4],
    ['existence false, head', 0, 2],
    ['existence false, tail', 1 / 2, 2],
    ['count false', 1, 1],
    ['attribute false', 0, 0],
    ['objects', 4 / 3, 3],
    ['words', 13 / 3, 3],
  ])('%s', (name, value, n) => {
    expect(scores.get(name)?.value).toBeCloseTo(value);
    expect(scores.get(name)?.n).toBe(n);
  });
  test('every score has an interval around it', () => {
    for (const { value, low, high } of scores.values()) expect([low <= value + 1e-9, high >= value - 1e-9]).toEqual([true, true]);
  });
  test('counts of a text', () =>
    expect(textCounts(texts[0] as JudgedText)).toEqual({
      mentions: 3,
      hallucinated: 1,
      sentences: 2,
      wrongSentences: 1,
      present: 3,
      covered: 2,
      words: 7,
    }));
  test('words, and the head of a distribution', () => {
    expect(wordCount("a dog's 两只狗.")).toBe(5);
    expect([...headOf(['a', 'a', 'a', 'b', 'b', 'c'])]).toEqual(['a']);
    expect([...headOf(['b', 'a'])]).toEqual(['a']);
    expect([...headOf([])]).toEqual([]);
  });
});

describe('equal coverage', () => {
  const labels = [
    ['dog', 'cat'],
    ['bird', 'cup'],
  ];
  const long = {
    name: 'long',
    texts: [judged('A dog, a zebra, a cat.', labels[0] ?? []), judged('A bird, a cup, a bear.', labels[1] ?? [])],
  };
  const short = { name: 'short', texts: [judged('A dog.', labels[0] ?? []), judged('A bird.', labels[1] ?? [])] };
  test('a text that says less has no better score for it', () => {
    const { coverage, methods } = atEqualCoverage([long, short], { resamples: 200 });
    expect(coverage).toBe(0.5);
    // The first object of each text covers half, and nothing is made up yet.
    expect(methods.map(({ chair }) => chair)).toEqual([0, 0]);
    expect(methods[1]).toMatchObject({ change: 0 });
  });
  test('at a coverage of its own choice', () => {
    // After two objects: 3 of 4 covered, 1 of 4 made up; after three: all covered, 2 of 6.
    const { methods } = atEqualCoverage([long], { coverage: 0.75, resamples: 50 });
    expect(methods[0]?.chair).toBeCloseTo(1 / 4);
    expect(atEqualCoverage([long], { coverage: 1, resamples: 0 }).methods[0]?.chair).toBeCloseTo(2 / 6);
    expect(methods[0]?.low).toBeLessThanOrEqual(1 / 4);
    expect(methods[0]?.high).toBeGreaterThanOrEqual(1 / 4);
  });
  test('nothing at all', () =>
    expect(atEqualCoverage([{ name: 'none', texts: [] }])).toMatchObject({ coverage: 0, methods: [{ chair: 0 }] }));
});

describe('AMBER', () => {
  const words = {
    association: { dog: ['puppy'], cat: ['kitten'], tree: [], sky: ['cloud'], person: ['man'] },
    safe: new Set(['sky']),
  };
  const annotation = { truth: ['dog', 'tree'], hallu: ['cat', 'person'] };
  test('one response', () => {
    // photo is no object; sky is safe and counted; kitten is a target; cloud is an object that is not there.
    expect(amberResponse(['photo', 'puppy', 'dog', 'sky', 'kitten', 'cloud'], annotation, words)).toEqual({
      named: 5,
      wrong: 2,
      truth: 2,
      covered: 1,
      targets: 2,
      hit: 1,
    });
    expect(amberResponse(['cloud'], annotation, words, (a, b) => a === 'cloud' && b === 'tree')).toMatchObject({ wrong: 0, covered: 1 });
  });
  test('both forms', () => {
    const counted = [
      amberResponse(['puppy', 'kitten'], annotation, words),
      amberResponse(['dog', 'tree', 'dog', 'tree'], annotation, words),
      amberResponse([], annotation, words),
    ];
    const { official, paper } = amberGenerative(counted);
    expect(official).toMatchObject({ chair: 1 / 6, cover: 3 / 6, cog: 1 / 6, n: 3 });
    expect(official.hal).toBeCloseTo(1 / 3);
    expect(paper.chair).toBeCloseTo(0.5 / 3);
    expect(paper.cover).toBeCloseTo((0.5 + 1 + 0) / 3);
    expect(paper.cog).toBeCloseTo(0.5 / 3);
  });
  test('always "No" on its 9427 and 4789 questions, as printed', () => {
    const answers = [
      ...Array.from({ length: 9427 }, () => ({ truth: 'no', answer: 'no' }) as const),
      ...Array.from({ length: 4789 }, () => ({ truth: 'yes', answer: 'no' }) as const),
    ];
    expect(amberPrinted(amberDiscriminative(answers))).toEqual({ accuracy: 66.3, precision: 66.3, recall: 100, f1: 79.7 });
    expect(amberPrinted(amberDiscriminative(answers), 'existence').f1).toBe(79.7);
    expect(amberDiscriminative([])).toMatchObject({ accuracy: 0, f1: 0 });
    expect(amberScore(0.1, 0.8)).toBeCloseTo(85);
  });
  const annotations: AmberAnnotation[] = [
    { id: 1, type: 'generative', truth: ['dog'], hallu: [] },
    { id: 2, type: 'discriminative-hallucination', truth: 'no' },
    { id: 3, type: 'discriminative-attribute-state', truth: 'yes' },
    { id: 4, type: 'relation', truth: 'no' },
  ];
  test('only "Yes" and "No" count for the script', () => {
    const responses = [
      { id: 2, response: 'No' },
      { id: 3, response: 'Yes, it is.' },
      { id: 4, response: 'no' },
    ];
    expect(amberAnswers(annotations, responses, 'official').map(({ answer }) => answer)).toEqual(['no', 'unknown', 'unknown']);
    expect(amberAnswers(annotations, responses).map(({ answer }) => answer)).toEqual(['no', 'yes', 'no']);
    const scores = new Map(
      amberScoreList(amberAnswers(annotations, responses), [{ truth: 'yes', answer: 'no' }]).map((score) => [score.name, score.value]),
    );
    expect(scores.get('F1, all')).toBe(1);
    expect(scores.get('accuracy, existence, balanced')).toBe(0.5);
    expect(scores.get('accuracy of always no, existence')).toBe(1);
  });
  test('files that do not belong together', () => {
    const two = [
      { id: 2, response: 'No' },
      { id: 2, response: 'Yes' },
    ];
    expect(() => amberAnswers(annotations, two)).toThrow(expect.objectContaining({ code: 'trust.amber' }));
    expect(() => amberAnswers(annotations, [{ id: 99, response: 'No' }])).toThrow(expect.objectContaining({ code: 'trust.amber' }));
    expect(() => amberDimension('generative')).toThrow(expect.objectContaining({ code: 'trust.amber' }));
  });
});

test('FaithScore: an answer without facts is 0 among facts and 1 among sentences, or left out', () => {
  const answers = [
    { verdicts: judged('A dog. A cat. A cup.', ['dog', 'cup']).verdicts, sentences: 4 },
    { verdicts: judged('A bird.', ['bird']).verdicts, sentences: 1 },
    { verdicts: [], sentences: 2 },
  ];
  const plain = faithScore(answers);
  expect(plain.facts).toBeCloseTo((2 / 3 + 1) / 2);
  expect(plain.sentences).toBeCloseTo((3 / 4 + 1) / 2);
  expect(plain).toMatchObject({ micro: 3 / 4, n: 3, empty: 1 });
  const official = faithScore(answers, { official: true });
  expect(official.facts).toBeCloseTo((2 / 3 + 1) / 3);
  expect(official.sentences).toBeCloseTo((3 / 4 + 1 + 1) / 3);
  expect(faithScore([])).toMatchObject({ facts: 0, n: 0 });
});

describe('flags', () => {
  const text = 'A dog and a bear.';
  const claims = extractClaims(text, coco) as ExistenceClaim[];
  const tokens = [
    { text: 'A ', logProb: -3 },
    { text: 'dog', logProb: -0.1 },
    { text: ' and a ', logProb: -0.2 },
    { text: 'be', logProb: -2 },
    { text: 'ar.', logProb: -0.5 },
  ];
  test('the least probable token of the words of a claim', () => {
    expect(claimLogProbs(claims, tokens)).toEqual([-0.1, -2]);
    expect(claimLogProbs(claims, tokens.slice(0, 2))).toEqual([-0.1, undefined]);
  });
  test('how often other replies say the same', () => {
    const own = extractClaims('A red dog.', coco);
    const samples = ['A red dog.', 'A dog.', 'A cat.', 'No dog.'].map((reply) => extractClaims(reply, coco));
    expect(own.map(({ type }) => type)).toEqual(['attribute', 'existence']);
    expect(claimConsistency(own, samples)).toEqual([1 / 2, 2 / 4]);
    expect(claimConsistency(own, [])).toEqual([undefined, undefined]);
  });
  test('how well a number tells false from true', () => {
    const at = (value: number, wrong: boolean) => ({ value, wrong });
    expect(flagAuroc([at(0, true), at(1, false)])).toBe(1);
    expect(flagAuroc([at(1, true), at(0, false)])).toBe(0);
    expect(flagAuroc([at(1, true), at(1, false)])).toBe(0.5);
    expect(flagAuroc([at(0, true), at(1, true), at(1, false), at(2, false)])).toBe((2 + 1.5) / 4);
    expect(flagAuroc([at(1, true)])).toBeUndefined();
  });
  test('LURE: the factors, and what they mask', () => {
    const together = new CaptionCooccurrence();
    together.add(['dog', 'bear']);
    together.add(['dog', 'dog']);
    expect([together.of('dog', 'bear'), together.of('bear', 'dog'), together.of('dog', 'cup')]).toEqual([0.5, 0.5, 0]);
    const factors = lureFactors(text, claims, { cooccurrence: together, tokens });
    expect(factors).toMatchObject([
      { cooccurrence: 0.5, uncertainty: 0.1, position: 2 / 17 },
      { cooccurrence: 0.5, uncertainty: 2, position: 12 / 17 },
    ]);
    expect(lureMask(text, lureSuspects(factors))).toBe('A dog and a [IDK].');
    expect(lureSuspects(factors, { uncertainty: 9, position: 0.5 })).toHaveLength(1);
    expect(lureMask(text, [])).toBe(text);
  });
});
