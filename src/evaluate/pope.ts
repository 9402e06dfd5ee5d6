// POPE: balanced yes/no probes for objects that are there and objects that are not (Li et al. 2023), scored from plain pairs.

import { proportion } from './wilson.js';
import { parseOfficial, parseRobust, type Said, type YesNo } from './yes-no.js';

/** How the absent objects of the probes are chosen: uniformly, by frequency, by co-occurrence with what is there. */
export const NEGATIVES = ['random', 'popular', 'adversarial'] as const;
export type Negative = (typeof NEGATIVES)[number];

export interface PopeScores {
  accuracy: number;
  precision: number;
  recall: number;
  f1: number;
  /** Share of all probes answered yes. */
  yesRatio: number;
  n: number;
  /** Replies that say neither; each counts as wrong and as not-yes. */
  unknown: number;
  /** Wilson interval of the accuracy. */
  accuracyInterval: [number, number];
  /** Interval of F1: Wilson's over TP/(TP+FP+FN) = F1/(2-F1), which is a proportion, carried through the monotone map. */
  f1Interval: [number, number];
}

/** One probe: what is true and what the model's reply said. */
export interface PopePair {
  truth: YesNo;
  said: Said;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Accuracy, precision, recall and F1 with "yes" as the positive class; every ratio over nothing is 0 (the official script divides by zero). */
export function popeScores(pairs: Iterable<PopePair>): PopeScores {
  let tp = 0;
  let fp = 0;
  let tn = 0;
  let fn = 0;
  let unknown = 0;
  let n = 0;
  for (const { truth, said } of pairs) {
    n++;
    if (said === 'unknown') unknown++;
    if (truth === 'yes') {
      if (said === 'yes') tp++;
      else fn++;
    } else if (said === 'yes') fp++;
    else if (said === 'no') tn++;
  }
  const accuracy = proportion(tp + tn, n);
  const jaccard = proportion(tp, tp + fp + fn);
  return {
    accuracy: accuracy.value,
    precision: ratio(tp, tp + fp),
    recall: ratio(tp, tp + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
    yesRatio: ratio(tp + fp, n),
    n,
    unknown,
    accuracyInterval: [accuracy.low, accuracy.high],
    f1Interval: [(2 * jaccard.low) / (1 + jaccard.low), (2 * jaccard.high) / (1 + jaccard.high)],
  };
}

/** Parses replies with the named rule and scores them; the robust rule uses the question where there is one. */
export function scorePope(
  replies: Iterable<{ truth: YesNo; reply: string; question?: string }>,
  parser: 'official' | 'robust' = 'robust',
): PopeScores {
  return popeScores(
    Array.from(replies, ({ truth, reply, question }) => ({
      truth,
      said: parser === 'official' ? parseOfficial(reply) : parseRobust(reply, question),
    })),
  );
}
