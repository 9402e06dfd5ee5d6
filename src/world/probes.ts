// POPE's yes/no probes over scenes, with its three ways of choosing absent objects, and the co-occurrence counts they need.

import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { groupsOf } from './facts.js';
import { existenceQuestion, yesNo } from './questions.js';
import { makeScene, type Scene, type WorldOptions } from './scene.js';
import { CATEGORIES, type Language } from './vocabulary.js';

export type Negative = 'random' | 'popular' | 'adversarial';
export const NEGATIVES: readonly Negative[] = ['random', 'popular', 'adversarial'];

export interface Probe {
  /** "Is there a dog in the image?" */
  question: string;
  /** In the language of the question: yes/no, 有/没有. */
  answer: 'yes' | 'no' | '有' | '没有';
  category: number;
  /** How the absent category was chosen; missing on probes whose answer is yes. */
  negative?: Negative;
}

/** In how many scenes each category, and each pair of categories, appears. */
export interface CooccurrenceStats {
  scenes: number;
  /** [categories] */
  frequency: Int32Array;
  /** [categories * categories], symmetric, zero diagonal. */
  pairs: Int32Array;
}

/** Counts over the first `n` scenes of the training split (whatever split `options` names: statistics never come from test scenes). */
export function cooccurrence(options: WorldOptions, n: number): CooccurrenceStats {
  const k = CATEGORIES.length;
  const stats = { scenes: n, frequency: new Int32Array(k), pairs: new Int32Array(k * k) };
  for (let i = 0; i < n; i++) {
    const present = groupsOf(makeScene(i, { ...options, split: 'train' })).map((g) => g.category);
    for (const a of present) {
      stats.frequency[a] = (stats.frequency[a] as number) + 1;
      for (const b of present) if (a !== b) stats.pairs[a * k + b] = (stats.pairs[a * k + b] as number) + 1;
    }
  }
  return stats;
}

/**
 * Balanced probes of one scene: as many present as absent categories, at most `perScene` together (POPE: 3 + 3; fewer when the scene
 * has fewer categories). `random` draws absent ones uniformly, `popular` takes the most frequent ones, `adversarial` goes round the
 * asked present ones and takes what co-occurs most with each (Li et al. 2023).
 */
export function popeProbes(
  scene: Scene,
  stats: CooccurrenceStats,
  options: { negative: Negative; rng: Rng; perScene?: number; language?: Language },
): Probe[] {
  const { negative, rng, perScene = 6, language = 'en' } = options;
  if (!NEGATIVES.includes(negative))
    throw new SensoriumError('world.option', 'unknown negative sampler', {
      place: 'negative',
      expected: NEGATIVES.join(', '),
      got: String(negative),
    });
  const k = CATEGORIES.length;
  if (stats.frequency.length !== k || stats.pairs.length !== k * k)
    throw new SensoriumError('world.option', 'co-occurrence counts do not fit the vocabulary', {
      expected: `${k} categories`,
      got: `${stats.frequency.length}`,
    });
  const present = groupsOf(scene).map((g) => g.category);
  const asked = rng.sample(present, Math.min(Math.floor(perScene / 2), present.length));
  // Shuffled first, so that ties are broken by chance and not by the order of the vocabulary.
  const absent = rng.shuffle(CATEGORIES.map((_, c) => c).filter((c) => !present.includes(c)));
  const chosen: number[] = [];
  if (negative === 'random') chosen.push(...absent.slice(0, asked.length));
  else if (negative === 'popular')
    chosen.push(...absent.sort((a, b) => (stats.frequency[b] as number) - (stats.frequency[a] as number)).slice(0, asked.length));
  else
    for (const p of asked) {
      let best = -1;
      for (const c of absent)
        if (!chosen.includes(c) && (best < 0 || (stats.pairs[p * k + c] as number) > (stats.pairs[p * k + best] as number))) best = c;
      if (best >= 0) chosen.push(best);
    }
  const out: Probe[] = [];
  asked.forEach((category, i) => {
    out.push({ question: existenceQuestion(category, language), answer: yesNo(true, language) as Probe['answer'], category });
    const other = chosen[i];
    if (other !== undefined)
      out.push({
        question: existenceQuestion(other, language),
        answer: yesNo(false, language) as Probe['answer'],
        category: other,
        negative,
      });
  });
  return out;
}
