// Caption metrics against pycocoevalcap on captions of our own, and their edges.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { captionTokens } from './caption-tokens.js';
import { captionCounts, captionScores } from './captions.js';
import { METEOR_PARAMETERS, meteorCounts, meteorOf } from './meteor.js';
import { bootstrap, meanInterval } from './resample.js';
import { rougeL } from './rouge.js';

interface Golden {
  tokens: [string, string][];
  cases: [string, string[]][];
  bleu: number[];
  cider: [number, number[]];
  rougeL: [number, number[]];
  meteor: [number, number[]];
  meteorByFormAndStem: [string, number][];
}
const golden: Golden = JSON.parse(readFileSync(new URL('../../../test/golden/captions.json', import.meta.url), 'utf8'));
const pairs = golden.cases.map(([caption, references]) => ({ caption, references }));

describe('tokens of captions', () => {
  test.each(golden.tokens)('%j', (text, tokens) => {
    expect(captionTokens(text).join(' ')).toBe(tokens);
  });
});

describe('as pycocoevalcap', () => {
  const counts = captionCounts(pairs);
  const scores = captionScores(counts);

  test('BLEU-1 to 4 of the corpus', () => {
    for (const [n, value] of golden.bleu.entries()) expect(scores.bleu[n]?.value).toBeCloseTo(value, 10);
  });

  test('CIDEr-D and ROUGE-L of every caption and of the corpus', () => {
    for (const [i, value] of golden.cider[1].entries()) expect(counts[i]?.cider).toBeCloseTo(value, 10);
    for (const [i, value] of golden.rougeL[1].entries()) expect(counts[i]?.rougeL).toBeCloseTo(value, 10);
    expect(scores.cider.value).toBeCloseTo(golden.cider[0], 10);
    expect(scores.rougeL.value).toBeCloseTo(golden.rougeL[0], 10);
  });

  test('METEOR by form and stem with all words alike', () => {
    // METEOR's own lists of function words do not matter with a delta of one half.
    const parameters = { ...METEOR_PARAMETERS, delta: 0.5 };
    for (const [i, [, value]] of golden.meteorByFormAndStem.entries()) {
      const { caption, references } = pairs[i] as (typeof pairs)[number];
      const own = meteorOf(meteorCounts(captionTokens(caption), references.map(captionTokens), undefined, parameters), parameters);
      expect(own, caption).toBeCloseTo(value, 6);
    }
  });

  test('METEOR without word lists is below the published one, and near it', () => {
    expect(scores.meteor.value).toBeGreaterThan(golden.meteor[0] - 0.05);
    expect(scores.meteor.value).toBeLessThan(golden.meteor[0] + 0.02);
  });

  test('every score lies in its interval', () => {
    for (const score of [...scores.bleu, scores.meteor, scores.rougeL, scores.cider]) {
      expect(score.low).toBeLessThanOrEqual(score.value);
      expect(score.high).toBeGreaterThanOrEqual(score.value);
      expect(score.n).toBe(pairs.length);
    }
  });
});

describe('edges', () => {
  test('the same caption as a reference is perfect, another language is nothing', () => {
    const [same, other] = captionCounts([
      { caption: 'A red bus on the road', references: ['a red bus on the road.'] },
      { caption: '一只狗', references: ['a dog on grass'] },
    ]);
    expect([same?.rougeL, meteorOf(same?.meteor ?? []), same?.cider]).toEqual([1, 1, expect.closeTo(10)]);
    expect([other?.rougeL, meteorOf(other?.meteor ?? []), other?.cider]).toEqual([0, 0, 0]);
  });

  test('synonyms count where they are given', () => {
    const score = (synonyms?: (a: string, b: string) => boolean) => meteorOf(meteorCounts(['a', 'sofa'], [['a', 'couch']], synonyms));
    const alike = score((a, b) => [a, b].sort().join() === 'couch,sofa');
    expect(alike).toBeGreaterThan(score());
    expect(alike).toBeLessThan(1);
  });

  test('long and hostile texts are bounded', () => {
    const long = 'a b '.repeat(20_000);
    const [counts] = captionCounts([{ caption: long, references: [long, ''] }]);
    expect(counts?.rougeL).toBe(1);
    expect(captionTokens("'-.".repeat(5000)).length).toBeLessThan(15_001);
    expect(captionTokens('('.repeat(300_000))).toHaveLength(300_000); // more than a call takes arguments
  });

  test('tokens hold no spaces and no dropped marks, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        captionTokens(text).every((token) => token !== '' && !/\s|^[.?,!:;]$/.test(token)),
      ),
    );
  });

  test('ROUGE-L by hand', () => {
    // LCS 2 of 3 and 2 of 4 words; beta 1.2.
    const [p, r] = [2 / 3, 2 / 4];
    expect(rougeL(['a', 'b', 'c'], [['a', 'x', 'c', 'y']])).toBeCloseTo((2.44 * p * r) / (r + 1.44 * p));
    expect(rougeL([], [['a']])).toBe(0);
  });
});

test('intervals: nothing is measured, one value, many', () => {
  expect(meanInterval([], [0, 10])).toEqual({ value: 0, low: 0, high: 10, n: 0 });
  expect(meanInterval([3], [0, 10])).toEqual({ value: 3, low: 0, high: 10, n: 1 });
  const { low, high } = meanInterval([0, 1, 0, 1]);
  expect([low, high]).toEqual([0, 1]);
  // A ratio of sums over 5,000 observations: drawn in blocks, and the same with the same seed.
  const counts = Array.from({ length: 5000 }, (_, i) => [i % 3 ? 1 : 0, 1]);
  const [share] = bootstrap(counts, ([k, n]) => [(k as number) / (n as number)], 1);
  expect(share?.value).toBeCloseTo(2 / 3, 3);
  expect((share?.high ?? 0) - (share?.low ?? 0)).toBeLessThan(0.05);
  expect(bootstrap(counts, ([k, n]) => [(k as number) / (n as number)], 1)).toEqual([share]);
});
