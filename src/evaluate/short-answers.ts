// What benchmarks of short answers share: the request, rows with several true answers, exact and consensus scores.

import { type Answered, questionOf, type Score } from './benchmark.js';
import { ask, type FileImage, type FileRow } from './file-benchmark.js';
import { once } from './memo.js';
import { exactMatch, vqaConsensus } from './metrics/vqa.js';
import { vqaConsensusOfficial } from './metrics/vqa-official.js';
import { withoutThinking } from './reply.js';
import { meanShare, shareOf, unanswered } from './scores.js';

/** A row with all answers that count as true. */
export type ShortRow = FileRow & { answers: readonly string[] };

/** Ends a question in LLaVA's form, which most models know. */
export const SHORT = 'Answer the question using a single word or phrase.';

/** A question that wants a short answer. */
export const askShort = (question: string, image: FileImage) => ask(`${question}\n${SHORT}`, image);

/** The question of a row without the request. */
const bare = (row: Answered<ShortRow>): string => questionOf(row.messages).replace(`\n${SHORT}`, '');

/** Whether a reply is one of the true answers. */
export const shortRight: (row: Answered<ShortRow>) => boolean = once((row) =>
  row.answers.some((answer) => exactMatch(row.reply, answer, bare(row))),
);

/** Share of replies that are one of the true answers. */
export const exactScore = (rows: readonly Answered<ShortRow>[], name = 'accuracy'): Score =>
  shareOf(name, rows, shortRight, { note: 'after normalization' });

/** VQA accuracy over rows with the answers of several people, in the mended form and as the published script gives it. */
export function consensusScores(rows: readonly Answered<ShortRow>[]): Score[] {
  return [
    meanShare(
      'VQA accuracy',
      rows.map(({ reply, answers }) => vqaConsensus(reply, answers)),
      { note: 'agreement with several answers' },
    ),
    meanShare(
      'VQA accuracy by the official script',
      rows.map(({ reply, answers }) => vqaConsensusOfficial(withoutThinking(reply), answers)),
      {
        detail: true,
        note: 'whole replies, official normalization',
      },
    ),
    unanswered(rows),
  ];
}
