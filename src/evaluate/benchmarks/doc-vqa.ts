// DocVQA (Mathew et al. 2021): questions about scanned documents, scored by edit distance.

import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { type BenchFiles, DISK } from '../bench-files.js';
import type { Benchmark } from '../benchmark.js';
import { drawRows, editionOf, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { anls } from '../metrics/anls.js';
import { withoutThinking } from '../reply.js';
import { meanShare, unanswered } from '../scores.js';
import { askShort, exactScore, type ShortRow } from '../short-answers.js';
import { wrongFile } from '../wrong-file.js';

const schema = z.looseObject({
  questionId: z.union([z.string(), z.number()]).transform(String),
  question: z.string().min(1),
  image: z.string().min(1),
  answers: z.array(z.string()).optional(),
});
const SHAPE = '{"data": [{"questionId": 1, "question": "…", "image": "documents/….png", "answers": ["…"]}]}';

async function* read(files: BenchFiles, file: string, images: string, signal?: AbortSignal): AsyncGenerator<ShortRow> {
  for await (const record of files.records(file, { list: 'data', signal })) {
    const { place } = record;
    const { questionId, question, image, answers = [] } = parseRow(schema, record, SHAPE);
    if (answers.length === 0) throw wrongFile(place, 'at least one answer', 'none', 'The test split has no answers: use the val split');
    // The files name `documents/x.png`; the folder of the documents may be given itself.
    const name = basename(images) === 'documents' ? image.replace(/^documents\//, '') : image;
    const messages = askShort(question, files.image(images, name, place));
    yield { id: questionId, place, kind: 'document', messages, truth: answers[0] as string, answers, ...editionOf(record.whole) };
  }
}

/** DocVQA over `val_v1.0_withQT.json` and the like. Errors: `evaluate.row`, `evaluate.images`. */
export const docVqa = ({ data, images, files = DISK }: FileSource): Benchmark<ShortRow> => ({
  name: 'docvqa',
  title: 'DocVQA',
  about: 'questions about scanned documents, by edit distance',
  reads: 'val_v1.0.json',
  maxTokens: 48,
  rows: (options) => drawRows(data, options, (file) => read(files, file, images ?? dirname(file), options.signal)),
  score: (done) => [
    meanShare(
      'ANLS',
      done.map(({ reply, answers }) => anls(withoutThinking(reply), answers)),
      { note: 'by edit distance' },
    ),
    { ...exactScore(done), detail: true },
    unanswered(done),
  ],
  right: ({ reply, answers }) => anls(withoutThinking(reply), answers) >= 0.5,
});
