// Runs benchmarks: asks a responder and the degenerate ones beside it, and scores the replies of each.

import type { ChatMessage, ContentPart } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { Answered, Benchmark, Row, Score } from './benchmark.js';
import { DEGENERATE, needsJudge } from './degenerate.js';
import { type FailedRow, failedScore, withoutFailed } from './failed-rows.js';
import type { Judge } from './judge.js';
import { meanImage, withImage } from './mean-image.js';
import type { Responder } from './responder.js';
import { rowKeys } from './row-keys.js';

/** Where a run stands; `who` names the responder. */
export interface BenchProgress {
  who: string;
  bench: string;
  done: number;
  total: number;
}

/** A row that the model has answered. */
export type BenchRecord = Answered & {
  bench: string;
  right: boolean;
  /** Its name in the benchmark, as `rowKeys` gives it. */
  row?: string;
};

/** The scores of one benchmark: of the model, and of what stands beside it. */
export interface BenchResult {
  name: string;
  title: string;
  about: string;
  /** Rows asked. */
  n: number;
  /** By responder, `model` first; each has the same scores in the same order. */
  scores: Record<string, Score[]>;
  /** Rows of the model without a reply. They are in no score but `failed`, nor are the rows of their groups. */
  failed?: FailedRow[];
}

export interface RunOptions {
  benchmarks: readonly Benchmark[];
  responder: Responder;
  /** Rows of each kind, for all benchmarks or by name. Default: each benchmark's own. */
  n?: number | Readonly<Record<string, number>>;
  /** Draws the rows of files. Default 0. */
  seed?: number;
  /** Longest reply in tokens. Default: each benchmark's own. */
  maxTokens?: number;
  /** False leaves the degenerate responders out. */
  baselines?: boolean;
  /** Rates the replies of benchmarks that need one; and how often each reply is rated (default once), which shows how steady it is. */
  judge?: Judge;
  judgeRepeats?: number;
  /** Conversations given to the responder at once (default 256). */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: BenchProgress) => void;
  /** Called for each row that the model has answered, in order. */
  onRecord?: (record: BenchRecord) => void;
  /** Name of the model in progress and errors (default 'model'). */
  who?: string;
}

/** One benchmark with its rows. */
interface BenchRun {
  benchmark: Benchmark;
  rows: Row[];
  result: BenchResult;
}

/**
 * Runs the benchmarks. The degenerate responders answer the same rows: `blind` is the model over the mean image of the run; the others are
 * those of `DEGENERATE` that a benchmark has replies for. The same conversation is asked once. Errors, before anything is asked:
 * `evaluate.count`, `evaluate.batch`, `evaluate.rows` for a benchmark without rows, `evaluate.judge` for one that needs a judge where there is
 * none; then `evaluate.replies` for a wrong number of replies, those of rows, responder and judge, and the signal's reason.
 */
export async function runBenchmarks(options: RunOptions): Promise<BenchResult[]> {
  const { benchmarks, responder, batchSize = 256, baselines = true, who = 'model', seed = 0, signal, onRecord } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new SensoriumError('evaluate.batch', 'not a batch size', { expected: 'a whole number >= 1', got: String(batchSize) });
  const sets: BenchRun[] = [];
  for (const benchmark of benchmarks) {
    const rows = await collect(benchmark, options);
    checkJudge(benchmark, rows, options.judge);
    const { name, title } = benchmark;
    // A rating means nothing without its judge.
    const about = needsJudge(benchmark, rows) ? `${benchmark.about} (${options.judge?.name})` : benchmark.about;
    sets.push({ benchmark, rows, result: { name, title, about, n: rows.length, scores: {} } });
  }
  const score = async (
    name: string,
    label: string,
    { benchmark, rows, result }: BenchRun,
    asked: readonly Row[],
    replies: readonly string[],
    { by, failures }: { by?: Responder; failures?: ReadonlyMap<number, string> } = {},
  ) => {
    const { kept, failed } = withoutFailed(benchmark.name, rows, failures);
    const ranked = by?.rank && benchmark.rank ? await rankUnread(benchmark, rows, asked, replies, by, options) : [];
    const answered = kept.map(
      (i): Answered => ({
        ...(rows[i] as Row),
        reply: replies[i] as string,
        ...(ranked[i] === undefined ? {} : { ranked: ranked[i] }),
      }),
    );
    const done = benchmark.judge ? await judged(benchmark, answered, label, options) : answered;
    result.scores[name] = [...benchmark.score(done), ...failedScore(failed.length, rows.length)];
    if (name === 'model' && failed.length > 0) result.failed = failed;
    if (name === 'model') {
      const names = rowKeys(rows);
      for (const [n, row] of done.entries())
        onRecord?.({ ...row, bench: benchmark.name, row: names[kept[n] as number], right: benchmark.right(row) });
    }
  };
  const run = async (name: string, label: string, blind?: (row: Row) => Row): Promise<void> => {
    for (const set of sets) {
      const asked = blind ? set.rows.map(blind) : set.rows;
      const failures = new Map<number, string>();
      const onFailed = (row: number, reason: string) => failures.set(row, reason);
      const replies = await ask(asked, set.benchmark, label, { ...options, batchSize, onFailed });
      await score(name, label, set, asked, replies, { by: responder, failures });
    }
  };
  await run('model', who);
  if (baselines) {
    for (const { name, replies } of DEGENERATE)
      for (const set of sets) {
        throwIfAborted(signal);
        const given = await replies(set.benchmark, set.rows, seed);
        if (given) await score(name, name, set, set.rows, given);
      }
    const mean = responder.repliesToRows
      ? undefined
      : await meanImage(
          sets.flatMap(({ rows }) => rows),
          signal,
        );
    if (mean) await run('blind', 'blind', (row) => ({ ...row, messages: withImage(row.messages, mean) }));
  }
  return sets.map(({ result }) => result);
}

/** Throws `evaluate.judge` for rows that a judge must rate where there is none. */
function checkJudge(benchmark: Benchmark, rows: readonly Row[], given: Judge | undefined): void {
  if (given || !needsJudge(benchmark, rows)) return;
  throw new SensoriumError('evaluate.judge', 'this benchmark needs a judge', {
    place: benchmark.name,
    expected: 'a model that rates the replies',
    got: 'none',
    hint: 'Give one with --judge: the address of an OpenAI-compatible server, or the folder of a model',
  });
}

/** The most probable option for each row whose reply chooses none. */
async function rankUnread(
  benchmark: Benchmark,
  rows: readonly Row[],
  asked: readonly Row[],
  replies: readonly string[],
  responder: Responder,
  { signal }: RunOptions,
): Promise<(number | undefined)[]> {
  const items = rows.flatMap((row, i) => {
    const choices = benchmark.rank?.({ ...row, reply: replies[i] as string });
    return choices ? [{ i, messages: (asked[i] as Row).messages, choices }] : [];
  });
  const best = items.length > 0 ? await responder.rank?.(items, { signal }) : [];
  const out: (number | undefined)[] = [];
  for (const [n, { i }] of items.entries()) out[i] = best?.[n];
  return out;
}

/** The rows with what the judge replies about them; equal prompts of one round are asked once. */
async function judged(benchmark: Benchmark, rows: readonly Answered[], label: string, options: RunOptions): Promise<Answered[]> {
  const { judge, judgeRepeats = 1, signal, onProgress } = options;
  const prompts = rows.map((row) => benchmark.judge?.(row) ?? []);
  const distinct = [...new Set(prompts.flat())];
  if (distinct.length === 0 || !judge) return [...rows];
  const rounds: Map<string, string>[] = [];
  let done = 0;
  const onReply = (): void =>
    onProgress?.({ who: `${label}, judged`, bench: benchmark.name, done: ++done, total: distinct.length * judgeRepeats });
  for (let round = 0; round < judgeRepeats; round++) {
    const replies = await judge.replies(distinct, { signal, onReply });
    if (replies.length !== distinct.length)
      throw new SensoriumError('evaluate.replies', 'the judge did not reply to every prompt', {
        place: `${judge.name}, ${benchmark.name}`,
        expected: `${distinct.length} replies`,
        got: String(replies.length),
      });
    rounds.push(new Map(distinct.map((prompt, i) => [prompt, replies[i] as string])));
  }
  return rows.map((row, i) => ({
    ...row,
    verdicts: (prompts[i] as readonly string[]).map((prompt) => rounds.map((round) => round.get(prompt) as string)),
  }));
}

/** The rows of a benchmark. */
async function collect(benchmark: Benchmark, { n: counts, seed, signal }: RunOptions): Promise<Row[]> {
  const n = typeof counts === 'object' ? counts[benchmark.name] : counts;
  if (n !== undefined && (!Number.isInteger(n) || n < 1))
    throw new SensoriumError('evaluate.count', 'not a sample count', {
      place: benchmark.name,
      expected: 'a whole number >= 1',
      got: String(n),
    });
  const rows: Row[] = [];
  for await (const row of benchmark.rows({ n, seed, signal })) rows.push(row);
  throwIfAborted(signal);
  if (rows.length === 0) throw new SensoriumError('evaluate.rows', 'the benchmark has no rows', { place: benchmark.name });
  return rows;
}

/** Replies to all rows; rows with the same conversation share one. */
async function ask(
  rows: readonly Row[],
  benchmark: Benchmark,
  who: string,
  options: RunOptions & { batchSize: number; onFailed: (row: number, reason: string) => void },
): Promise<string[]> {
  const { responder, batchSize, signal, maxTokens = benchmark.maxTokens, onFailed } = options;
  if (responder.repliesToRows)
    return checked(
      await responder.repliesToRows(rows, { bench: benchmark.name, signal, onFailed }),
      rows.length,
      `${who}, ${benchmark.name}`,
    );
  const onProgress = (done: number, total: number): void => options.onProgress?.({ who, bench: benchmark.name, done, total });
  const key = conversationKey();
  const keys = rows.map(({ messages }) => key(messages));
  const distinct = [...new Map(rows.map(({ messages }, i) => [keys[i] as string, messages]))];
  const replyTo = new Map<string, string>();
  for (let i = 0; i < distinct.length; i += batchSize) {
    throwIfAborted(signal);
    const batch = distinct.slice(i, i + batchSize);
    const end = i + batch.length;
    let done = i;
    const onReply = (): void => {
      if (done < end) onProgress(++done, distinct.length);
    };
    const replies = await responder.replies(
      batch.map(([, messages]) => messages),
      {
        maxTokens,
        signal,
        onReply,
        onFailed: (index, reason) => {
          const failed = batch[index]?.[0];
          for (const [row, name] of keys.entries()) if (name === failed) onFailed(row, reason);
        },
      },
    );
    checked(replies, batch.length, `${who}, ${benchmark.name}`);
    for (const [n, [name]] of batch.entries()) replyTo.set(name, replies[n] as string);
    if (done < end) onProgress(end, distinct.length);
  }
  throwIfAborted(signal);
  return keys.map((name) => replyTo.get(name) as string);
}

/** The replies, if there is one to each conversation. */
function checked(replies: string[], expected: number, place: string): string[] {
  if (replies.length === expected && replies.every((reply) => typeof reply === 'string')) return replies;
  throw new SensoriumError('evaluate.replies', 'the responder did not reply to every conversation of a batch', {
    place,
    expected: `${expected} strings`,
    got: `${replies.length} ${replies.length === expected ? 'of which some are not strings' : 'replies'}`,
  });
}

/** Conversations as text, equal for the same words about the same images: pixels and bytes count by identity. */
function conversationKey(): (messages: readonly ChatMessage[]) => string {
  const numbers = new Map<object, number>();
  const name = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return `#${numbers.get(value)}`;
  };
  const partKey = (part: ContentPart): unknown => {
    if (part.type === 'text') return part;
    return { ...part, source: name(part.source), frames: Array.isArray(part.frames) ? part.frames.map(name) : undefined };
  };
  return (messages) =>
    JSON.stringify(messages.map((m) => (Array.isArray(m.content) ? { ...m, content: (m.content as ContentPart[]).map(partKey) } : m)));
}

/** A score by the name of its benchmark and its own. Errors: `evaluate.score`, with the scores there are. */
export function scoreOf(results: readonly BenchResult[], bench: string, name: string, who = 'model'): Score {
  const result = results.find((one) => one.name === bench);
  const scores = result?.scores[who];
  const found = scores?.find((score) => score.name === name);
  if (found) return found;
  const [got, there] = scores
    ? [name, scores.map((score) => score.name)]
    : result
      ? [who, Object.keys(result.scores)]
      : [bench, results.map((one) => one.name)];
  throw new SensoriumError('evaluate.score', 'there is no such score', { place: `${bench}, ${who}`, expected: there.join(', '), got });
}
