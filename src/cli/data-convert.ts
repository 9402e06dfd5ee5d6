// `sensorium data convert`: a data set of one format written in another.

import { type ArgsDef, defineCommand } from 'citty';
import { BadRowsError, checkTarget, convertData } from '../data/index.js';
import { badLines, FORMAT_NAMES, plural, readArgs, readOptions, writeBadRows } from './data-flags.js';
import { choiceOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';

const convertArgs = {
  ...readArgs,
  out: { type: 'positional', description: 'folder or file to write', required: true },
  to: { type: 'string', description: `format to write: ${FORMAT_NAMES.join(', ')}`, required: true, valueHint: 'NAME' },
  'skip-bad': { type: 'boolean', description: 'leave bad rows out, and list them in OUT.bad.jsonl' },
  force: { type: 'boolean', description: 'replace what is already there' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} satisfies ArgsDef;

/** `sensorium data convert`. */
export const convertCommand = defineCommand({
  meta: { name: 'convert', description: 'Write a data set in another format, every row and image checked on the way' },
  args: convertArgs,
  async run({ args }) {
    if (args._.length > 2) throw usageError('one data set and one target', { got: args._.join(' ') });
    const out = args.out.replace(/(?<=.)\/+$/, '');
    const to = choiceOption('to', args.to, FORMAT_NAMES) as string;
    const list = args['skip-bad'] ? `${out}.bad.jsonl` : undefined;
    if (list) await checkTarget(list, { force: args.force });
    const progress = createProgress();
    const onRow = (done: number, total: number, bad: number): void =>
      progress.update({ label: 'rows', done, total, ...(bad ? { note: `${bad} bad` } : {}) });
    const options = { ...readOptions(args, progress), to, skipBad: args['skip-bad'], force: args.force, onRow };
    const made = await withInterrupt((signal) => convertData(args.path, out, { ...options, signal }))
      .catch((error: unknown) => {
        if (!(error instanceof BadRowsError)) throw error;
        const rows = new Set(error.bad.map(({ file, row }) => `${file}:${row}`)).size;
        const text = args.json
          ? JSON.stringify({ out: null, bad: error.bad, badRows: rows })
          : badLines(error.bad, rows, undefined).join('\n');
        process.stdout.write(`${text}\n`);
        throw error;
      })
      .finally(() => progress.end());
    if (list && made.badRows) await writeBadRows(list, made.bad, args);
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ out, ...made })}\n`);
      return;
    }
    const lines = [`wrote ${plural(made.rows, 'row')} with ${made.media} images and videos to ${out} (${made.from} to ${made.to})`];
    const lost = Object.entries(made.lost);
    if (lost.length) lines.push(`${made.to} has no place for ${lost.map(([key, n]) => `"${key}" (${plural(n, 'row')})`).join(', ')}`);
    lines.push(...badLines(made.bad, made.badRows, list));
    process.stdout.write(`${lines.join('\n')}\n`);
  },
});
