// Runs benchmarks: asks a responder and the degenerate ones beside it, and scores the replies of each.

import type { ChatMessage } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { type AnswerOptions, answerRows, type Turn } from './answering.js';
import type { Answered, Benchmark, Row, Score } from './benchmark.js';
import { blindFor } from './blind.js';
import { DEGENERATE, needsJudge } from './degenerate.js';
import { type Fault, Faults, namesOf } from './faults.js';
import type { Judge } from './judge.js';
import { LONGEST } from './reply.js';
import { rowKeys } from './row-keys.js';

export type { BenchProgress } from './answering.js';

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
  /** Rows that are scored. */
  n: number;
  /** By responder, `model` first; each has the same scores in the same order. */
  scores: Record<string, Score[]>;
  /** What was wrong with rows and replies; absent where nothing was. */
  faults?: Fault[];
}

export interface RunOptions extends AnswerOptions {
  benchmarks: readonly Benchmark[];
  /** Rows of each kind, for all benchmarks or by name. Default: each benchmark's own. */
  n?: number | Readonly<Record<string, number>>;
  /** Draws the rows of files. Default 0. */
  seed?: number;
  /** False leaves the degenerate responders out. */
  baselines?: boolean;
  /** Leaves rows that cannot be asked or have no reply out of the scores, and names them in the result. By default they are an error. */
  skipBad?: boolean;
  /** Called for each row that the model has answered, in order. */
  onRecord?: (record: BenchRecord) => void;
  /** Name of the model in progress and errors (default 'model'). */
  who?: string;
}

/** One benchmark with its rows. */
interface BenchRun {
  benchmark: Benchmark;
  /** All of them, and those that are scored. */
  all: readonly Row[];
  rows: readonly Row[];
  /** Names of all of them. */
  keys: readonly string[];
  /** Their numbers, from 1. */
  numbers: ReadonlyMap<Row, number>;
  about: string;
  faults: Faults;
}

/** A turn of the run: the rows of one benchmark for one responder, by the name that it has in results. */
type RunTurn = Turn & { name: string; run: BenchRun };

/**
 * Runs the benchmarks. The degenerate responders answer the same rows: `blind` is the model over the mean image of the run, the controls of a
 * benchmark are the model over changed rows, and the others are those of `DEGENERATE` that a benchmark has replies for. The same conversation is asked once. Errors, before anything is asked:
 * `evaluate.count`, `evaluate.batch`, `evaluate.rows` for a benchmark without rows, `evaluate.judge` for one that needs a judge where there is
 * none; then `evaluate.replies` for replies that are missing, with the rows, those of rows, responder and judge, and the signal's reason.
 */
export async function runBenchmarks(options: RunOptions): Promise<BenchResult[]> {
  const { onRecord } = options;
  const results = new Map<BenchRun, BenchResult>();
  for await (const turn of turns(options)) {
    const { run, name, benchmark } = turn;
    const reasons = new Map<number, string>();
    const onFailed = (place: number, reason: string): void => void reasons.set(place, reason);
    const done = scorable(turn, await answerRows(turn, { ...options, onFailed }), reasons, options);
    if (name === 'model') {
      const kept = new Set(done.map(({ at }) => at));
      run.rows = run.rows.filter((_, i) => kept.has(i));
      noteReplies(run, done);
      results.set(run, { name: benchmark.name, title: benchmark.title, about: run.about, n: done.length, scores: {} });
      for (const { row, at } of done)
        onRecord?.({ ...row, bench: benchmark.name, row: run.keys[at] as string, right: benchmark.right(row) });
    }
    (results.get(run) as BenchResult).scores[name] = [...benchmark.score(done.map(({ row }) => row))];
  }
  return [...results].map(([{ faults }, result]) => (faults.list.length > 0 ? { ...result, faults: faults.list } : result));
}

/**
 * Answers a part of what `runBenchmarks` would ask, and scores nothing: the rows whose conversations are `own`. Returns how many these are.
 * With a responder that keeps its replies, several processes answer a part each, and `runBenchmarks` finds all replies there.
 */
export async function answerBenchmarks(options: RunOptions, own: (messages: readonly ChatMessage[]) => Promise<boolean>): Promise<number> {
  let n = 0;
  for await (const { rows, asked = rows, given, ...turn } of turns(options)) {
    const mine: number[] = [];
    for (const [i, { messages }] of asked.entries()) if (await own(messages)) mine.push(i);
    const part = <T>(list: readonly T[]): T[] => mine.map((i) => list[i] as T);
    await answerRows({ ...turn, rows: part(rows), asked: part(asked), given: given && part(given) }, options);
    if (!given) n += mine.length;
  }
  return n;
}

/** Everybody's turn at every benchmark, in the order of a table. Later turns have the rows that are left then. */
async function* turns(options: RunOptions): AsyncGenerator<RunTurn> {
  const { benchmarks, batchSize = 256, baselines = true, who = 'model', seed = 0, signal } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new SensoriumError('evaluate.batch', 'not a batch size', { expected: 'a whole number >= 1', got: String(batchSize) });
  const runs: BenchRun[] = [];
  for (const benchmark of benchmarks) runs.push(await collect(benchmark, options));
  const turn = (name: string, label: string, run: BenchRun, more?: Partial<Turn>): RunTurn => {
    return { name, label, run, benchmark: run.benchmark, rows: run.rows, ...more };
  };
  for (const run of runs) yield turn('model', who, run);
  if (!baselines) return;
  for (const { name, replies } of DEGENERATE)
    for (const run of runs) {
      throwIfAborted(signal);
      const given = await replies(run.benchmark, run.rows, seed);
      if (given) yield turn(name, name, run, { given });
    }
  if (options.responder.repliesToRows) return; // it has no replies about other images
  const asked = (run: BenchRun, change: (messages: Row['messages'], i: number) => Row['messages']) => ({
    asked: run.rows.map((row, i) => ({ ...row, messages: change(row.messages, i) })),
  });
  for (const run of runs)
    for (const [name, change] of Object.entries(run.benchmark.controls ?? {}))
      yield turn(
        name,
        name,
        run,
        asked(run, (messages, i) => change(messages, new Rng(`${name}/${seed}/${i}`))),
      );
  const blind = await blindFor(
    runs.flatMap(({ all }) => all),
    signal,
  );
  if (blind) for (const run of runs) yield turn('blind', 'blind', run, asked(run, blind));
}

/** The rows of a benchmark. */
async function collect(benchmark: Benchmark, options: RunOptions): Promise<BenchRun> {
  const { n: counts, seed, signal, skipBad = false, judge } = options;
  const n = typeof counts === 'object' ? counts[benchmark.name] : counts;
  if (n !== undefined && (!Number.isInteger(n) || n < 1))
    throw new SensoriumError('evaluate.count', 'not a sample count', {
      place: benchmark.name,
      expected: 'a whole number >= 1',
      got: String(n),
    });
  const faults = new Faults();
  const rows: Row[] = [];
  const onBad = skipBad ? faults.add.bind(faults) : undefined;
  for await (const row of benchmark.rows({ n, seed, signal, onBad })) rows.push(row);
  throwIfAborted(signal);
  if (rows.length === 0) throw new SensoriumError('evaluate.rows', 'the benchmark has no rows', { place: benchmark.name });
  checkJudge(benchmark, rows, judge);
  // A rating means nothing without its judge.
  const editions = [...new Set(rows.flatMap(({ edition }) => edition ?? []))];
  const told = editions.length > 0 ? `${benchmark.about}; version ${editions.join(', ')}` : benchmark.about;
  const about = needsJudge(benchmark, rows) ? `${told} (${judge?.name})` : told;
  return { benchmark, all: rows, rows, keys: rowKeys(rows), numbers: new Map(rows.map((row, i) => [row, i + 1])), about, faults };
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

/** How a row is called where it is named: by its place in a file, or its number. */
const nameOf = ({ benchmark, numbers }: BenchRun, row: Row): string =>
  row.place ?? `${benchmark.name}, ${row.kind}, row ${numbers.get(row)}`;

/**
 * The answered rows with their places in the turn. Rows that are scored together stay together: where one has no reply, none of them counts.
 * Errors: `evaluate.replies` for rows without a reply, unless they are skipped and others are left.
 */
function scorable(
  { run, rows, label, benchmark }: RunTurn,
  answered: readonly (Answered | undefined)[],
  reasons: ReadonlyMap<number, string>,
  { skipBad = false }: RunOptions,
): { row: Answered; at: number }[] {
  const missing = rows.flatMap((row, at) => (answered[at] === undefined ? [{ row, at }] : []));
  const named = ({ row, at }: { row: Row; at: number }): string => {
    const reason = reasons.get(at);
    return reason === undefined ? nameOf(run, row) : `${nameOf(run, row)}: ${reason}`;
  };
  if (missing.length > 0 && (!skipBad || missing.length === rows.length))
    throw new SensoriumError('evaluate.replies', missing.length === rows.length ? 'no row has a reply' : 'rows have no reply', {
      place: `${label}, ${benchmark.name}`,
      expected: `${rows.length} replies`,
      got: `${rows.length - missing.length}; there is none for ${namesOf(missing.map(named))}`,
      hint: 'Let a model reply to them, or leave them out with --skip-bad: then they are counted and named in the result',
    });
  const suffix = label === 'blind' ? ' (blind)' : '';
  for (const one of missing) run.faults.add('unanswered', `${named(one)}${suffix}`);
  const groupOf = (row: Row): string | undefined => row.group && JSON.stringify([row.kind, row.group]);
  const torn = new Set(missing.map(({ row }) => groupOf(row)).filter((group) => group !== undefined));
  return rows.flatMap((row, at) => {
    const done = answered[at];
    if (done === undefined) return [];
    if (!torn.has(groupOf(row) ?? '')) return [{ row: done, at }];
    run.faults.add('group', `${nameOf(run, row)}${suffix}`);
    return [];
  });
}

/** Counts the replies of the model that a reader should know of. */
function noteReplies(run: BenchRun, done: readonly { row: Answered; at: number }[]): void {
  for (const [i, { row }] of done.entries()) {
    const kind = row.reply.trim() === '' ? 'empty reply' : row.reply.length > LONGEST ? 'long reply' : undefined;
    if (kind) run.faults.add(kind, nameOf(run, run.rows[i] as Row));
  }
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
