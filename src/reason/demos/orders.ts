// The order in which chosen demonstrations are shown: models answer by it (Zhao et al. 2021, Lu et al. 2022), so it can be set and searched.

import { Rng } from '../../util/rng.js';
import { rowNamed } from './registry.js';

/** An order. */
export interface DemoOrder {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** Numbers of demos as they are shown; `chosen` has the most similar first. */
  arrange(chosen: readonly number[], seed: number): number[];
  /** Permutations are tried on other demos and the one with the most even replies is taken: needs a responder. */
  readonly probes?: true;
}

/** Every order; `permutation:K` is the K-th of a series of random ones, for sweeps. */
export const DEMO_ORDERS: readonly DemoOrder[] = [
  { name: 'similar-last', about: 'the most similar right before the question', arrange: (chosen) => [...chosen].reverse() },
  { name: 'similar-first', about: 'the most similar at the beginning', arrange: (chosen) => [...chosen] },
  { name: 'given', about: 'as the data have them', arrange: (chosen) => [...chosen].sort((a, b) => a - b) },
  { name: 'permutation', about: 'random, by the seed; permutation:K is the K-th', arrange: (chosen, seed) => permuted(chosen, seed, 0) },
  {
    name: 'entropy',
    about: 'the permutation under which replies to other demonstrations differ most (GlobalE)',
    arrange: (chosen) => [...chosen],
    probes: true,
  },
];

/** The K-th permutation of a seed: the same for the same demos, however they were chosen. */
function permuted(chosen: readonly number[], seed: number, k: number): number[] {
  const sorted = [...chosen].sort((a, b) => a - b);
  return new Rng(`order of demos/${seed}/${k}/${sorted}`).shuffle(sorted);
}

/** An order by its name. Errors: `demos.option`. */
export function demoOrder(name: string): DemoOrder {
  const [, k] = /^permutation:(\d{1,6})$/.exec(name) ?? [];
  if (k === undefined) return rowNamed(DEMO_ORDERS, name, 'order');
  return { name, about: `permutation ${k} of the seed`, arrange: (chosen, seed) => permuted(chosen, seed, Number(k)) };
}

/** Entropy of the distribution of replies, in nats; replies that differ in case and white space alone are the same. */
export function replyEntropy(replies: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const reply of replies) {
    const label = reply.trim().toLowerCase().replace(/\s+/g, ' ');
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / replies.length) * Math.log(count / replies.length);
  return entropy;
}

/** All permutations of up to `most` demos where there are as few, else `most` different random ones. The given order is the first. */
export function somePermutations(chosen: readonly number[], most: number, seed = 0): number[][] {
  let all = 1;
  for (let n = 2; n <= chosen.length && all <= most; n++) all *= n;
  const found = new Map<string, number[]>([[String(chosen), [...chosen]]]);
  const wanted = Math.min(all, most);
  for (let k = 0; found.size < wanted; k++) {
    const next = permuted(chosen, seed, k);
    found.set(String(next), next);
  }
  return [...found.values()];
}
