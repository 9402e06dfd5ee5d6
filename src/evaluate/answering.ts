// How the rows of one benchmark are answered: asked of a responder, ranked where a reply chooses nothing, judged where a judge is needed.

import type { ChatMessage, ContentPart } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { Answered, Benchmark, Row } from './benchmark.js';
import type { Judge } from './judge.js';
import type { PartialResponder, ReplyTold } from './responder.js';

/** Where a run stands; `who` names the responder. */
export interface BenchProgress {
  who: string;
  bench: string;
  done: number;
  total: number;
  /** How many of those done were there before, where some were. */
  kept?: number;
}

/** Who answers, and how. */
export interface AnswerOptions {
  responder: PartialResponder;
  /** Longest reply in tokens. Default: each benchmark's own. */
  maxTokens?: number;
  /** Rates the replies of benchmarks that need one; and how often each reply is rated (default once), which shows how steady it is. */
  judge?: Judge;
  judgeRepeats?: number;
  /** Conversations given to the responder at once (default 256). */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: BenchProgress) => void;
  /** Called for a row of the turn, by its place, that has no reply, where the responder says why. */
  onFailed?: (place: number, reason: string) => void;
}

/** Rows of a benchmark that somebody answers. */
export interface Turn {
  benchmark: Benchmark;
  /** Of whom the replies are, in progress and errors. */
  label: string;
  rows: readonly Row[];
  /** The rows as they are asked, where the responder sees others: those of the blind. */
  asked?: readonly Row[];
  /** Replies that need no responder. */
  given?: readonly string[];
}

/** The rows with their replies, and what is asked about these; undefined for a row without a reply. Errors: `evaluate.replies`; those of responder and judge. */
export async function answerRows(turn: Turn, options: AnswerOptions): Promise<Partly> {
  const { rows, asked = rows, given } = turn;
  const replies = given ?? (await askRows(asked, turn, options));
  const answered = rows.map((row, i): Answered | undefined => {
    const reply = replies[i];
    return reply === undefined ? undefined : { ...row, reply };
  });
  return judged(given ? answered : await rankUnread(answered, asked, turn, options), turn, options);
}

/** Rows, of which some have no reply. */
type Partly = (Answered | undefined)[];

/** The rows with the most probable option where the reply chooses none. A row whose ranking is missing counts as one without a reply. */
async function rankUnread(rows: Partly, asked: readonly Row[], { benchmark }: Turn, { responder, signal }: AnswerOptions): Promise<Partly> {
  if (!responder.rank || !benchmark.rank) return rows;
  const items = rows.flatMap((row, i) => {
    const choices = row && benchmark.rank?.(row);
    return choices ? [{ i, row, messages: (asked[i] as Row).messages, choices }] : [];
  });
  if (items.length === 0) return rows;
  const best = await responder.rank(
    items.map(({ messages, choices }) => ({ messages, choices })), // never the truth
    { signal },
  );
  if (best.length !== items.length) return rows; // a responder that cannot rank after all
  const out = [...rows];
  for (const [n, { i, row }] of items.entries()) {
    const ranked = best[n];
    out[i] = ranked === undefined ? undefined : { ...row, ranked };
  }
  return out;
}

/** Counts replies as they come, and tells. */
class Counter {
  private done = 0;
  private kept = 0;

  constructor(private readonly tell: (state: { done: number; kept?: number }) => void) {}

  /** What a responder calls for each of its replies; it may call too often, never beyond `end`. */
  until = (end: number) => (told?: ReplyTold) => {
    if (this.done >= end) return;
    if (told?.kept) this.kept++;
    this.reach(this.done + 1);
  };

  /** At least so many are done. */
  reach(done: number): void {
    if (this.done >= done) return;
    this.done = done;
    this.tell({ done, ...(this.kept > 0 ? { kept: this.kept } : {}) });
  }
}

/** The rows with what the judge replies about them; equal prompts of one round are asked once. */
async function judged(rows: Partly, { benchmark, label }: Turn, options: AnswerOptions): Promise<Partly> {
  const { judge, judgeRepeats = 1, signal, onProgress } = options;
  const prompts = rows.map((row) => (row && benchmark.judge?.(row)) ?? []);
  const distinct = [...new Set(prompts.flat())];
  if (distinct.length === 0 || !judge) return rows;
  const total = distinct.length * judgeRepeats;
  const count = new Counter((state) => onProgress?.({ who: `${label}, judged`, bench: benchmark.name, total, ...state }));
  const rounds: Map<string, string>[] = [];
  for (let round = 0; round < judgeRepeats; round++) {
    const replies = await judge.replies(distinct, { signal, onReply: count.until(total), round });
    if (replies.length !== distinct.length)
      throw new SensoriumError('evaluate.replies', 'the judge did not reply to every prompt', {
        place: `${judge.name}, ${benchmark.name}`,
        expected: `${distinct.length} replies`,
        got: String(replies.length),
      });
    rounds.push(new Map(distinct.map((prompt, i) => [prompt, replies[i] as string])));
  }
  const verdictsOf = (prompt: string): string[] => rounds.map((round) => round.get(prompt) as string);
  return rows.map((row, i) => row && { ...row, verdicts: (prompts[i] as readonly string[]).map(verdictsOf) });
}

/** Replies to all rows; rows with the same conversation share one. */
async function askRows(rows: readonly Row[], { benchmark, label }: Turn, options: AnswerOptions): Promise<(string | undefined)[]> {
  const { responder, batchSize = 256, signal, maxTokens = benchmark.maxTokens } = options;
  const where = `${label}, ${benchmark.name}`;
  if (responder.repliesToRows) {
    const failed = new Set<number>();
    const onFailed = (place: number, reason: string): void => {
      failed.add(place);
      options.onFailed?.(place, reason);
    };
    const replies = await responder.repliesToRows(rows, { bench: benchmark.name, signal, onFailed });
    return checked(replies, rows.length, where).map((reply, i) => (failed.has(i) ? undefined : reply));
  }
  const key = conversationKey();
  const keys = rows.map(({ messages }) => key(messages));
  const distinct = [...new Map(rows.map(({ messages }, i) => [keys[i] as string, messages]))];
  const total = distinct.length;
  const count = new Counter((state) => options.onProgress?.({ who: label, bench: benchmark.name, total, ...state }));
  const replyTo = new Map<string, string | undefined>();
  for (let i = 0; i < total; i += batchSize) {
    throwIfAborted(signal);
    const batch = distinct.slice(i, i + batchSize);
    const failed = new Map<number, string>();
    const replies = await responder.replies(
      batch.map(([, messages]) => messages),
      { maxTokens, signal, onReply: count.until(i + batch.length), onFailed: (place, reason) => failed.set(place, reason) },
    );
    checked(replies, batch.length, where);
    for (const [n, [name]] of batch.entries()) replyTo.set(name, failed.has(n) ? undefined : replies[n]);
    for (const [n, reason] of failed) for (const [row, name] of keys.entries()) if (name === batch[n]?.[0]) options.onFailed?.(row, reason);
    count.reach(i + batch.length);
  }
  throwIfAborted(signal);
  return keys.map((name) => replyTo.get(name));
}

/** The replies, if there is one to each conversation, or nothing in its place. */
function checked<T>(replies: T[], expected: number, place: string): T[] {
  const wrong = replies.some((reply) => reply !== undefined && typeof reply !== 'string');
  if (replies.length === expected && !wrong) return replies;
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
    const { source, sound, points, frames } = part as Record<string, unknown>;
    const media = { source: name(source), sound: name(sound), points: name(points) };
    return { ...part, ...media, frames: Array.isArray(frames) ? frames.map(name) : undefined };
  };
  return (messages) =>
    JSON.stringify(messages.map((m) => (Array.isArray(m.content) ? { ...m, content: (m.content as ContentPart[]).map(partKey) } : m)));
}
