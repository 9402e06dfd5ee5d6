// The losses of masks against plain loops, masks of packed sequences against each alone, and what a row must have.

import { describe, expect, it } from 'vitest';
import { grad, input, type Tensor } from '../../graph/index.js';
import { packSequences, type Sequence } from '../../model/index.js';
import { MaskHead } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { Read } from '../sequence-graph.js';
import { assertMasks, diceLoss, maskCrossEntropy, masks } from './masks.js';

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

  it('need one image and a mask token in the replies for each mask', () => {
    const media = [{ at: new Int32Array(), key: 'a', feeds: () => ({}) }];
    const sequence = (ids: number[], weights: number[], more = media): Sequence => ({
      ids: Int32Array.from(ids),
      weights: Float32Array.from(weights),
      media: more,
    });
    const o = { token: 7, masks: 1, perSample: 1, place: 'row' };
    expect(() => assertMasks(sequence([7, 1, 7], [0, 1, 1]), o)).not.toThrow();
    expect(() => assertMasks(sequence([7, 1, 7], [1, 1, 1]), { ...o, masks: 2, perSample: 3 })).not.toThrow();
    for (const wrong of [sequence([7, 1, 7], [1, 1, 1]), sequence([7, 1], [0, 1]), sequence([1, 7], [0, 1], [])])
      expect(() => assertMasks(wrong, o)).toThrow(expect.objectContaining({ code: 'train.data' }));
    const [none, two] = [sequence([1, 1], [1, 1]), sequence([7, 1, 7], [1, 1, 1])];
    expect(() => assertMasks(none, { ...o, masks: 0 })).toThrow(expect.objectContaining({ code: 'train.data' }));
    expect(() => assertMasks(two, { ...o, masks: 1, perSample: 3 })).toThrow(expect.objectContaining({ code: 'train.data' }));
    expect(() => assertMasks(two, { ...o, masks: 2 })).toThrow(expect.objectContaining({ hint: 'Set perSample to 2' }));
  });

  const [TOKEN, WIDTH, SIDE, ROWS] = [7, 6, 8, 4];
  const sines = (shape: readonly number[], from: number): HostTensor<'float32'> => {
    const tensor = hostTensor('float32', shape);
    for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = Math.sin(1.3 * i + 2.1 * from);
    return tensor;
  };
  const sequence = (name: number, ids: number[]): Sequence => ({
    ids: Int32Array.from(ids),
    weights: Float32Array.from(ids, (_, i) => (i < 2 ? 0 : 1)),
    media: [{ at: Int32Array.of(0, 0, 0, 0), key: `picture ${name}`, feeds: () => ({ pixels: sines([1, 3, SIDE, SIDE], name) }) }],
  });
  const head = new MaskHead(WIDTH, { token: '<SEG>', width: 16, layers: 1, heads: 2, blocks: 1, reader: 1 }).nameParameters('head');
  const values = new Map(head.parameters().map((p, k) => [p, sines(p.dims, k)]));
  const truths = new Map<Sequence, Uint8Array[]>();
  const truth = (s: Sequence): Uint8Array[] => truths.get(s) as Uint8Array[];
  const square = (at: number): Uint8Array => Uint8Array.from({ length: SIDE ** 2 }, (_, i) => Number(i >= at && i < at + 20));

  /** Loss terms of a batch, whose hidden states and rows are given for each sequence. */
  async function measured(sequences: readonly Sequence[], hiddenOf: (s: Sequence) => number, perSample: number) {
    const packed = packSequences(sequences, { length: 24, pad: 0 });
    const n = packed.asked.shape[0] as number;
    const loss = masks({ head, token: TOKEN, side: SIDE, rows: ROWS, truth, perSample });
    const feeds: Record<string, HostTensor> = { ...(await loss.prepare?.(sequences, packed)) };
    const hidden = hostTensor('float32', [n, WIDTH]);
    const at = new Map<number, number>();
    for (const [i, s] of packed.owners.data.entries()) {
      const k = at.get(s) ?? 0;
      at.set(s, k + 1);
      hidden.data.set(sines([20, WIDTH], hiddenOf(sequences[s] as Sequence)).data.subarray(k * WIDTH, (k + 1) * WIDTH), i * WIDTH);
    }
    const features = hostTensor('float32', [sequences.length * ROWS, WIDTH]);
    for (const [i, { sequence: s }] of packed.media.entries())
      features.data.set(sines([ROWS, WIDTH], 50 + hiddenOf(sequences[s] as Sequence)).data, i * ROWS * WIDTH);
    const x = { hidden: input('hidden', [n, WIDTH]), features: input('features', features.shape) };
    const read = { ...x, weights: input('weights', [n]), logProbs: input('logProbs', [n]), sequences: sequences.length };
    const graph = loss.loss(read as unknown as Read, (name, shape, dtype) => input(name, shape, dtype));
    const [slope] = grad(graph.metrics?.dice as Tensor, [x.features]) as [Tensor];
    const { bce, dice } = graph.metrics as Record<'bce' | 'dice', Tensor>;
    const program = await compile({ bce, dice, slope }, { frozen: values, threads: 1 });
    const got = await program.run({ hidden, features, ...feeds });
    program.dispose();
    return { bce: Number(got.bce?.data[0]), dice: Number(got.dice?.data[0]), slope: got.slope?.data as Float32Array };
  }

  it('of packed sequences are those of each alone, with its own image, whatever the number of masks', async () => {
    // The longest first, as batches have them; packing puts the third into the row of the first.
    const all = [
      sequence(1, [1, 1, 3, TOKEN, 1, 1, TOKEN, 2, 1, 1, 1, 1, 1, 1]),
      sequence(2, [1, 1, TOKEN, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
      sequence(3, [1, 1, 3, TOKEN]),
    ];
    const [two, one, last] = all as [Sequence, Sequence, Sequence];
    truths
      .set(two, [square(3), square(30)])
      .set(one, [square(12)])
      .set(last, [square(40)]);
    const hiddenOf = (s: Sequence): number => all.indexOf(s) + 1;
    const together = await measured(all, hiddenOf, 3);
    const alone = await Promise.all([measured([two], hiddenOf, 2), measured([one], hiddenOf, 1), measured([last], hiddenOf, 1)]);
    for (const key of ['bce', 'dice'] as const) expect(together[key]).toBeCloseTo(alone.reduce((sum, x) => sum + x[key], 0) / 3, 4);
    // The rows of its own image matter to each.
    for (const { slope } of alone) expect(slope.some((v) => Math.abs(v) > 1e-7)).toBe(true);
    // The order of media is that of rows: first, third, second.
    for (const [i, { slope }] of [alone[0], alone[2], alone[1]].entries() as Iterable<[number, { slope: Float32Array }]>)
      for (const [k, v] of slope.entries()) expect(together.slope[i * ROWS * WIDTH + k]).toBeCloseTo(v / 3, 4);
  });
});
