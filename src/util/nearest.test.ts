// Edit distance by hand, and the name that a wrong one stands for.

import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.js';

describe('editDistance', () => {
  it.each([
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1], // neighbours swapped
    ['ca', 'abc', 3], // a pair that was swapped is not edited again
    ['same', 'same', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['', '', 0],
  ])('%j to %j', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
    expect(editDistance(b, a)).toBe(edits);
  });
});

describe('nearest', () => {
  it('takes the fewest edits, whatever the case, the first where two are as near, and nothing from nothing', () => {
    expect(nearest('LERNING', ['steps', 'learning', 'batch'])).toBe('learning');
    expect(nearest('b', ['a', 'c'])).toBe('a');
    expect(nearest('b', [])).toBeUndefined();
  });
});
