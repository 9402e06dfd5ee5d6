// `sensorium data`: write the scene world as a data set of real files, and look at a data set.

import { writeFile } from 'node:fs/promises';
import { type ArgsDef, defineCommand } from 'citty';
import { checkData, checkTarget, contactSheet, markedText, worldSamples, writeDataFile, writeLlava, writeParquet } from '../data/index.js';
import { SensoriumError } from '../util/errors.js';
import { formatDuration } from '../util/progress.js';
import { type InstructionOptions, SPLITS } from '../world/index.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';

const worldArgs = {
  out: { type: 'string', description: 'folder (llava) or file (parquet) to write', required: true, valueHint: 'PATH' },
  format: { type: 'string', description: 'llava or parquet', default: 'llava' },
  scenes: { type: 'string', description: 'number of scenes', default: '1000' },
  seed: { type: 'string', description: 'seed of the world', default: '0' },
  size: { type: 'string', description: 'image side in pixels', default: '64' },
  split: { type: 'string', description: 'train, test, test-style, test-pairs, test-tints or test-backgrounds', default: 'train' },
  language: { type: 'string', description: 'en, zh or mixed', default: 'en' },
  turns: { type: 'string', description: 'question-answer pairs per scene', default: '4' },
  prior: { type: 'string', description: 'co-occurrence strength, 0..1' },
  evidence: { type: 'string', description: '1 = clean pixels, 0 = fully degraded' },
  'max-objects': { type: 'string', description: 'most objects per scene' },
  force: { type: 'boolean', description: 'replace a data set that is already there' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} satisfies ArgsDef;

const worldCommand = defineCommand({
  meta: { name: 'world', description: 'Write scenes with dialogues as image files and text' },
  args: worldArgs,
  async run({ args }) {
    if (args._.length) throw usageError('unexpected argument', { got: args._.join(' ') });
    const format = choiceOption('format', args.format, ['llava', 'parquet'] as const);
    const scenes = numberOption('scenes', args.scenes, { min: 1, integer: true }) as number;
    const options: InstructionOptions = {
      scenes,
      seed: numberOption('seed', args.seed, { integer: true }),
      size: numberOption('size', args.size, { min: 32, max: 1024, integer: true }),
      split: choiceOption('split', args.split, SPLITS),
      language: choiceOption('language', args.language, ['en', 'zh', 'mixed'] as const),
      turns: numberOption('turns', args.turns, { min: 1, max: 20, integer: true }),
      prior: numberOption('prior', args.prior, { min: 0, max: 1 }),
      evidence: numberOption('evidence', args.evidence, { min: 0, max: 1 }),
      maxObjects: numberOption('max-objects', args['max-objects'], { min: 1, max: 12, integer: true }),
    };
    const start = performance.now();
    const progress = createProgress();
    const onSample = (done: number): void => progress.update({ label: 'scenes', done, total: scenes });
    const write = format === 'parquet' ? writeParquet : writeLlava;
    const written = await withInterrupt((signal) =>
      write(args.out, worldSamples({ ...options, signal }), { force: args.force, signal, onSample }),
    ).finally(() => progress.end());
    const seconds = (performance.now() - start) / 1000;
    const rate = Math.round(written / seconds);
    const result = { out: args.out, format, scenes: written, seconds: Number(seconds.toFixed(3)), scenesPerSecond: rate };
    const words = `wrote ${written} scenes to ${args.out} (${format}) in ${formatDuration(seconds)}, ${rate} scenes/s`;
    process.stdout.write(`${args.json ? JSON.stringify(result) : words}\n`);
  },
});

const inspectArgs = {
  path: { type: 'positional', description: 'LLaVA folder, JSON file or JSON lines, or parquet file', required: true },
  images: { type: 'string', description: 'folder of the images (default: the folder of the file)', valueHint: 'FOLDER' },
  'skip-bad': { type: 'boolean', description: 'leave bad rows out, and list them in PATH.bad.jsonl' },
  out: { type: 'string', description: 'contact sheet to write (default: PATH.png)', valueHint: 'FILE.png' },
  count: { type: 'string', description: 'samples on the sheet; every row is checked in any case', default: '24' },
  force: { type: 'boolean', description: 'replace the sheet and the list if they are there' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} satisfies ArgsDef;

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Bad rows that are printed; the list of all is in the JSON output and in the file of --skip-bad. */
const SHOWN = 20;

const inspectCommand = defineCommand({
  meta: { name: 'inspect', description: 'Check every row and image of a data set, count them, and draw the first ones as a contact sheet' },
  args: inspectArgs,
  async run({ args }) {
    if (args._.length > 1) throw usageError('one data set at a time', { got: args._.join(' ') });
    const keep = numberOption('count', args.count, { min: 1, max: 400, integer: true }) as number;
    const path = args.path.replace(/(?<=.)\/+$/, '');
    const out = args.out ?? `${path}.png`;
    const list = args['skip-bad'] ? `${path}.bad.jsonl` : undefined;
    for (const target of [out, list]) if (target) await checkTarget(target, { force: args.force });
    const progress = createProgress();
    const found = await withInterrupt((signal) =>
      checkData(path, {
        images: args.images,
        signal,
        keep,
        onRow: (done, bad) => progress.update({ label: 'rows', done, ...(bad ? { note: `${bad} bad` } : {}) }),
      }),
    ).finally(() => progress.end());
    const { first, bad, badRows, ...counts } = found;
    if (counts.samples + badRows === 0)
      throw new SensoriumError('data.read', 'the data set has no samples', { place: path, expected: 'at least one row', got: 'none' });
    if (first.length) {
      const sheet = await contactSheet(first);
      await writeDataFile(out, { force: args.force }, (temporary) => writeFile(temporary, sheet));
    }
    if (list && badRows)
      await writeDataFile(list, { force: args.force }, (temporary) =>
        writeFile(temporary, bad.map((row) => `${JSON.stringify(row)}\n`).join('')),
      );
    const sheet = first.length ? out : null;
    if (args.json) process.stdout.write(`${JSON.stringify({ path, ...counts, sheet, badRows, bad })}\n`);
    else {
      const { samples, images, turns } = counts;
      const drawn = first.length ? `; the first ${first.length} are drawn in ${out}` : '';
      const lines = [`${samples} samples, ${images} images, ${turns} question-answer pairs${drawn}`];
      for (const message of first[0]?.messages ?? []) lines.push(`${message.role === 'assistant' ? '    ' : '  '}${markedText(message)}`);
      if (badRows) lines.push(`${plural(badRows, 'bad row')}${list ? `, left out; all of them are listed in ${list}` : ''}:`);
      for (const { row, key, problem } of bad.slice(0, SHOWN)) lines.push(`  row ${row}${key ? `, ${key}` : ''}: ${problem}`);
      if (bad.length > SHOWN) lines.push(`  and ${bad.length - SHOWN} more`);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    if (badRows && !list)
      throw new SensoriumError('data.bad', 'some rows of the data set cannot be used', {
        place: path,
        expected: plural(counts.samples + badRows, 'good row'),
        got: plural(badRows, 'bad row'),
        hint: 'Correct them, or leave them out with --skip-bad; --json lists all',
      });
  },
});

/** The command group `sensorium data`. */
export const dataCommand = defineCommand({
  meta: { name: 'data', description: 'Make and inspect data sets' },
  subCommands: { world: worldCommand, inspect: inspectCommand },
});

export default dataCommand;
