// Scores of detectors, worked by hand.

import { expect, test } from 'vitest';
import { detectionScores } from './detection.js';

const box = (x: number) => [x, 0, x + 10, 10] as const;

test('precision, recall and average precision', () => {
  const images = [
    {
      truth: [
        { label: 'dog', box: box(0) },
        { label: 'dog', box: box(50) },
        { label: 'cat', box: box(20) },
      ],
      found: [
        { label: 'dog', box: box(1), score: 0.9 },
        // The same object again, another class on it, and nothing there.
        { label: 'dog', box: box(0), score: 0.8 },
        { label: 'cat', box: box(50), score: 0.7 },
        { label: 'dog', box: box(50), score: 0.4 },
      ],
    },
    { truth: [], found: [] },
  ];
  const scores = detectionScores(images, { resamples: 100 });
  expect([scores.precision.value, scores.precision.n]).toEqual([1 / 3, 3]);
  expect([scores.recall.value, scores.recall.n]).toEqual([1 / 3, 3]);
  // Dogs: right, wrong, right of two: precision 1 up to a recall of one half, then 2/3. Cats: none of one.
  expect(scores.meanAveragePrecision.value).toBeCloseTo(((1 + 2 / 3) / 2 + 0) / 2);
  expect(scores.meanAveragePrecision.n).toBe(2);
  expect(scores.classes).toBe(2);
  expect(scores.meanOverlap).toBeCloseTo(9 / 11);
});

test('nothing found and nothing there', () => {
  const none = detectionScores([{ truth: [{ label: 'dog', box: box(0) }], found: [] }]);
  expect([none.precision.n, none.recall.value, none.meanAveragePrecision.value]).toEqual([0, 0, 0]);
  expect(detectionScores([]).meanAveragePrecision).toMatchObject({ value: 0, n: 0 });
});
