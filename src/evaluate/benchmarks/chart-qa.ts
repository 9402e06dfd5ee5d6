// ChartQA (Masry et al. 2022): questions about charts; a number may be five percent off.

import { basename, dirname, extname } from 'node:path';
import { z } from 'zod';
import { type BenchFiles, DISK } from '../bench-files.js';
import type { Answered, Benchmark, Score } from '../benchmark.js';
import { drawRows, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { relaxedAccuracy, relaxedOfficial } from '../metrics/relaxed.js';
import { withoutThinking } from '../reply.js';
import { shareOf, unanswered, withParts } from '../scores.js';
import { askShort, exactScore, type ShortRow } from '../short-answers.js';

const schema = z.looseObject({
  imgname: z.string().min(1),
  query: z.string().min(1),
  label: z.union([z.string().min(1), z.number()]).transform(String),
});
const SHAPE = '{"imgname": "….png", "query": "…", "label": "…"}';

async function* read(files: BenchFiles, file: string, images: string, signal?: AbortSignal): AsyncGenerator<ShortRow> {
  let n = 0;
  for await (const record of files.records(file, { signal })) {
    const { place } = record;
    const { imgname, query, label } = parseRow(schema, record, SHAPE);
    const messages = askShort(query, files.image(images, imgname, place));
    // Questions have no id of their own.
    yield { id: String(n++), place, kind: basename(file, extname(file)), messages, truth: label, answers: [label] };
  }
}

const right = ({ reply, truth }: Answered<ShortRow>): boolean => relaxedAccuracy(reply, truth);

function scoresOf(rows: readonly Answered<ShortRow>[]): Score[] {
  return [
    shareOf('relaxed accuracy', rows, right, { note: 'numbers within 5 %' }),
    shareOf('relaxed accuracy by the official rule', rows, ({ reply, truth }) => relaxedOfficial(withoutThinking(reply).trim(), truth), {
      detail: true,
      note: 'whole replies',
    }),
    { ...exactScore(rows), detail: true },
    unanswered(rows),
  ];
}

/** ChartQA over `test_human.json` and `test_augmented.json`, each a kind, and the folder `png`. Errors: `evaluate.row`, `evaluate.images`. */
export const chartQa = ({ data, images, files = DISK }: FileSource): Benchmark<ShortRow> => ({
  name: 'chartqa',
  title: 'ChartQA',
  about: 'questions about charts, numbers within five percent',
  reads: 'test_human.json, test_augmented.json',
  maxTokens: 48,
  rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
  score: (done) => withParts(done, scoresOf, (rows) => scoresOf(rows).slice(0, 1)),
  right,
});
