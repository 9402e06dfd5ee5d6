// Recorded replies as a responder: each row finds its reply by name, id or order; what does not fit is counted and named.

import { basename } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { questionOf, type Row } from './benchmark.js';
import { type RecordedReply, recordedReplies } from './recorded-file.js';
import type { Responder, RowReplyOptions } from './responder.js';
import { rowKeys } from './row-keys.js';
import { groupBy } from './scores.js';

/** How the files fitted the rows so far. */
export interface RecordedSummary {
  /** Replies in the files, and those that a row has taken. */
  replies: number;
  taken: number;
  /** Second replies to a row, by their places. Where they differ from the first the row has none. */
  duplicates: string[];
  /** Replies to rows that were not asked, by their places. */
  unknown: string[];
}

/** Recorded replies; `summary` is complete once all benchmarks have run. */
export interface RecordedResponder extends Responder {
  repliesToRows: NonNullable<Responder['repliesToRows']>;
  summary(): RecordedSummary;
}

/**
 * The replies of some files. A row takes the reply that names it (`row`), else the one with its id, among parts with the same ids that of its
 * kind by a field `kind`, `category` or `split` or by the name of the file, else that with its question; replies without ids go by order, if
 * there are as many. A question that stands beside a reply must be the row's. Rows without a reply, and with two that differ, fail. Errors:
 * `data.read`, `evaluate.recorded`.
 */
export async function recordedResponder(files: readonly string[], { signal }: { signal?: AbortSignal } = {}): Promise<RecordedResponder> {
  const all: RecordedReply[] = [];
  for (const file of files) for await (const reply of recordedReplies(file, { signal })) all.push(reply);
  if (all.length === 0)
    throw new SensoriumError('evaluate.recorded', 'there are no replies', { place: files.join(', '), expected: 'at least one row' });
  const taken = new Set<RecordedReply>();
  const duplicates: string[] = [];

  const repliesToRows = async (rows: readonly Row[], options: RowReplyOptions): Promise<string[]> => {
    throwIfAborted(options.signal);
    const own = all.filter(({ bench }) => bench === undefined || bench === options.bench);
    const given = new Map<number, RecordedReply[]>();
    for (const [reply, i] of match(rows, own)) {
      taken.add(reply);
      given.set(i, [...(given.get(i) ?? []), reply]);
    }
    return rows.map((_, i) => {
      const [first, ...others] = given.get(i) ?? [];
      duplicates.push(...others.map(({ place }) => place));
      const other = others.find(({ reply }) => reply !== first?.reply);
      const fault = !first
        ? `no reply in ${files.map((file) => basename(file)).join(', ')}`
        : other
          ? `two replies that differ: ${first.place}; ${other.place}`
          : first.reply === undefined
            ? `no reply in ${first.place}`
            : undefined;
      if (fault === undefined) return first?.reply as string;
      options.onFailed?.(i, fault);
      return '';
    });
  };
  return {
    repliesToRows,
    replies: () =>
      Promise.reject(
        new SensoriumError('evaluate.recorded', 'recorded replies answer rows of benchmarks and nothing else', { place: files.join(', ') }),
      ),
    summary: () => ({
      replies: all.length,
      taken: taken.size,
      duplicates,
      unknown: all.filter((reply) => !taken.has(reply)).map(({ place }) => place),
    }),
  };
}

/** Each reply with the place of its row. */
function* match(rows: readonly Row[], replies: readonly RecordedReply[]): Generator<[RecordedReply, number]> {
  const names = new Map(rowKeys(rows).map((name, i) => [name, i]));
  const ids = new Map<string, number[]>();
  for (const [i, { id, otherIds = [] }] of rows.entries())
    for (const name of new Set([...(id === undefined ? [] : [id]), ...otherIds])) ids.set(name, [...(ids.get(name) ?? []), i]);
  const kinds = new Set(rows.map(({ kind }) => kind));
  const loose: RecordedReply[] = [];
  for (const reply of replies) {
    if (reply.row !== undefined) {
      const i = names.get(reply.row);
      if (i !== undefined) yield [checkQuestion(reply, rows, i), i];
    } else if (reply.id !== undefined && ids.size > 0) {
      const found = narrow(reply, rows, { among: ids.get(reply.id) ?? [], kinds });
      if (found !== undefined) yield [checkQuestion(reply, rows, found), found];
    } else loose.push(reply);
  }
  yield* inOrder(rows, loose, kinds);
}

/** The kind that a reply says it is of, or that its file is named after. */
function kindOf({ kind, file }: RecordedReply, kinds: ReadonlySet<string>): string | undefined {
  if (kind !== undefined && kinds.has(kind)) return kind;
  const name = basename(file);
  return [...kinds].filter((known) => name.includes(known)).sort((a, b) => b.length - a.length)[0];
}

/** The one row of several with an id that a reply is for. */
function narrow(
  reply: RecordedReply,
  rows: readonly Row[],
  { among, kinds }: { among: readonly number[]; kinds: ReadonlySet<string> },
): number | undefined {
  if (among.length < 2) return among[0];
  const kind = kindOf(reply, kinds);
  const ofKind = kind === undefined ? among : among.filter((i) => rows[i]?.kind === kind);
  const left = ofKind.length > 1 ? ofKind.filter((i) => agrees(reply, rows[i] as Row) !== 'no') : ofKind;
  if (left.length < 2) return left[0];
  throw new SensoriumError('evaluate.recorded', 'several rows have the id of a reply', {
    place: reply.place,
    expected: `a field "kind" or a file name with one of ${[...kinds].slice(0, 10).join(', ')}`,
    got: `id ${reply.id}`,
    hint: 'Give a file for each part of the benchmark, named after it',
  });
}

/** Replies without ids: one to each row of their benchmark, or of the kind that they say. */
function* inOrder(rows: readonly Row[], replies: readonly RecordedReply[], kinds: ReadonlySet<string>): Generator<[RecordedReply, number]> {
  const parts = groupBy(replies, (reply) => kindOf(reply, kinds) ?? '');
  for (const [kind, own] of parts) {
    const places = Array.from(rows, (_, i) => i).filter((i) => kind === '' || rows[i]?.kind === kind);
    if (places.length !== own.length)
      throw new SensoriumError('evaluate.recorded', 'replies without ids can only go by order, and there are not as many as rows', {
        place: own[0]?.place,
        expected: `${places.length} replies${kind === '' ? '' : ` of the kind ${kind}`}`,
        got: String(own.length),
        hint: 'Give every reply the id of its row, or measure with the --n and --seed of the run that they come from',
      });
    for (const [n, reply] of own.entries()) {
      const i = places[n] as number;
      if (agrees(reply, rows[i] as Row) === 'no') throw otherQuestion(reply, rows[i] as Row);
      yield [reply, i];
    }
  }
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[\s\p{P}]+/gu, ' ')
    .trim();

/** Whether the words beside a reply are those of a row: a question holds the other or is held; `unclear` where nothing is said. */
function agrees({ question, prompt }: RecordedReply, { messages }: Row): 'yes' | 'no' | 'unclear' {
  const said = question ?? prompt;
  if (said === undefined) return 'unclear';
  const [a, b] = [plain(said), plain(questionOf(messages))];
  return a.includes(b) || b.includes(a) ? 'yes' : 'no';
}

/** The reply, if the question beside it is that of its row. A prompt may be put in other words, and says nothing against an id. */
function checkQuestion(reply: RecordedReply, rows: readonly Row[], i: number): RecordedReply {
  const row = rows[i] as Row;
  if (reply.question !== undefined && agrees(reply, row) === 'no') throw otherQuestion(reply, row);
  return reply;
}

const otherQuestion = ({ place, question, prompt }: RecordedReply, row: Row): SensoriumError =>
  new SensoriumError('evaluate.recorded', 'a reply is to another question than its row asks', {
    place,
    expected: JSON.stringify(questionOf(row.messages).slice(0, 200)),
    got: JSON.stringify((question ?? prompt ?? '').slice(0, 200)),
    hint: 'Are these replies to another version or part of the benchmark, or to rows that were drawn with another --n or --seed?',
  });
