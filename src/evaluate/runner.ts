// Runs benchmarks: asks a responder and the degenerate ones beside it, and scores the replies of each.

import type { ChatMessage, ContentPart } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Answered, type Benchmark, questionOf, type Row, type Score } from './benchmark.js';
import { constant, mostFrequent } from './degenerate.js';
import { meanImage, withImage } from './mean-image.js';
import type { Responder } from './responder.js';

/** Where a run stands; `who` names the responder. */
export interface BenchProgress {
  who: string;
  bench: string;
  done: number;
  total: number;
}

/** A row that the model has answered. */
export type BenchRecord = Answered & { bench: string; right: boolean };

/** The scores of one benchmark: of the model, and of what stands beside it. */
export interface BenchResult {
  name: string;
  title: string;
  about: string;
  /** Rows asked. */
  n: number;
  /** By responder, `model` first; each has the same scores in the same order. */
  scores: Record<string, Score[]>;
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
  /** Conversations given to the responder at once (default 256). */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: BenchProgress) => void;
  /** Called for each row that the model has answered, in order. */
  onRecord?: (record: BenchRecord) => void;
  /** Name of the model in progress and errors (default 'model'). */
  who?: string;
}

/**
 * Runs the benchmarks. The degenerate responders answer the same rows: `blind` is the model over the mean image of the run, `alwaysYes` and
 * `alwaysNo` are the constant replies of each benchmark, and `mostFrequent` knows the answers of the rows and their questions' types, but
 * not the images. The same conversation is asked once. Errors: `evaluate.count`, `evaluate.batch`, `evaluate.rows` for a benchmark
 * without rows, `evaluate.replies` for a wrong number of replies, those of rows and responder, and the signal's reason.
 */
export async function runBenchmarks(options: RunOptions): Promise<BenchResult[]> {
  const { benchmarks, responder, batchSize = 256, baselines = true, who = 'model', signal, onProgress, onRecord } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new SensoriumError('evaluate.batch', 'not a batch size', { expected: 'a whole number >= 1', got: String(batchSize) });
  const sets: { benchmark: Benchmark; rows: Row[]; result: BenchResult }[] = [];
  for (const benchmark of benchmarks) {
    const rows = await collect(benchmark, options);
    const { name, title, about } = benchmark;
    sets.push({ benchmark, rows, result: { name, title, about, n: rows.length, scores: {} } });
  }

  const run = async (name: string, label: string, of: (set: (typeof sets)[number]) => { responder: Responder; rows?: Row[] }) => {
    for (const set of sets) {
      const { benchmark, rows, result } = set;
      const asked = of(set);
      const replies = await ask(asked.rows ?? rows, asked.responder, {
        place: `${label}, ${benchmark.name}`,
        maxTokens: options.maxTokens ?? benchmark.maxTokens,
        batchSize,
        signal,
        onProgress: (done, total) => onProgress?.({ who: label, bench: benchmark.name, done, total }),
      });
      const done = rows.map((row, i) => ({ ...row, reply: replies[i] as string }));
      result.scores[name] = [...benchmark.score(done)];
      if (name === 'model') for (const row of done) onRecord?.({ ...row, bench: benchmark.name, right: benchmark.right(row) });
    }
  };
  await run('model', who, () => ({ responder }));
  if (baselines) {
    const mean = await meanImage(
      sets.flatMap(({ rows }) => rows),
      signal,
    );
    const blind = (row: Row): Row => (mean ? { ...row, messages: withImage(row.messages, mean) } : row);
    await run('alwaysYes', 'alwaysYes', ({ benchmark }) => ({ responder: constant(benchmark.constants?.yes ?? 'yes') }));
    await run('alwaysNo', 'alwaysNo', ({ benchmark }) => ({ responder: constant(benchmark.constants?.no ?? 'no') }));
    await run('mostFrequent', 'mostFrequent', ({ rows }) => ({
      responder: mostFrequent(rows.map(({ messages, truth }) => ({ question: questionOf(messages), answer: truth }))),
    }));
    if (mean) await run('blind', 'blind', ({ rows }) => ({ responder, rows: rows.map(blind) }));
  }
  return sets.map(({ result }) => result);
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

interface AskOptions {
  place: string;
  maxTokens: number;
  batchSize: number;
  signal?: AbortSignal;
  onProgress(done: number, total: number): void;
}

/** Replies to all rows; rows with the same conversation share one. */
async function ask(rows: readonly Row[], responder: Responder, options: AskOptions): Promise<string[]> {
  const { place, maxTokens, batchSize, signal, onProgress } = options;
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
      { maxTokens, signal, onReply },
    );
    if (replies.length !== batch.length || replies.some((reply) => typeof reply !== 'string'))
      throw new SensoriumError('evaluate.replies', 'the responder did not reply to every conversation of a batch', {
        place,
        expected: `${batch.length} strings`,
        got: `${replies.length} ${replies.length === batch.length ? 'of which some are not strings' : 'replies'}`,
      });
    for (const [n, [name]] of batch.entries()) replyTo.set(name, replies[n] as string);
    if (done < end) onProgress(end, distinct.length);
  }
  throwIfAborted(signal);
  return keys.map((name) => replyTo.get(name) as string);
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
  const scores = results.find((result) => result.name === bench)?.scores[who];
  const found = scores?.find((score) => score.name === name);
  if (found) return found;
  throw new SensoriumError('evaluate.score', 'there is no such score', {
    place: `${bench}, ${who}`,
    expected: scores ? scores.map((score) => score.name).join(', ') : results.map((result) => result.name).join(', '),
    got: name,
  });
}
