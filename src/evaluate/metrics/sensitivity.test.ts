// Sensitivity by hand, and what cannot have one.

import { describe, expect, it } from 'vitest';
import { sensitivity, taskSensitivity } from './sensitivity.js';

describe('sensitivity', () => {
  it('is the mean over tasks of deviation over mean', () => {
    expect(taskSensitivity([0.4, 0.6])).toBeCloseTo(0.2, 12); // 0.1 / 0.5
    expect(taskSensitivity([50, 50, 50])).toBe(0);
    expect(taskSensitivity([0, 0])).toBe(0);
    const { value, n, better } = sensitivity({ a: [0.4, 0.6], b: [1, 1], c: [0.1, 0.3] });
    expect(value).toBeCloseTo((0.2 + 0 + 0.5) / 3, 12);
    expect([n, better]).toEqual([3, 'lower']);
  });

  it('is not of one wording, nor of scores below zero', () => {
    expect(() => sensitivity({ a: [0.5] })).toThrow(expect.objectContaining({ code: 'evaluate.count', place: 'a' }));
    expect(() => sensitivity({ a: [0.5, Number.NaN] })).toThrow(expect.objectContaining({ code: 'evaluate.count' }));
  });
});
