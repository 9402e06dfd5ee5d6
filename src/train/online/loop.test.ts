// The loop with batches that depend on the weights: each is made when its turn comes, and a resumed run equals an uninterrupted one.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAbort } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { Objective } from '../objective.js';
import { runStage } from '../run.js';
import { tinyProblem } from '../testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-online-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const options = { steps: 8, lr: 1e-2, checkpointEvery: 1, logEvery: 1 };

/** Batches whose inputs are moved by the first weight; `shift` moves what they are made from besides. */
function onlineProblem(shift = 0) {
  const tiny = tinyProblem();
  const { state, parameters, objective: base } = tiny;
  const made: number[] = [];
  let total = 0;
  const objective: Objective = {
    ...base,
    async batch(index) {
      made.push(index);
      const batch = await base.batch(index + shift);
      const first = state.value(parameters[0] as (typeof parameters)[0]).data[0] as number;
      total += first;
      const moved = hostTensor('float32', (batch.feeds.x as HostTensor).shape);
      (batch.feeds.x as HostTensor<'float32'>).data.forEach((v, i) => {
        moved.data[i] = v + 0.1 * first + 0.001 * total;
      });
      return { ...batch, feeds: { ...batch.feeds, x: moved }, metrics: { total } };
    },
    online: { given: async (index) => ({ y: (await base.batch(index + shift)).feeds.y as HostTensor }) },
    memory: {
      save: () => ({ total }),
      restore: (saved) => {
        ({ total } = saved as { total: number });
      },
    },
  };
  return { state, objective, made, weights: () => parameters.map((p) => state.value(p).data.slice()) };
}

describe('online objectives', () => {
  it('make each batch once, in order, and none ahead', async () => {
    const problem = onlineProblem();
    const seen: number[] = [];
    await runStage({ ...problem, dir, options, onEvent: (e) => e.type === 'step' && seen.push(problem.made.length) });
    expect(problem.made).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('resume to the bit, memory included', async () => {
    const whole = onlineProblem();
    await runStage({ ...whole, dir: join(dir, 'whole'), options });
    const controller = new AbortController();
    const stopped = runStage({
      ...onlineProblem(),
      dir: join(dir, 'parts'),
      options,
      signal: controller.signal,
      onEvent: (e) => e.type === 'step' && e.step === 3 && controller.abort(),
    });
    await expect(stopped).rejects.toSatisfy(isAbort);
    const resumed = onlineProblem();
    await runStage({ ...resumed, dir: join(dir, 'parts'), options, resume: true });
    expect(resumed.made).toEqual([3, 4, 5, 6, 7]);
    expect(resumed.weights()).toEqual(whole.weights());
  });

  it('are refused where what batches are made from has changed', async () => {
    const controller = new AbortController();
    const stopped = runStage({
      ...onlineProblem(),
      dir,
      options,
      signal: controller.signal,
      onEvent: (e) => e.type === 'step' && e.step === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toSatisfy(isAbort);
    await expect(runStage({ ...onlineProblem(1), dir, options, resume: true })).rejects.toMatchObject({ code: 'train.recipe' });
  });

  it('measure what is held out themselves', async () => {
    const problem = onlineProblem();
    const losses = [5, 3, 4];
    const objective: Objective = {
      ...problem.objective,
      held: { measure: async () => ({ loss: losses.shift() as number, batches: 1, metrics: { reward: 1 } }) },
    };
    const summary = await runStage({ ...problem, objective, dir, options: { ...options, steps: 4, evalEvery: 2 } });
    expect(summary.heldOut).toMatchObject({ first: 5, last: 4, best: { step: 2, loss: 3 }, weightsOf: 2 });
  });
});
