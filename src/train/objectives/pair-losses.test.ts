// The losses of pairs and of judged replies against values that were worked out from the papers' and TRL's formulas.

import { describe, expect, it } from 'vitest';
import { constant, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import type { Read } from '../sequence-graph.js';
import type { SequenceLoss } from '../sequence-objective.js';
import { kto } from './kto.js';
import { PAIR_LOSSES, type PairLossName } from './pair-losses.js';
import { type PairOptions, pairs } from './pairs.js';

const numbers = (shape: number[], values: readonly number[]): Tensor => constant(hostTensor('float32', shape, Float32Array.from(values)));

/** What a loss reads of sequences whose tokens share a sum evenly. */
function read(sums: readonly number[], tokens: readonly number[]): Read {
  const n = tokens.reduce((a, b) => a + b, 0);
  const owner = tokens.flatMap((count, i) => new Array<number>(count).fill(i));
  const own = numbers(
    [tokens.length, n],
    tokens.flatMap((_, i) => owner.map((o) => (o === i ? 1 : 0))),
  );
  const logProbs = numbers(
    [n],
    owner.map((i) => (sums[i] as number) / (tokens[i] as number)),
  );
  const unused = numbers([1], [0]);
  return {
    ...{ hidden: unused, logits: unused, targets: unused, logProbs, sequences: tokens.length },
    weights: numbers([n], new Array(n).fill(1)),
    perSequence: (x) => x.reshape([1, n]).mul(own).sum(1),
    toTokens: (x) => x.reshape([1, tokens.length]).matMul(own).reshape([n]),
  };
}

async function evaluated(loss: SequenceLoss, r: Read, feeds: Record<string, readonly number[]>): Promise<Record<string, number>> {
  const { loss: total, metrics } = loss.loss(r, ((name: string, shape: number[]) => numbers(shape, feeds[name] as number[])) as never);
  const program = await compile({ total, ...metrics });
  const out = await program.run({});
  program.dispose();
  return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, t.data[0] as number]));
}

const none = async (): Promise<Float32Array> => new Float32Array();
const pair = (options: Omit<PairOptions, 'reference'>, [chosen, rejected]: [number, number] = [-10, -15]) =>
  evaluated(pairs({ ...options, reference: none }), read([chosen, rejected], [5, 6]), { reference: [-12, -14] });

describe('losses of pairs', () => {
  it.each<[PairLossName, number, Partial<PairOptions>?]>([
    ['sigmoid', 0.554355],
    ['sigmoid', 0.584355, { labelSmoothing: 0.1 }],
    ['sigmoid_norm', 0.665215],
    ['robust', 0.516855],
    ['hinge', 0.7],
    ['ipo', 19.654444],
    ['ipo_sum', 4],
    ['exo_pair', 2.258199],
    ['nca_pair', 1.319407],
    ['bco_pair', 1.242536],
    ['sppo_hard', 25],
    ['apo_zero', 0.925187],
    ['apo_down', 0.975391],
    ['discopop', 0.740357],
  ])('%s is %d with a reference', async (loss, value, more) => {
    const { total, margin, accuracy } = await pair({ loss, ...more });
    expect(total).toBeCloseTo(value, 5);
    expect(margin).toBeCloseTo(0.3, 5);
    expect(accuracy).toBe(1);
  });

  it.each<[PairLossName, number, Partial<PairOptions>?]>([
    ['orpo', 1.040114],
    ['simpo', 0.474077],
    ['simpo', Math.LN2, { gamma: 1 }],
  ])('%s is %d of -1 and -1.5 for each token', async (loss, value, more) => {
    expect((await pair({ loss, ...more }, [-5, -9])).total).toBeCloseTo(value, 5);
  });

  it('cpo is 0.474077 over sums, and has the log-likelihood of the chosen reply beside it', async () => {
    expect((await pair({ loss: 'cpo', sft: 0 })).total).toBeCloseTo(0.474077, 5);
    expect((await pair({ loss: 'cpo' })).total).toBeCloseTo(2.474077, 5);
  });

  it('mpo is 0.8 sigmoid + 0.2 bco + the log-likelihood, or other shares of them', async () => {
    expect((await pair({ loss: 'mpo' })).total).toBeCloseTo(2.691991, 5);
    expect((await pair({ loss: 'mpo', preference: 0, quality: 1, sft: 0 })).total).toBeCloseTo(1.242536, 5);
    expect((await pair({ loss: 'mpo', preference: 1, quality: 0, sft: 0 })).total).toBeCloseTo(0.554355, 5);
  });

  it('has the losses of three pairs that torchtune tests', async () => {
    const at = async (loss: PairLossName, beta: number) => {
      const values: number[] = [];
      for (const [chosen, rejected, ...reference] of [
        [-0.5, -0.1, -0.5, -0.1],
        [-10, -30, -10.1, -20.1],
        [-1, -21, -0.1, -0.1],
      ] as [number, number, number, number][]) {
        const out = await evaluated(pairs({ loss, beta, reference: none }), read([chosen, rejected], [1, 1]), { reference });
        values.push(out.total as number);
      }
      return values;
    };
    for (const [loss, wanted] of [
      ['sigmoid', [Math.LN2, 0.313262, 0.126928]],
      ['hinge', [1, 0, 0]],
    ] as [PairLossName, number[]][])
      (await at(loss, 0.1)).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i] as number, 5);
      });
  });

  it('dense weighs the tokens that differ: six at -0.5, two at -2 and gamma 5 score -1.4375', async () => {
    const tokens = [-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -2, -2];
    const weights = [1, 1, 1, 1, 1, 1, 5, 5];
    const n = 2 * tokens.length;
    const both = read([-1, -1], [8, 8]);
    const weighed = numbers([n], [...weights, ...weights]);
    // The rejected reply has none that differ and is as likely as under the reference.
    const r: Read = {
      ...both,
      weights: weighed,
      logProbs: numbers([n], [...tokens, ...tokens.map(() => 0)]),
      perSequence: (x) => both.perSequence(x.mul(weighed)),
    };
    const loss = pairs({ loss: 'dense', beta: 1, reference: none });
    const { total } = await evaluated(loss, r, { reference: [0, 0] });
    expect(total).toBeCloseTo(Math.log1p(Math.exp(1.4375)), 5);
    expect(PAIR_LOSSES.dense.strengths).toEqual({ beta: 0.5, gamma: 5 });
  });

  it.each(Object.keys(PAIR_LOSSES) as PairLossName[])('%s is finite far away', async (loss) => {
    if (loss === 'discopop' || loss === 'orpo') return; // the exponential form grows without bound, and so do odds
    for (const sums of [
      [-9000, -1],
      [-1, -9000],
    ] as [number, number][])
      expect(Number.isFinite((await pair({ loss }, sums)).total)).toBe(true);
  });
});

describe('kto', () => {
  const judged = (label: boolean, gained: number, kl: number) => {
    const loss = kto({ beta: 0.1, desirable: 1, undesirable: 1, labelOf: () => label, reference: none });
    return evaluated(loss, read([gained, kl], [3, 4]), { reference: [0, 0], sign: [label ? 1 : -1] });
  };

  it.each([
    [true, 2, 0.5, 0.46257, 0.5],
    [false, -1, 0.5, 0.46257, 0.5],
    [true, 2, 0, 0.450166, 0],
    [false, -1, 0, 0.475021, 0],
    [true, 2, -3, 0.450166, 0],
  ])('of a reply called %s that gained %d, with a distance of %d, is %d', async (label, gained, distance, value, kl) => {
    const out = await judged(label, gained, distance);
    expect(out.total).toBeCloseTo(value, 5);
    expect(out.kl).toBeCloseTo(kl, 6);
  });
});
