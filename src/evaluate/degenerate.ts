// Baselines that do not need a model: constant replies and the most frequent answer.

import { Rng } from '../util/rng.js';
import { type Benchmark, questionOf, type Row } from './benchmark.js';
import type { Responder } from './responder.js';

/** Replies to every conversation with the same words. */
export function constant(words: string): Responder {
  return { replies: async (conversations) => conversations.map(() => words) };
}

const markers = /颜色|多少|几|写|印|左|右|上|下|里|旁|紧挨|吗|有没有|是不是/gu;

const topics = /\b(?:colou?r|number|left|right|above|below|inside|in|near|close|sign|word|read)\b/g;

/** The type of a question: its first two English words and the topic words after them, or the question words of a Chinese one. */
export function questionKey(question: string): string {
  if (/\p{Script=Han}/u.test(question)) return (question.match(markers) ?? []).join('');
  const words = question
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  return [...words.slice(0, 2), ...(words.slice(2).join(' ').match(topics) ?? [])].join(' ');
}

/**
 * The language prior: the most frequent answer among questions of the same key (Goyal et al. 2017), the most frequent of all where the key
 * is new. Ties go to the answer that comes first.
 */
export function mostFrequent(
  known: Iterable<{ question: string; answer: string }>,
  key: (question: string) => string = questionKey,
): Responder {
  const counts = new Map<string, Map<string, number>>([['', new Map()]]);
  for (const { question, answer } of known)
    for (const k of ['', `=${key(question)}`]) {
      const answers = counts.get(k) ?? new Map<string, number>();
      counts.set(k, answers.set(answer, (answers.get(answer) ?? 0) + 1));
    }
  const best = new Map(Array.from(counts, ([k, answers]) => [k, [...answers].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0])[0]]));
  const answerTo = (question: string): string => best.get(`=${key(question)}`) ?? (best.get('') as string);
  return { replies: async (conversations) => conversations.map((messages) => answerTo(questionOf(messages))) };
}

/** Replies to the rows of a benchmark that need no model, by the name of the responder; undefined for one that is not for this benchmark. */
export interface Degenerate {
  name: string;
  replies(benchmark: Benchmark, rows: readonly Row[], seed: number): string[] | undefined | Promise<string[]>;
}

/** A choice for every row, where all rows offer choices; rows without have an empty reply. */
function choose(rows: readonly Row[], pick: (choices: readonly string[], row: number) => number): string[] | undefined {
  if (!rows.some(({ choices }) => choices)) return undefined;
  return rows.map(({ choices = [] }, i) => choices[pick(choices, i)] ?? '');
}

const longest = (choices: readonly string[]): number =>
  choices.reduce((best, text, i) => (text.length > (choices[best] as string).length ? i : best), 0);

/** Whether a judge has to rate some of the rows. */
export const needsJudge = ({ judge }: Benchmark, rows: readonly Row[]): boolean =>
  judge !== undefined && rows.some((row) => judge({ ...row, reply: '' }).length > 0);

/** The two replies that never change: of the benchmark, or yes and no; none where rows offer choices or the benchmark wants none. */
function constants({ constants: own }: Benchmark, rows: readonly Row[]): { yes: string; no: string } | undefined {
  return own === undefined && !rows.some(({ choices }) => choices) ? { yes: 'yes', no: 'no' } : (own ?? undefined);
}

const always = (rows: readonly Row[], words: string | undefined): string[] | undefined =>
  words === undefined ? undefined : rows.map(() => words);

/** The degenerate responders, in the order of a table. What they reply depends on the rows, never on the images. */
export const DEGENERATE: readonly Degenerate[] = [
  { name: 'alwaysYes', replies: (benchmark, rows) => always(rows, constants(benchmark, rows)?.yes) },
  { name: 'alwaysNo', replies: (benchmark, rows) => always(rows, constants(benchmark, rows)?.no) },
  { name: 'firstOption', replies: (_, rows) => choose(rows, () => 0) },
  { name: 'longestOption', replies: (_, rows) => choose(rows, longest) },
  {
    name: 'random',
    replies(benchmark, rows, seed) {
      const rng = new Rng(`random/${seed}/${benchmark.name}`);
      const own = constants(benchmark, rows);
      // A coin says yes or no only where the questions ask for one of these.
      const coin = own && rows.every(({ truth }) => [own.yes, own.no, 'yes', 'no'].includes(truth));
      return choose(rows, (choices) => rng.int(choices.length)) ?? (coin ? rows.map(() => (rng.bool() ? own.yes : own.no)) : undefined);
    },
  },
  {
    name: 'mostFrequent',
    replies: (benchmark, rows) =>
      mostFrequent(benchmark.known?.() ?? rows.map(({ messages, truth }) => ({ question: questionOf(messages), answer: truth }))).replies(
        rows.map(({ messages }) => messages),
        { maxTokens: 1 },
      ),
  },
  { name: 'silent', replies: (_, rows) => rows.map(() => '') },
  // What a judge makes of the true answers: with silence, the two ends of its scale.
  {
    name: 'truth',
    replies: (benchmark, rows) => (benchmark.exact || needsJudge(benchmark, rows) ? rows.map(({ truth }) => truth) : undefined),
  },
];
