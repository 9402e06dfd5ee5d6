// `sensorium index DATA`: vectors of pictures and questions by a CLIP, beside the data, to find demonstrations by; with --query, to look.

import { stat } from 'node:fs/promises';
import { type ArgsDef, defineCommand } from 'citty';
import { looksLikeMedia, readImage } from './conversation.js';
import { FORMAT_NAMES, plural } from './data-flags.js';
import { openIndexModel } from './demo-options.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { alignColumns } from './score-table.js';
import { createProgress } from './terminal.js';

const args = {
  data: {
    type: 'positional',
    description: 'a folder of pictures, with KEY.txt beside them or without; or any data set that sensorium reads',
    required: true,
    valueHint: 'DATA',
  },
  model: { type: 'string', description: 'CLIP: a folder, a shipped name or an id on the hub (default: world-clip)', valueHint: 'CLIP' },
  images: { type: 'string', description: 'folder of the images (default: that of the file)', valueHint: 'DIR' },
  format: { type: 'string', description: `format, where its content does not tell: ${FORMAT_NAMES.join(', ')}`, valueHint: 'NAME' },
  out: { type: 'string', description: 'folder of the index (default: .sensorium-index inside DATA, or beside the file)', valueHint: 'DIR' },
  force: { type: 'boolean', description: 'make it anew, also where another model made it' },
  query: { type: 'string', description: 'look in the index: a picture, or words in quotes', valueHint: 'PICTURE|TEXT' },
  by: {
    type: 'string',
    description: 'with words: compare them with the pictures (image, default) or with the words of rows (text)',
    valueHint: 'WHAT',
  },
  k: { type: 'string', description: 'with --query: how many are listed (default: 10)', valueHint: 'N' },
  json: { type: 'boolean', description: 'print the result as JSON' },
} as const satisfies ArgsDef;

/** Rows that cannot be read which are named. */
const NAMED = 5;

export default defineCommand({
  meta: { name: 'index', description: 'Index a folder of pictures or a data set by a CLIP, or look in its index' },
  args,
  async run({ args: given }) {
    if (given._.length > 1) throw usageError('one folder or file at a time', { got: given._.join(' ') });
    const k = numberOption('k', given.k, { min: 1, max: 100_000, integer: true });
    const by = choiceOption('by', given.by, ['image', 'text'] as const);
    const format = choiceOption('format', given.format, FORMAT_NAMES);
    if (given.query === undefined && (k ?? by) !== undefined)
      throw usageError('this option is for --query', { place: k === undefined ? '--by' : '--k' });
    await withInterrupt((signal) =>
      given.query === undefined
        ? make({ ...given, format }, signal)
        : look({ data: given.out ?? given.data, model: given.model, query: given.query, by, k, json: given.json }, signal),
    );
  },
});

interface Make {
  data: string;
  model?: string;
  images?: string;
  format?: string;
  out?: string;
  force?: boolean;
  json?: boolean;
}

async function make({ data, model: name = 'world-clip', images, format, out, force, json }: Make, signal: AbortSignal): Promise<void> {
  const { buildIndex } = await import('../reason/demos/index.js');
  const model = await openIndexModel(name, signal);
  const progress = createProgress();
  try {
    const onProgress = (done: number, total: number): void => progress.update({ label: 'index', done, total });
    const report = await buildIndex(data, { model, images, format, out, force, signal, onProgress });
    progress.end();
    const { place, demos, answered, embedded, bad } = report;
    const lines = [
      `${place}: ${plural(demos, 'row')}, ${answered} with an answer, ${embedded} embedded now by ${report.model}`,
      ...(bad.length > 0
        ? [`${plural(bad.length, 'row')} left out:`, ...bad.slice(0, NAMED).map(({ row, problem }) => `  row ${row}: ${problem}`)]
        : []),
      ...(bad.length > NAMED ? ['  …'] : []),
      ...(answered === 0 ? ['no row has an answer: it can be looked in, and shows no examples'] : []),
    ];
    process.stdout.write(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
  } finally {
    progress.end();
    await model.dispose();
  }
}

interface Look {
  data: string;
  model?: string;
  query: string;
  by?: 'image' | 'text';
  k?: number;
  json?: boolean;
}

async function look({ data, model, query, by, k, json }: Look, signal: AbortSignal): Promise<void> {
  const { lookUp, openIndex } = await import('../reason/demos/index.js');
  const isPicture = await looksLikeMedia(query);
  if (isPicture && by !== undefined) throw usageError('a picture is compared with pictures', { place: '--by' });
  await stat(data).catch(() => {
    throw usageError('there is no such folder or file', { place: 'DATA', got: data });
  });
  const picture = isPicture ? await readImage(query) : undefined;
  const bank = await openIndex(data, { model: (name) => openIndexModel(model ?? name, signal), lookUp: true, signal });
  try {
    const { isRgbImage } = await import('../media/image.js');
    const asked = picture && isRgbImage(picture.source) ? picture.source : query;
    const found = await lookUp(bank, asked, { k, by, signal });
    const rows = found.map(({ index, cosine, demo }) => {
      const files = demo.content.flatMap((part) => ('source' in part && typeof part.source === 'string' ? [part.source] : []));
      return { index, cosine, files, question: demo.question, answer: demo.answer, source: demo.source };
    });
    const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
    const table = rows.map(({ cosine, files, question, answer, source }) => [
      cosine.toFixed(3),
      files.join(' ') || source,
      short([question, answer].filter(Boolean).join(' -> ').replace(/\s+/g, ' ')),
    ]);
    const text = table.length > 0 ? alignColumns(table) : 'nothing was found';
    process.stdout.write(`${json ? JSON.stringify({ query, found: rows }) : text}\n`);
  } finally {
    await bank.dispose();
  }
}
