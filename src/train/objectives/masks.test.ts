// The losses of masks against plain loops, and what a row must have.

import { describe, expect, it } from 'vitest';
import { input } from '../../graph/index.js';
import type { Sequence } from '../../model/index.js';
import { compile } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import { assertOneMask, diceLoss, maskCrossEntropy } from './masks.js';

describe('losses of masks', () => {
  it('are binary cross-entropy and one minus dice', async () => {
    const logits = [
      [2, -1, 0.5, -30],
      [40, -3, 0, 1],
    ];
    const truth = [
      [1, 0, 0, 0],
      [1, 1, 0, 1],
    ];
    const [x, t] = [input('x', [2, 4]), input('t', [2, 4])];
    const program = await compile({ bce: maskCrossEntropy(x, t), dice: diceLoss(x, t) }, { frozen: new Map(), threads: 1 });
    const { bce, dice } = await program.run({
      x: hostTensor('float32', [2, 4], Float32Array.from(logits.flat())),
      t: hostTensor('float32', [2, 4], Float32Array.from(truth.flat())),
    });
    program.dispose();
    for (const [row, own] of logits.entries()) {
      const p = own.map((v) => 1 / (1 + Math.exp(-v)));
      const y = truth[row] as number[];
      const entropy = own.reduce((sum, v, i) => sum + Math.log1p(Math.exp(-Math.abs(v))) + Math.max(v, 0) - v * (y[i] as number), 0) / 4;
      const both = p.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
      const all = p.reduce((a, b) => a + b, 0) + y.reduce((a, b) => a + b, 0);
      expect(Number(bce?.data[row])).toBeCloseTo(entropy, 5);
      expect(Number(dice?.data[row])).toBeCloseTo(1 - (2 * both + 1) / (all + 1), 5);
    }
  });

  it('need one image and one mask token in the reply', () => {
    const media = [{ at: new Int32Array(), key: 'a', feeds: () => ({}) }];
    const sequence = (ids: number[], weights: number[], more = media): Sequence => ({
      ids: Int32Array.from(ids),
      weights: Float32Array.from(weights),
      media: more,
    });
    expect(() => assertOneMask(sequence([7, 1, 7], [0, 1, 1]), 7, 'row')).not.toThrow();
    for (const wrong of [sequence([7, 1, 7], [1, 1, 1]), sequence([7, 1], [0, 1]), sequence([1, 7], [0, 1], [])])
      expect(() => assertOneMask(wrong, 7, 'row')).toThrow(expect.objectContaining({ code: 'train.data' }));
  });
});
