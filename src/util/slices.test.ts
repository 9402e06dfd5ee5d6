// Long work in slices: others run in between, all get their turn, and what nobody wants any more is dropped.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { allSteps, inSlices, type Steps } from './slices.js';

/** Steps that each take a second of a clock that only they move. */
let now = 0;
let cleaned = 0;
function* steps(n: number, log: string[] = [], name = ''): Steps<string> {
  try {
    for (let i = 0; i < n; i++) {
      now += 1000;
      log.push(`${name}${i}`);
      yield;
    }
    return `done ${name}`;
  } finally {
    cleaned++;
  }
}
const slow = (): void => {
  now = 0;
  cleaned = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
};
afterEach(() => {
  vi.restoreAllMocks();
});

describe('work in slices', () => {
  it('is over at once where it fits into one', () => {
    slow();
    expect(inSlices(steps(0))).toEqual({ value: 'done ' });
    expect(allSteps(steps(5))).toBe('done ');
  });

  it('lets everything else run between two slices, and takes turns', async () => {
    slow();
    const log: string[] = [];
    const [a, b] = [inSlices(steps(3, log, 'a')), inSlices(steps(2, log, 'b'))];
    expect(log).toEqual(['a0']);
    const other = new Promise<void>((resolve) =>
      setImmediate(() => {
        log.push('other');
        resolve();
      }),
    );
    expect(await Promise.all([a, b, other])).toEqual(['done a', 'done b', undefined]);
    expect(log.filter((one) => one !== 'other')).toEqual(['a0', 'a1', 'b0', 'a2', 'b1']);
    expect(log.indexOf('other')).toBeLessThan(log.indexOf('a2'));
    expect(cleaned).toBe(2);
  });

  it('is dropped when nobody wants it, and fails alone', async () => {
    slow();
    let wanted = true;
    const dropped = inSlices(steps(1000), () => !wanted);
    function* failing(): Steps<string> {
      yield* steps(2);
      throw new Error('no');
    }
    const failed = Promise.resolve(inSlices(failing())).catch((error: Error) => error.message);
    const last = inSlices(steps(3, [], 'last'));
    wanted = false;
    expect(await Promise.all([dropped, failed, last])).toEqual([undefined, 'no', 'done last']);
    expect(cleaned).toBe(3);
    expect(now).toBeLessThan(20_000);
  });
});
