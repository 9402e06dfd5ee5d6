// The memory that a plan says a training stage takes, beside what a process takes that runs it.

import { describe, expect, it } from 'vitest';
import { type Case, measure } from '../../bench/memory.js';

const decoder = { width: 384, layers: 6, batch: 4, tokens: 256 };
const cases: readonly [what: string, one: Case][] = [
  ['everything is trained', { ...decoder, train: '' }],
  ['little is trained, and gradients go through frozen layers', { ...decoder, train: '.n' }],
];

describe('a plan', () => {
  for (const [what, one] of cases)
    it(`is within 15 % of the peak where ${what}`, () => {
      const { total: planned = 0 } = measure('plan', one);
      const { total: peak = 0 } = measure('run', one);
      expect(planned / peak).toBeGreaterThan(0.85);
      expect(planned / peak).toBeLessThan(1.15);
    });
});
