// PPO and reward models against worked numbers (TRL's formulas), GAE against torchtune's, and gradients by finite differences.

import { describe, expect, it } from 'vitest';
import { grad, input, inputsOf, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { explainedVariance, gae, KL_ESTIMATES, penalized, tokenRewards, whiten } from './advantages.js';
import { policyLosses, ppoLoss, valueLosses } from './ppo.js';
import { rewardLosses } from './reward.js';

const close = (got: ArrayLike<number>, expected: readonly number[], bar = 1e-5): void => {
  expect(got.length).toBe(expected.length);
  for (const [i, v] of expected.entries()) expect(Math.abs((got[i] as number) - v), `${i}: ${got[i]} for ${v}`).toBeLessThan(bar);
};
const tensor = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  hostTensor('float32', [...shape], Float32Array.from(values));

/** Outputs of a graph over vectors. */
async function run(vectors: Record<string, readonly number[]>, of: (x: Record<string, Tensor>) => Record<string, Tensor>) {
  const inputs = Object.fromEntries(Object.entries(vectors).map(([name, v]) => [name, input(name, [v.length])]));
  const program = await compile(of(inputs));
  const used = program.inputs.map(({ name }) => [name, tensor(vectors[name] as readonly number[])] as const);
  const out = await program.run(Object.fromEntries(used));
  program.dispose();
  return Object.fromEntries(Object.entries(out).map(([name, t]) => [name, Array.from((t as HostTensor<'float32'>).data)])) as Record<
    string,
    number[]
  >;
}

describe('rewards of tokens', () => {
  it('k1 and k3 of log-probabilities, and the score at the end', () => {
    const [logProbs, start] = [
      [-1, -2, -1.5],
      [-1.1, -1.8, -1.5],
    ];
    const d = logProbs.map((p, t) => p - (start[t] as number));
    close(d.map(KL_ESTIMATES.k1), [0.1, -0.2, 0]);
    close(d.map(KL_ESTIMATES.k3), [0.004837, 0.021403, 0]);
    close(d.map(KL_ESTIMATES.k2), [0.005, 0.02, 0]);
    close(tokenRewards({ score: 2, logProbs, start }, { kl: 0.05 }), [-0.005, 0.01, 2]);
  });

  it('lose what penalties say', () => {
    const p = { noStop: 2, length: 0.1, freeTokens: 8 };
    expect(penalized(1, { tokens: 8, stopped: true }, p)).toBe(1);
    expect(penalized(1, { tokens: 11, stopped: true }, p)).toBeCloseTo(0.7, 10);
    expect(penalized(1, { tokens: 4, stopped: false }, p)).toBe(-1);
  });
});

describe('advantages', () => {
  it('are those of the definition', () => {
    const [rewards, values] = [
      [0, 0, 1],
      [0.1, 0.2, 0.3],
    ];
    const one = gae(rewards, values);
    close(one.advantages, [0.82675, 0.765, 0.7]);
    close(one.returns, [0.92675, 0.965, 1]);
    close(whiten([one.advantages])[0] as number[], [0.991343, 0.017092, -1.008435]);
    close(gae(rewards, values, { gamma: 0.9 }).advantages, [0.651567, 0.6685, 0.7]);
    const tune = gae([0, 0, 0, 1], [0, 0, 0, 1], { gamma: 0.9, lambda: 0.95 });
    close(tune.returns, [0.657923, 0.7695, 0.9, 1]);
  });

  it('whitening goes over all replies together, and may keep the mean', () => {
    const [a, b] = whiten([[1, 2], [3]]) as [number[], number[]];
    close([...a, ...b], [-1, 0, 1]);
    close(whiten([[1, 2], [3]], { keepMean: true }).flat(), [1, 2, 3]);
    expect(whiten([[4]])).toEqual([[4]]);
  });

  it('values explain all of the variance, none of it, or less than none', () => {
    expect(explainedVariance([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(explainedVariance([1, 2, 3], [5, 5, 5])).toBeCloseTo(0, 10);
    expect(explainedVariance([1, 2, 3], [3, 2, 1])).toBeCloseTo(-3, 10);
    expect(explainedVariance([2, 2], [1, 3])).toBe(0);
  });
});

describe('losses', () => {
  it('of the policy are clipped', async () => {
    const out = await run({ logProbs: [0.3, -0.3, 0], old: [0, 0, 0], advantages: [1, 1, -1] }, (x) => ({
      ...policyLosses(x as Record<'logProbs' | 'old' | 'advantages', Tensor>, 0.2),
    }));
    close(out.losses as number[], [-1.2, -0.740818, 1]);
    expect(out.clipped).toEqual([1, 0, 0]);
  });

  it('of values are clipped, and the whole is a mean over tokens', async () => {
    const values = { values: [0.5, 0.1, 0.3], oldValues: [0.1, 0.2, 0.3], returns: [1, 1, 1] };
    const losses = await run(values, (x) => ({ losses: valueLosses(x as Record<keyof typeof values, Tensor>, 0.2) }));
    close(losses.losses as number[], [0.49, 0.81, 0.49]);
    const all = { ...values, logProbs: [0.3, -0.3, 0, 9], old: [0, 0, 0, 0], advantages: [1, 1, -1, 5], mask: [1, 1, 1, 0] };
    for (const key of ['values', 'oldValues', 'returns'] as const) all[key] = [...all[key], 7];
    const out = await run(all, (x) => {
      const { loss, metrics } = ppoLoss(x as unknown as Parameters<typeof ppoLoss>[0], { clip: 0.2, valueClip: 0.2, valueWeight: 0.1 });
      return { loss, ...metrics };
    });
    close(out.policy_loss as number[], [-0.313606]);
    close(out.value_loss as number[], [0.298333]);
    close(out.loss as number[], [-0.313606 + 0.0298333]);
    close(out.clip_share as number[], [1 / 3]);
  });

  it('of a reward model: a pair, with a margin, with centering', async () => {
    const sides = { chosen: [1.2], rejected: [0.4], margin: [0.5] };
    const out = await run(sides, ({ chosen, rejected, margin }) => {
      const pair = { chosen: chosen as Tensor, rejected: rejected as Tensor };
      return { plain: rewardLosses(pair), ahead: rewardLosses(pair, { margin }), centered: rewardLosses(pair, { centering: 0.01 }) };
    });
    close(out.plain as number[], [0.371101]);
    close(out.ahead as number[], [0.554355]);
    close(out.centered as number[], [0.396701]);
  });

  const feeds = {
    ...{ a: [0.02, -0.05, 0.1, 0], b: [1, 0.7, -1, -0.4], c: [0.1, 0.2, 0.3, 0.15], d: [1, 0.3, -0.2, 0.4], e: [1, 1, 1, 1] },
    ...{ logProbs: [0.25, -0.3, 0.05, -0.12], values: [0.5, 0.14, 0.3, 0.1] },
    ...{ chosen: [1.2, -0.3, 0.1, 0.7], rejected: [0.4, 0.2, -0.6, 0.9] },
  } as Record<string, number[]>;
  const of = (name: string): Tensor => input(name, [4]);
  it.each([
    [
      'of PPO',
      ['logProbs', 'values'],
      () =>
        ppoLoss(
          {
            ...{ logProbs: of('logProbs'), values: of('values'), old: of('a'), advantages: of('b') },
            ...{ oldValues: of('c'), returns: of('d'), mask: of('e') },
          },
          { clip: 0.2, valueClip: 0.2, valueWeight: 0.1 },
        ).loss,
    ],
    [
      'of a reward model',
      ['chosen', 'rejected'],
      () => rewardLosses({ chosen: of('chosen'), rejected: of('rejected') }, { margin: of('a'), centering: 0.01 }).mean(),
    ],
  ] as const)('%s have the slope of finite differences', async (_, names, make) => {
    const loss = make();
    const inputs = new Map(inputsOf([loss]).map((x) => [x.name, x]));
    const gradients = grad(
      loss,
      names.map((name) => inputs.get(name) as Tensor),
    );
    const program = await compile({ loss, ...Object.fromEntries(gradients.map((g, i) => [`grad.${names[i]}`, g as Tensor])) });
    const at = (moved: Record<string, number[]> = {}) =>
      program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, tensor((moved[name] ?? feeds[name]) as number[])])));
    const exact = await at();
    const h = 1e-3;
    for (const name of names)
      for (const i of (feeds[name] as number[]).keys()) {
        const moved = (by: number) => ({ [name]: (feeds[name] as number[]).map((v, k) => (k === i ? v + by : v)) });
        const [above, below] = [(await at(moved(h))).loss, (await at(moved(-h))).loss];
        const slope = (Number(above?.data[0]) - Number(below?.data[0])) / (2 * h);
        expect(Math.abs(slope - Number(exact[`grad.${name}`]?.data[i])), `${name} ${i}`).toBeLessThan(5e-4);
      }
    program.dispose();
  });
});
