// Rows with hallucinated captions as sequences: the conversation, and what the decoder reads of its image, of its caption and of the wrong ones.

import { type Conversation, type Dataset, mediaOf } from '../data/index.js';
import type { EncodedSequence, Processor, Sequence } from '../model/index.js';
import { textOf } from '../text/plain-text.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { conversationSamples, placeOf, type SampleOptions } from './conversation-samples.js';
import type { SampleSequences } from './sequence-objective.js';

/** How rows become samples of contrasts. */
export interface ContrastSampleOptions extends SampleOptions {
  /** Hallucinated captions of each row; further ones are left out. */
  negatives: number;
  /** The token behind each image and caption, whose hidden state stands for the whole. */
  end: number;
}

/**
 * A function from a row to its 3 + `negatives` sequences. The caption is the first reply; `hallucinated` of the row is a text or a list of them.
 * Errors: `train.data` for rows without a reply, without exactly one image, or with too few hallucinated captions.
 */
export function contrastSamples(
  data: Dataset<Conversation>,
  processor: Processor,
  { negatives, end, ...options }: ContrastSampleOptions,
): (index: number) => Promise<SampleSequences> {
  const learned = conversationSamples(data, processor, options);
  const known = new Map<number, SampleSequences>();
  const read = async (content: string | Conversation['messages'][number]['content']): Promise<Sequence> => {
    const sequence = await processor.encode([{ role: 'user', content }], { addGenerationPrompt: false, maxLength: options.maxLength });
    return endedBy(sequence, end);
  };
  return async (index) => {
    const found = known.get(index);
    if (found) return found;
    const sample = await learned(index);
    const row = await data.get(index);
    const { image, caption, wrong } = partsOf(row, negatives);
    const texts: Sequence[] = [];
    for (const text of [caption, ...wrong]) texts.push(await read(text));
    const made = { ...sample, sequences: [sample.sequence, await read([image] as never), ...texts] };
    if (known.size < (options.most ?? Number.POSITIVE_INFINITY)) known.set(index, made);
    return made;
  };
}

/** The one image of a row, its caption and the hallucinated ones. */
function partsOf(row: Conversation, negatives: number): { image: unknown; caption: string; wrong: string[] } {
  const fail = (summary: string, place: string, expected: string, got: string): never => {
    throw new SensoriumError('train.data', summary, {
      place: `${placeOf(row)}: ${place}`,
      expected,
      got,
      hint: 'Rows with hallucinated captions: world.contrasts({…}), or "hallucinated" beside the conversation',
    });
  };
  const media = mediaOf(row);
  const [image] = media;
  if (media.length !== 1 || image?.type !== 'image')
    fail('a row of contrasts has one image', 'images', '1 image', `${media.length} images and videos`);
  const reply = row.messages.find(({ role }) => role === 'assistant');
  const caption = reply ? textOf([reply]).trim() : '';
  if (caption === '') fail('a row of contrasts has no caption', 'messages', 'a reply, which is the caption', 'none');
  const given = row.extra?.hallucinated;
  const all = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(all) || all.length < negatives || all.some((text) => typeof text !== 'string' || text.trim() === ''))
    fail('a row of contrasts has too few hallucinated captions', 'hallucinated', `${negatives} texts`, show(given));
  return { image, caption, wrong: (all as string[]).slice(0, negatives) };
}

/** A sequence with one more token, at which one prediction is asked for and nothing is learned elsewhere. */
function endedBy({ ids, positions, media, source }: EncodedSequence, end: number): Sequence {
  const n = ids.length;
  const longer = Int32Array.of(...ids, end);
  if (!positions) return { ids: longer, media, source, ends: [[n, end]] };
  const kinds = positions.length / n;
  const next = positions.reduce((most, p) => Math.max(most, p), 0) + 1;
  const placed = new Int32Array(kinds * (n + 1)).fill(next);
  for (let kind = 0; kind < kinds; kind++) placed.set(positions.subarray(kind * n, (kind + 1) * n), kind * (n + 1));
  return { ids: longer, positions: placed, media, source, ends: [[n, end]] };
}
