// The interface of a benchmark: rows to ask, the truth that only its scores read, and the scores.

import type { ChatMessage, ContentPart } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import type { FaultKind } from './faults.js';

/** A labeled box in pixels of its image: left, top, right, bottom. */
export interface LabeledBox {
  label: string;
  box: readonly [number, number, number, number];
}

/** One conversation that ends with a question. A responder is given `messages` and nothing else. */
export interface Row {
  /** Its id in the file that it comes from; unique in its file. Rows that are drawn from a seed have none. */
  id?: string;
  /** Other ids that files of replies may name it by, such as the `question_id` of a file whose rows repeat them. */
  otherIds?: readonly string[];
  /** The part of the benchmark that the row belongs to, such as `adversarial` or `color`; reports take pictures from each. */
  kind: string;
  /** Images may have any size: paths, bytes of image files, or pixels. */
  messages: readonly ChatMessage[];
  /** The true answer in words. */
  truth: string;
  /** Of the first image, for reports. */
  boxes?: readonly LabeledBox[];
  /** Replies that choose each of the options that the question offers, in its order: `A. a red cup`. */
  choices?: readonly string[];
  /** File and line, for errors and lists of faults. */
  place?: string;
  /** The version that its file states. */
  edition?: string;
  /** Rows of one kind that are scored together and so are drawn, or left out, together. Default: each by itself. */
  group?: string;
}

/** A row with the reply of a responder. */
export type Answered<R extends Row = Row> = R & {
  reply: string;
  /** Place of the most probable of the options that `Benchmark.rank` asked for, where the responder can rank. */
  ranked?: number;
  /** What the judge replied to each of the prompts of `Benchmark.judge`, asked once or several times. */
  verdicts?: readonly (readonly string[])[];
};

/** One number with its 95 % interval. */
export interface Score {
  name: string;
  value: number;
  low: number;
  high: number;
  /** How many observations stand behind it; 0 where there was nothing to score. */
  n: number;
  better: 'higher' | 'lower' | 'neither';
  /** A few words on what is counted. */
  note?: string;
  /** Left out of short tables. */
  detail?: boolean;
}

/** What `rows` is called with. */
export interface RowOptions {
  /** At most this many rows of each kind. Default: the benchmark's own number, or all rows of a file. */
  n?: number;
  /** Draws the rows where a file has more than `n`. Default 0. */
  seed?: number;
  signal?: AbortSignal;
  /** Told of every row that is left out because it cannot be asked; without it, the first such row is an error. */
  onBad?: (kind: FaultKind, row: string) => void;
}

/** A benchmark. The runner asks its rows, of a model and of degenerate responders, and scores the replies of each. */
export interface Benchmark<R extends Row = Row> {
  /** As `--bench` takes it. */
  readonly name: string;
  /** Begins the name of each score in a table: `POPE` for `POPE F1, random`. */
  readonly title: string;
  /** What is asked and how it is scored, in a few words. */
  readonly about: string;
  /** Goes up when rows or rules change, so that results of both are not compared. Default 1. */
  readonly version?: number;
  /** What it reads, for lists of benchmarks. Default: the scene world. */
  readonly reads?: string;
  /** Longest reply in tokens. */
  readonly maxTokens: number;
  /** Replies of the two constant responders; null leaves them out. Default: `yes` and `no`, or none where rows have choices. */
  readonly constants?: { readonly yes: string; readonly no: string } | null;
  /**
   * Questions with answers that the most frequent one is read off: of a training split, for benchmarks whose own rows are so different that counting them
   * would know most answers. Default: the rows themselves.
   */
  readonly known?: () => Iterable<{ question: string; answer: string }>;
  rows(options: RowOptions): AsyncIterable<R> | Iterable<R>;
  /** Changed rows that the model is asked as well, by the name of their scores: `shuffled` for frames out of order. */
  readonly controls?: Readonly<Record<string, (messages: readonly ChatMessage[], rng: Rng) => readonly ChatMessage[]>>;
  /**
   * Options to be ranked by their probability as replies, for a row whose reply chooses none; undefined for the others. Asked only of
   * responders that can rank.
   */
  rank?(row: Answered<R>): readonly string[] | undefined;
  /** Prompts that a judge answers about a reply, one after the other. A benchmark that has this needs a judge. */
  judge?(row: Answered<R>): readonly string[];
  /** Open replies are rated by exact truth, in place of a judge. */
  readonly exact?: boolean;
  /** The judge answers yes or no and nothing else, so that a trained judge can do it. */
  readonly yesNo?: true;
  score(done: readonly Answered<R>[]): readonly Score[];
  /** Each row's value in scores that weigh rows by all others, for paired tests; undefined where a row is not in the score. */
  rowValues?(done: readonly Answered<R>[]): Readonly<Record<string, readonly (number | undefined)[]>>;
  /** Whether a reply is right, for the pictures of a report. */
  right(row: Answered<R>): boolean;
}

/** The text of the last user message: the question without its images. */
export function questionOf(messages: readonly ChatMessage[]): string {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  if (typeof content === 'string') return content;
  return (content as readonly ContentPart[])
    .flatMap((part) => (part.type === 'text' ? [(part as { text: string }).text] : []))
    .join('\n')
    .trim();
}
