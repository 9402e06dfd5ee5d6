// How a stage ends and goes on: with the best weights, before its last step, and further than it was to go at first.

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAbort } from '../util/errors.js';
import { defineRecipe, defineStage, readRun, runRecipe, runStage, type TrainOptions } from './index.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-extend-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = ({ parameters, state }: Pick<Tiny, 'parameters' | 'state'>): number[] =>
  parameters.flatMap((p) => [...state.value(p).data]);
const overfitting = (): Tiny => tinyProblem({ held: 2, mislabeled: true });
const options: Partial<TrainOptions> = { steps: 24, lr: 3e-2, checkpointEvery: 2, logEvery: 1 };
const train = (tiny: Tiny, more: Partial<TrainOptions> = {}, run: Partial<Parameters<typeof runStage>[0]> = {}) =>
  runStage({ ...tiny, dir, options: { ...options, ...more }, ...run });
const checkpoints = async (): Promise<number[]> =>
  (await readdir(join(dir, 'checkpoints'))).map((name) => Number(name.split('-').at(-1))).sort((a, b) => a - b);

/** Weights after `steps` of the 24 steps of `options`. */
async function weightsAfter(steps: number): Promise<number[]> {
  const tiny = overfitting();
  const controller = new AbortController();
  const run = train(
    tiny,
    { keepBest: false },
    {
      dir: join(dir, `after-${steps}`),
      signal: controller.signal,
      onEvent: (e) => e.type === 'step' && e.step === steps && controller.abort(),
    },
  );
  await expect(run).rejects.toSatisfy(isAbort);
  return weights(tiny);
}

describe('the best weights', () => {
  it('are those that a stage ends with', async () => {
    const tiny = overfitting();
    const summary = await train(tiny);
    const { best, last, weightsOf } = summary.heldOut as NonNullable<typeof summary.heldOut>;
    expect(best.step).toBeGreaterThan(2);
    expect(best.step).toBeLessThan(20);
    expect(last).toBeGreaterThan(best.loss);
    expect(weightsOf).toBe(best.step);
    expect(weights(tiny)).toEqual(await weightsAfter(best.step));
    expect(await checkpoints()).toEqual([best.step, 22, 24]);
  });

  it('come back when the finished run is opened again', async () => {
    const [first, again] = [overfitting(), overfitting()];
    const summary = await train(first);
    expect(await train(again, {}, { resume: true })).toEqual(summary);
    expect(weights(again)).toEqual(weights(first));
  });

  it('survive kill -9', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./child.test-run.ts', import.meta.url)), dir, 'held'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await new Promise<void>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (data) => {
        text += data;
        if (text.includes('step 17\n')) child.kill('SIGKILL');
      });
      child.on('exit', (_, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error('the child ended by itself'))));
    });
    const [whole, resumed] = [overfitting(), overfitting()];
    const expected = await train(whole, {}, { dir: join(dir, 'whole') });
    const summary = await train(resumed, {}, { resume: true });
    expect(summary.heldOut).toEqual(expected.heldOut);
    expect(summary.heldOut?.weightsOf).toBeLessThan(16);
    expect(weights(resumed)).toEqual(weights(whole));
    const losses = async (folder: string) => (await readRun(folder)).flatMap((e) => (e.type === 'held-out' ? [[e.step, e.loss]] : []));
    expect(await losses(dir)).toEqual(await losses(join(dir, 'whole')));
  });

  it('are left for the last ones by keepBest=false, also afterwards, when they cannot be read', async () => {
    const last = overfitting();
    const summary = await train(last, { keepBest: false }, { dir: join(dir, 'last') });
    expect(summary.heldOut?.weightsOf).toBe(24);
    const best = await train(overfitting());
    const name = `000-tiny-${String(best.heldOut?.weightsOf).padStart(8, '0')}`;
    await truncate(join(dir, 'checkpoints', name, 'weights.safetensors'), 100);
    await expect(train(overfitting(), {}, { resume: true })).rejects.toMatchObject({ code: 'train.checkpoint' });
    const again = overfitting();
    await train(again, { keepBest: false }, { resume: true });
    expect(weights(again)).toEqual(weights(last));
  });
});

describe('early stopping', () => {
  it('ends a stage when the held-out loss gets no better', async () => {
    const tiny = overfitting();
    const summary = await train(tiny, { evalEvery: 1, patience: 3 });
    const { best, stoppedEarly } = summary.heldOut as NonNullable<typeof summary.heldOut>;
    expect(stoppedEarly).toBe(true);
    expect(summary.steps).toBe(best.step + 3);
    expect(weights(tiny)).toEqual(await weightsAfter(best.step));
  });

  it('is final for the same options, and goes on with more patience or more steps', async () => {
    const summary = await train(overfitting(), { evalEvery: 1, patience: 3 });
    expect(await train(overfitting(), { evalEvery: 1, patience: 3 }, { resume: true })).toEqual(summary);
    const more = await train(overfitting(), { evalEvery: 1, patience: 5 }, { resume: true });
    expect(more.steps).toBe((summary.heldOut?.best.step as number) + 3 + 5);
    const rest = await train(overfitting(), { evalEvery: 1, patience: 0 }, { resume: true });
    expect(rest.steps).toBe(24);
    expect(rest.heldOut?.stoppedEarly).toBeUndefined();
  });

  it('needs rows that are held out', async () => {
    await expect(train(tinyProblem(), { patience: 2 })).rejects.toMatchObject({ code: 'train.option' });
  });
});

describe('a finished run', () => {
  const constant = { schedule: 'constant', warmup: 0, lr: 1e-2 } as const;

  it('goes on to more steps as if it had had them from the beginning', async () => {
    const whole = tinyProblem();
    await train(whole, { ...constant, steps: 20 }, { dir: join(dir, 'whole') });
    await train(tinyProblem(), { ...constant, steps: 9 });
    const extended = tinyProblem();
    const summary = await train(extended, { ...constant, steps: 20 }, { resume: true });
    expect(summary.steps).toBe(20);
    expect(weights(extended)).toEqual(weights(whole));
    const steps = (await readRun(dir)).flatMap((e) => (e.type === 'step' ? [e.step] : []));
    expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('goes on from its last weights where it ended with better ones', async () => {
    const [whole, extended] = [overfitting(), overfitting()];
    const evalEvery = 2;
    const expected = await train(whole, { ...constant, lr: 3e-2, evalEvery }, { dir: join(dir, 'whole') });
    await train(overfitting(), { ...constant, lr: 3e-2, evalEvery, steps: 20 });
    const summary = await train(extended, { ...constant, lr: 3e-2, evalEvery }, { resume: true });
    expect(summary.heldOut).toEqual(expected.heldOut);
    expect(summary.heldOut?.weightsOf).toBeLessThan(20);
    expect(weights(extended)).toEqual(weights(whole));
  });

  it('has the learning rates of the longer schedule from then on', async () => {
    await train(tinyProblem(), { steps: 10 });
    await train(tinyProblem(), { steps: 20 }, { resume: true });
    await train(tinyProblem(), { steps: 20 }, { dir: join(dir, 'whole') });
    const rates = async (folder: string) => (await readRun(folder)).flatMap((e) => (e.type === 'step' ? [e.lr] : []));
    expect((await rates(dir)).slice(10)).toEqual((await rates(join(dir, 'whole'))).slice(10));
  });

  it('cannot go on with another recipe, or with fewer steps than it has done', async () => {
    await train(tinyProblem(), { steps: 10 });
    const again = (more: Partial<TrainOptions>, tiny = tinyProblem()) => train(tiny, more, { resume: true });
    await expect(again({ steps: 20, lr: 1e-3 })).rejects.toMatchObject({ code: 'train.recipe', got: 'options.lr=0.001' });
    await expect(again({ steps: 9 })).rejects.toMatchObject({ code: 'train.recipe', got: 'steps=9' });
    const other = tinyProblem();
    other.objective.describe = { data: 'other' };
    await expect(again({ steps: 20 }, other)).rejects.toMatchObject({ code: 'train.recipe', got: expect.stringContaining('data="other"') });
  });
});

describe('a recipe of stages', () => {
  const recipe = (first: number, second: number) => {
    const tiny = tinyProblem({ held: 2, mislabeled: true });
    const make = defineStage('tiny', {}, () => tiny.objective);
    const shared = { lr: 3e-2, logEvery: 1, schedule: 'constant', warmup: 0, evalEvery: 2 } as const;
    const stages = [make({ ...shared, name: 'a', steps: first }), make({ ...shared, name: 'b', steps: second, lr: 1e-3 })];
    return { ...tiny, recipe: defineRecipe({ state: () => tiny.state, stages }) };
  };
  const run = async (first: number, second: number, folder = 'run') => {
    const made = recipe(first, second);
    const { summaries } = await runRecipe(made.recipe, { dir: join(dir, folder), resume: true });
    return { ...made, summaries };
  };

  it('goes on with its last stage, from the weights that the one before ended with', async () => {
    const whole = await run(24, 8, 'whole');
    await run(24, 4);
    const extended = await run(24, 8);
    expect(extended.summaries.map((s) => s.steps)).toEqual([24, 8]);
    expect(extended.summaries[0]?.heldOut?.weightsOf).toBeLessThan(20);
    expect(extended.summaries.map((s) => s.heldOut)).toEqual(whole.summaries.map((s) => s.heldOut));
    expect(weights(extended)).toEqual(weights(whole));
  });

  it('cannot go on with a stage that others have followed', async () => {
    await run(4, 4);
    await expect(run(8, 4)).rejects.toMatchObject({ code: 'train.recipe', got: 'stages.a.steps=8' });
  });
});
