// `stage.grpo`: a run learns from its own completions, resumes to the bit, and names rewards and options that cannot be.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open } from '../../model/index.js';
import { lora } from '../../networks/adapters/index.js';
import { isAbort } from '../../util/errors.js';
import { loadSprites, world } from '../../world/index.js';
import { type LoggedEvent, readRun } from '../events.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';
import type { OpenedState } from '../trained-model.js';
import { sceneConversations } from '../world-samples.js';
import type { GrpoStage } from './grpo-stage.js';
import type { RewardFunction } from './reward.js';

const FOLDER = resolve('models/sensorium-tiny');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sensorium-grpo-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Few tokens are better than many. */
const short: RewardFunction = (samples) => samples.map(({ tokens, reply }) => 1 / tokens + reply.length / 1000);

async function recipe(more: Partial<GrpoStage & { steps: number; blindEvery: number }> = {}) {
  const data = sceneConversations(world.instructions({ scenes: 8, turns: 1 }), { sprites: await loadSprites() });
  return defineRecipe({
    name: 'grpo',
    model: open(FOLDER, { adapters: [lora({ rank: 2, targets: ['q_proj', 'v_proj'] })] }),
    stages: [
      stage.grpo({
        ...{ data, reward: short, batch: 2, group: 3, maxTokens: 5, steps: 4, lr: 1e-2, schedule: 'constant', warmup: 0 },
        ...{ logEvery: 1, checkpointEvery: 1, blindEvery: 2, ...more },
      }),
    ],
  });
}

const weightsOf = ({ state }: { state: unknown }): Float32Array[] => {
  const opened = state as OpenedState;
  return [...opened.touched].map((p) => opened.value(p).data.slice());
};
const stepsOf = (events: readonly LoggedEvent[]) =>
  events.filter((e) => e.type === 'step').map(({ step, loss, metrics }) => ({ step, loss, metrics }));

describe('stage.grpo', () => {
  it.each<[string, Partial<GrpoStage>]>([
    ['one step for the completions of each prompt', {}],
    ['several steps for the same completions', { iterations: 2, form: 'gspo', beta: 0.02 }],
    ['prompts that are replaced', { form: 'dapo', overlongBuffer: 2 }],
  ])('resumed equals uninterrupted: %s', async (_, more) => {
    const whole = await runRecipe(await recipe(more), { dir: join(dir, 'whole') });
    const controller = new AbortController();
    const stopped = runRecipe(await recipe(more), {
      dir: join(dir, 'parts'),
      signal: controller.signal,
      onEvent: (e) => e.type === 'step' && e.step === 3 && controller.abort(),
    });
    await expect(stopped).rejects.toSatisfy(isAbort);
    const resumed = await runRecipe(await recipe(more), { dir: join(dir, 'parts'), resume: true });
    expect(weightsOf(resumed)).toEqual(weightsOf(whole));
    const [a, b] = [stepsOf(await readRun(join(dir, 'whole'))), stepsOf(await readRun(join(dir, 'parts')))];
    expect(b).toEqual(a);
    expect(a).toHaveLength(4);
    for (const key of ['reward', 'reward_std', 'no_signal', 'entropy', 'length', 'truncated', 'clip_share', 'kl', 'log_prob_gap'])
      expect(a[0]?.metrics?.[key], key).toBeTypeOf('number');
    expect(a[0]?.metrics?.log_prob_gap).toBeLessThan(1e-4);
    expect(a[0]?.metrics?.kl).toBeLessThan(1e-6);
    expect(a[3]?.metrics?.kl).toBeGreaterThan(1e-6);
    expect(a[0]?.metrics?.blind_reward).toBeTypeOf('number');
  });

  it('measures the reward of held-out prompts, and keeps the best weights', async () => {
    await runRecipe(await recipe({ holdout: 2, steps: 2 }), { dir });
    const held = (await readRun(dir)).filter((e) => e.type === 'held-out');
    expect(held.map(({ step }) => step)).toEqual([0, 1, 2]);
    for (const { loss, metrics } of held) expect(metrics?.reward).toBe(-loss);
  });

  it('refuses to go on with other data', async () => {
    const controller = new AbortController();
    const stopped = runRecipe(await recipe(), {
      dir,
      signal: controller.signal,
      onEvent: (e) => e.type === 'step' && e.step === 1 && controller.abort(),
    });
    await expect(stopped).rejects.toSatisfy(isAbort);
    const other = sceneConversations(world.instructions({ scenes: 8, turns: 1, seed: 9 }), { sprites: await loadSprites() });
    const same = sceneConversations(world.instructions({ scenes: 8, turns: 1 }), { sprites: await loadSprites() });
    // Of the same description, but with other rows.
    const data = { ...other, describe: same.describe };
    await expect(runRecipe(await recipe({ data }), { dir, resume: true })).rejects.toMatchObject({ code: 'train.recipe' });
  });

  it.each<[string, RewardFunction]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives no number', (samples) => samples.map(() => Number.NaN)],
    ['gives too few', () => [1]],
  ])('names a reward that %s', async (_, reward) => {
    await expect(runRecipe(await recipe({ reward }), { dir })).rejects.toMatchObject({
      code: 'train.reward',
      place: expect.stringContaining('stage grpo'),
    });
  });

  it.each<[Partial<GrpoStage>, string]>([
    [{ form: 'ppo' as 'grpo' }, 'train.option'],
    [{ group: 1 }, 'train.option'],
    [{ maxTokens: 1000 }, 'train.option'],
    [{ temperature: 0 }, 'train.option'],
    [{ clip: 1 }, 'train.option'],
    [{ overlongBuffer: 9 }, 'train.option'],
    [{ reward: undefined }, 'train.reward'],
  ])('refuses %o', async (more, code) => {
    await expect((async () => runRecipe(await recipe(more), { dir }))()).rejects.toMatchObject({ code });
  });
});
