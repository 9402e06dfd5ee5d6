// Checks a whole data set before training: every row is read, every image of it decoded, and all faults are reported.

import { open, stat } from 'node:fs/promises';
import { decodeImage } from '../media/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { llavaRows } from './llava.js';
import { parquetRows } from './parquet.js';
import type { BadRow, PlacedSample, ReadOptions } from './row.js';
import type { DataSample } from './sample.js';
import { formatOf, HEAD } from './sniff.js';

/** What a check found. */
export interface DataCheck {
  format: 'llava' | 'parquet';
  /** Rows that can be used, and their images and question-answer pairs. */
  samples: number;
  images: number;
  turns: number;
  /** Rows that cannot, in order; a row with several bad images is listed once for each. */
  bad: BadRow[];
  /** Number of rows among them. */
  badRows: number;
  /** The first usable samples, as many as `keep` asks for. */
  first: DataSample[];
}

/** Options of `checkData`. */
export interface CheckOptions extends Omit<ReadOptions, 'onBad'> {
  /** Samples to keep for a look. Default 0. */
  keep?: number;
  /** Rows whose images are decoded at once. Default 4. */
  parallel?: number;
  /** Called after each row with the number of rows and of faults so far. */
  onRow?: (rows: number, bad: number) => void;
}

/** The format of a data set by its content: a parquet file begins and ends with its name. */
export async function dataFormat(path: string): Promise<'llava' | 'parquet'> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return 'llava';
  const handle = await open(path, 'r');
  const head = new Uint8Array(HEAD);
  const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
  return formatOf(head.subarray(0, bytesRead)) === 'parquet' ? 'parquet' : 'llava';
}

/** Reads every row of a data set and decodes every image as training does. Throws `data.read` only for what cannot be read as a data set at all. */
export async function checkData(path: string, options: CheckOptions = {}): Promise<DataCheck> {
  const { keep = 0, parallel = 4, onRow, signal, images } = options;
  const format = await dataFormat(path);
  const found: DataCheck = { format, samples: 0, images: 0, turns: 0, bad: [], badRows: 0, first: [] };
  const kept: PlacedSample[] = [];
  let rows = 0;
  const done = (): void => onRow?.(++rows, found.bad.length);
  const onBad = (bad: BadRow): void => {
    found.bad.push(bad);
    done();
  };
  const check = async (placed: PlacedSample): Promise<void> => {
    const { sample, at } = placed;
    const faults: BadRow[] = [];
    for (const [i, image] of sample.images.entries()) {
      throwIfAborted(signal);
      const fault = await imageFault(image.bytes);
      const key = sample.images.length > 1 ? `image[${i}]` : 'image';
      if (fault) faults.push({ file: at.file, row: at.row, key, problem: `${image.path}: ${fault}` });
    }
    if (faults.length) found.bad.push(...faults);
    else {
      found.samples++;
      found.images += sample.images.length;
      found.turns += sample.turns.length;
      // The first rows by their number, not by when their images were decoded.
      if (keep > 0 && (kept.length < keep || at.row < (kept.at(-1) as PlacedSample).at.row)) {
        kept.push(placed);
        kept.sort((a, b) => a.at.row - b.at.row);
        kept.length = Math.min(kept.length, keep);
      }
    }
    done();
  };
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const rethrow = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  for await (const placed of (format === 'parquet' ? parquetRows : llavaRows)(path, { signal, images, onBad })) {
    // A check may fail before anyone waits for it: what it failed with is kept.
    const work: Promise<void> = check(placed)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(work));
    running.add(work);
    if (running.size >= parallel) await Promise.race(running);
    rethrow();
  }
  await Promise.all(running);
  rethrow();
  found.bad.sort((a, b) => a.row - b.row);
  found.badRows = new Set(found.bad.map((bad) => bad.row)).size;
  found.first = kept.map(({ sample }) => sample);
  return found;
}

async function imageFault(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await decodeImage(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof SensoriumError)) throw error;
    const got = error.got ? `, got ${error.got}` : '';
    return `${error.message.split(/ \(in |: expected/)[0]}${got}`;
  }
}
