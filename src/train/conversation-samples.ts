// Rows of a data set of conversations as sequences, encoded once: the ids stay in memory, pixels do not.

import type { Conversation, Dataset } from '../data/index.js';
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
  { maxLength }: { maxLength?: number } = {},
): (index: number) => Promise<ConversationSample> {
  const lengths = known.get(data) ?? new Map();
  known.set(data, lengths);
  const before = lengths.get(String(maxLength));
  const rows: Map<number, EncodedSequence> = before?.processor === processor ? before.rows : new Map();
  lengths.set(String(maxLength), { processor, rows });
  return async (index) => {
    const found = rows.get(index);
    const sequence = found ?? (await encodeConversation(await data.get(index), processor, { maxLength }));
    if (!found && rows.size < KEPT) rows.set(index, sequence);
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
