// Metrics over plain data: golden values, properties, bad input.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactMatch, type QuestionType, vqaAccuracy, vqaByType, vqaConsensus } from './metrics/vqa.js';
import { normalizeAnswer } from './metrics/vqa-normalize.js';
import { popeScores, scorePope } from './pope.js';
import { proportion, wilson, zOf } from './wilson.js';
import { parseOfficial, parseRobust, type Verdict, type YesNo } from './yes-no.js';

const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../test/golden/evaluate-${name}.json`, import.meta.url), 'utf8'));

describe('wilson', () => {
  test('known values', () => {
    // 81 of 263: Newcombe 1998, table I, method 3.
    const a = wilson(81, 263);
    expect(a.low).toBeCloseTo(0.2553, 4);
    expect(a.high).toBeCloseTo(0.3662, 4);
    expect(wilson(0, 20)).toEqual({ low: 0, high: expect.closeTo(0.1611, 4) });
    expect(wilson(29, 29).high).toBe(1);
    expect(wilson(1, 29).low).toBeCloseTo(0.0061, 4);
  });
  test('z of a confidence level', () => {
    expect(zOf(0.95)).toBeCloseTo(1.959964, 6);
    expect(zOf(0.99)).toBeCloseTo(2.575829, 6);
    expect(zOf(0.6826894921)).toBeCloseTo(1, 6);
  });
  test('nothing measured says nothing', () => expect(proportion(0, 0)).toEqual({ value: 0, low: 0, high: 1, n: 0 }));
  test('holds the share, within [0,1], and narrows with n', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const k = Math.round(share * n);
        const p = proportion(k, n);
        const wide = wilson(k, n, 0.99);
        const more = wilson(k * 4, n * 4);
        return (
          p.low >= 0 &&
          p.high <= 1 &&
          p.low <= p.value &&
          p.value <= p.high &&
          wide.low <= p.low &&
          wide.high >= p.high &&
          more.high - more.low < p.high - p.low
        );
      }),
    );
  });
  test('bad input', () => {
    expect(() => wilson(5, 4)).toThrow(/0 <= k <= n/);
    expect(() => wilson(-1, 4)).toThrow(/not a proportion/);
    expect(() => wilson(Number.NaN, 4)).toThrow(/not a proportion/);
    expect(() => wilson(1, 4, 95)).toThrow(/between 0 and 1, got 95/);
  });
});

describe('yes or no', () => {
  test.each(golden<{ reply: string; official: YesNo; robust: Verdict }[]>('pope'))('$reply', ({ reply, official, robust }) => {
    expect(parseOfficial(reply)).toBe(official);
    expect(parseRobust(reply)).toBe(robust);
  });
  test('any text gets an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(['yes', 'no']).toContain(parseOfficial(text));
        expect(['yes', 'no', 'unknown']).toContain(parseRobust(text));
      }),
    );
  });
});

describe('POPE scores', () => {
  const always = (verdict: Verdict, yes = 1500, no = 1500) =>
    popeScores([...Array<YesNo>(yes).fill('yes'), ...Array<YesNo>(no).fill('no')].map((truth) => ({ truth, verdict })));
  test('always yes on 1500/1500', () => {
    const s = always('yes');
    expect(s).toMatchObject({ accuracy: 0.5, precision: 0.5, recall: 1, yesRatio: 1, n: 3000, unknown: 0 });
    expect(s.f1).toBeCloseTo(0.6667, 4);
    expect(s.f1Interval[0]).toBeLessThan(s.f1);
    expect(s.f1Interval[1]).toBeGreaterThan(s.f1);
  });
  test('always no and nothing at all divide by nothing', () => {
    expect(always('no')).toMatchObject({ accuracy: 0.5, precision: 0, recall: 0, f1: 0, yesRatio: 0 });
    expect(popeScores([])).toMatchObject({ accuracy: 0, precision: 0, recall: 0, f1: 0, yesRatio: 0, n: 0 });
  });
  test('unknown is wrong and counted', () =>
    expect(always('unknown', 3, 2)).toMatchObject({ accuracy: 0, recall: 0, yesRatio: 0, unknown: 5, n: 5 }));
  test('the parsers differ where they must', () => {
    const replies = [{ truth: 'no' as const, reply: "There isn't a dog" }];
    expect(scorePope(replies).accuracy).toBe(1);
    expect(scorePope(replies, 'official').accuracy).toBe(0);
  });
  test('equals the textbook formulas', () => {
    const yn = fc.constantFrom<YesNo>('yes', 'no');
    fc.assert(
      fc.property(fc.array(fc.record({ truth: yn, verdict: yn }), { minLength: 1 }), (pairs) => {
        const s = popeScores(pairs);
        expect(s.accuracy).toBeCloseTo(pairs.filter((p) => p.truth === p.verdict).length / pairs.length, 12);
        if (s.precision + s.recall > 0) expect(s.f1).toBeCloseTo((2 * s.precision * s.recall) / (s.precision + s.recall), 12);
        expect(s.f1Interval[0]).toBeLessThanOrEqual(s.f1 + 1e-12);
        expect(s.f1Interval[1]).toBeGreaterThanOrEqual(s.f1 - 1e-12);
      }),
    );
  });
});

describe('VQA', () => {
  test.each(golden<[string, string][]>('vqa'))('%j -> %j', (from, to) => expect(normalizeAnswer(from)).toBe(to));
  test('consensus: mean over the nine-answer subsets', () => {
    const ten = (k: number): string[] => [...Array<string>(k).fill('red'), ...Array<string>(10 - k).fill('blue')];
    // k matches: k subsets see k-1 of them, 10-k subsets see k.
    expect([0, 1, 2, 3, 4, 10].map((k) => vqaConsensus('Red.', ten(k)))).toEqual([
      0,
      expect.closeTo(0.3, 12),
      expect.closeTo(0.6, 12),
      expect.closeTo(0.9, 12),
      1,
      1,
    ]);
  });
  test('consensus never falls with one more match', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), (n) => {
        const scores = Array.from({ length: n + 1 }, (_, k) =>
          vqaConsensus('a dog', [...Array(k).fill('dog'), ...Array(n - k).fill('cat')]),
        );
        return scores.every((s, i) => s >= 0 && s <= 1 && (i === 0 || s >= (scores[i - 1] as number)));
      }),
    );
  });
  test('one true answer', () => {
    expect(exactMatch('Two.', '2')).toBe(true);
    expect(exactMatch('两个', '2')).toBe(true);
    expect(exactMatch('Yes, there is one.', 'yes')).toBe(true);
    expect(exactMatch('没有', '不是')).toBe(true);
    expect(exactMatch('redd', 'red')).toBe(false);
    expect(exactMatch('', 'red')).toBe(false);
    expect(exactMatch('', '')).toBe(false);
    expect(exactMatch('', 'no')).toBe(false);
    expect(exactMatch('maybe', 'yes')).toBe(false);
  });
  test('per type, absent types present with n = 0', () => {
    const by = vqaByType<QuestionType>([
      { type: 'color', reply: 'red', truth: 'red' },
      { type: 'color', reply: 'red', truth: 'blue' },
    ]);
    expect(by.color).toMatchObject({ value: 0.5, n: 2 });
    expect(by.text).toEqual({ value: 0, low: 0, high: 1, n: 0 });
    expect(vqaAccuracy([]).n).toBe(0);
  });
  test('normalizing twice changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('the', 'two', 'dont', 'red', 'a', '3.5', 'yes!', 'x-y', "it's", 'left,'), { maxLength: 6 }),
        (w) => {
          const once = normalizeAnswer(w.join(' '));
          return normalizeAnswer(once) === once;
        },
      ),
    );
  });
  test('too few answers', () => expect(() => vqaConsensus('x', ['x'])).toThrow(/at least 2 answers.*exactMatch/));
});
