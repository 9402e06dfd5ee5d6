// What the commands of `sensorium data` share: how a data set is named, and how bad rows are listed.

import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ArgsDef } from 'citty';
import { type BadRow, FORMATS, writeDataFile } from '../data/index.js';
import { choiceOption } from './flags.js';

/** Names of all formats. */
export const FORMAT_NAMES = FORMATS.map(({ name }) => name);

/** Options that say which data set is read, and how. */
export const readArgs = {
  path: { type: 'positional', description: 'data set: a file or folder of any format', required: true },
  format: { type: 'string', description: `format, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
  images: { type: 'string', description: 'folder of the images (default: the folder of the file)', valueHint: 'FOLDER' },
  prompt: { type: 'string', description: 'question of rows that have none, such as captions', valueHint: 'TEXT' },
  objects: { type: 'string', description: 'COCO instances: names or boxes (default: names)', valueHint: 'KIND' },
} satisfies ArgsDef;

/** The options of reading that `readArgs` stand for. */
export function readOptions(args: { format?: string; images?: string; prompt?: string; objects?: string }): {
  format?: string;
  images?: string;
  prompt?: string;
  objects?: 'names' | 'boxes';
} {
  const { images, prompt } = args;
  return {
    format: choiceOption('format', args.format, FORMAT_NAMES),
    images,
    prompt,
    objects: choiceOption('objects', args.objects, ['names', 'boxes'] as const),
  };
}

/** `1 row`, `2 rows`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Bad rows that are printed; the list of all is in the JSON output and in the file of --skip-bad. */
const SHOWN = 20;

/** Lines about bad rows; none for none. `list`: the file that has all of them. */
export function badLines(bad: readonly BadRow[], badRows: number, list: string | undefined): string[] {
  if (badRows === 0) return [];
  const lines = [`${plural(badRows, 'bad row')}${list ? `, left out; all of them are listed in ${list}` : ''}:`];
  const isSharded = new Set(bad.map(({ file }) => file)).size > 1;
  for (const { file, row, key, problem } of bad.slice(0, SHOWN))
    lines.push(`  ${isSharded ? `${basename(file)}, ` : ''}row ${row}${key ? `, ${key}` : ''}: ${problem}`);
  if (bad.length > SHOWN) lines.push(`  and ${bad.length - SHOWN} more`);
  return lines;
}

/** Writes the list of bad rows as JSON lines. */
export function writeBadRows(file: string, bad: readonly BadRow[], { force }: { force?: boolean }): Promise<void> {
  return writeDataFile(file, { force }, (temporary) => writeFile(temporary, bad.map((row) => `${JSON.stringify(row)}\n`).join('')));
}
