// Groups of completions for one step: drawn, judged, compared with one another, and watched.

import type { Sequence } from '../../model/index.js';
import { Rng } from '../../util/rng.js';
import { type GroupForm, groupAdvantages, hasSignal, overlongPenalty, spreadOf } from '../objectives/group.js';
import { exchangedImages, type PromptRow } from './prompts.js';
import { type Reward, type RewardSample, scoreSamples } from './reward.js';
import { completed, type Rollout, type RolloutPrompt, type Rollouts } from './rollout.js';

/** A completion that was judged. */
export interface JudgedRollout extends Rollout {
  reward: number;
  advantage: number;
  /** False for one whose tokens are left out of the loss. */
  counts: boolean;
  /** Log-probabilities of its tokens where training began. */
  start?: number[];
}

/** What is collected for a batch. */
export interface CollectedGroups {
  groups: { row: number; rollouts: JudgedRollout[] }[];
  metrics: Record<string, number>;
}

/** How groups are collected. */
export interface GroupCollectorOptions {
  rollouts: Rollouts;
  reward: Reward;
  /** Of the stage, for messages. */
  place: string;
  form: GroupForm;
  /** Completions of a prompt. */
  group: number;
  maxTokens: number;
  /** Tokens before `maxTokens` over which a completion loses up to 1 of its reward; 0: none. */
  overlongBuffer: number;
  /** Leave completions that were cut at the limit out of the loss. */
  overlongFilter: boolean;
  /** Draw other prompts, so many times, in place of those whose completions all have the same reward. */
  refills: number;
  /** Batches between which the reward is also measured with the images exchanged; 0: never. */
  blindEvery: number;
  seed: number;
  /** Rows of the batch at an index, and all rows that may stand in for others. */
  rowsOf(index: number): readonly number[];
  rows: readonly number[] | { readonly length: number };
  prompt(row: number): Promise<PromptRow>;
  /** Log-probabilities of completions where training began. */
  start?(sequences: readonly Sequence[]): Promise<number[][]>;
}

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length);

/** Draws and judges the groups of batches. */
export class GroupCollector {
  constructor(private readonly o: GroupCollectorOptions) {}

  /** The groups of the batch at `index`, with the weights of now. Everything that is drawn depends on these, `index` and the seed alone. */
  async collect(index: number, signal?: AbortSignal): Promise<CollectedGroups> {
    const { o } = this;
    const rng = new Rng(o.seed).fork('rollouts', index);
    const groups = await this.draw(o.rowsOf(index), rng, signal);
    if (groups.length === 0) return { groups: [], metrics: {} };
    const silent = groups.filter(({ rollouts }) => !hasSignal(rollouts.map((r) => r.reward))).length;
    const metrics = { ...this.watched(groups), no_signal: silent / groups.length };
    const replaced = await this.refill(groups, rng, signal);
    for (const { rollouts } of groups) this.compare(rollouts);
    await this.addStart(groups);
    return {
      groups,
      metrics: {
        ...metrics,
        ...(o.refills > 0 ? { replaced: replaced / groups.length } : {}),
        ...(await this.blindReward(index, groups, signal)),
      },
    };
  }

  /** Judges greedy completions of rows: the mean reward. */
  async greedyReward(rows: readonly number[], signal?: AbortSignal): Promise<number> {
    const prompts = await Promise.all(rows.map((row) => this.o.prompt(row)));
    const replies = await this.complete(prompts, { sequences: prompts.map((p) => p.sequence), seeds: () => [0], temperature: 0, signal });
    return mean(replies.flat().map((r) => r.reward));
  }

  private async draw(rows: readonly number[], rng: Rng, signal?: AbortSignal): Promise<CollectedGroups['groups']> {
    const prompts: PromptRow[] = [];
    for (const row of rows) prompts.push(await this.o.prompt(row));
    const seeds = (i: number): number[] => Array.from({ length: this.o.group }, (_, k) => rng.fork(i, k).int(2 ** 31));
    const drawn = await this.complete(prompts, { sequences: prompts.map((p) => p.sequence), seeds, signal });
    return drawn.map((rollouts, i) => ({ row: rows[i] as number, rollouts }));
  }

  /** Completions of prompts, judged. `sequences` are what is completed: the prompts, or the same with other images. */
  private async complete(
    prompts: readonly PromptRow[],
    how: { sequences: readonly Sequence[]; seeds(i: number): number[]; temperature?: number; signal?: AbortSignal },
  ): Promise<JudgedRollout[][]> {
    const { o } = this;
    const { sequences, temperature, signal } = how;
    const asked = sequences.map((sequence, i): RolloutPrompt => ({ sequence, seeds: how.seeds(i) }));
    const drawn = await o.rollouts.sample(asked, { ...(temperature === undefined ? {} : { temperature }), signal });
    const samples = drawn.flatMap((group, i) => group.map((rollout) => sampleOf(prompts[i] as PromptRow, rollout)));
    const rewards = await scoreSamples(o.reward, samples, { place: o.place, signal });
    let next = 0;
    return drawn.map((group) => group.map((rollout) => ({ ...rollout, reward: rewards[next++] as number, advantage: 0, counts: true })));
  }

  /** Puts groups of other rows, drawn anew, in place of those without a difference. Returns how many were replaced. */
  private async refill(groups: CollectedGroups['groups'], rng: Rng, signal?: AbortSignal): Promise<number> {
    const { refills, rows } = this.o;
    let replaced = 0;
    for (let round = 0; round < refills; round++) {
      const silent = groups.flatMap(({ rollouts }, i) => (hasSignal(rollouts.map((r) => r.reward)) ? [] : [i]));
      if (silent.length === 0) break;
      const own = rng.fork('refill', round);
      const at = (k: number): number => (Array.isArray(rows) ? (rows[k] as number) : k);
      const fresh = await this.draw(
        silent.map(() => at(own.int(rows.length))),
        own,
        signal,
      );
      for (const [k, group] of fresh.entries()) {
        if (!hasSignal(group.rollouts.map((r) => r.reward))) continue;
        groups[silent[k] as number] = group;
        replaced++;
      }
    }
    return replaced;
  }

  /** Advantages within a group, after what long completions lose. */
  private compare(rollouts: JudgedRollout[]): void {
    const { form, maxTokens, overlongBuffer: buffer, overlongFilter } = this.o;
    const rewards = rollouts.map(({ reward, ids }) => reward + overlongPenalty(ids.length, { maxTokens, buffer }));
    groupAdvantages(rewards, form).forEach((advantage, i) => {
      const rollout = rollouts[i] as JudgedRollout;
      rollout.advantage = advantage;
      rollout.counts = !(overlongFilter && rollout.finish === 'length');
    });
  }

  private async addStart(groups: CollectedGroups['groups']): Promise<void> {
    const { start, prompt } = this.o;
    if (!start) return;
    const all: { rollout: JudgedRollout; sequence: Sequence }[] = [];
    for (const { row, rollouts } of groups)
      for (const rollout of rollouts) all.push({ rollout, sequence: completed((await prompt(row)).sequence, rollout.ids) });
    const scores = await start(all.map(({ sequence }) => sequence));
    all.forEach(({ rollout }, i) => {
      rollout.start = scores[i] as number[];
    });
  }

  private watched(groups: CollectedGroups['groups']): Record<string, number> {
    const all = groups.flatMap(({ rollouts }) => rollouts);
    return {
      reward: mean(all.map((r) => r.reward)),
      reward_std: mean(groups.map(({ rollouts }) => spreadOf(rollouts.map((r) => r.reward)).std)),
      entropy: mean(all.map((r) => r.entropy)),
      length: mean(all.map((r) => r.ids.length)),
      truncated: mean(all.map((r) => (r.finish === 'length' ? 1 : 0))),
    };
  }

  /** The mean reward of one completion of each prompt with the images exchanged, when it is time for it. */
  private async blindReward(index: number, groups: CollectedGroups['groups'], signal?: AbortSignal): Promise<Record<string, number>> {
    const { blindEvery, prompt, seed } = this.o;
    if (blindEvery === 0 || index % blindEvery !== 0) return {};
    const prompts: PromptRow[] = [];
    for (const { row } of groups) prompts.push(await prompt(row));
    const sequences = exchangedImages(prompts);
    if (!sequences) return {};
    const rng = new Rng(seed).fork('blind', index);
    const replies = await this.complete(prompts, { sequences, seeds: (i) => [rng.fork(i).int(2 ** 31)], signal });
    return { blind_reward: mean(replies.flat().map((r) => r.reward)) };
  }
}

/** A completion as rewards get it. */
function sampleOf({ messages, answer, row }: PromptRow, { text, ids, finish }: Rollout): RewardSample {
  return { messages, reply: text, ...(answer === undefined ? {} : { answer }), row, tokens: ids.length, truncated: finish === 'length' };
}
