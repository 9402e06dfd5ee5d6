// The group losses against reference values, and their gradients against finite differences.

import { describe, expect, it } from 'vitest';
import { constant, grad, input, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import { type GroupForm, type GroupOptions, groupAdvantages, groupLoss, hasSignal, overlongPenalty, tokenLosses } from './group.js';

const floats = (values: readonly number[]) => hostTensor('float32', [values.length], Float32Array.from(values));

/** Two completions, of two and of three tokens, and the log-ratios of their tokens. */
const RATIOS = [0.3, -0.1, -0.4, 0.1, 0];
const ADVANTAGES = [1, 1, -1, -1, -1];
const START = [0.1, 0, -0.2, 0, 0];
const OWNERS = [0, 0, 1, 1, 1];

const own = constant(hostTensor('float32', [2, 5], Float32Array.from([0, 1].flatMap((s) => OWNERS.map((o) => (o === s ? 1 : 0))))));

const options = (form: GroupForm, beta = 0): GroupOptions => ({ form, clip: 0.2, clipHigh: 0.2, beta, maxTokens: 8 });

/** The values of the loss, where the policy has these log-ratios to what it was. */
function values(logProbs: Tensor, beta: number, mask: readonly number[] = [1, 1, 1, 1, 1]) {
  return {
    logProbs,
    old: constant(floats([0, 0, 0, 0, 0])),
    // `START` is measured from the policy as it is.
    ...(beta > 0 ? { start: constant(floats(RATIOS.map((r, i) => r + (START[i] as number)))) } : {}),
    advantages: constant(floats(ADVANTAGES)),
    mask: constant(floats(mask)),
    perSequence: (x: Tensor): Tensor => own.matMul(x.reshape([5, 1])).reshape([2]),
    toTokens: (x: Tensor): Tensor => x.reshape([1, 2]).matMul(own).reshape([5]),
  };
}

async function run(
  outputs: (logProbs: Tensor) => Record<string, Tensor>,
  at: readonly number[] = RATIOS,
): Promise<Record<string, number[]>> {
  const program = await compile(outputs(input('x', [5])));
  const out = await program.run({ x: floats(at) });
  program.dispose();
  return Object.fromEntries(Object.entries(out).map(([key, { data }]) => [key, Array.from(data as Float32Array)]));
}

const lossAt = async (form: GroupForm, beta: number, at?: readonly number[]): Promise<number> =>
  (await run((x) => ({ loss: groupLoss(values(x, beta), options(form, beta)).loss }), at)).loss?.[0] as number;

const near = (got: number | undefined, wanted: number): void =>
  expect(Math.abs((got as number) - wanted), `${got}, not ${wanted}`).toBeLessThan(1e-5);

describe('advantages of groups', () => {
  it('are measured in deviations over n - 1', () => {
    const expected = [1.224445, -1.224445, 0, 0];
    groupAdvantages([1, 0, 0.5, 0.5], 'grpo').forEach((a, i) => {
      near(a, expected[i] as number);
    });
    expect(groupAdvantages([1, 0, 0.5, 0.5], 'dr_grpo')).toEqual([0.5, -0.5, 0, 0]);
  });

  it('are none where all rewards are equal', () => {
    expect(hasSignal([0.1, 0.1, 0.1])).toBe(false);
    expect(groupAdvantages([0.1, 0.1, 0.1], 'grpo')).toEqual([0, 0, 0]);
    expect(() => groupAdvantages([1], 'grpo')).toThrow(expect.objectContaining({ code: 'train.option' }));
  });
});

describe('group losses', () => {
  it('of tokens are the clipped surrogate', async () => {
    const { losses, clipped } = await run((x) => tokenLosses(values(x, 0), options('grpo')));
    const expected = [-1.2, -0.904837, 0.8, 1.105171, 1];
    losses?.forEach((v, i) => {
      near(v, expected[i] as number);
    });
    expect(clipped).toEqual([1, 0, 1, 0, 0]);
    const { losses: withKl } = await run((x) => tokenLosses(values(x, 0.04), options('grpo', 0.04)));
    near(withKl?.[0], -1.199793);
    near(withKl?.[2], 0.800749);
  });

  it.each<[GroupForm, number, number]>([
    ['grpo', 0, -0.042014],
    ['dapo', 0, 0.160067],
    ['dr_grpo', 0, 0.050021],
    ['grpo', 0.04, -0.041838],
    ['dapo', 0.04, 0.160258],
    ['dr_grpo', 0.04, 0.050081],
    ['gspo', 0, -0.100167],
  ])('%s with beta %f is %f', async (form, beta, expected) => near(await lossAt(form, beta), expected));

  it('of gspo have one ratio for a completion', async () => {
    const { losses } = await run((x) => tokenLosses(values(x, 0), options('gspo')));
    [-1.105171, -1.105171, 0.904837, 0.904837, 0.904837].forEach((v, i) => {
      near(losses?.[i], v);
    });
  });

  it('may move further up than down', async () => {
    const { losses } = await run((x) => tokenLosses(values(x, 0), { ...options('dapo'), clipHigh: 0.3 }));
    near(losses?.[0], -1.3);
    near(losses?.[2], 0.8);
  });

  it('leave out what is masked, and divide by all completions', async () => {
    const masked = [0, 0, 1, 1, 1];
    const mean = (0.8 + 1.105171 + 1) / 3;
    const { loss } = await run((x) => ({ loss: groupLoss(values(x, 0, masked), options('grpo')).loss }));
    near(loss?.[0], mean / 2);
    const { loss: tokens } = await run((x) => ({ loss: groupLoss(values(x, 0, masked), options('dapo')).loss }));
    near(tokens?.[0], mean);
  });

  it.each<[GroupForm, number]>([
    ['grpo', 0.04],
    ['dapo', 0.04],
    ['dr_grpo', 0.04],
    ['gspo', 0.04],
  ])('%s has the gradient of finite differences', async (form, beta) => {
    // Away from the kinks of the clip.
    const at = [0.15, -0.11, -0.13, 0.12, 0.02];
    const gradient = (x: Tensor) => {
      const { loss } = groupLoss(values(x, beta), options(form, beta));
      return { loss, dx: grad(loss, x) as Tensor };
    };
    const { dx } = await run(gradient, at);
    const h = 1e-2;
    for (const i of at.keys()) {
      const moved = (by: number) =>
        lossAt(
          form,
          beta,
          at.map((v, k) => (k === i ? v + by : v)),
        );
      const [up, down] = [await moved(h), await moved(-h)];
      expect(Math.abs((up - down) / (2 * h) - (dx?.[i] as number))).toBeLessThan(1e-4);
    }
  });
});

describe('the penalty of long completions', () => {
  it('falls over the buffer', () => {
    const o = { maxTokens: 100, buffer: 20 };
    expect([50, 80, 90, 100, 120].map((n) => overlongPenalty(n, o))).toEqual([-0, -0, -0.5, -1, -1]);
    expect(overlongPenalty(100, { maxTokens: 100, buffer: 0 })).toBe(0);
  });
});
