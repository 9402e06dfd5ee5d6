// POPE: balanced yes/no probes for objects that are there and objects that are not (Li et al. 2023), scored from plain pairs.

import { type Answered, questionOf, type Row, type Score } from './benchmark.js';
import { withoutThinking } from './reply.js';
import { type Proportion, proportion } from './wilson.js';
import { parseOfficial, parseRobust, type Verdict, type YesNo } from './yes-no.js';

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
  /** True and false positives and negatives; a reply that says neither about an absent object is none of the four. */
  counts: { tp: number; fp: number; tn: number; fn: number };
  /** Wilson interval of the accuracy. */
  accuracyInterval: [number, number];
  /** Interval of F1: Wilson's over TP/(TP+FP+FN) = F1/(2-F1), which is a proportion, carried through the monotone map. */
  f1Interval: [number, number];
}

/** One probe: the truth, and the verdict of the model's reply. */
export interface PopePair {
  truth: YesNo;
  verdict: Verdict;
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
  for (const { truth, verdict } of pairs) {
    n++;
    if (verdict === 'unknown') unknown++;
    if (truth === 'yes') {
      if (verdict === 'yes') tp++;
      else fn++;
    } else if (verdict === 'yes') fp++;
    else if (verdict === 'no') tn++;
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
    counts: { tp, fp, tn, fn },
    accuracyInterval: [accuracy.low, accuracy.high],
    f1Interval: [(2 * jaccard.low) / (1 + jaccard.low), (2 * jaccard.high) / (1 + jaccard.high)],
  };
}

/** Parses replies after their thinking with the named rule and scores them; the robust rule uses the question where there is one. */
export function scorePope(
  replies: Iterable<{ truth: YesNo; reply: string; question?: string }>,
  parser: 'official' | 'robust' = 'robust',
): PopeScores {
  return popeScores(
    Array.from(replies, ({ truth, reply, question }) => ({
      truth,
      verdict: parser === 'official' ? parseOfficial(withoutThinking(reply)) : parseRobust(reply, question),
    })),
  );
}

/** A row of POPE. */
export type PopeRow = Row & { truth: YesNo };

/** Whether a reply to a probe is right, by the robust parser. */
export function popeRight({ reply, messages, truth }: Answered<PopeRow>): boolean {
  return parseRobust(reply, questionOf(messages)) === truth;
}

/**
 * The scores of each kind of probes. The official parser's F1 stands beside ours, except for questions in Chinese: it takes every Chinese
 * reply for yes.
 */
export function popeScoreList(done: readonly Answered<PopeRow>[]): Score[] {
  const probes = done.map(({ kind, truth, reply, messages }) => ({ kind, truth, reply, question: questionOf(messages) }));
  const english = !probes.some(({ question }) => /\p{Script=Han}/u.test(question));
  return [...new Set(probes.map(({ kind }) => kind))].flatMap((kind) => {
    const own = probes.filter((probe) => probe.kind === kind);
    const s = scorePope(own);
    const f1 = ({ f1: value, f1Interval: [low, high], n }: PopeScores): Proportion => ({ value, low, high, n });
    const { tp, fp, tn, fn } = s.counts;
    const score = (name: string, p: Proportion, better: Score['better'] = 'higher', more: Partial<Score> = {}): Score => ({
      name: `${name}, ${kind}`,
      ...p,
      better,
      ...more,
    });
    const detail = { detail: true };
    const official = { ...detail, note: 'which takes every unclear reply for yes' };
    return [
      score('F1', f1(s)),
      score('accuracy', proportion(tp + tn, s.n)),
      score('precision', proportion(tp, tp + fp), 'higher', detail),
      score('recall', proportion(tp, tp + fn), 'higher', detail),
      score('yes ratio', proportion(tp + fp, s.n), 'neither', detail),
      score('unreadable', proportion(s.unknown, s.n), 'lower', { ...detail, note: 'replies that say neither yes nor no' }),
      ...(english ? [score('F1 by the official parser', f1(scorePope(own, 'official')), 'higher', official)] : []),
    ];
  });
}
