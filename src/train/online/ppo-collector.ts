// Replies for one round of PPO: drawn, scored by the reward and by the truth, valued, turned into advantages of their tokens, and watched.

import type { Sequence } from '../../model/index.js';
import { Rng } from '../../util/rng.js';
import {
  explainedVariance,
  gae,
  KL_ESTIMATES,
  type KlEstimate,
  type Penalties,
  penalized,
  tokenRewards,
  whiten,
} from '../objectives/advantages.js';
import { exchangeMedia } from '../reward-samples.js';
import { exchangedImages, type PromptRow } from './prompts.js';
import { type Reward, type RewardSample, scoreSamples } from './reward.js';
import { completed, type Rollout, type Rollouts } from './rollout.js';
import type { ValueReader } from './value-reader.js';

/** A reply that is learned from. Plain data, so that a checkpoint can hold it. */
export interface PpoReply extends Rollout {
  row: number;
  /** What the reward says, before penalties. */
  score: number;
  /** For each token: values when it was drawn, advantages, returns. */
  values: number[];
  advantages: number[];
  returns: number[];
}

/** What is collected for a batch. */
export interface CollectedReplies {
  /** Names the round, for the order of minibatches. */
  index: number;
  replies: PpoReply[];
  metrics: Record<string, number>;
}

/** How replies are collected. */
export interface PpoCollectorOptions {
  rollouts: Pick<Rollouts, 'sample'>;
  reward: Reward;
  /** Judges the same replies by what is true, where rows say it: watched, never learned from. */
  truth?: Reward;
  /** Of the stage, for messages. */
  place: string;
  reader: Pick<ValueReader, 'values'>;
  /** Log-probabilities of completions where training began. */
  start(sequences: readonly Sequence[]): Promise<number[][]>;
  kl: number;
  klEstimate: KlEstimate;
  gamma: number;
  lambda: number;
  penalties: Penalties;
  /** Scores are brought to standard deviation 1 within a round. */
  whitenRewards: boolean;
  /** Replies to each prompt; with several, a reply's score is what it is above the mean of its prompt. */
  replies: number;
  /** Batches between which the reward is also measured with the images exchanged; 0: never. */
  blindEvery: number;
  seed: number;
  rowsOf(index: number): readonly number[];
  prompt(row: number): Promise<PromptRow>;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);

/** A reply with the prompt that it belongs to. */
type Drawn = { rollout: Rollout; prompt: PromptRow };

/** Draws and judges the replies of batches. */
export class PpoCollector {
  constructor(private readonly o: PpoCollectorOptions) {}

  /** The replies of the batch at `index`, `replies` to each of its prompts, with the weights of now. They depend on these, `index` and the seed alone. */
  async collect(index: number, signal?: AbortSignal): Promise<CollectedReplies> {
    const { o } = this;
    const rng = new Rng(o.seed).fork('rollouts', index);
    const clock = stopwatch();
    const prompts: PromptRow[] = [];
    for (const row of o.rowsOf(index)) prompts.push(await o.prompt(row));
    const seeds = (i: number): number[] =>
      Array.from({ length: o.replies }, (_, k) => (k === 0 ? rng.fork(i) : rng.fork(i, k)).int(2 ** 31));
    const drawn = await this.draw(prompts, { sequences: prompts.map((p) => p.sequence), seeds, signal });
    const rollout_seconds = clock();
    if (drawn.length === 0) return { index, replies: [], metrics: {} };
    const scores = await this.score(o.reward, drawn, { signal });
    const truths = o.truth && (await this.score(o.truth, drawn, { signal }));
    const blind = await this.blind(index, prompts, drawn, signal);
    const reward_seconds = clock();
    const sequences = drawn.map(({ prompt, rollout }) => completed(prompt.sequence, rollout.ids));
    const start = await o.start(sequences);
    const values = await o.reader.values(sequences);
    const replies = this.assess(drawn, { scores, start, values });
    const values_seconds = clock();
    const divergence = ({ rollout: { logProbs } }: Drawn, i: number): number =>
      sum(logProbs.map((p, t) => KL_ESTIMATES.k1(p - ((start[i] as number[])[t] as number))));
    const all = (key: 'returns' | 'values'): number[] => replies.flatMap((reply) => reply[key]);
    const metrics = {
      reward: mean(scores),
      ...(truths ? { true_score: mean(truths) } : {}),
      kl: mean(drawn.map(divergence)),
      entropy: mean(drawn.map(({ rollout }) => rollout.entropy)),
      length: mean(drawn.map(({ rollout }) => rollout.ids.length)),
      truncated: mean(drawn.map(({ rollout }) => (rollout.finish === 'length' ? 1 : 0))),
      explained_variance: explainedVariance(all('returns'), all('values')),
      ...blind,
      ...{ rollout_seconds, reward_seconds, values_seconds },
    };
    return { index, replies, metrics };
  }

  /** Judges greedy replies to rows: mean reward and, where the truth is known, the mean true score. */
  async measure(rows: readonly number[], signal?: AbortSignal): Promise<{ reward: number; true_score?: number }> {
    const { reward, truth } = this.o;
    const prompts = await Promise.all(rows.map((row) => this.o.prompt(row)));
    const drawn = await this.draw(prompts, { sequences: prompts.map((p) => p.sequence), seeds: () => [0], temperature: 0, signal });
    const scores = await this.score(reward, drawn, { signal });
    return { reward: mean(scores), ...(truth ? { true_score: mean(await this.score(truth, drawn, { signal })) } : {}) };
  }

  /** The completions of each prompt, one for each seed; `sequences` are what is completed: the prompts, or the same with other images. Empty ones are left out. */
  private async draw(
    prompts: readonly PromptRow[],
    how: { sequences: readonly Sequence[]; seeds(i: number): number[]; temperature?: number; signal?: AbortSignal },
  ): Promise<Drawn[]> {
    const { sequences, temperature, signal } = how;
    const asked = sequences.map((sequence, i) => ({ sequence, seeds: how.seeds(i) }));
    const drawn = await this.o.rollouts.sample(asked, { ...(temperature === undefined ? {} : { temperature }), signal });
    return drawn.flatMap((rollouts, i) =>
      rollouts.flatMap((rollout) => (rollout.ids.length > 0 ? [{ rollout, prompt: prompts[i] as PromptRow }] : [])),
    );
  }

  /** `messages`: of each reply, where it is judged beside other images than its own. */
  private score(
    reward: Reward,
    drawn: readonly Drawn[],
    { messages, signal }: { messages?: readonly RewardSample['messages'][]; signal?: AbortSignal },
  ): Promise<number[]> {
    const samples = drawn.map(({ prompt, rollout }, i): RewardSample => {
      const { answer, row } = prompt;
      const { text: reply, ids, finish } = rollout;
      const asked = messages?.[i] ?? prompt.messages;
      return {
        messages: asked,
        reply,
        ...(answer === undefined ? {} : { answer }),
        row,
        tokens: ids.length,
        truncated: finish === 'length',
      };
    });
    return scoreSamples(reward, samples, { place: this.o.place, signal });
  }

  /** Advantages of the tokens of all replies together. */
  private assess(
    drawn: readonly Drawn[],
    { scores, start, values }: { scores: readonly number[]; start: readonly number[][]; values: readonly number[][] },
  ): PpoReply[] {
    const { kl, klEstimate: estimate, gamma, lambda, penalties, whitenRewards } = this.o;
    const above = this.o.replies > 1 ? aboveOwnPrompt(drawn, scores) : scores;
    const given = whitenRewards ? (whiten([above], { keepMean: true })[0] as number[]) : above;
    const replies = drawn.map(({ rollout, prompt }, i): PpoReply => {
      const { logProbs, ids, finish } = rollout;
      const score = penalized(given[i] as number, { tokens: ids.length, stopped: finish !== 'length' }, penalties);
      const rewards = tokenRewards({ score, logProbs, start: start[i] as number[] }, { kl, estimate });
      const own = values[i] as number[];
      return { ...rollout, row: prompt.index, score: scores[i] as number, values: own, ...gae(rewards, own, { gamma, lambda }) };
    });
    const even = whiten(replies.map(({ advantages }) => advantages));
    return replies.map((reply, i) => ({ ...reply, advantages: even[i] as number[] }));
  }

  /**
   * When it is time for it: `blind_reward`, that of replies to the prompts with their images exchanged, and `blind_judge`, that of the same replies
   * before a reward that is given other images. Where they are near `reward`, the policy or the reward does not use the images.
   */
  private async blind(
    index: number,
    prompts: readonly PromptRow[],
    drawn: readonly Drawn[],
    signal?: AbortSignal,
  ): Promise<Record<string, number>> {
    const { blindEvery, seed, reward } = this.o;
    if (blindEvery === 0 || index % blindEvery !== 0) return {};
    const sequences = exchangedImages(prompts);
    if (!sequences) return {};
    const rng = new Rng(seed).fork('blind', index);
    const others = await this.draw(prompts, { sequences, seeds: (i) => [rng.fork(i).int(2 ** 31)], signal });
    const blind_reward = mean(await this.score(reward, others, { signal }));
    const messages = exchangeMedia(drawn.map(({ prompt }) => prompt.messages));
    if (!messages) return { blind_reward };
    return { blind_reward, blind_judge: mean(await this.score(reward, drawn, { messages, signal })) };
  }
}

/** What each score is above the mean of the replies to the same prompt: prompts differ more than their replies do, and a young value head cannot tell them apart. */
function aboveOwnPrompt(drawn: readonly Drawn[], scores: readonly number[]): number[] {
  const of = new Map<PromptRow, number[]>();
  drawn.forEach(({ prompt }, i) => {
    of.set(prompt, [...(of.get(prompt) ?? []), scores[i] as number]);
  });
  return drawn.map(({ prompt }, i) => (scores[i] as number) - mean(of.get(prompt) as number[]));
}

/** Seconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
