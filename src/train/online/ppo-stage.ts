// `stage.ppo`: proximal policy optimization against a reward, with a value head beside the policy and the truth watched beside the reward.

import { endAdapter, ValueHead } from '../../networks/index.js';
import { SensoriumError } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { show } from '../../util/show.js';
import type { Objective } from '../objective.js';
import { KL_ESTIMATES, type KlEstimate } from '../objectives/advantages.js';
import { ppoLoss } from '../objectives/ppo.js';
import { optionError } from '../options.js';
import { defineStage, type StageContext } from '../recipe.js';
import { Reference } from '../reference.js';
import { selectParameters } from '../select.js';
import { temperedLogProbs } from '../sequence-graph.js';
import { allPasses, type ConversationStage, checkConversations, type Options, ORDER } from '../stage-options.js';
import { OpenedState, trainedModel } from '../trained-model.js';
import { type OnlineBatch, onlineObjective } from './online-objective.js';
import { type CollectedReplies, PpoCollector, type PpoReply } from './ppo-collector.js';
import { promptFeeds } from './prompts.js';
import { isReward, type Reward, type RewardFunction, rewardOf } from './reward.js';
import { completed, Rollouts } from './rollout.js';
import { stagePrompts } from './stage-prompts.js';
import { ValueReader } from './value-reader.js';

/** Options of `stage.ppo` beside those of conversations; `batch` counts the prompts of a round. */
export interface PpoStage extends ConversationStage {
  /** What replies are worth: `learnedReward(folder)`, `reward('claims')`, or a function. */
  reward: Reward | RewardFunction | undefined;
  /** What they are worth in truth, such as `reward('claims')` of the world: watched and measured on held-out rows, never learned from. */
  truth: Reward | RewardFunction | undefined;
  /** Of sampling. Default 1. */
  temperature: number;
  topP: number;
  /** 0: all tokens. */
  topK: number;
  /** Most tokens of a reply. Default 64. */
  maxTokens: number;
  /** Replies to each prompt. With several, a reply's score is what it is above the mean of its prompt (as RLOO has it), beside the value head. Default 1. */
  replies: number;
  /** Passes over the replies of a round. Default 4. */
  rounds: number;
  /** Optimizer steps of a pass, each over its own share of the replies. Default 1. */
  minibatches: number;
  /** Strength of the KL divergence from where training began, which is part of the reward of each token. Default 0.05. */
  kl: number;
  klEstimate: KlEstimate;
  /** A round whose replies are further from the start, in nats a token, has exploded and is not learned from. Default 10. */
  maxKl: number;
  /** Discount, and the weight of later differences. Default 1 and 0.95. */
  gamma: number;
  lambda: number;
  /** How far ratios and values may move. Default 0.2 both. */
  clip: number;
  valueClip: number;
  /** Weight of the value loss. Default 0.1. */
  valueWeight: number;
  /** What a reply loses that is cut at the limit, and for each token behind the first `freeTokens`. Default 0. */
  noStopPenalty: number;
  lengthPenalty: number;
  freeTokens: number;
  /** Scores are brought to standard deviation 1 within a round. Default false. */
  whitenRewards: boolean;
}

const DEFAULTS: PpoStage = {
  ...{ train: ['adapters'], data: undefined, batch: 32, maxLength: 0, holdout: 0, epochs: 1, ...ORDER },
  ...{ reward: undefined, truth: undefined, temperature: 1, topP: 1, topK: 0, maxTokens: 64, replies: 1, rounds: 4, minibatches: 1 },
  ...{ kl: 0.05, klEstimate: 'k1', maxKl: 10, gamma: 1, lambda: 0.95, clip: 0.2, valueClip: 0.2, valueWeight: 0.1 },
  ...{ noStopPenalty: 0, lengthPenalty: 0, freeTokens: 0, whitenRewards: false },
};

/** Held-out prompts that are completed together. */
const HELD_AT_ONCE = 128;

/** The stage. A model that it trains is opened with `adapters: [valueHead()]`, which no folder keeps. Without `steps` every prompt is answered once. */
export const ppoStage = defineStage<PpoStage>('ppo', DEFAULTS, ppoObjective, {
  steps: (options) => {
    const once = allPasses(options);
    return once === undefined ? undefined : once * options.rounds * options.minibatches;
  },
  check: checkPpo,
  reference: true,
});

async function ppoObjective(context: StageContext<PpoStage>): Promise<Objective> {
  const { options, runtime, stage, signal } = context;
  const place = `stage ${stage.name}`;
  const state = trainedModel(context.state, stage.name);
  const { model } = state;
  const { temperature, topP, topK, maxTokens, replies, rounds, minibatches, seed, holdout, accumulate, batch } = options;
  const head = endAdapter(model.network, ValueHead);
  if (!head)
    throw new SensoriumError('train.recipe', 'the model has no value head', {
      place,
      expected: "open('folder or hub id', { adapters: [valueHead()] })",
      got: 'a model without valueHead() in its adapters',
    });
  if (!(state instanceof OpenedState && state.keeps && stage.index === 0))
    throw new SensoriumError('train.recipe', 'PPO measures a KL divergence from the values that the run began with', {
      place,
      expected: "the first stage of defineRecipe({ model: open('folder or hub id'), … })",
      got: stage.index > 0 ? 'a stage behind others' : 'mllm({…}), or a state without the values that it began with',
      hint: 'Open the model that the other stages saved',
    });
  const reward = rewardOf(options.reward as Reward | RewardFunction);
  const truth = options.truth && rewardOf(options.truth);
  const { data, maxLength, rows, prompt, rowsOf } = await stagePrompts(model, options, {
    place,
    rewards: truth ? [reward, truth] : [reward],
    signal,
  });
  const chosen = new Set(selectParameters(model.network as Parameters<typeof selectParameters>[0], options.train, place));
  for (const p of head.parameters()) chosen.add(p);
  const trained = model.network.parameters().filter((p) => chosen.has(p));
  const size = Math.ceil((batch * replies) / minibatches);
  const shared = { model, maxLength, pad: model.tokenizer?.specialIds.pad ?? 0, runtime };
  // Whole multiples: replies differ in length from step to step, and programs are compiled for shapes.
  const rowMultiple = Math.max(1, Math.ceil(size / 4));
  const rollouts = new Rollouts({
    ...{ model: state.trained(), trained: new Set(trained), runtime, maxTokens, temperature },
    ...(topP < 1 ? { topP } : {}),
    ...(topK > 0 ? { topK } : {}),
  });
  const reference = new Reference({ ...shared, values: model.values, rowMultiple });
  const reader = new ValueReader({ ...shared, state, trained, head, rowMultiple });
  const collector = new PpoCollector({
    ...{ rollouts, reward, truth, place, seed, rowsOf, prompt },
    reader: { values: (sequences) => inParts(sequences, size, (some) => reader.values(some)) },
    start: (sequences) => inParts(sequences, size, (some) => reference.tokenLogProbs(some, temperature)),
    ...{ kl: options.kl, klEstimate: options.klEstimate, gamma: options.gamma, lambda: options.lambda },
    penalties: { noStop: options.noStopPenalty, length: options.lengthPenalty, freeTokens: options.freeTokens },
    whitenRewards: options.whitenRewards,
    replies,
    blindEvery: options.blindEvery * accumulate,
  });
  const held = rows && rows.held.length > 0 ? [...rows.held] : undefined;

  const assemble = async ({ index, replies, metrics }: CollectedReplies, step: number): Promise<OnlineBatch | undefined> => {
    const taken = minibatch(replies, { step, minibatches, seed, index });
    if (taken.length === 0) return undefined;
    const each = [];
    for (const reply of taken) each.push({ reply, sequence: completed((await prompt(reply.row)).sequence, reply.ids) });
    each.sort((a, b) => b.sequence.ids.length - a.sequence.ids.length);
    const of = each.map(({ reply }) => reply);
    const divergence = (metrics.kl ?? 0) / Math.max(1, metrics.length ?? 1);
    return {
      sequences: each.map(({ sequence }) => sequence),
      values: {
        old: of.map((r) => r.logProbs),
        advantages: of.map((r) => r.advantages),
        old_values: of.map((r) => r.values),
        returns: of.map((r) => r.returns),
      },
      weight: of.reduce((n, { ids }) => n + ids.length, 0),
      rows: of.map(({ row }) => data.at?.(row).row ?? row),
      metrics: step === 0 ? metrics : {},
      ...(divergence > options.maxKl ? { fault: `kl ${divergence} a token, beyond the bound of ${options.maxKl} (maxKl)` } : {}),
    };
  };

  return onlineObjective<CollectedReplies>({
    ...shared,
    ...{ rowMultiple, name: stage.name, state, trained, accumulate, iterations: rounds * minibatches, assemble },
    collect: (index, abort) => collector.collect(index, abort),
    given: async (index) => promptFeeds(await Promise.all(rowsOf(index).map(prompt))),
    loss(read, feed) {
      const n = read.weights.shape as number[];
      return ppoLoss(
        {
          ...{ logProbs: temperedLogProbs(read, temperature), old: feed('old', n), advantages: feed('advantages', n) },
          ...{ values: head.read(read.hidden), oldValues: feed('old_values', n), returns: feed('returns', n), mask: read.weights },
        },
        options,
      );
    },
    ...(held ? { measureHeld: (abort?: AbortSignal) => measureHeld(collector, held, abort) } : {}),
    describe: {
      data: data.describe,
      reward: { name: reward.name, ...reward.describe },
      ...(truth ? { truth: { name: truth.name, ...truth.describe } } : {}),
      train: [...options.train],
      ...{ temperature, topP, topK, maxTokens, minibatches, holdout, ...(replies > 1 ? { replies } : {}) },
      ...Object.fromEntries(NUMBERS.map((key) => [key, options[key]])),
      ...{ klEstimate: options.klEstimate, whitenRewards: options.whitenRewards },
    },
    dispose: async () => {
      await rollouts.dispose();
      await reference.dispose();
      await reader.dispose();
      await reward.dispose?.();
      await truth?.dispose?.();
      if (data !== options.data) data.dispose?.(); // one that was given stays its owner's
    },
  });
}

const NUMBERS = [
  'kl', 'gamma', 'lambda', 'clip', 'valueClip', 'valueWeight', 'noStopPenalty', 'lengthPenalty', 'freeTokens',
] as const; // biome-ignore format: one list

/** The replies of one step of a round: each pass goes over all of them in an order of its own. */
export function minibatch(
  replies: readonly PpoReply[],
  { step, minibatches, seed, index }: { step: number; minibatches: number; seed: number; index: number },
): PpoReply[] {
  const [pass, part] = [Math.floor(step / minibatches), step % minibatches];
  const order = new Rng(seed).fork('minibatches', index, pass).shuffle(replies.map((_, i) => i));
  return order.filter((_, i) => i % minibatches === part).map((i) => replies[i] as PpoReply);
}

/** Answers to all, asked for in parts of at most `size`. */
async function inParts<T, R>(all: readonly T[], size: number, of: (some: readonly T[]) => Promise<R[]>): Promise<R[]> {
  const out: R[] = [];
  for (let at = 0; at < all.length; at += size) out.push(...(await of(all.slice(at, at + size))));
  return out;
}

/** The held-out loss: what the mean true score of greedy replies, or their reward where the truth is not known, is below 0. */
async function measureHeld(collector: PpoCollector, held: readonly number[], signal?: AbortSignal) {
  const sums = { reward: 0, true_score: 0 };
  let known = true;
  for (let at = 0; at < held.length; at += HELD_AT_ONCE) {
    const some = held.slice(at, at + HELD_AT_ONCE);
    const { reward, true_score } = await collector.measure(some, signal);
    sums.reward += some.length * reward;
    sums.true_score += some.length * (true_score ?? 0);
    known &&= true_score !== undefined;
  }
  const reward = sums.reward / held.length;
  const true_score = sums.true_score / held.length;
  return {
    loss: -(known ? true_score : reward),
    batches: Math.ceil(held.length / HELD_AT_ONCE),
    metrics: { reward, ...(known ? { true_score } : {}) },
  };
}

/** Throws `train.option` for options that cannot be, and `train.reward` where there is no reward. */
function checkPpo(options: Options<PpoStage>, place: string): void {
  checkConversations(options, place);
  for (const key of ['reward', 'truth'] as const) {
    if (isReward(options[key]) || (key === 'truth' && options.truth === undefined)) continue;
    throw new SensoriumError('train.reward', `the stage has no ${key}`, {
      place: `${place}: ${key}`,
      expected: "learnedReward('FOLDER'), reward('claims') of sensorium/trust, or a function that gives a number for each reply",
      got: show(options[key]),
    });
  }
  for (const [key, least] of [['maxTokens', 1], ['replies', 1], ['rounds', 1], ['minibatches', 1], ['freeTokens', 0], ['topK', 0]] as const) {
    const value = options[key];
    if (!(Number.isSafeInteger(value) && value >= least))
      throw optionError(key, { place, expected: `a whole number of at least ${least}`, got: show(value) });
  } // biome-ignore format: one list
  if (options.minibatches > options.batch * options.replies)
    throw optionError('minibatches', {
      place,
      expected: `at most the ${options.batch * options.replies} replies of a round`,
      got: String(options.minibatches),
    });
  const range = (keys: readonly (keyof PpoStage)[], holds: (x: number) => boolean, expected: string): void => {
    for (const key of keys) {
      const value = options[key];
      if (!(typeof value === 'number' && holds(value))) throw optionError(key, { place, expected, got: show(value) });
    }
  };
  range(['kl', 'valueWeight', 'noStopPenalty', 'lengthPenalty'], (x) => x >= 0 && Number.isFinite(x), 'a number of at least 0');
  range(['gamma', 'lambda'], (x) => x >= 0 && x <= 1, 'a number from 0 to 1');
  range(['clip'], (x) => x > 0 && x < 1, 'a number between 0 and 1');
  range(['maxKl'], (x) => x > 0, 'a number above 0');
  range(['valueClip'], (x) => x > 0, 'a number above 0');
  range(['temperature'], (x) => x > 0 && x <= 100, 'a number above 0, at most 100');
  range(['topP'], (x) => x > 0 && x <= 1, 'a number above 0, at most 1');
  if (!(options.klEstimate in KL_ESTIMATES))
    throw optionError('klEstimate', { place, expected: Object.keys(KL_ESTIMATES).join(', '), got: show(options.klEstimate) });
}
