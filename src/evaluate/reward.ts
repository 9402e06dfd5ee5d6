// How well a reward model tells held-out pairs apart: its accuracy and margin, and the same of one that is given other images.

import { type Conversation, mediaOf, rejectedReply } from '../data/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { textOf } from '../text/plain-text.js';
import { factsOf, type RewardModel, type ScoredReply, withMedia } from '../train/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Score } from './benchmark.js';
import { meanScore, meanShare } from './scores.js';

/** A held-out pair with the scores of its two replies. */
export interface ScoredPair {
  file: string;
  row: number;
  question: string;
  chosen: { reply: string; score: number };
  rejected: { reply: string; score: number };
  /** With the images, and with the facts too, of another row; absent where there are none. */
  otherImages?: readonly [chosen: number, rejected: number];
  otherFacts?: readonly [chosen: number, rejected: number];
}

/** What was measured. */
export interface RewardMeasure {
  scores: readonly Score[];
  pairs: readonly ScoredPair[];
}

interface Pair {
  messages: readonly ChatMessage[];
  replies: readonly [string, string];
  facts: readonly string[];
}

/**
 * Scores pairs of replies, then again with their images exchanged; pairs that no longer fit with those of another row are left out there. Errors: `train.data` for rows that are not pairs, those of `RewardModel.scores`.
 */
export async function measureReward(
  judge: Pick<RewardModel, 'scores' | 'fits'>,
  rows: readonly Conversation[],
  { signal, onPart }: { signal?: AbortSignal; onPart?: (done: number, total: number) => void } = {},
): Promise<RewardMeasure> {
  const pairs = rows.map(pairOf);
  const other = partners(rows);
  const told = pairs.some(({ facts }) => facts.length > 0);
  const seen = other.some((j) => j !== undefined);
  const parts = 1 + (seen ? 1 : 0) + (seen && told ? 1 : 0);
  const fitsBoth = async (pair: Pair): Promise<boolean> => {
    for (const reply of pair.replies) if (!(await judge.fits({ ...pair, reply }))) return false;
    return true;
  };
  const score = async (of: (pair: Pair, i: number) => Pair | undefined): Promise<(readonly [number, number] | undefined)[]> => {
    const used: (Pair | undefined)[] = [];
    for (const [i, pair] of pairs.entries()) {
      const made = of(pair, i);
      const isOther = made !== undefined && made !== pair;
      used.push(isOther && !(await fitsBoth(made)) ? undefined : made);
    }
    const asked = used.flatMap((pair): ScoredReply[] => (pair ? pair.replies.map((reply) => ({ ...pair, reply })) : []));
    const scores = asked.length > 0 ? await judge.scores(asked, signal) : [];
    let next = 0;
    return used.map((pair) => (pair ? ([scores[next++] as number, scores[next++] as number] as const) : undefined));
  };
  onPart?.(0, parts);
  const own = (await score((pair) => pair)) as (readonly [number, number])[];
  onPart?.(1, parts);
  const exchanged = (i: number, facts: boolean): Pair | undefined => {
    const [pair, j] = [pairs[i] as Pair, other[i]];
    if (j === undefined) return undefined;
    const messages = withMedia(pair.messages, mediaOf(rows[j] as Conversation) as unknown as ContentPart[]);
    return { ...pair, messages, ...(facts ? { facts: (pairs[j] as Pair).facts } : {}) };
  };
  const images = seen ? await score((_, i) => exchanged(i, false)) : [];
  if (seen) onPart?.(2, parts);
  const facts = seen && told ? await score((_, i) => exchanged(i, true)) : [];
  const shares = (name: string, list: readonly (readonly [number, number] | undefined)[], note?: string): Score[] => {
    const scored = list.filter((pair): pair is readonly [number, number] => pair !== undefined);
    const better = note ? ('neither' as const) : ('higher' as const);
    const range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
    return scored.length === 0
      ? []
      : [
          // A tie is right half of the time.
          meanShare(
            `accuracy${name}`,
            scored.map(([a, b]) => (a > b ? 1 : a === b ? 0.5 : 0)),
            { better, note },
          ),
          meanScore(
            `margin${name}`,
            scored.map(([a, b]) => a - b),
            range,
            { better, note },
          ),
        ];
  };
  return {
    scores: [
      ...shares('', own),
      ...shares(', images exchanged', images, 'what is told without the image'),
      ...shares(', images and facts exchanged', facts, 'what is told by the words of the replies alone'),
    ],
    pairs: pairs.map(({ messages, replies }, i): ScoredPair => {
      const { file, row } = (rows[i] as Conversation).at;
      const [chosen, rejected] = own[i] as readonly [number, number];
      return {
        ...{ file, row, question: textOf(messages.filter(({ role }) => role === 'user').slice(-1)).trim() },
        chosen: { reply: replies[0], score: chosen },
        rejected: { reply: replies[1], score: rejected },
        ...(images[i] ? { otherImages: images[i] } : {}),
        ...(facts[i] ? { otherFacts: facts[i] } : {}),
      };
    }),
  };
}

function pairOf(row: Conversation): Pair {
  const [rejected, last] = [rejectedReply(row), row.messages.at(-1)];
  if (rejected === undefined || last?.role !== 'assistant')
    throw new SensoriumError('train.data', 'a row of preferences has no rejected reply', {
      place: `${row.at.file}, row ${row.at.row}`,
      expected: 'a conversation that ends with the chosen reply, and "rejected" with the other one',
    });
  return { messages: row.messages.slice(0, -1), replies: [textOf([last]), rejected], facts: factsOf(row) };
}

/** For each row the next one with as many, and other, media; undefined where there is none. */
function partners(rows: readonly Conversation[]): (number | undefined)[] {
  const sources = rows.map((row) => mediaOf(row).map(({ source }) => source));
  const counts = sources.map((list) => list.length);
  const differs = (i: number, j: number): boolean =>
    counts[i] === counts[j] && (sources[i] ?? []).some((source, k) => source !== sources[j]?.[k]);
  return rows.map((_, i) => {
    if (counts[i] === 0) return undefined;
    for (let step = 1; step < rows.length; step++) if (differs(i, (i + step) % rows.length)) return (i + step) % rows.length;
    return undefined;
  });
}
