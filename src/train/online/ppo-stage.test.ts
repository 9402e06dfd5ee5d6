// PPO on a small model with images: a reward that can be learned rises, a run resumes in the middle of a round, folders have no value head.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../../data/index.js';
import { lora, open } from '../../models.js';
import { rewardHead, valueHead } from '../../networks/index.js';
import { SafetensorsFile } from '../../weights/index.js';
import type { RunEvent } from '../events.js';
import { defineRecipe } from '../recipe.js';
import { runRecipe } from '../run.js';
import { stage } from '../stages.js';
import { saveTrained, type TrainedModel } from '../trained-model.js';
import type { RewardSample } from './reward.js';

const BASE = resolve('test/golden/families/llava/clip');

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-ppo-'));
  const row = (i: number): object => ({ messages: [{ role: 'user', content: `number ${i}` }] });
  await writeFile(join(dir, 'prompts.jsonl'), Array.from({ length: 6 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Short replies are worth more. */
const short = (samples: readonly RewardSample[]): number[] => samples.map(({ reply }) => -reply.length / 10);

interface TrainOptions {
  stopAfter?: number;
  resume?: boolean;
  adapters?: Parameters<typeof open>[1];
  options?: object;
}

const train = async (name: string, o: TrainOptions = {}) => {
  const recipe = defineRecipe({
    model: open(BASE, o.adapters ?? { adapters: [lora({ rank: 4, targets: ['q_proj', 'v_proj', 'o_proj'] }), valueHead()] }),
    stages: [
      stage.ppo({
        ...{
          data: conversations(join(dir, 'prompts.jsonl')),
          reward: short,
          truth: short,
          train: ['adapters'],
          batch: 4,
          steps: 8,
          lr: 0.01,
        },
        ...{ rounds: 2, minibatches: 2, maxTokens: 6, holdout: 2, logEvery: 1, checkpointEvery: 3, blindEvery: 0, shuffle: true },
        ...o.options,
      }),
    ],
  });
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const running = runRecipe(recipe, {
    dir: join(dir, name),
    resume: o.resume,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'step' && event.step === o.stopAfter) stop.abort();
    },
  });
  const done = await (o.stopAfter === undefined ? running : running.catch(() => undefined));
  return { events, losses: events.flatMap((e) => (e.type === 'step' ? [e.loss] : [])), state: done?.state as TrainedModel };
};

describe('a stage of PPO', () => {
  it('is watched, measured on held-out prompts, and resumes to the bit in the middle of a round', async () => {
    const { events, losses, state } = await train('whole');
    const first = events.find((e) => e.type === 'step');
    expect(first).toMatchObject({
      metrics: { clip_share: expect.any(Number), kl: expect.any(Number), explained_variance: expect.any(Number) },
    });
    // Before the first update the policy is the one that drew, which is the one that training began with.
    expect((first as { metrics: Record<string, number> }).metrics.log_prob_gap).toBeLessThan(1e-4);
    expect(Math.abs((first as { metrics: Record<string, number> }).metrics.kl as number)).toBeLessThan(1e-3);
    const held = events.filter((e) => e.type === 'held-out');
    expect(held[0]).toMatchObject({ metrics: { reward: expect.any(Number), true_score: expect.any(Number) } });
    await train('halves', { stopAfter: 3 });
    expect((await train('halves', { resume: true })).losses.slice(-5)).toEqual(losses.slice(-5));
    const saved = await saveTrained(state, join(dir, 'whole'));
    const file = await SafetensorsFile.open(join(saved, 'adapter_model.safetensors'));
    expect([...file.tensors.keys()].some((key) => key.includes('score'))).toBe(false);
    expect([...file.tensors.keys()].some((key) => key.includes('lora_A'))).toBe(true);
  });

  it('saves a model that was trained whole without the value head', async () => {
    const { state } = await train('full', { adapters: { adapters: [valueHead()] }, options: { train: ['language'], steps: 1, lr: 1e-3 } });
    const saved = await saveTrained(state, join(dir, 'full'));
    const config = JSON.parse(await readFile(join(saved, 'config.json'), 'utf8'));
    expect(config.sensorium_adapters).toBeUndefined();
    const file = await SafetensorsFile.open(join(saved, 'model.safetensors'));
    expect([...file.tensors.keys()].some((key) => key.includes('score'))).toBe(false);
  });

  it.each<[string, TrainOptions, string]>([
    ['a model without a value head', { adapters: { adapters: [rewardHead()] } }, 'train.recipe'],
    ['no reward', { options: { reward: undefined } }, 'train.reward'],
    ['a discount above 1', { options: { gamma: 1.5 } }, 'train.option'],
    ['more minibatches than replies', { options: { minibatches: 9 } }, 'train.option'],
    ['an estimate that there is not', { options: { klEstimate: 'k4' } }, 'train.option'],
  ])('%s is refused', async (name, o, code) => {
    await expect((async () => train(name.replaceAll(' ', '-'), o))()).rejects.toMatchObject({ code });
  });
});
