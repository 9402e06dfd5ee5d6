// Shared by the comparisons of `npm run conformance`: their options, files, and how numbers are printed.

import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, parseJson } from '../util/fs.js';
import { usageError } from './report.js';

/** Options of all comparisons. */
export const options = {
  gold: { type: 'string' },
  synonyms: { type: 'string' },
  questions: { type: 'string' },
  answers: { type: 'string' },
  annotations: { type: 'string' },
  responses: { type: 'string' },
  association: { type: 'string' },
  safe: { type: 'string' },
  problems: { type: 'string' },
  results: { type: 'string' },
  scores: { type: 'string' },
  rows: { type: 'boolean' },
  json: { type: 'string' },
} as const;
/** Options that were given. */
export type Args = { [K in keyof typeof options]?: (typeof options)[K]['type'] extends 'boolean' ? boolean : string };

/** What a comparison prints, and what it writes. */
export interface Outcome {
  text: string;
  result: unknown;
}

/** Objects of a file with one on each line, gzipped or not; the fields named must be there. */
export async function lines<T>(path: string, fields: readonly (keyof T & string)[]): Promise<T[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw mapIoError(error, path);
  });
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  const rows = text
    .split('\n')
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim())
    .map(({ line, number }) => {
      const row = parseJson<T>(line, path, number);
      const missing = fields.find((field) => (row as Record<string, unknown>)[field] === undefined);
      if (missing)
        throw new SensoriumError('evaluate.row', 'a field of a row is missing', {
          place: `${path}, line ${number}`,
          expected: missing,
          got: Object.keys(row as object).join(', '),
        });
      return row;
    });
  if (rows.length === 0) throw new SensoriumError('evaluate.rows', 'the file has no rows', { place: path });
  return rows;
}

/** The value of an option that a comparison cannot do without. */
export function need(args: Args, name: keyof Args): string {
  const value = args[name];
  if (typeof value === 'string' && value) return value;
  throw usageError('a file is needed', { place: `--${name}`, hint: 'npm run conformance shows what each comparison reads' });
}

/** Four digits. */
export const fixed = (value: number): string => value.toFixed(4);
/** `3 of 4 (75.00 %)`. */
export const percent = (k: number, n: number): string => `${k} of ${n} (${((100 * k) / Math.max(1, n)).toFixed(2)} %)`;
