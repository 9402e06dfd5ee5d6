// Best-of-n and rejection sampling: the completion of each prompt that a reward judges best, where it is good enough, as data to fine-tune on.

import type { Conversation, Dataset } from '../../data/index.js';
import type { Model } from '../../model/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { Rng } from '../../util/rng.js';
import { defaultLength } from '../fine-tune.js';
import { type PromptRow, promptRows } from './prompts.js';
import { type Reward, type RewardSample, scoreSamples } from './reward.js';
import { Rollouts, type SamplingOptions } from './rollout.js';

/** How completions are drawn and chosen. */
export interface BestOfOptions extends SamplingOptions {
  model: Model;
  data: Dataset<Conversation>;
  reward: Reward;
  /** Completions of a prompt. */
  n: number;
  /** A prompt is left out where its best completion is worth less. Default: none is. */
  least?: number;
  seed: number;
  /** Prompts that are completed together. Default 8. */
  batch?: number;
  runtime?: Runtime;
  signal?: AbortSignal;
  /** Called after each batch. */
  onRow?: (done: number, total: number) => void;
}

/** What is known of a row: the mean and the best reward of its completions, and the best one. */
export interface BestOf {
  row: Conversation;
  best: string;
  reward: number;
  mean: number;
  /** The best is worth enough. */
  kept: boolean;
}

/** The best of `n` completions of every row, in order; of equals the first. Errors: `train.reward`, `train.data`, `train.rollout`. */
export async function* bestOf(o: BestOfOptions): AsyncGenerator<BestOf> {
  const { model, data, reward, n, least = Number.NEGATIVE_INFINITY, seed, batch = 8, runtime, signal, onRow } = o;
  const { maxTokens, temperature, topP, topK } = o;
  const rollouts = new Rollouts({ model, trained: new Set(), runtime, maxTokens, temperature, topP, topK });
  const prompt = promptRows(data, model.processor, { maxPrompt: defaultLength(model.network) - maxTokens });
  const root = new Rng(seed).fork('best-of');
  try {
    for (let first = 0; first < data.length; first += batch) {
      const prompts: PromptRow[] = [];
      for (let i = first; i < Math.min(first + batch, data.length); i++) {
        const made = await prompt(i);
        reward.check?.(made.row);
        prompts.push(made);
      }
      const seeds = (index: number): number[] => Array.from({ length: n }, (_, k) => root.fork(index, k).int(2 ** 31));
      const drawn = await rollouts.sample(
        prompts.map(({ sequence, index }) => ({ sequence, seeds: seeds(index) })),
        { signal },
      );
      const samples = drawn.flatMap((group, i) =>
        group.map(({ text, ids, finish }): RewardSample => {
          const { messages, answer, row } = prompts[i] as PromptRow;
          return {
            messages,
            reply: text,
            ...(answer === undefined ? {} : { answer }),
            row,
            tokens: ids.length,
            truncated: finish === 'length',
          };
        }),
      );
      const rewards = await scoreSamples(reward, samples, { place: 'best-of', signal });
      for (const [i, { row }] of prompts.entries()) {
        const own = rewards.slice(i * n, (i + 1) * n);
        const worth = Math.max(...own);
        const best = samples[i * n + own.indexOf(worth)] as RewardSample;
        yield { row, best: best.reply, reward: worth, mean: own.reduce((a, b) => a + b, 0) / n, kept: worth >= least };
      }
      onRow?.(Math.min(first + batch, data.length), data.length);
    }
  } finally {
    await rollouts.dispose();
  }
}

/** A row with its best completion in place of its answer, as `sft` reads it. The reward stands beside it. */
export function bestConversation({ row, best, reward }: BestOf): Conversation {
  const { messages, extra } = row;
  const asked = messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages;
  return { ...row, messages: [...asked, { role: 'assistant', content: best }], extra: { ...extra, reward } };
}
