// Files of replies as others write them: JSON lines, JSON and tables, under whatever names ids, questions and replies go there.

import { extname } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { type FileRecord, recordsOf } from './file-benchmark.js';

/** One reply of a file. */
export interface RecordedReply {
  /** File and line. */
  place: string;
  file: string;
  /** Undefined where the line has none. */
  reply: string | undefined;
  /** The benchmark and the name of the row, as files of this project have them. */
  bench?: string;
  row?: string;
  /** The part of the benchmark: a kind, category or split. */
  kind?: string;
  id?: string;
  question?: string;
  /** The words that the model was given, which may hold the question among others. */
  prompt?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names that a reply goes by. `answer` comes late: tables of VLMEvalKit have the truth there, beside `prediction`. */
const REPLIES = [
  'reply',
  'response',
  'prediction',
  'resps',
  'filtered_resps',
  'output',
  'generated_text',
  'model_answer',
  'pred',
  'text',
  'answer',
  'caption',
];
const IDS = ['id', 'question_id', 'questionId', 'qid', 'index', 'doc_id', 'image_id'];
const KINDS = ['kind', 'category', 'split'];
const QUESTIONS = ['question'];
const PROMPTS = ['prompt', 'input', 'query'];

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text of a field: a text, a number, or the first of a list in a list, as logs of lmms-eval have replies. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? textOf(value[0]) : undefined;
}

function first(fields: Fields, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(fields[name]);
    if (text !== undefined) return text;
  }
  return undefined;
}

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

/** A record as a reply. Errors: `evaluate.recorded` for a record without anything that could be one. */
function replyOf({ value, place }: FileRecord, file: string): RecordedReply {
  if (!isFields(value) || !REPLIES.some((name) => name in value)) throw notReplies(place, value);
  // A log keeps the row of its data set under `doc`; what is said of it there goes before the number of the line.
  const doc = isFields(value.doc) ? value.doc : {};
  const { resps: _resps, filtered_resps: _filtered, ...plain } = value;
  return {
    place,
    file,
    reply: first(value, REPLIES),
    ...present({
      bench: textOf(value.bench),
      row: textOf(value.row),
      kind: first(plain, KINDS) ?? first(doc, KINDS),
      id: first(doc, IDS) ?? first(plain, IDS),
      question: first(plain, QUESTIONS) ?? first(doc, QUESTIONS),
      prompt: first(plain, PROMPTS),
    }),
  };
}

const notReplies = (place: string, value: unknown): SensoriumError =>
  new SensoriumError('evaluate.recorded', 'this is not a file of replies', {
    place,
    expected: `rows with an id and one of ${REPLIES.join(', ')}`,
    got: isFields(value) ? `the fields ${Object.keys(value).slice(0, 10).join(', ')}` : JSON.stringify(value)?.slice(0, 60),
  });

/**
 * The replies of a file: JSON lines or a list of `{id, reply}` under any of the usual names, as `--replies` and `--log-samples` write them, as
 * lmms-eval logs samples, POPE and LLaVA their answers; an object `{"logs": […]}` of older lmms-eval or `{"outputs": {id: reply}}` of
 * ScienceQA; CSV and TSV tables and XLSX workbooks. Errors: `data.read`; `evaluate.recorded` for anything else.
 */
export async function* recordedReplies(file: string, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<RecordedReply> {
  if (/^\.xls$/i.test(extname(file)))
    throw new SensoriumError('evaluate.recorded', 'workbooks of this kind are not read', {
      place: file,
      expected: 'JSON lines, JSON, CSV, TSV or XLSX',
      got: 'an .xls workbook',
      hint: 'Save it as .xlsx or TSV',
    });
  for await (const record of recordsOf(file, { signal })) {
    const { value } = record;
    if (isFields(value) && Array.isArray(value.logs))
      for (const [i, item] of value.logs.entries()) yield replyOf({ value: item, place: `${file}, logs[${i}]` }, file);
    else if (isFields(value) && isFields(value.outputs))
      for (const [id, reply] of Object.entries(value.outputs)) yield { place: `${file}, outputs["${id}"]`, file, id, reply: textOf(reply) };
    else yield replyOf(record, file);
  }
}
