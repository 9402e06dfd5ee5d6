// ScienceQA (Lu et al. 2022): problems.json and its splits; accuracy by subject, by what the question comes with, and by grade.

import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { type ScienceProblem, scienceAnswer, scienceProblem, scienceQuestion } from '../../data/science-qa.js';
import { type BenchFiles, DISK } from '../bench-files.js';
import type { Answered, Benchmark, Score } from '../benchmark.js';
import { type ChoiceRow, choiceRight, choiceScores, optionsToRank } from '../choice-scores.js';
import { ask, drawRows, type FileRow, parseRow } from '../file-benchmark.js';
import type { FileSource } from '../file-rows.js';
import { captionTokens } from '../metrics/caption-tokens.js';
import { rougeL } from '../metrics/rouge.js';
import { LETTERS } from '../option-choice.js';
import { withoutThinking } from '../reply.js';
import { meanScore, shareOf } from '../scores.js';
import { wrongFile } from '../wrong-file.js';

type ScienceRow = FileRow & ChoiceRow & { subject: string; context: boolean; picture: boolean; grade: number; rationale: string };

const SHAPE =
  '{"question": "…", "choices": ["…"], "answer": 0, "hint": "…", "image": "image.png" or null, "grade": "grade2", "subject": "natural science", "split": "test"}';
const SPLIT = 'test';

const splits = z.record(z.string(), z.array(z.union([z.string(), z.number()]).transform(String)));

/** The image of a row of parquet: bytes, or an object of them. Errors: `evaluate.row` for anything else. */
function embedded(image: Exclude<ScienceProblem['image'], string>, place: string): Uint8Array | undefined {
  const bytes = image instanceof Uint8Array ? image : image?.bytes;
  if (bytes instanceof Uint8Array) return bytes;
  if (image === null || image === undefined) return undefined;
  throw wrongFile(place, 'the bytes of an image', Object.keys(image).join(', '));
}

async function* read(
  files: BenchFiles,
  file: string,
  images: string,
  chosen: ReadonlySet<string> | undefined,
  signal?: AbortSignal,
): AsyncGenerator<ScienceRow> {
  let n = 0;
  for await (const record of files.records(file, { list: '*', signal })) {
    const { key = String(++n), place } = record;
    const row = parseRow(scienceProblem, record, SHAPE);
    if (chosen ? !chosen.has(key) : (row.split ?? SPLIT) !== SPLIT) continue;
    if (row.answer >= row.choices.length) throw wrongFile(place, `an answer in 0..${row.choices.length - 1}`, String(row.answer));
    const image =
      typeof row.image === 'string'
        ? row.image && files.image(images, join(row.split ?? SPLIT, key, row.image), place)
        : embedded(row.image, place);
    yield {
      id: key,
      place,
      kind: row.subject,
      messages: ask(scienceQuestion(row), ...(image ? [image] : [])),
      options: row.choices,
      choices: row.choices.map((_, answer) => scienceAnswer({ answer })),
      truth: LETTERS[row.answer] as string,
      subject: row.subject,
      context: row.hint !== '',
      picture: Boolean(image),
      grade: Number(/\d+/.exec(row.grade)?.[0] ?? 0),
      rationale: [row.lecture, row.solution].filter(Boolean).join('\n'),
    };
  }
}

/** The option by the published pattern alone; where that fails, the published script draws one at random. */
export const scienceQaPattern = ({ reply }: { reply: string }): string | undefined =>
  /The answer is ([A-Z])\./.exec(withoutThinking(reply))?.[1];

/**
 * ScienceQA: `--data problems.json`, or `--data problems.json,pid_splits.json`, whose list `test` is asked then. Images are in
 * `IMAGES/test/ID/image.png`. Parquet has them in its rows. Errors: `evaluate.row`, `evaluate.images`.
 */
export const scienceQa = ({ data, images, files = DISK }: FileSource): Benchmark<ScienceRow> => ({
  name: 'scienceqa',
  title: 'ScienceQA',
  about: 'school questions with options, answered with a reason',
  reads: 'problems.json, pid_splits.json, or parquet',
  maxTokens: 512,
  async *rows(options) {
    const lists = data.filter((file) => /split/.test(basename(file)));
    const ids: string[] = [];
    for (const file of lists) {
      const found = splits.safeParse(await files.json(file));
      if (!found.success || !found.data[SPLIT]) throw wrongFile(file, `lists of ids, one of them "${SPLIT}"`);
      ids.push(...found.data[SPLIT]);
    }
    const chosen = lists.length > 0 ? new Set(ids) : undefined;
    const problems = data.filter((file) => !lists.includes(file));
    yield* drawRows(problems, options, (file) => read(files, file, images ?? join(dirname(file), 'images'), chosen, options.signal));
  },
  rank: optionsToRank,
  score(done) {
    const part = (name: string, test: (row: Answered<ScienceRow>) => boolean): Score =>
      shareOf(`accuracy, ${name}`, done.filter(test), choiceRight, { detail: true });
    const explained = done.filter((row) => row.rationale !== '');
    const rationale = explained.map((row) => rougeL(captionTokens(withoutThinking(row.reply)), [captionTokens(row.rationale)]));
    return [
      ...choiceScores(done),
      shareOf('accuracy by the published pattern', done, (row) => scienceQaPattern(row) === row.truth, {
        detail: true,
        note: '"The answer is X." and nothing else',
      }),
      ...['natural science', 'social science', 'language science'].map((subject) => part(subject, (row) => row.subject === subject)),
      part('text context', (row) => row.context),
      part('image context', (row) => row.picture),
      part('no context', (row) => !row.context && !row.picture),
      part('grades 1-6', (row) => row.grade <= 6),
      part('grades 7-12', (row) => row.grade > 6),
      meanScore('rationale ROUGE-L', rationale, [0, 1], { detail: true, note: 'the reply against lecture and solution' }),
    ];
  },
  right: choiceRight,
});
