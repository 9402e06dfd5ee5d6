// Reads every row of a data set, a few at once, and finds those that cannot be used.

import { decodeImage } from '../media/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Conversation, type ConversationSet, mediaOf } from './dataset.js';
import { type BadRow, badRow } from './row.js';

/** Rows that are checked at once: sharp decodes on its own threads. */
const PARALLEL = 4;

/** Options of `findBad`. */
export interface ScanOptions {
  /** Look at rows and their files, or also decode every image. Default `images`. */
  check?: 'rows' | 'images';
  /** Rows checked at once. Default 4. */
  parallel?: number;
  signal?: AbortSignal;
  /** Called after each row with the numbers of rows so far, of all rows, and of faults so far. */
  onRow?: (rows: number, total: number, faults: number) => void;
  /** Is given every good row, not always in order. */
  onGood?: (conversation: Conversation, row: number) => void | Promise<void>;
}

/** Faults in order of rows, and the numbers of the rows that have them. Throws what is not a fault of a row. */
export async function findBad(set: ConversationSet, options: ScanOptions = {}): Promise<{ bad: BadRow[]; badRows: Set<number> }> {
  const { check = 'images', parallel = PARALLEL, signal, onRow, onGood } = options;
  const faults = new Map<number, BadRow[]>();
  let [next, done, count] = [0, 0, 0];
  let isStopped = false;
  const worker = async (): Promise<void> => {
    for (let row = next++; row < set.rows && !isStopped; row = next++) {
      throwIfAborted(signal);
      const found: BadRow[] = [];
      const conversation = await set.row(row).catch((error: unknown) => {
        if (!(error instanceof SensoriumError)) throw error;
        const { file, row: number } = set.place(row);
        found.push(badRow(error, file, number));
      });
      if (conversation && check === 'images') found.push(...(await imageFaults(conversation)));
      if (found.length) faults.set(row, found);
      else if (conversation) await onGood?.(conversation, row);
      count += found.length;
      onRow?.(++done, set.rows, count);
    }
  };
  const stop = (error: unknown): never => {
    isStopped = true;
    throw error;
  };
  await Promise.all(Array.from({ length: parallel }, () => worker().catch(stop)));
  const ordered = [...faults.entries()].sort(([a], [b]) => a - b);
  return { bad: ordered.flatMap(([, found]) => found), badRows: new Set(ordered.map(([row]) => row)) };
}

/** Images of a conversation that cannot be decoded as training does. */
export async function imageFaults(conversation: Conversation): Promise<BadRow[]> {
  const { at } = conversation;
  const faults: BadRow[] = [];
  for (const { type, source, origin } of mediaOf(conversation)) {
    if (type !== 'image') continue;
    try {
      await decodeImage(source);
    } catch (error) {
      if (!(error instanceof SensoriumError)) throw error;
      const name = origin.name ?? (typeof source === 'string' ? source : 'embedded image');
      const problem = `${name}: ${error.message.split(/ \(in |: expected/)[0]}${error.got ? `, got ${error.got}` : ''}`;
      faults.push({ file: at.file, row: at.row, key: origin.key, problem });
    }
  }
  return faults;
}
