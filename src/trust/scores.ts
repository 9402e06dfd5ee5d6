// Verdicts as scores: hallucination by type, CHAIR, heads and tails, and beside every one of them what the texts say at all.

import type { Score } from '../evaluate/benchmark.js';
import { proportion } from '../evaluate/wilson.js';
import { CLAIM_TYPES, type ClaimType } from './claim.js';
import { sentenceCount, spoken } from './claims.js';
import type { Verdict } from './truth.js';

/** A text about an image with the verdicts on its claims. */
export interface JudgedText {
  text: string;
  verdicts: readonly Verdict[];
  /** Ids of the objects that are there, each once: coverage is of these. */
  present: readonly string[];
}

/** What `trustScores` may be told. */
export interface TrustScoreOptions {
  /** The frequent objects: existence is then scored for them (head) and for all others (tail) apart. */
  head?: ReadonlySet<string>;
}

/** Mean of numbers with its 95 % interval (normal). */
export function meanScore(values: readonly number[]): { value: number; low: number; high: number; n: number } {
  const n = values.length;
  if (n === 0) return { value: 0, low: 0, high: 0, n };
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const variance = n > 1 ? values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1) : 0;
  const half = 1.959963984540054 * Math.sqrt(variance / n);
  return { value: mean, low: mean - half, high: mean + half, n };
}

/** Words of a text: runs of letters, and each Chinese character. */
export const wordCount = (text: string): number => text.match(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}'’-])+/gu)?.length ?? 0;

const wrong = ({ verdict }: Verdict): boolean => verdict === 'false';
const decided = ({ verdict }: Verdict): boolean => verdict === 'true' || verdict === 'false';
/** Existence claims that something is there; "no dog" names an object and claims none. */
const named = ({ claim }: Verdict): boolean => claim.type === 'existence' && !claim.denied;

/** Counts over one text, which the scores add up. */
export interface TextCounts {
  mentions: number;
  hallucinated: number;
  /** Sentences, and those with a made-up object. */
  sentences: number;
  wrongSentences: number;
  present: number;
  covered: number;
  words: number;
}

/** The counts of one text. */
export function textCounts({ text, verdicts, present }: JudgedText): TextCounts {
  const mentions = verdicts.filter((v) => named(v) && decided(v));
  const hallucinated = mentions.filter(wrong);
  const ids = new Set(verdicts.filter(named).map(({ claim }) => (claim.type === 'text' ? '' : claim.object)));
  return {
    mentions: mentions.length,
    hallucinated: hallucinated.length,
    sentences: sentenceCount(text),
    wrongSentences: new Set(hallucinated.map(({ claim }) => claim.sentence)).size,
    present: present.length,
    covered: present.filter((id) => ids.has(id)).length,
    words: wordCount(spoken(text)),
  };
}

const about: Record<ClaimType, string> = {
  existence: 'objects that are named and not there',
  attribute: 'attributes of objects that are there',
  relation: 'relations and places of objects that are there',
  count: 'counts of objects that are there',
  text: 'printed words',
};

/**
 * Scores of judged texts. First CHAIR-i, CHAIR-s and coverage, then the share of false claims of each type among those with a verdict, then
 * what every one of them must be read with: share of claims without a verdict, objects and words in a text. Claims about objects that are
 * not there count once, as existence.
 */
export function trustScores(texts: readonly JudgedText[], { head }: TrustScoreOptions = {}): Score[] {
  const counts = texts.map(textCounts);
  const sum = (pick: (c: TextCounts) => number): number => counts.reduce((total, c) => total + pick(c), 0);
  const all = texts.flatMap(({ verdicts }) => verdicts);
  const lower = (name: string, k: number, n: number, more: Partial<Score> = {}): Score => ({
    name,
    ...proportion(k, n),
    better: 'lower',
    ...more,
  });
  const rate = (name: string, verdicts: readonly Verdict[], note: string): Score =>
    lower(name, verdicts.filter(wrong).length, verdicts.filter(decided).length, { note, detail: true });
  const existence = all.filter(named);
  const objectOf = ({ claim }: Verdict): string => (claim.type === 'text' ? '' : claim.object);
  const mean = (name: string, values: readonly number[], note: string): Score => ({
    name,
    ...meanScore(values),
    better: 'neither',
    detail: true,
    note,
  });
  return [
    lower(
      'CHAIR-i',
      sum((c) => c.hallucinated),
      sum((c) => c.mentions),
      { note: 'made-up objects among all that are named' },
    ),
    lower('CHAIR-s', counts.filter((c) => c.hallucinated > 0).length, counts.length, { note: 'texts with a made-up object' }),
    {
      name: 'coverage',
      ...proportion(
        sum((c) => c.covered),
        sum((c) => c.present),
      ),
      better: 'higher',
      note: 'objects there that are named',
    },
    lower(
      'CHAIR-s by sentence',
      sum((c) => c.wrongSentences),
      sum((c) => c.sentences),
      { detail: true, note: 'sentences with a made-up object' },
    ),
    ...CLAIM_TYPES.map((type) =>
      rate(`${type} false`, type === 'existence' ? existence : all.filter(({ claim }) => claim.type === type), about[type]),
    ),
    ...(head
      ? [
          rate(
            'existence false, head',
            existence.filter((v) => head.has(objectOf(v))),
            'frequent objects',
          ),
          rate(
            'existence false, tail',
            existence.filter((v) => !head.has(objectOf(v))),
            'all other objects',
          ),
        ]
      : []),
    {
      name: 'undecided',
      ...proportion(all.filter(({ verdict }) => verdict === 'unknown').length, all.length),
      better: 'neither',
      detail: true,
      note: 'claims without a verdict',
    },
    mean(
      'objects',
      counts.map((c) => c.mentions),
      'named in a text',
    ),
    mean(
      'words',
      counts.map((c) => c.words),
      'in a text',
    ),
  ];
}

/** The ids that make up the first half of all occurrences, most frequent first: the head of a distribution. */
export function headOf(occurrences: Iterable<string>): Set<string> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const id of occurrences) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    total++;
  }
  const head = new Set<string>();
  let taken = 0;
  for (const [id, count] of [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
    if (taken * 2 >= total) break;
    head.add(id);
    taken += count;
  }
  return head;
}
