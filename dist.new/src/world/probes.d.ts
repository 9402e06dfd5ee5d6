import type { Rng } from '../util/rng.js';
import { type Scene, type WorldOptions } from './scene.js';
import { type Language } from './vocabulary.js';
export type Negative = 'random' | 'popular' | 'adversarial';
export declare const NEGATIVES: readonly Negative[];
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
export declare function cooccurrence(options: WorldOptions, n: number): CooccurrenceStats;
/**
 * Balanced probes of one scene: as many present as absent categories, at most `perScene` together (POPE: 3 + 3; fewer when the scene
 * has fewer categories). `random` draws absent ones uniformly, `popular` takes the most frequent ones, `adversarial` goes round the
 * asked present ones and takes what co-occurs most with each (Li et al. 2023).
 */
export declare function popeProbes(scene: Scene, stats: CooccurrenceStats, options: {
    negative: Negative;
    rng: Rng;
    perScene?: number;
    language?: Language;
}): Probe[];
