// Work at once: order, how much of it runs, and what a fault does to the rest.

import { expect, test } from 'vitest';
import { atOnce } from './at-once.js';

test('results are in order, and no more than asked for runs at once', async () => {
  let [running, most] = [0, 0];
  const out = await atOnce([5, 1, 4, 2, 3], 2, async (turns, place) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    running--;
    return [turns, place];
  });
  expect(out).toEqual([5, 1, 4, 2, 3].map((turns, place) => [turns, place]));
  expect(most).toBe(2);
  expect(await atOnce([], 3, async () => 1)).toEqual([]);
});

test('the first fault ends the others, and nothing new is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number, _place: number, signal: AbortSignal): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('one');
    await new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  await expect(atOnce([0, 1, 2, 3], 2, work)).rejects.toThrow('one');
  expect(begun).toEqual([0, 1]);
});

test('the caller can end the work', async () => {
  const stop = new AbortController();
  const waiting = atOnce(
    [0],
    1,
    (_item, _place, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    stop.signal,
  );
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
