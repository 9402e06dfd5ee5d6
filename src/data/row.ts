// Rows of data sets: their places, the error of a bad one, and its line in a report.

import { type ErrorCode, SensoriumError } from '../util/errors.js';

/** One fault of one row, as reports list it. */
export interface BadRow {
  file: string;
  /** From 0. */
  row: number;
  /** The key that is wrong, such as `conversations[1].value`; undefined where the row as a whole is. */
  key?: string;
  problem: string;
  /** What to do about it. */
  hint?: string;
}

/** Where a row stands, for errors. */
export interface RowPlace {
  file: string;
  row: number;
  /** Line of the file on which it begins, where the file has lines. */
  line?: number;
}

/** Options of the readers of data sets. */
export interface ReadOptions {
  signal?: AbortSignal;
  /** Folder that the image names of rows are relative to. Default: the folder of the file. */
  images?: string;
  /** Is given every bad row, which is then left out. Without it the first one throws. */
  onBad?: (bad: BadRow) => void;
}

/** The error of a row (`data.row`, or `code`), with its place also as fields. */
export class RowError extends SensoriumError {
  readonly at: RowPlace;
  readonly key: string | undefined;

  constructor(
    at: RowPlace,
    key: string | undefined,
    summary: string,
    details: { code?: ErrorCode; expected?: string; got?: unknown; hint?: string; cause?: unknown } = {},
  ) {
    const { got, code = 'data.row', ...rest } = details;
    const place = `${at.file}, row ${at.row}${at.line === undefined ? '' : ` (line ${at.line})`}`;
    const text = typeof got === 'string' || got === undefined ? got : shorten(got);
    super(code, summary, { ...rest, place, ...(text === undefined ? {} : { got: text }) });
    this.at = at;
    this.key = key;
  }
}

/** A value in a few characters. */
export const shorten = (value: unknown): string => {
  const text =
    JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? `${v.length} bytes` : typeof v === 'bigint' ? String(v) : v)) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** An error of a row as reports list it. */
export function badRow(error: SensoriumError, file: string, row: number): BadRow {
  const parts = [error.summary];
  if (error.expected) parts.push(`expected ${error.expected}`);
  if (error.got) parts.push(`got ${error.got}`);
  const key = error instanceof RowError ? error.key : undefined;
  // A row that is not valid JSON has its line and column in the place.
  const where = error instanceof RowError ? undefined : /line \d+, column \d+/.exec(error.place ?? '')?.[0];
  const problem = `${parts.join(': ').replace(': got', ', got')}${where ? ` at ${where}` : ''}`;
  // Limits are options of asking; data are scaled once.
  const hint = error.hint?.split(', or raise ')[0];
  return { file, row, ...(key ? { key } : {}), problem, ...(hint ? { hint } : {}) };
}
