// Zero-shot classification and retrieval over embeddings.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retrieval } from './retrieval.js';
import { classEmbeddings, zeroShot } from './zero-shot.js';

const rows = (...r: number[][]) => ({ data: Float32Array.from(r.flat()), width: r[0]?.length ?? 1 });
const eye = (n: number) => rows(...Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 3 : 0))));

describe('zero-shot', () => {
  test('nearest prompt by angle, not by length', () => {
    const r = zeroShot(rows([1, 0.1], [0.1, 1], [1, 0]), rows([0.1, 0], [0, 50]), [0, 1, 1]);
    expect([...r.predictions]).toEqual([0, 1, 0]);
    expect(r.top1).toMatchObject({ value: expect.closeTo(2 / 3), n: 3 });
    expect(r.topK.value).toBe(1);
  });
  test('a collapsed encoder scores nothing', () => {
    const same = rows([1, 1], [1, 1], [1, 1]);
    expect(zeroShot(same, same, [0, 1, 2], 2)).toMatchObject({ top1: { value: 0 }, topK: { value: 0 } });
  });
  test('prompt ensembling averages directions', () => {
    const { data } = classEmbeddings(rows([10, 0], [0, 0.1], [3, 0], [5, 0]), 2);
    expect([...data].map((v) => +v.toFixed(6))).toEqual([0.5, 0.5, 1, 0]);
  });
  test('bad input', () => {
    expect(() => zeroShot(eye(2), eye(2), [0])).toThrow(/labels and images/);
    expect(() => zeroShot(eye(2), eye(2), [0, 2])).toThrow(/image 1.*0\.\.1, got 2/);
    expect(() => zeroShot(eye(2), eye(3), [0, 1])).toThrow(/differ in width/);
    expect(() => zeroShot(rows([1, Number.NaN]), eye(2), [0])).toThrow(/NaN/);
    expect(() => classEmbeddings(eye(3), 2)).toThrow(/multiple of 2/);
    expect(() => zeroShot({ data: new Float32Array(3), width: 2 }, eye(2), [0])).toThrow(/whole number/);
  });
});

describe('retrieval', () => {
  test('perfect, and perfectly tied', () => {
    const r = retrieval(eye(20), eye(20));
    expect(r.imageToText).toMatchObject({ r1: { value: 1 }, r10: { value: 1 }, medianRank: 1 });
    const same = { data: new Float32Array(20).fill(1), width: 1 };
    expect(retrieval(same, same).textToImage).toMatchObject({ r1: { value: 0 }, r10: { value: 0 }, medianRank: 20 });
  });
  test('several texts per image: the best one counts, the others do not compete', () => {
    const r = retrieval(eye(2), rows([1, 0], [0.9, 0.1], [0.2, 1], [1, 0.3]), [0, 0, 1, 1]);
    expect(r.imageToText.r1.value).toBe(1);
    expect(r.textToImage.r1).toMatchObject({ value: 0.75, n: 4 });
  });
  test('recall grows with k and does not depend on scale', () => {
    const matrix = fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(matrix, matrix, (a, b) => {
        const r = retrieval(rows(...a), rows(...b));
        const scaled = retrieval(rows(...a.map((row) => row.map((v) => v * 4))), rows(...b));
        for (const side of [r.imageToText, r.textToImage]) {
          expect(side.r1.value).toBeLessThanOrEqual(side.r5.value);
          expect(side.r5.value).toBeLessThanOrEqual(side.r10.value);
        }
        expect(scaled).toEqual(r);
      }),
      { numRuns: 50 },
    );
  });
  test('bad input', () => {
    expect(() => retrieval(eye(3), rows([1, 0, 0]))).toThrow(/Pass owner/);
    expect(() => retrieval(eye(2), eye(2), [0, 2])).toThrow(/text 1/);
  });
});
