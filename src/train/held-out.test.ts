// Held-out losses: when they are measured, what they are means of, that they change nothing, and that a resumed run has the same.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAbort } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { readRun, runStage, type TrainOptions } from './index.js';
import type { Batch } from './objective.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-held-out-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = ({ parameters, state }: Tiny): number[] => parameters.flatMap((p) => [...state.value(p).data]);
const options: Partial<TrainOptions> = { steps: 20, lr: 1e-2, logEvery: 1, checkpointEvery: 4 };
const train = (tiny: Tiny, more: Partial<Parameters<typeof runStage>[0]> = {}) => runStage({ ...tiny, dir, options, ...more });

/** Steps and losses of the history in `folder`. */
async function losses(folder = dir): Promise<[step: number, loss: number][]> {
  return (await readRun(folder)).flatMap((e) => (e.type === 'held-out' ? [[e.step, e.loss]] : []));
}

/** Stops a run while it measures the held-out loss for the `nth` time. */
async function interruptedWhileMeasuring(nth: number): Promise<void> {
  const tiny = tinyProblem({ held: 3 });
  const controller = new AbortController();
  const held = tiny.objective.held as NonNullable<Tiny['objective']['held']>;
  const { batch } = held.objective;
  let times = 0;
  held.objective.batch = async (index, signal) => {
    if (index === 0 && ++times === nth) controller.abort();
    return batch(index, signal);
  };
  await expect(train(tiny, { signal: controller.signal })).rejects.toSatisfy(isAbort);
}

describe('the held-out loss', () => {
  it('is measured before the first step, ten times on the way, and after the last', async () => {
    const summary = await train(tinyProblem({ held: 3 }));
    const measured = await losses();
    expect(measured.map(([step]) => step)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    const values = measured.map(([, loss]) => loss);
    const best = Math.min(...values);
    expect(summary.heldOut).toEqual({
      first: values[0],
      last: values.at(-1),
      best: { step: (measured[values.indexOf(best)] as [number, number])[0], loss: best },
      weightsOf: 20,
    });
    expect(summary.heldOut?.last).toBeLessThan(0.5 * (summary.heldOut?.first as number));
  });

  it('is measured as often as asked', async () => {
    for (const [evalEvery, steps] of [
      [0, [0, 20]],
      [7, [0, 7, 14, 20]],
      [0.5, [0, 10, 20]],
      [40, [0, 20]],
    ] as const) {
      await train(tinyProblem({ held: 1 }), { dir: join(dir, String(evalEvery)), options: { ...options, evalEvery } });
      expect((await losses(join(dir, String(evalEvery)))).map(([step]) => step)).toEqual(steps);
    }
    await expect(train(tinyProblem(), { options: { evalEvery: 1.5 } })).rejects.toMatchObject({ code: 'train.option' });
    await expect(train(tinyProblem(), { options: { evalEvery: -1 } })).rejects.toMatchObject({ code: 'train.option' });
  });

  it('is the mean over all batches, by their weights, without those of weight 0', async () => {
    // Three batches apart: the first alone, the second alone, and both with weights 1 and 3 beside one without loss.
    const measure = async (list: { index: number; weight: number }[]): Promise<number> => {
      const tiny = tinyProblem({ held: list.length });
      const held = tiny.objective.held as NonNullable<Tiny['objective']['held']>;
      const { batch } = held.objective;
      held.objective.batch = async (i): Promise<Batch> => {
        const { index, weight } = list[i] as { index: number; weight: number };
        return weight === 0 ? { bucket: 'empty', feeds: {}, tokens: 0, items: 0, weight } : { ...(await batch(index)), weight };
      };
      const summary = await train(tiny, { dir: join(dir, JSON.stringify(list)), options: { ...options, steps: 1 } });
      return summary.heldOut?.first as number;
    };
    const [a, b] = [await measure([{ index: 0, weight: 1 }]), await measure([{ index: 1, weight: 1 }])];
    const both = await measure([
      { index: 0, weight: 1 },
      { index: 9, weight: 0 },
      { index: 1, weight: 3 },
    ]);
    expect(a).not.toBeCloseTo(b, 3);
    expect(both).toBeCloseTo((a + 3 * b) / 4, 12);
    await expect(measure([{ index: 0, weight: 0 }])).rejects.toMatchObject({ code: 'train.noloss' });
  });

  it('changes nothing', async () => {
    const [plain, measured] = [tinyProblem(), tinyProblem({ held: 2 })];
    await train(plain, { dir: join(dir, 'plain') });
    await train(measured);
    expect(weights(measured)).toEqual(weights(plain));
  });

  it('is the same in a run that was stopped and resumed, also in the middle of measuring', async () => {
    const whole = tinyProblem({ held: 3 });
    await train(whole, { dir: join(dir, 'whole') });
    const expected = await losses(join(dir, 'whole'));
    for (const nth of [1, 3, 11]) {
      await rm(join(dir, 'run'), { recursive: true, force: true });
      const before = dir;
      dir = join(dir, 'run');
      await interruptedWhileMeasuring(nth);
      const again = tinyProblem({ held: 3 });
      await train(again, { resume: true });
      expect(await losses()).toEqual(expected);
      expect(weights(again)).toEqual(weights(whole));
      dir = before;
    }
  });

  it('names the batch and the rows where it is not finite', async () => {
    const tiny = tinyProblem({ held: 2 });
    const held = tiny.objective.held as NonNullable<Tiny['objective']['held']>;
    const { batch } = held.objective;
    held.objective.batch = async (index) => {
      const made = await batch(index);
      const x = hostTensor('float32', (made.feeds.x as Batch['feeds'][string]).shape);
      x.data.fill(Number.NaN);
      return index === 1 ? { ...made, rows: [4, 7], feeds: { ...made.feeds, x } } : made;
    };
    await expect(train(tiny)).rejects.toMatchObject({ code: 'train.nonfinite', place: expect.stringMatching(/batch 1 .*rows 4, 7/) });
  });
});
