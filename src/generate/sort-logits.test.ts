// The order of logits: as a sort that compares gives it, for numbers of every kind.

import { expect, it } from 'vitest';
import { Rng } from '../util/rng.js';
import { ranked } from './sort-logits.js';

it('is that of the numbers, from the largest down, ties in the order of ids, without what is forbidden', () => {
  const rng = new Rng(1);
  const odd = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 1, -1, -1, 0];
  const many = Array.from({ length: 5000 }, () => (rng.int(4) === 0 ? rng.int(7) - 3 : rng.normal() * 10 ** (rng.int(20) - 10)));
  for (const values of [odd, many, [...odd, ...many], [2], [Number.NEGATIVE_INFINITY], []]) {
    const logits = Float32Array.from(values);
    const expected = [...logits.keys()].filter((i) => logits[i] !== Number.NEGATIVE_INFINITY);
    expected.sort((a, b) => ((logits[b] as number) > (logits[a] as number) ? 1 : logits[b] === logits[a] ? a - b : -1));
    expect(Array.from(ranked(logits))).toEqual(expected);
    expect(logits).toEqual(Float32Array.from(values));
  }
});
