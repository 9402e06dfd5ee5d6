// What training will make of a data set: lengths, turns that are cut, rows that cannot be used, rows that are held out and known all the same.

import { type BadRow, badRow, type Conversation, type Dataset, RowError } from '../data/index.js';
import { lossTokens, type Processor } from '../model/index.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import { conversationSamples } from './conversation-samples.js';
import { splitRows } from './holdout.js';

/** A row that cannot be trained on. */
export interface UnusableRow extends BadRow {
  /** Among the rows that were inspected. */
  index: number;
  code: string;
}

/** What a data set is to a model. */
export interface DataReport {
  rows: number;
  /** Rows that can be trained on, in order. */
  usable: Int32Array;
  unusable: UnusableRow[];
  /** Tokens of the usable rows, and those that are predicted. */
  tokens: { total: number; mean: number; median: number; p95: number; longest: number };
  lossTokens: number;
  images: { total: number; distinct: number; perRow: [least: number, most: number] };
  /** Rows that lose turns so that they fit, and those whose replies have no end at which the model stops. */
  shortened: number;
  unended: number;
  /** Rows with a second reply that was not preferred: of no use but to preference learning. */
  rejected: number;
  holdout: { rows: number /** Held-out rows with an image, or the whole text of a row without any, that is trained on. */; known: number };
}

/** How data are inspected. */
export interface InspectOptions {
  maxLength: number;
  holdout: number;
  seed: number;
  /** Rows are prompts to be completed: one without a reply is no fault. */
  prompts?: boolean;
  /** Throws for rows that the loss cannot use. */
  check?(index: number): Promise<unknown>;
  signal?: AbortSignal;
  onRow?: (done: number, total: number) => void;
}

/** Encodes every row, images included, as training will. Rows with faults are listed, not thrown. */
export async function inspectConversations(data: Dataset<Conversation>, processor: Processor, o: InspectOptions): Promise<DataReport> {
  const sample = conversationSamples(data, processor, { maxLength: o.maxLength });
  const unusable: UnusableRow[] = [];
  const usable: number[] = [];
  const names: string[][] = [];
  const lengths: number[] = [];
  const perRow: number[] = [];
  const distinct = new Set<string>();
  let [learned, shortened, unended, preferences, images] = [0, 0, 0, 0, 0];
  for (let index = 0; index < data.length; index++) {
    o.signal?.throwIfAborted();
    try {
      const { sequence, rejected } = await sample(index);
      await o.check?.(index);
      const count = lossTokens(sequence);
      if (count === 0 && !o.prompts)
        throw new SensoriumError('train.data', 'the row has nothing to learn: no token of a reply', {
          place: `row ${data.at?.(index).row ?? index}`,
        });
      const media = [...sequence.media, ...(sequence.source?.media ?? [])];
      usable.push(index);
      lengths.push(sequence.ids.length + (sequence.source?.ids.length ?? 0));
      perRow.push(media.length);
      names.push(media.length > 0 ? media.map((m) => m.key) : [sequence.ids.join(' ')]);
      for (const { key } of media) distinct.add(key);
      learned += count;
      images += media.length;
      if (sequence.dropped > 0) shortened++;
      if (sequence.unended > 0) unended++;
      if (rejected) preferences++;
    } catch (error) {
      if (isAbort(error) || !(error instanceof SensoriumError)) throw error;
      const { file, row } = error instanceof RowError ? error.at : (await data.get(index)).at;
      unusable.push({ ...badRow(error, file, row), index, code: error.code });
    }
    o.onRow?.(index + 1, data.length);
  }
  return {
    rows: data.length,
    usable: Int32Array.from(usable),
    unusable,
    tokens: spread(lengths),
    lossTokens: learned,
    images: { total: images, distinct: distinct.size, perRow: [least(perRow), most(perRow)] },
    shortened,
    unended,
    rejected: preferences,
    holdout: knownRows(names, o),
  };
}

const least = (numbers: readonly number[]): number => (numbers.length === 0 ? 0 : numbers.reduce((a, b) => Math.min(a, b)));
const most = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), 0);

function knownRows(names: readonly string[][], { holdout, seed }: InspectOptions): DataReport['holdout'] {
  if (names.length === 0 || holdout === 0) return { rows: 0, known: 0 };
  const { train, held } = splitRows(names.length, { share: holdout, seed });
  const trained = new Set([...train].flatMap((i) => names[i] as string[]));
  const known = [...held].filter((i) => (names[i] as string[]).some((name) => trained.has(name)));
  return { rows: held.length, known: known.length };
}

function spread(lengths: readonly number[]): DataReport['tokens'] {
  const sorted = [...lengths].sort((a, b) => a - b);
  const total = lengths.reduce((n, x) => n + x, 0);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { total, mean: sorted.length > 0 ? total / sorted.length : 0, median: at(0.5), p95: at(0.95), longest: sorted.at(-1) ?? 0 };
}

/** Some rows of a data set as a data set. */
export function someRows<S>(data: Dataset<S>, rows: Int32Array): Dataset<S> {
  if (rows.length === data.length) return data;
  const of = (index: number): number => rows[index] as number;
  const used = new Set(rows);
  const before = (data.describe.leftOut as readonly number[] | undefined) ?? [];
  const leftOut = Array.from({ length: data.length }, (_, i) => i).flatMap((i) => (used.has(i) ? [] : [data.at?.(i).row ?? i]));
  const describe = { ...data.describe, leftOut: [...before, ...leftOut] };
  const places = data.at ? { at: (index: number) => (data.at as NonNullable<typeof data.at>)(of(index)) } : {};
  return { length: rows.length, describe, get: (index) => data.get(of(index)), ...places, dispose: () => data.dispose?.() };
}
