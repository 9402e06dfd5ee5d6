// What a thread keeps of the images it decodes: two at most, for a few seconds, each for one use.

import { afterEach, expect, it, vi } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { givenPixels, keepPixels, takePixels } from './kept-pixels.js';

afterEach(() => {
  vi.useRealTimers();
});

it('gives pixels once', () => {
  const image = noise(3, 2, 1);
  keepPixels('a', image);
  expect(givenPixels({ kept: 'a' })).toBe(image);
  expect(givenPixels({ kept: 'a' })).toBeUndefined();
  expect(givenPixels(image)).toBe(image);
});

it('keeps the last two', () => {
  const images = [1, 2, 3].map((seed) => noise(3, 2, seed));
  for (const [i, image] of images.entries()) keepPixels(`${i}`, image);
  keepPixels('2', images[2] as (typeof images)[0]);
  expect(['0', '1', '2'].map(takePixels)).toEqual([undefined, images[1], images[2]]);
});

it('forgets after some seconds, and not what came later under the same name', () => {
  vi.useFakeTimers();
  const [one, two] = [noise(3, 2, 1), noise(3, 2, 2)];
  keepPixels('a', one);
  vi.advanceTimersByTime(4000);
  keepPixels('a', two);
  vi.advanceTimersByTime(4000);
  expect(takePixels('a')).toBe(two);
  keepPixels('b', one);
  vi.advanceTimersByTime(6000);
  expect(takePixels('b')).toBeUndefined();
});
