// Rows of a data set of conversations as sequences, encoded once: the ids stay in memory, pixels do not.

import { type Conversation, type Dataset, rejectedReply } from '../data/index.js';
import type { EncodedSequence, Processor, Sequence } from '../model/index.js';
import { isLearnt } from '../text/index.js';
import { common } from '../util/difference.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import type { SampleSequences } from './sequence-objective.js';

/** Encoded conversations of one data set that are kept at most. */
const KEPT = 200_000;

/** How rows become sequences. */
export interface SampleOptions {
  maxLength?: number;
  /** Rows that are kept encoded at most. */
  most?: number;
}

/** A row made ready. */
export interface ConversationSample extends SampleSequences {
  sequence: EncodedSequence;
  /** The row has a second reply, which was not preferred. */
  rejected: boolean;
}

type Kept = Pick<ConversationSample, 'sequence' | 'rejected'>;

const known = new WeakMap<Dataset<Conversation>, Map<string, { processor: Processor; rows: Map<number, Kept> }>>();

/** A function from a row to its sequence; each row is encoded once for a data set, a model and a length. Errors have the row's place. */
export function conversationSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  { maxLength, most = KEPT }: SampleOptions = {},
): (index: number) => Promise<ConversationSample> {
  const lengths = known.get(data) ?? new Map();
  known.set(data, lengths);
  const before = lengths.get(String(maxLength));
  const rows: Map<number, Kept> = before?.processor === processor ? before.rows : new Map();
  lengths.set(String(maxLength), { processor, rows });
  return async (index) => {
    const make = async (): Promise<Kept> => {
      const row = await data.get(index);
      const made = { sequence: await encodeConversation(row, processor, { maxLength }), rejected: rejectedReply(row) !== undefined };
      if (rows.size < most) rows.set(index, made);
      return made;
    };
    const { sequence, rejected } = rows.get(index) ?? (await make());
    return { sequences: [sequence], sequence, rejected, unended: sequence.unended, dropped: sequence.dropped };
  };
}

/** Where the row of a conversation stands, for messages. */
export const placeOf = ({ at }: Conversation): string => `${at.file}, row ${at.row}${at.line === undefined ? '' : ` (line ${at.line})`}`;

/** How far the switch of the model is turned for a row: its `epsilon`. Errors: `train.data` for what is not from -1 to 1. */
function epsilonOf(conversation: Conversation): number | undefined {
  const epsilon = conversation.extra?.epsilon;
  if (epsilon === undefined || epsilon === null) return undefined;
  if (typeof epsilon === 'number' && epsilon >= -1 && epsilon <= 1) return epsilon;
  throw new SensoriumError('train.data', 'the switch of a row cannot be turned so far', {
    place: `${placeOf(conversation)}: epsilon`,
    expected: 'a number from -1 (what the image shows) to 1 (also what is likely beside it)',
    got: show(epsilon),
  });
}

/** Encodes one conversation to train on. Errors: those of `Processor.encode`, with the row's place. */
async function encodeConversation(
  conversation: Conversation,
  processor: Processor,
  { maxLength }: { maxLength?: number },
): Promise<EncodedSequence> {
  const { messages, tools } = conversation;
  const epsilon = epsilonOf(conversation);
  try {
    const sequence = await processor.encode(messages, { maxLength, ...(tools ? { variables: { tools } } : {}) });
    return epsilon === undefined ? sequence : { ...sequence, epsilon };
  } catch (error) {
    if (!(error instanceof SensoriumError)) throw error;
    const where = placeOf(conversation);
    const { expected, got, hint, code, summary } = error;
    throw new SensoriumError(code, summary, { place: error.place ? `${where}: ${error.place}` : where, expected, got, hint, cause: error });
  }
}

/** How pairs of replies become sequences. */
export interface PreferenceOptions extends SampleOptions {
  /** Weight of the tokens of a reply that the other does not have; the others weigh 1. Default 1. */
  gamma?: number;
}

/**
 * A function from a row to two sequences: with the reply of the data, and with the one that was not preferred. Of a pair of which one does
 * not fit into `maxLength` nothing is learned. Errors: `train.data` for a row without a second reply, or whose chosen one is not to be learned.
 */
export function preferenceSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  { gamma = 1, most = KEPT, ...options }: PreferenceOptions = {},
): (index: number) => Promise<SampleSequences> {
  const known = new Map<number, SampleSequences>();
  return async (index) => {
    const found = known.get(index);
    if (found) return found;
    const chosen = await data.get(index);
    const content = rejectedReply(chosen);
    const last = chosen.messages.at(-1);
    const fail = (summary: string, details: { expected: string; got: string; hint?: string }): SensoriumError =>
      new SensoriumError('train.data', summary, { place: placeOf(chosen), ...details });
    if (content === undefined || last?.role !== 'assistant')
      throw fail('a row of preferences has no rejected reply', {
        expected: 'a conversation that ends with the chosen reply, and "rejected" (or "rejected_response") with the other one',
        got: Object.keys(chosen.extra ?? {}).join(', ') || 'no such key',
      });
    if (!isLearnt(last))
      throw fail('the chosen reply of a preference is marked as not to be learned', {
        expected: 'a last reply that counts',
        got: last.weight === 0 ? 'weight: 0' : 'loss: false',
        hint: 'Remove the mark, or leave the row out',
      });
    const rejected = { ...chosen, messages: [...chosen.messages.slice(0, -1), { ...last, content }] };
    const pair = [await encodeConversation(chosen, processor, options), await encodeConversation(rejected, processor, options)];
    const dropped = Math.max(...pair.map((sequence) => sequence.dropped));
    const sequences = pair.map((sequence) => (dropped > 0 ? unlearned(sequence) : lastReply(sequence)));
    const sample = {
      sequences: gamma === 1 ? sequences : weighChanges(sequences as [EncodedSequence, EncodedSequence], gamma),
      unended: pair.reduce((n, sequence) => n + sequence.unended, 0),
      dropped,
    };
    if (known.size < most) known.set(index, sample);
    return sample;
  };
}

/**
 * Two sequences whose loss tokens weigh `gamma` where the other reply does not have them, by a longest common subsequence: the corrected
 * segments of RLHF-V.
 */
export function weighChanges(pair: readonly [EncodedSequence, EncodedSequence], gamma: number): [EncodedSequence, EncodedSequence] {
  const places = pair.map(({ weights }) => [...(weights ?? [])].flatMap((w, i) => (w === 0 ? [] : [i])));
  const [of, other] = pair.map(({ ids }, k) => (places[k] as number[]).map((i) => ids[i] as number)) as [number[], number[]];
  const kept = common(of, other);
  return pair.map((sequence, k) => {
    const weights = sequence.weights?.slice();
    (places[k] as number[]).forEach((place, i) => {
      if (weights && !(kept[k] as Uint8Array)[i]) weights[place] = gamma;
    });
    return weights ? { ...sequence, weights } : sequence;
  }) as [EncodedSequence, EncodedSequence];
}

/** Keys of a row that say whether its reply is a good one: TRL's and LLaMA-Factory's. */
const LABELS = ['label', 'kto_tag'] as const;

/** What `judgedSamples` gives. */
export interface JudgedSamples {
  /**
   * A function from a row to two sequences: with its own reply, and with the reply of the next row to the same question. Of rows that do not
   * fit into `maxLength` nothing is learned. Errors: `train.data` for a row without a judgement, or with two replies.
   */
  samples(data: Dataset<Conversation>, processor: Processor, options?: { maxLength?: number }): (index: number) => Promise<SampleSequences>;
  /** Whether the own reply of a sample is a good one. */
  labelOf(sequence: Sequence): boolean;
}

/** Rows with one reply each, which was called good or bad. */
export function judgedSamples(): JudgedSamples {
  const labels = new WeakMap<Sequence, boolean>();
  const samples: JudgedSamples['samples'] = (data, processor, options = {}) => {
    const known = new Map<number, SampleSequences>();
    return async (index) => {
      const found = known.get(index);
      if (found) return found;
      const row = await data.get(index);
      const last = row.messages.at(-1);
      const label = LABELS.map((key) => row.extra?.[key]).find((value) => typeof value === 'boolean');
      if (label === undefined || last?.role !== 'assistant' || rejectedReply(row) !== undefined || data.length < 2)
        throw new SensoriumError('train.data', 'a row is not one judged reply', {
          place: placeOf(row),
          expected: 'a conversation that ends with a reply, and "label": true or false; at least two such rows',
          got: rejectedReply(row) === undefined ? Object.keys(row.extra ?? {}).join(', ') || 'no such key' : 'a second, rejected reply',
          hint: rejectedReply(row) === undefined ? undefined : 'Pairs are for stage.dpo',
        });
      const next = (await data.get((index + 1) % data.length)).messages.at(-1);
      const other = { ...row, messages: [...row.messages.slice(0, -1), { ...last, content: next?.content ?? '' }] };
      const both = [await encodeConversation(row, processor, options), await encodeConversation(other, processor, options)];
      const dropped = Math.max(...both.map((sequence) => sequence.dropped));
      const sequences = both.map((sequence) => (dropped > 0 ? unlearned(sequence) : lastReply(sequence)));
      labels.set(sequences[0] as Sequence, label as boolean);
      const sample = { sequences, unended: both[0]?.unended, dropped };
      known.set(index, sample);
      return sample;
    };
  };
  return { samples, labelOf: (sequence) => labels.get(sequence) === true };
}

/** A sequence with nothing to learn: without its last reply there is nothing to compare. */
function unlearned({ weights, ends: _, ...sequence }: EncodedSequence): EncodedSequence {
  return weights ? { ...sequence, weights: new Float32Array(weights.length) } : sequence;
}

/** Only the last reply of a sequence is compared: earlier ones are the same in both. */
function lastReply(sequence: EncodedSequence): EncodedSequence {
  const { weights } = sequence;
  if (!weights) return sequence;
  let start = weights.length;
  while (start > 0 && weights[start - 1] === 0) start--;
  while (start > 0 && weights[start - 1] !== 0) start--;
  const own = weights.slice();
  own.fill(0, 0, start);
  return { ...sequence, weights: own, ends: sequence.ends?.filter(([at]) => at >= start) };
}
