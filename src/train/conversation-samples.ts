// Rows of a data set of conversations as sequences, encoded once: the ids stay in memory, pixels do not.

import type { Conversation, Dataset } from '../data/index.js';
import { type EncodedSequence, lossTokens, type Processor } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import type { SampleSequences } from './sequence-objective.js';

/** Encoded conversations that are kept at most. */
const KEPT = 200_000;

/** A function from a row to its sequence. Errors are those of the row, with its place in the file. */
export function conversationSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  { maxLength }: { maxLength?: number } = {},
): (index: number) => Promise<SampleSequences & { sequence: EncodedSequence }> {
  const kept = new Map<number, EncodedSequence>();
  return async (index) => {
    const known = kept.get(index);
    const sequence = known ?? (await encodeConversation(await data.get(index), processor, { maxLength }));
    if (!known && kept.size < KEPT) kept.set(index, sequence);
    return { sequences: [sequence], sequence, unended: sequence.unended, dropped: sequence.dropped };
  };
}

/** Encodes one conversation to train on. Errors: those of `Processor.encode`, with the row's place. */
export async function encodeConversation(
  { messages, tools, at }: Conversation,
  processor: Processor,
  { maxLength }: { maxLength?: number } = {},
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

/** Whether training could learn from a sequence. */
export const learns = (sequence: EncodedSequence): boolean => lossTokens(sequence) > 0;
