// Pairs of replies as what a reward model reads: whole conversations, with the facts of the row, scored at their last token.

import type { Conversation, Dataset } from '../data/index.js';
import type { EncodedSequence, Processor, Sequence } from '../model/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { placeOf, preferenceSamples, type SampleOptions } from './conversation-samples.js';
import type { SampleSequences } from './sequence-objective.js';

/** The keys of a row under which a reward model is told more than the policy, the first that is there: a text or a list of them (Fact-RLHF, Sun et al. 2023). */
export const FACTS_KEYS = ['facts', 'captions'] as const;

/** What stands before the facts in the last message of the user. */
const FACTS = '\nFacts:';

/** The facts of a row, if there are any. Errors: `train.data` for what is neither a text nor a list of texts. */
export function factsOf(row: Pick<Conversation, 'extra' | 'at'>): readonly string[] {
  const key = FACTS_KEYS.find((one) => row.extra?.[one] !== undefined && row.extra[one] !== null);
  if (!key) return [];
  const value = row.extra?.[key];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((fact): fact is string => typeof fact === 'string')) return list.filter((fact) => fact.trim() !== '');
  throw new SensoriumError('train.data', 'the facts of a row cannot be read', {
    place: `${placeOf(row as Conversation)}: ${key}`,
    expected: 'a text, or a list of texts',
    got: show(value),
  });
}

/** Messages with facts at the end of the last message of the user; the same messages where there are none. */
export function withFacts(messages: readonly ChatMessage[], facts: readonly string[]): readonly ChatMessage[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  if (facts.length === 0 || at < 0) return messages;
  const asked = messages[at] as ChatMessage;
  const text = [FACTS, ...facts].join('\n');
  const { content } = asked;
  const told =
    typeof content === 'string' ? `${content}${text}` : [...(content as ContentPart[]), { type: 'text' as const, text } as ContentPart];
  return messages.map((message, i) => (i === at ? { ...message, content: told } : message)) as ChatMessage[];
}

/** Messages with other media, in order, in the places of their own. */
export function withMedia(messages: readonly ChatMessage[], media: readonly ContentPart[]): ChatMessage[] {
  const next = media[Symbol.iterator]();
  const part = (own: ContentPart): ContentPart => (own.type === 'text' ? own : (next.next().value ?? own));
  return messages.map((message) =>
    Array.isArray(message.content) ? { ...message, content: message.content.map(part) } : message,
  ) as ChatMessage[];
}

/** The media of messages, in order. */
const mediaIn = (messages: readonly ChatMessage[]): ContentPart[] =>
  messages.flatMap(({ content }) => (Array.isArray(content) ? (content as ContentPart[]).filter(({ type }) => type !== 'text') : []));

/**
 * Some conversations with their media exchanged: each has those of the next one with as many, and other ones. One without such a partner stays as
 * it is; undefined where none has one.
 */
export function exchangeMedia(conversations: readonly (readonly ChatMessage[])[]): (readonly ChatMessage[])[] | undefined {
  const media = conversations.map(mediaIn);
  const differs = (a: readonly ContentPart[], b: readonly ContentPart[]): boolean =>
    a.length === b.length && a.some((part, i) => sourceIn(part) !== sourceIn(b[i] as ContentPart));
  let changed = false;
  const n = conversations.length;
  const out = conversations.map((messages, i) => {
    for (let step = 1; step < n; step++) {
      const other = media[(i + step) % n] as ContentPart[];
      if (!differs(media[i] as ContentPart[], other)) continue;
      changed = true;
      return withMedia(messages, other);
    }
    return messages;
  });
  return changed ? out : undefined;
}

/** What a part of media is told from others by. */
const sourceIn = (part: ContentPart): unknown =>
  (part as { source?: unknown; frames?: unknown }).source ?? (part as { frames?: unknown }).frames ?? part;

/** A sequence that is read at its last token, and of which nothing else is predicted. */
export function readAtEnd({ ids, positions, media, source }: Sequence): Sequence {
  return { ids, media, ends: [[ids.length - 1, 0]], ...(positions ? { positions } : {}), ...(source ? { source } : {}) };
}

/** What `rewardSamples` gives. */
export interface RewardSamples {
  /**
   * A function from a row to its two conversations. Errors: those of `preferenceSamples`; `train.data` for replies that are the same, for a
   * `margin` that is not a number and for facts that are not texts.
   */
  samples(data: Dataset<Conversation>, processor: Processor, options?: SampleOptions): (index: number) => Promise<SampleSequences>;
  /** How much better the chosen reply is: `margin` of the row, 0 where it has none. */
  marginOf(sequence: Sequence): number;
}

/** Rows of pairs for a reward model. */
export function rewardSamples(): RewardSamples {
  const margins = new WeakMap<Sequence, number>();
  const samples: RewardSamples['samples'] = (data, processor, options = {}) => {
    const get = async (index: number): Promise<Conversation> => {
      const row = await data.get(index);
      return { ...row, messages: [...withFacts(row.messages, factsOf(row))] };
    };
    const pairs = preferenceSamples({ length: data.length, describe: data.describe, get }, processor, options);
    const known = new Map<number, SampleSequences>();
    return async (index) => {
      const found = known.get(index);
      if (found) return found;
      const [row, pair] = [await data.get(index), await pairs(index)];
      const [chosen, rejected] = pair.sequences as readonly EncodedSequence[];
      if (chosen && rejected && chosen.ids.length === rejected.ids.length && chosen.ids.every((id, i) => id === rejected.ids[i]))
        throw new SensoriumError('train.data', 'the two replies of a preference are the same', {
          place: placeOf(row),
          expected: 'a chosen and another, rejected reply',
          got: 'the same tokens twice',
          hint: 'Leave the row out',
        });
      const sequences = pair.dropped ? pair.sequences : pair.sequences.map(readAtEnd);
      margins.set(sequences[0] as Sequence, marginIn(row));
      const sample = { ...pair, sequences };
      known.set(index, sample);
      return sample;
    };
  };
  return { samples, marginOf: (sequence) => margins.get(sequence) ?? 0 };
}

function marginIn(row: Conversation): number {
  const margin = row.extra?.margin ?? 0;
  if (typeof margin === 'number' && Number.isFinite(margin)) return margin;
  throw new SensoriumError('train.data', 'the margin of a pair is not a number', {
    place: `${placeOf(row)}: margin`,
    expected: 'a number: how much better the chosen reply is',
    got: show(margin),
  });
}
