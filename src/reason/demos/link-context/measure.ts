// In-context learning of novel concepts, measured: accuracy by shots, RICES against random demonstrations, deviation over orders.

import type { Score } from '../../../evaluate/benchmark.js';
import type { RankItem, Responder } from '../../../evaluate/responder.js';
import { proportion } from '../../../evaluate/wilson.js';
import { SensoriumError } from '../../../util/errors.js';
import { bankOf, type DemoBank } from '../bank.js';
import type { Demo } from '../demo.js';
import { type OrderSweep, sweepOrders } from '../order-sweep.js';
import { demoOrder } from '../orders.js';
import { chatTurns } from '../templates/chat.js';
import type { DemoEmbedder } from '../vectors.js';
import { withDemos } from '../with-demos.js';
import { type EpisodeOptions, Episodes } from './episodes.js';

/** How novel concepts are measured. */
export interface ShotOptions extends Pick<EpisodeOptions, 'seed' | 'size' | 'tinted'> {
  /** Episodes. Default 200. */
  n?: number;
  /** Concepts of an episode, names to choose from. Default 2: chance is 0.5. */
  ways?: number;
  /** Contextual calibration of the choice. Default false. */
  calibrate?: boolean;
  signal?: AbortSignal;
}

const ranker = (responder: Responder): NonNullable<Responder['rank']> => {
  if (responder.rank) return responder.rank.bind(responder);
  throw new SensoriumError('demos.option', 'names are chosen by their probability, which this responder does not have', {
    place: 'responder',
    expected: 'a model in a folder',
  });
};

const episodesOf = ({ seed = 0, size, tinted, ways = 2 }: ShotOptions): Episodes =>
  new Episodes({
    split: 'test',
    seed,
    ways,
    links: { contrastive: 1 },
    ...(size ? { size } : {}),
    ...(tinted === undefined ? {} : { tinted }),
  });

/** Share of items whose right choice is the most probable one, with its interval. */
function accuracy(name: string, best: readonly number[], right: readonly number[]): Score {
  const hits = best.filter((choice, i) => choice === right[i]).length;
  return { name, ...proportion(hits, best.length), better: 'higher' };
}

/** Names of an episode in an order of their own, so that the right one is at no fixed place. */
function choicesOf(names: readonly string[]): { choices: string[]; right: number } {
  const choices = [...names].sort();
  return { choices, right: choices.indexOf(names[0] as string) };
}

/** Accuracy with 0, 1, 2, 4 and 8 demonstrations before the same queries. Chance is 1 / ways. */
export async function measureShots(
  responder: Responder,
  shots: readonly number[] = [0, 1, 2, 4, 8],
  options: ShotOptions = {},
): Promise<Score[]> {
  const rank = ranker(responder);
  const { n = 200, signal } = options;
  const episodes = episodesOf(options);
  const scores: Score[] = [];
  for (const count of shots) {
    const items: RankItem[] = [];
    const right: number[] = [];
    for (let i = 0; i < n; i++) {
      const episode = episodes.at(i, count);
      const { choices, right: place } = choicesOf(episode.names);
      items.push({ messages: await episodes.messages(episode), choices });
      right.push(place);
    }
    scores.push(accuracy(`accuracy, ${count} shots`, await rank(items, { signal }), right));
  }
  return scores;
}

/** Accuracy with the same demonstrations in several orders: its mean and deviation. */
export async function measureOrders(
  responder: Responder,
  { shots = 4, orders = 5, ...options }: ShotOptions & { shots?: number; orders?: number } = {},
): Promise<OrderSweep> {
  const rank = ranker(responder);
  const { n = 200, seed = 0, signal } = options;
  const episodes = episodesOf(options);
  return sweepOrders(orders, async (name) => {
    const order = demoOrder(name);
    const items: RankItem[] = [];
    const right: number[] = [];
    for (let i = 0; i < n; i++) {
      const { support, query, names } = episodes.at(i, shots);
      const demos: Demo[] = [];
      for (const at of order.arrange([...support.keys()], seed * 1_000_003 + i))
        demos.push(await episodes.demo(support[at] as (typeof support)[number]));
      const { choices, right: place } = choicesOf(names);
      items.push({ messages: chatTurns.write(demos, { content: (await episodes.demo(query)).content }), choices });
      right.push(place);
    }
    const best = await rank(items, { signal });
    return best.filter((choice, i) => choice === right[i]).length / n;
  });
}

/** Demonstrations of each concept in a pool. */
const POOL = 3;

/**
 * Accuracy with demonstrations that selectors choose out of a pool with three of each of `ways` concepts (default 8, chance 1/8): RICES finds
 * those like the query, random ones may not show its concept at all.
 */
export async function measureSelectors(
  responder: Responder,
  embedder: DemoEmbedder,
  { shots = 4, selectors = ['rices', 'random'], ...options }: ShotOptions & { shots?: number; selectors?: readonly string[] } = {},
): Promise<Score[]> {
  const { n = 100, ways = 8, seed = 0, calibrate, signal } = options;
  const episodes = episodesOf({ ...options, ways });
  const hits = new Map(selectors.map((name) => [name, 0]));
  for (let i = 0; i < n; i++) {
    const { support, query, names } = episodes.at(i, ways * POOL);
    const pool: Demo[] = [];
    for (const view of support) pool.push(await episodes.demo(view));
    const bank: DemoBank = await bankOf(pool, { embedder, signal });
    const { choices, right } = choicesOf(names);
    const asked = { messages: [{ role: 'user' as const, content: (await episodes.demo(query)).content }], choices };
    for (const selector of selectors) {
      const [best] = await ranker(withDemos(responder, { bank, shots, selector, seed, calibrate }))([asked], { signal });
      if (best === right) hits.set(selector, (hits.get(selector) as number) + 1);
    }
  }
  return selectors.map((name) => ({ name: `accuracy, ${name}`, ...proportion(hits.get(name) as number, n), better: 'higher' }));
}
