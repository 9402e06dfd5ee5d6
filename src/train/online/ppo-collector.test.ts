// What a round of PPO is made from: scores with penalties, KL, advantages whitened over all replies, exchanged images, minibatches that cover every reply.

import { describe, expect, it } from 'vitest';
import type { Sequence, SequenceMedia } from '../../model/index.js';
import type { ChatMessage } from '../../text/index.js';
import { bestOf } from './learned-reward.js';
import { PpoCollector, type PpoCollectorOptions } from './ppo-collector.js';
import { minibatch } from './ppo-stage.js';
import type { PromptRow } from './prompts.js';
import type { RewardSample } from './reward.js';
import type { Rollout, RolloutPrompt } from './rollout.js';

const image = (key: string): SequenceMedia => ({ at: Int32Array.of(1), key, feeds: () => ({}) });

const prompt = (index: number): PromptRow => {
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'image', source: `${index}.png` },
        { type: 'text', text: 'What?' },
      ],
    },
  ] as ChatMessage[];
  const sequence: Sequence = { ids: Int32Array.of(1, 9, 2), media: [image(`${index}`)] };
  return { index, sequence, messages, answer: `it is ${index}`, row: { id: `${index}`, messages, at: { file: 'rows.jsonl', row: index } } };
};

/** The picture that a sample is judged beside. */
const seen = ({ messages }: RewardSample): unknown => (messages[0]?.content as readonly { source?: unknown }[] | undefined)?.[0]?.source;

/** Replies that name the image that was looked at: of two tokens, cut at the limit for odd ones. */
const rollouts = {
  sample: async (prompts: readonly RolloutPrompt[]): Promise<Rollout[][]> =>
    prompts.map(({ sequence: { media }, seeds }) =>
      seeds.map((): Rollout => {
        const key = Number(media[0]?.key);
        return { ids: [5, 2], logProbs: [-1, -0.5], entropy: 0.7, text: `${key}.png`, finish: key % 2 ? 'length' : 'stop' };
      }),
    ),
};

const collector = (o: Partial<PpoCollectorOptions> = {}): PpoCollector =>
  new PpoCollector({
    rollouts,
    reward: { name: 'same', score: (samples) => samples.map((s) => (s.reply === seen(s) ? 2 : 0)) },
    place: 'stage ppo',
    reader: { values: async (sequences) => sequences.map(() => [0.5, 0.25]) },
    start: async (sequences) => sequences.map(() => [-1.2, -0.5]),
    ...{ kl: 0.1, klEstimate: 'k1', gamma: 1, lambda: 1, whitenRewards: false, replies: 1, blindEvery: 0, seed: 1 },
    penalties: { noStop: 1, length: 0.5, freeTokens: 1 },
    rowsOf: () => [0, 1, 2],
    prompt: async (row) => prompt(row),
    ...o,
  });

describe('a round of PPO', () => {
  it('has returns of scores, penalties and KL, and whitened advantages', async () => {
    const { replies, metrics } = await collector().collect(0);
    // 2 for the right picture, 1 less where it was cut, 0.5 for the token too many, and KL of 0.1 * 0.2 at the first token.
    [1.5, 0.5, 1.5].forEach((v, i) => {
      expect(replies[i]?.returns[1]).toBeCloseTo(v, 10);
    });
    expect(replies[0]?.returns[0]).toBeCloseTo(1.5 - 0.02, 10);
    const all = replies.flatMap((r) => r.advantages);
    expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 6);
    expect(all.reduce((a, b) => a + b * b, 0) / 5).toBeCloseTo(1, 5);
    expect(metrics).toMatchObject({ reward: 2, length: 2 });
    expect(metrics.entropy).toBeCloseTo(0.7, 10);
    expect(metrics.kl).toBeCloseTo(0.2, 10);
    expect(metrics.truncated).toBeCloseTo(1 / 3, 10);
    expect(metrics.true_score).toBeUndefined();
  });

  it('is watched by the truth, and with the images exchanged for policy and reward', async () => {
    const truth = { name: 'truth', score: (samples: readonly RewardSample[]) => samples.map(() => 0.25) };
    const { metrics } = await collector({ truth, blindEvery: 1 }).collect(0);
    // A policy that names what it is shown is wrong about the true picture, and a reward that looks gives nothing beside another one.
    expect(metrics).toMatchObject({ true_score: 0.25, blind_reward: 0, blind_judge: 0, reward: 2 });
    const blind = { name: 'blind', score: (samples: readonly RewardSample[]) => samples.map(() => 1) };
    expect((await collector({ reward: blind, blindEvery: 1 }).collect(0)).metrics).toMatchObject({ reward: 1, blind_judge: 1 });
    expect(await collector({ truth }).measure([0, 1])).toEqual({ reward: 2, true_score: 0.25 });
  });

  it('brings scores to one scale where that is asked for, and refuses a reward that is not a number', async () => {
    const scores = { name: 'large', score: (samples: readonly RewardSample[]) => samples.map((_, i) => 100 * i) };
    const { replies } = await collector({
      reward: scores,
      whitenRewards: true,
      kl: 0,
      penalties: { noStop: 0, length: 0, freeTokens: 0 },
    }).collect(0);
    [99, 100, 101].forEach((v, i) => {
      expect(replies[i]?.returns[1]).toBeCloseTo(v, 6);
    });
    const odd = { name: 'odd', score: (samples: readonly RewardSample[]) => samples.map(() => Number.NaN) };
    await expect(collector({ reward: odd }).collect(0)).rejects.toMatchObject({ code: 'train.reward' });
  });

  it('takes a reply against the others to its prompt, where there are several', async () => {
    let drawn = 0;
    const reward = {
      name: 'by turns',
      score: (samples: readonly RewardSample[]) => samples.map((s) => 10 * Number(s.row.id) + (drawn++ % 2)),
    };
    const asked: number[][] = [];
    const each = {
      sample: async (prompts: readonly RolloutPrompt[]) => {
        asked.push(...prompts.map(({ seeds }) => [...seeds]));
        return rollouts.sample(prompts);
      },
    };
    const none = { kl: 0, penalties: { noStop: 0, length: 0, freeTokens: 0 } };
    const { replies, metrics } = await collector({ reward, rollouts: each, replies: 2, ...none }).collect(0);
    // Prompts are worth 0, 10 and 20; what counts is which of its two replies is the better one.
    expect(replies.map(({ row }) => row)).toEqual([0, 0, 1, 1, 2, 2]);
    replies.forEach((reply, i) => {
      expect(reply.returns[1]).toBeCloseTo(i % 2 ? 0.5 : -0.5, 10);
    });
    expect(metrics.reward).toBeCloseTo(10.5, 10);
    expect(new Set(asked.flat()).size).toBe(6);
    await collector({ rollouts: each, replies: 1 }).collect(0);
    expect(asked.slice(3).flat()).toEqual(asked.slice(0, 3).map(([first]) => first)); // the first of several is the only one of one
  });

  it('is gone over in minibatches: each pass has every reply once, in an order of its own', async () => {
    const { replies } = await collector({ rowsOf: () => [0, 1, 2, 3, 4, 5, 6] }).collect(0);
    const pass = (p: number): number[][] =>
      [0, 1, 2].map((part) => minibatch(replies, { step: 3 * p + part, minibatches: 3, seed: 4, index: 0 }).map((r) => r.row));
    expect(pass(0).map((rows) => rows.length)).toEqual([3, 2, 2]);
    expect(pass(0).flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pass(1).flat()).not.toEqual(pass(0).flat());
    expect(pass(0)).toEqual(pass(0));
  });
});

it('the best of n replies is the first of those with the highest score', () => {
  expect(bestOf([1, 3, 2, 3])).toBe(1);
});
