// Where packed copies of weights are worth their memory.

import { describe, expect, it } from 'vitest';
import { input, Parameter, type Tensor } from '../graph/index.js';
import { packedCopies, packsWeights } from './flops.js';
import { trainingSession } from './session.js';

const weight = (rows: number, columns: number): Parameter => new Parameter([rows, columns], () => undefined);

/** Hidden states of so many rows through matrices of 64 x 64. */
function layers(rows: number, weights: readonly Parameter[]): Tensor {
  return weights.reduce<Tensor>((x, w) => x.matMul(w.transpose()), input('x', [rows, 64]));
}

describe('packed copies of frozen matrices', () => {
  const weights = [weight(64, 64), weight(64, 64)];
  const frozen = new Map(weights.map((w) => [w, 0]));

  it('are made for products of few rows', () => {
    const y = layers(32, weights);
    expect(packsWeights([y])).toBe(true);
    expect(packedCopies([y], frozen)).toBe(2 * 64 * 64 * 4);
    expect(trainingSession({ y })).toEqual({ memoryPattern: false, products: 'exact' });
  });

  it('are not made for products of many rows', () => {
    const y = layers(1024, weights);
    expect(packsWeights([y])).toBe(false);
    expect(packedCopies([y], frozen)).toBe(0);
    expect(trainingSession({ y })).toEqual({ memoryPattern: false, products: 'exact', config: { 'session.disable_prepacking': '1' } });
  });

  it('go by the larger matrices where rows differ', () => {
    const head = weight(4096, 64);
    const h = layers(1024, weights);
    const few = h.slice({ axis: 0, start: 0, end: 8 }).matMul(head.transpose());
    expect(packsWeights([few])).toBe(true);
    expect(packedCopies([few], new Map([[head, 0]]))).toBe(4096 * 64 * 4);
  });

  it('count named dimensions as one row', () => {
    const y = input('x', ['images', 16, 64]).matMul((weights[0] as Parameter).transpose());
    expect(packsWeights([y])).toBe(true);
  });
});
