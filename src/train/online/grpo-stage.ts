// `stage.grpo`: learning from groups of completions that a reward judges, in the forms grpo, dapo, dr_grpo and gspo.

import { SensoriumError } from '../../util/errors.js';
import { show } from '../../util/show.js';
import type { Objective } from '../objective.js';
import { GROUP_FORMS, type GroupForm, groupLoss } from '../objectives/group.js';
import { optionError } from '../options.js';
import { defineStage, type StageContext } from '../recipe.js';
import { Reference } from '../reference.js';
import { selectParameters } from '../select.js';
import { temperedLogProbs } from '../sequence-graph.js';
import { allPasses, type ConversationStage, checkConversations, didYouMean, type Options, ORDER } from '../stage-options.js';
import { OpenedState, trainedModel } from '../trained-model.js';
import { type CollectedGroups, GroupCollector } from './group-collector.js';
import { type OnlineBatch, onlineObjective } from './online-objective.js';
import { COMPLETION_TOKENS, promptFeeds } from './prompts.js';
import { isReward, type Reward, type RewardFunction, rewardOf } from './reward.js';
import { completed, Rollouts } from './rollout.js';
import { stagePrompts } from './stage-prompts.js';

/** Options of `stage.grpo` beside those of conversations; `batch` counts prompts. */
export interface GrpoStage extends ConversationStage {
  /** How advantages are made and losses added up. Default `grpo`. */
  form: GroupForm;
  reward: Reward | RewardFunction | undefined;
  /** Completions of a prompt. Default 8. */
  group: number;
  /** Of sampling. Default 1. */
  temperature: number;
  topP: number;
  /** 0: all tokens. */
  topK: number;
  /** Most tokens of a completion. Default 64. */
  maxTokens: number;
  /** Strength of the KL divergence from where training began. Default 0: it is reported alone. */
  beta: number;
  /** A batch whose divergence from the start (k3, mean over tokens) is larger has exploded and is not learned from. Default 100. */
  maxKl: number;
  /** How far a token's ratio may fall below 1 before it stops to count, and how far rise above it: `clip` unless said, of `dapo` 0.28. */
  clip: number;
  clipHigh: number | undefined;
  /** Steps that learn from the same completions. Default 1. */
  iterations: number;
  /** Times that other prompts are drawn in place of those whose completions all have the same reward. Default: of `dapo` 2, else 0. */
  refills: number | undefined;
  /** Leave completions that were cut at the limit out of the loss. Default false. */
  overlongFilter: boolean;
  /** Tokens before the limit over which a completion loses up to 1 of its reward. Default 0. */
  overlongBuffer: number;
}

const DEFAULTS: GrpoStage = {
  train: ['adapters'],
  data: undefined,
  batch: 8,
  maxLength: 0,
  holdout: 0,
  epochs: 1,
  ...ORDER,
  form: 'grpo',
  reward: undefined,
  group: 8,
  temperature: 1,
  topP: 1,
  topK: 0,
  maxTokens: COMPLETION_TOKENS,
  beta: 0,
  maxKl: 100,
  clip: 0.2,
  clipHigh: undefined,
  iterations: 1,
  refills: undefined,
  overlongFilter: false,
  overlongBuffer: 0,
};

/** Held-out prompts that are completed together. */
const HELD_AT_ONCE = 128;

/** Group-relative policy optimization. Without `steps` every prompt is completed once. */
export const grpoStage = defineStage<GrpoStage>('grpo', DEFAULTS, grpoObjective, {
  steps: (options) => {
    const once = allPasses(options);
    return once === undefined ? undefined : once * options.iterations;
  },
  check: checkGrpo,
  reference: true,
});

async function grpoObjective(context: StageContext<GrpoStage>): Promise<Objective> {
  const { options, runtime, stage, signal } = context;
  const place = `stage ${stage.name}`;
  const state = trainedModel(context.state, stage.name);
  const { model } = state;
  const { form, group, temperature, topP, topK, maxTokens, beta, clip, iterations, seed, holdout, accumulate, batch } = options;
  const reward = rewardOf(options.reward as Reward | RewardFunction);
  const { data, maxLength, rows, prompt, rowsOf } = await stagePrompts(model, options, { place, rewards: [reward], signal });
  const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], options.train, place);
  const shared = { model, maxLength, pad: model.tokenizer?.specialIds.pad ?? 0, runtime };
  // Whole multiples: completions differ in length from step to step, and programs are compiled for shapes.
  const rowMultiple = Math.max(1, Math.ceil((batch * group) / 8));

  const rollouts = new Rollouts({
    ...{ model: state.trained(), trained: new Set(trained), runtime, maxTokens, temperature },
    ...(topP < 1 ? { topP } : {}),
    ...(topK > 0 ? { topK } : {}),
  });
  const reference =
    state instanceof OpenedState && state.keeps && stage.index === 0
      ? new Reference({ ...shared, values: model.values, rowMultiple })
      : undefined;
  if (beta > 0 && !reference) throw noStart(place, stage.index);
  const refills = options.refills ?? (form === 'dapo' ? 2 : 0);
  const clipHigh = options.clipHigh ?? (form === 'dapo' ? 0.28 : clip);
  const collector = new GroupCollector({
    ...{ rollouts, reward, place, form, group, maxTokens, refills, seed, rowsOf, prompt },
    ...{ overlongBuffer: options.overlongBuffer, overlongFilter: options.overlongFilter },
    blindEvery: options.blindEvery * accumulate,
    rows: rows ? [...rows.train] : data,
    ...(reference ? { start: (sequences) => reference.tokenLogProbs(sequences, temperature) } : {}),
  });

  const assemble = async ({ groups, metrics }: CollectedGroups): Promise<OnlineBatch | undefined> => {
    const all = [];
    for (const { row, rollouts: own } of groups)
      for (const rollout of own)
        if (rollout.ids.length > 0) all.push({ rollout, sequence: completed((await prompt(row)).sequence, rollout.ids) });
    if (all.length === 0) return undefined;
    all.sort((a, b) => b.sequence.ids.length - a.sequence.ids.length);
    const of = all.map(({ rollout }) => rollout);
    const counted = of.reduce((n, { counts, ids }) => n + (counts ? ids.length : 0), 0);
    return {
      sequences: all.map(({ sequence }) => sequence),
      values: {
        old: of.map((r) => r.logProbs),
        advantages: of.map((r) => r.advantage),
        counted: of.map((r) => (r.counts ? 1 : 0)),
        ...(reference ? { start: of.map((r) => r.start as number[]) } : {}),
      },
      weight: form === 'dapo' ? counted : all.length,
      rows: groups.map(({ row }) => data.at?.(row).row ?? row),
      metrics,
    };
  };

  const objective = onlineObjective<CollectedGroups>({
    ...shared,
    ...{ rowMultiple, name: stage.name, state, trained, accumulate, iterations, assemble },
    collect: (index, abort) => collector.collect(index, abort),
    given: async (index) => promptFeeds(await Promise.all(rowsOf(index).map(prompt))),
    loss(read, feed) {
      const n = read.weights.shape as number[];
      return groupLoss(
        {
          logProbs: temperedLogProbs(read, temperature),
          old: feed('old', n),
          advantages: feed('advantages', n),
          mask: read.weights.mul(feed('counted', n)),
          ...(reference ? { start: feed('start', n) } : {}),
          perSequence: (x) => read.perSequence(x),
          toTokens: (x) => read.toTokens(x),
        },
        { form, clip, clipHigh, beta, maxTokens },
      );
    },
    ...(reference ? { limits: { kl: options.maxKl } } : {}),
    ...(rows && rows.held.length > 0 ? { measureHeld: (abort?: AbortSignal) => heldReward(collector, [...rows.held], abort) } : {}),
    describe: {
      data: data.describe,
      reward: { name: reward.name, ...reward.describe },
      train: [...options.train],
      ...{ form, group, temperature, topP, topK, maxTokens, beta, clip, clipHigh, refills, holdout },
      ...{ overlongFilter: options.overlongFilter, overlongBuffer: options.overlongBuffer },
    },
    dispose: async () => {
      await rollouts.dispose();
      await reference?.dispose();
      await reward.dispose?.();
      if (data !== options.data) data.dispose?.(); // one that was given stays its owner's
    },
  });
  return objective;
}

/** The held-out loss: what the mean reward of greedy completions is below 0. */
async function heldReward(collector: GroupCollector, held: readonly number[], signal?: AbortSignal) {
  let sum = 0;
  for (let at = 0; at < held.length; at += HELD_AT_ONCE) {
    const some = held.slice(at, at + HELD_AT_ONCE);
    sum += some.length * (await collector.greedyReward(some, signal));
  }
  const reward = sum / held.length;
  return { loss: -reward, batches: Math.ceil(held.length / HELD_AT_ONCE), metrics: { reward } };
}

const noStart = (place: string, index: number): SensoriumError =>
  new SensoriumError('train.recipe', 'a KL divergence is measured from the values that the run began with', {
    place,
    expected: "the first stage of defineRecipe({ model: open('folder or hub id'), … })",
    got: index > 0 ? 'a stage behind others' : 'mllm({…}), or a state without the values that it began with',
    hint: 'Open the model that the other stages saved, or leave out beta',
  });

/** Throws `train.option` for options that cannot be, and `train.reward` where there is no reward. */
function checkGrpo(options: Options<GrpoStage>, place: string): void {
  checkConversations(options, place);
  const { form, reward, group, maxTokens, iterations, refills, overlongBuffer } = options;
  if (!GROUP_FORMS.includes(form))
    throw optionError('form', { place, expected: GROUP_FORMS.join(', '), got: show(form), hint: didYouMean(form, GROUP_FORMS) });
  if (!isReward(reward))
    throw new SensoriumError('train.reward', 'the stage has no reward', {
      place: `${place}: reward`,
      expected: "reward('exact') of sensorium/trust, or a function that gives a number for each completion",
      got: show(reward),
    });
  const whole = (key: keyof GrpoStage, value: number | undefined, least: number): void => {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
      throw optionError(key, { place, expected: `a whole number of at least ${least}`, got: show(value) });
  };
  whole('group', group, 2);
  whole('maxTokens', maxTokens, 1);
  whole('iterations', iterations, 1);
  whole('refills', refills, 0);
  whole('overlongBuffer', overlongBuffer, 0);
  whole('topK', options.topK, 0);
  if (overlongBuffer > maxTokens)
    throw optionError('overlongBuffer', { place, expected: `at most maxTokens (${maxTokens})`, got: String(overlongBuffer) });
  const range = (key: keyof GrpoStage, value: number | undefined, holds: (x: number) => boolean, expected: string): void => {
    if (value !== undefined && !(typeof value === 'number' && holds(value))) throw optionError(key, { place, expected, got: show(value) });
  };
  range('temperature', options.temperature, (x) => x > 0 && x <= 100, 'a number above 0, at most 100');
  range('topP', options.topP, (x) => x > 0 && x <= 1, 'a number above 0, at most 1');
  range('beta', options.beta, (x) => x >= 0 && Number.isFinite(x), 'a number of at least 0');
  range('maxKl', options.maxKl, (x) => x > 0, 'a number above 0');
  range('clip', options.clip, (x) => x > 0 && x < 1, 'a number between 0 and 1');
  range('clipHigh', options.clipHigh, (x) => x > 0 && Number.isFinite(x), 'a number above 0');
}
