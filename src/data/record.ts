// A record of any kind as a conversation: by its keys, a dialogue, a prompt with its completion, pairs of texts, a question with its answer, a caption or a label.

import { columnsKind, readColumns } from './columns.js';
import type { Conversation } from './dataset.js';
import { DIALOGUE_KEYS, readDialogue } from './dialogue.js';
import type { RowContext } from './media-entry.js';
import { isPrompt, readPrompt } from './prompts.js';
import { pairColumns, pairLayoutOf, type Wrong } from './published-pairs.js';
import { RowError } from './row.js';
import { readScience, type ScienceForm } from './science-qa.js';
import { readTexts } from './texts.js';
import { hasContent } from './turns.js';

/** How records without a dialogue are read. */
export interface RecordOptions {
  /** The question of rows that have none, such as captions and labels. Default: `Describe the image.`, or for labels `What is in the image?` */
  prompt?: string;
  /** Of data sets that rate replies on several axes: the one that decides which is preferred. Default: the first of `AXES` that they have. */
  axis?: string;
  /** Of ScienceQA: what becomes of a problem. Default of the format `scienceqa`: `QCM-A`; other formats read such rows so only where it is given. */
  form?: ScienceForm;
}

/** Reads a record by its keys. Throws `RowError` with file, row and key. Files are not looked up. */
export function readRecord(record: Record<string, unknown>, context: RowContext, options: RecordOptions = {}): Conversation {
  const wrong: Wrong = (key, problem, details) => new RowError(context.at, key, problem, details);
  if (options.form !== undefined) return readScience(record, context, options.form);
  const layout = pairLayoutOf(record);
  if (layout) return readPrompt(pairColumns(layout, record, { axis: options.axis, wrong }), context);
  if (options.axis !== undefined)
    throw wrong('axis', 'the row has no ratings on axes', {
      expected: 'a data set whose replies are rated on axes, such as VLFeedback or PKU-SafeRLHF',
      got: options.axis,
      hint: 'Leave --axis out',
    });
  if (isPrompt(record)) return readPrompt(record, context);
  if (DIALOGUE_KEYS.some((key) => hasContent(record[key]))) return readDialogue(record, context);
  if (Array.isArray(record.texts)) return readTexts(record, context);
  // A column of dialogues may be empty where others hold the row; an empty list of turns is a fault.
  const isEmpty = DIALOGUE_KEYS.every((key) => record[key] === undefined || record[key] === null || record[key] === '');
  if (isEmpty && columnsKind(record)) return readColumns(record, context, options);
  return readDialogue(record, context);
}
