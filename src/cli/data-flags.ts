// What the commands of `sensorium data` share: how a data set is named, and how bad rows are listed.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ArgsDef } from 'citty';
import { AXES, type BadRow, FORMATS, SCIENCE_FORMS, type ScienceForm, writeDataFile } from '../data/index.js';
import { type HubDataOptions, parseHubData } from '../weights/hub-data.js';
import { hubView } from './fetch-model.js';
import { choiceOption, numberOption } from './flags.js';
import type { Progress } from './terminal.js';

/** Names of all formats. */
export const FORMAT_NAMES = FORMATS.map(({ name }) => name);

/** The bound of what is fetched from the hub. */
export const maxDownload = {
  type: 'string',
  description: 'gigabytes that a data set of the hub may have (default: 10)',
  valueHint: 'GB',
} as const;

/** How a data set of the hub is fetched: within the bound, with a bar. */
export function hubOptions(gigabytes: string | undefined, progress: Progress): HubDataOptions {
  const most = numberOption('max-download', gigabytes, { min: 0 });
  return { onEvent: hubView(progress), ...(most === undefined ? {} : { maxBytes: most * 1e9 }) };
}

/** The beginning of the names of files that are written beside a data set; of one on the hub, its name in this folder. */
export const besideOf = (path: string): string =>
  parseHubData(path) && !existsSync(path) ? path.replace(/^hf:\/\/datasets\//, '').replace(/[/@]/g, '-') : path;

/** What `--axis` is. */
export const AXIS = `replies rated on several axes: the one that decides which is preferred (${AXES.join(', ')})`;

/** Options that say which data set is read, and how. */
export const readArgs = {
  path: { type: 'positional', description: 'data set: a file or folder of any format, or owner/name on the hub', required: true },
  format: { type: 'string', description: `format, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
  images: { type: 'string', description: 'folder of the images (default: the folder of the file)', valueHint: 'FOLDER' },
  prompt: { type: 'string', description: 'question of rows that have none, such as captions', valueHint: 'TEXT' },
  objects: { type: 'string', description: 'COCO instances: names or boxes (default: names)', valueHint: 'KIND' },
  axis: { type: 'string', description: AXIS, valueHint: 'NAME' },
  form: { type: 'string', description: `ScienceQA: ${SCIENCE_FORMS.join(', ')} (default: QCM-A)`, valueHint: 'FORM' },
  split: { type: 'string', description: 'ScienceQA in its folder: the list of pid_splits.json (default: train)', valueHint: 'NAME' },
  'max-download': maxDownload,
} satisfies ArgsDef;

const READ = ['format', 'images', 'prompt', 'objects', 'axis', 'form', 'split', 'max-download'] as const;

/** The options of reading that `readArgs` stand for. */
export function readOptions(
  args: { [Name in (typeof READ)[number]]?: string },
  progress: Progress,
): {
  hub: HubDataOptions;
  format?: string;
  images?: string;
  prompt?: string;
  objects?: 'names' | 'boxes';
  axis?: string;
  form?: ScienceForm;
  split?: string;
} {
  const { images, prompt, split } = args;
  return {
    hub: hubOptions(args['max-download'], progress),
    format: choiceOption('format', args.format, FORMAT_NAMES),
    images,
    prompt,
    objects: choiceOption('objects', args.objects, ['names', 'boxes'] as const),
    axis: choiceOption('axis', args.axis, AXES),
    form: choiceOption('form', args.form, SCIENCE_FORMS),
    split,
  };
}

/** `1 row`, `2 rows`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Bad rows that are printed; the list of all is in the JSON output and in the file of --skip-bad. */
const SHOWN = 20;
/** Different hints that are printed behind them. */
const HINTS = 4;

/** Lines about bad rows; none for none. `list`: the file that has all of them. */
export function badLines(bad: readonly BadRow[], badRows: number, list: string | undefined): string[] {
  if (badRows === 0) return [];
  const lines = [`${plural(badRows, 'bad row')}${list ? `, left out; all of them are listed in ${list}` : ''}:`];
  const isSharded = new Set(bad.map(({ file }) => file)).size > 1;
  for (const { file, row, key, problem } of bad.slice(0, SHOWN))
    lines.push(`  ${isSharded ? `${basename(file)}, ` : ''}row ${row}${key ? `, ${key}` : ''}: ${problem.replace(/\s*\n\s*/g, '⏎')}`);
  if (bad.length > SHOWN) lines.push(`  and ${bad.length - SHOWN} more`);
  const hints = new Set(bad.slice(0, SHOWN).flatMap(({ hint }) => hint ?? []));
  for (const hint of [...hints].slice(0, HINTS)) lines.push(`  hint: ${hint}`);
  return lines;
}

/** Writes the list of bad rows as JSON lines. */
export function writeBadRows(file: string, bad: readonly BadRow[], { force }: { force?: boolean }): Promise<void> {
  return writeDataFile(file, { force }, (temporary) => writeFile(temporary, bad.map((row) => `${JSON.stringify(row)}\n`).join('')));
}
