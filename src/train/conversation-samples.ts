// Rows of a data set of conversations as sequences, encoded once: the ids stay in memory, pixels do not.

import { type Conversation, type Dataset, rejectedReply } from '../data/index.js';
import type { EncodedSequence, Processor } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import type { SampleSequences } from './sequence-objective.js';

/** Encoded conversations of one data set that are kept at most. */
const KEPT = 200_000;

/** A row made ready. */
export interface ConversationSample extends SampleSequences {
  sequence: EncodedSequence;
}

const known = new WeakMap<Dataset<Conversation>, Map<string, { processor: Processor; rows: Map<number, EncodedSequence> }>>();

/** A function from a row to its sequence; each row is encoded once for a data set, a model and a length. Errors have the row's place. */
export function conversationSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  { maxLength, most = KEPT }: { maxLength?: number /** Rows that are kept encoded at most. */; most?: number } = {},
): (index: number) => Promise<ConversationSample> {
  const lengths = known.get(data) ?? new Map();
  known.set(data, lengths);
  const before = lengths.get(String(maxLength));
  const rows: Map<number, EncodedSequence> = before?.processor === processor ? before.rows : new Map();
  lengths.set(String(maxLength), { processor, rows });
  return async (index) => {
    const found = rows.get(index);
    const sequence = found ?? (await encodeConversation(await data.get(index), processor, { maxLength }));
    if (!found && rows.size < most) rows.set(index, sequence);
    return { sequences: [sequence], sequence, unended: sequence.unended, dropped: sequence.dropped };
  };
}

/** Encodes one conversation to train on. Errors: those of `Processor.encode`, with the row's place. */
async function encodeConversation(
  { messages, tools, at }: Conversation,
  processor: Processor,
  { maxLength }: { maxLength?: number },
): Promise<EncodedSequence> {
  try {
    return await processor.encode(messages, { maxLength, ...(tools ? { variables: { tools } } : {}) });
  } catch (error) {
    if (!(error instanceof SensoriumError)) throw error;
    const where = `${at.file}, row ${at.row}${at.line === undefined ? '' : ` (line ${at.line})`}`;
    const { expected, got, hint, code } = error;
    const summary = error.message.split(' (in ')[0] as string;
    throw new SensoriumError(code, summary, { place: error.place ? `${where}: ${error.place}` : where, expected, got, hint, cause: error });
  }
}

/** A function from a row to two sequences: with the reply of the data, and with the one that was not preferred. Errors: `train.data`. */
export function preferenceSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  options: { maxLength?: number } = {},
): (index: number) => Promise<SampleSequences> {
  const known = new Map<number, SampleSequences>();
  return async (index) => {
    const found = known.get(index);
    if (found) return found;
    const chosen = await data.get(index);
    const content = rejectedReply(chosen);
    const last = chosen.messages.at(-1);
    if (content === undefined || last?.role !== 'assistant')
      throw new SensoriumError('train.data', 'a row of preferences has no rejected reply', {
        place: `${chosen.at.file}, row ${chosen.at.row}`,
        expected: 'a conversation that ends with the chosen reply, and "rejected" (or "rejected_response") with the other one',
        got: Object.keys(chosen.extra ?? {}).join(', ') || 'no such key',
      });
    const rejected = { ...chosen, messages: [...chosen.messages.slice(0, -1), { ...last, content }] };
    const sequences = [await encodeConversation(chosen, processor, options), await encodeConversation(rejected, processor, options)];
    const sample = { sequences: sequences.map(lastReply), unended: sequences.reduce((n, q) => n + q.unended, 0) };
    known.set(index, sample);
    return sample;
  };
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
