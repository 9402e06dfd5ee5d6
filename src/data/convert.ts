// From one format to another, row by row: every row is checked on the way, and nothing is left out without a word.

import { SensoriumError } from '../util/errors.js';
import { conversations, nothingUsable } from './conversations.js';
import { type Conversation, mediaOf } from './dataset.js';
import type { FormatOptions, Written } from './format.js';
import { formatNamed } from './formats/index.js';
import { type BadRow, badRow } from './row.js';
import { scanRows } from './scan.js';

/** Options of `convertData`. */
export interface ConvertOptions extends FormatOptions {
  /** Name of the format to write. */
  to: string;
  /** Name of the format to read. Default: by content. */
  format?: string;
  /** Folder that the file names of rows are relative to. Default: the folder of the data set. */
  images?: string;
  /** Leave bad rows out, and rows that the format cannot hold; they are in `bad`. Default: any of them is an error, and nothing is written. */
  skipBad?: boolean;
  /** Replace a data set that is already there. */
  force?: boolean;
  /** Called after each row with the number of rows, of all rows, and of faults so far. */
  onRow?: (rows: number, total: number, faults: number) => void;
}

/** What was converted. */
export interface Converted extends Written {
  /** Names of the formats. */
  from: string;
  to: string;
  /** Images and videos of the rows written. */
  media: number;
  bad: BadRow[];
  /** Number of rows among them. */
  badRows: number;
}

/** The error of bad rows, with all of them. */
export class BadRowsError extends SensoriumError {
  constructor(
    place: string,
    readonly bad: readonly BadRow[],
    rows: { bad: number; all: number },
  ) {
    const count = (n: number, what: string): string => `${n} ${what} row${n === 1 ? '' : 's'}`;
    super('data.bad', 'some rows of the data set cannot be used', {
      place,
      expected: count(rows.all, 'good'),
      got: count(rows.bad, 'bad'),
      hint: 'Correct them, or leave them out with --skip-bad; --json lists all',
    });
  }
}

/**
 * Reads a data set of any format and writes it in another, streaming. Every image is decoded on the way. Atomic: with a bad row and without
 * `skipBad` nothing is written, after all of them have been found. Errors: `data.read`, `data.format`, `data.exists`, `data.bad`.
 */
export async function convertData(input: string, output: string, options: ConvertOptions): Promise<Converted> {
  const { to, skipBad, force, onRow, signal, ...reading } = options;
  const format = formatNamed(to);
  if (!format.write) throw new SensoriumError('data.format', 'this format is not written', { got: to });
  const set = await conversations(input, reading).open(signal);
  const bad: BadRow[] = [];
  const badRows = new Set<string>();
  let media = 0;
  const leaveOut = (faults: readonly BadRow[]): void => {
    bad.push(...faults);
    for (const { file, row } of faults) badRows.add(`${file}:${row}`);
  };
  async function* good(): AsyncGenerator<Conversation> {
    let written = 0;
    for await (const { row, conversation, faults } of scanRows(set, { signal })) {
      if (faults) leaveOut(faults);
      else {
        const before = badRows.size;
        yield conversation;
        if (badRows.size === before) {
          written++;
          media += mediaOf(conversation).length;
        }
      }
      onRow?.(row + 1, set.rows, bad.length);
    }
    // Thrown here, so that the target is left as it was.
    if (written === 0) throw nothingUsable(input, bad, badRows.size);
    if (bad.length > 0 && !skipBad) throw new BadRowsError(input, bad, { bad: badRows.size, all: set.rows });
  }
  try {
    const onBad = (error: unknown, { at }: Conversation): void => leaveOut([badRow(error as SensoriumError, at.file, at.row)]);
    const written = await format.write(output, good(), { force, signal, onBad });
    return { ...written, from: set.format, to, media, bad, badRows: badRows.size };
  } finally {
    set.dispose();
  }
}
