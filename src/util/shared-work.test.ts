// Work that is shared: done once, ended when nobody waits for it, and begun anew after that.

import { describe, expect, it } from 'vitest';
import { SharedWork } from './shared-work.js';

/** Work that a test ends. */
function open(): {
  start: (signal: AbortSignal) => Promise<number>;
  end: (value: number) => void;
  fail: (error: Error) => void;
  signals: AbortSignal[];
} {
  const signals: AbortSignal[] = [];
  let end = (_: number): void => {};
  let fail = (_: Error): void => {};
  const start = (signal: AbortSignal): Promise<number> => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      end = resolve;
      fail = reject;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };
  return { start, end: (value) => end(value), fail: (error) => fail(error), signals };
}

describe('shared work', () => {
  it('is done once for all who ask at the same time, and again for those who ask later', async () => {
    const work = new SharedWork<number>();
    const one = open();
    const all = [1, 2, 3].map(() => work.run('a', undefined, one.start));
    const other = open();
    const apart = work.run('b', undefined, other.start);
    expect(work.size).toBe(2);
    one.end(7);
    other.end(8);
    expect(await Promise.all(all)).toEqual([7, 7, 7]);
    expect(await apart).toBe(8);
    expect([one.signals.length, other.signals.length, work.size]).toEqual([1, 1, 0]);
    const again = work.run('a', undefined, one.start);
    one.end(9);
    expect(await again).toBe(9);
  });

  it('goes on while one of them waits, and is ended by the last who leaves', async () => {
    const work = new SharedWork<number>();
    const one = open();
    const [first, second] = [new AbortController(), new AbortController()];
    const both = [first, second].map(({ signal }) => work.run('a', signal, one.start).catch((error: Error) => error.message));
    first.abort(new Error('left'));
    expect(await both[0]).toBe('left');
    expect(one.signals[0]?.aborted).toBe(false);
    second.abort(new Error('left too'));
    expect(await both[1]).toBe('left too');
    expect([one.signals[0]?.aborted, work.size]).toEqual([true, 0]);
    const next = work.run('a', undefined, one.start);
    one.end(3);
    expect([await next, one.signals.length]).toEqual([3, 2]);
    await expect(work.run('a', AbortSignal.abort(new Error('before')), one.start)).rejects.toThrow('before');
  });

  it('fails for all alike', async () => {
    const work = new SharedWork<number>();
    const one = open();
    const all = [1, 2].map(() => work.run('a', new AbortController().signal, one.start).catch((error: Error) => error.message));
    one.fail(new Error('no'));
    expect(await Promise.all(all)).toEqual(['no', 'no']);
    expect(work.size).toBe(0);
  });
});
