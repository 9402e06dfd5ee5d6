// Baselines that do not need a model: constant replies and the most frequent answer.

import { questionOf } from './benchmark.js';
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
