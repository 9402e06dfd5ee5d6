// Common subsequences of lists, and the parts of texts that differ.

import { describe, expect, it } from 'vitest';
import { changedSpans, common } from './difference.js';

describe('common', () => {
  it('finds the longest subsequence', () => {
    const [a, b] = common([...'abcbdab'], [...'bdcaba']);
    const of = (text: string, kept: Uint8Array): string => [...text].filter((_, i) => kept[i]).join('');
    expect(of('abcbdab', a)).toHaveLength(4);
    expect(of('abcbdab', a)).toBe(of('bdcaba', b));
  });

  it('takes lists where one is empty, and equal ones', () => {
    expect(common([], [1]).map((x) => [...x])).toEqual([[], [0]]);
    expect(common([1, 2], [1, 2]).map((x) => [...x])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(common([1, 1], [1]).map((x) => [...x])).toEqual([[1, 0], [1]]);
  });

  it('compares only the ends of lists that are too long', () => {
    const long = Array.from({ length: 5000 }, (_, i) => i);
    const [a] = common([-1, ...long, -2], [-1, ...long.map((x) => x + 10_000), -2]);
    expect(a.reduce((sum, x) => sum + x, 0)).toBe(2);
  });
});

describe('changed spans', () => {
  it('are words, joined where they are neighbors', () => {
    const [one, two] = ['A red dog and a big cat.', 'A blue dog and a cat.'];
    const [a, b] = changedSpans(one, two);
    expect(a.map(([s, e]) => one.slice(s, e))).toEqual(['red', 'big']);
    expect(b.map(([s, e]) => two.slice(s, e))).toEqual(['blue']);
  });

  it('of Chinese are characters', () => {
    const [a, b] = changedSpans('一只红色的狗', '一只蓝色的狗');
    expect([a, b]).toEqual([[[2, 3]], [[2, 3]]]);
  });
});
