// Answerers that do not look: what a benchmark gives for nothing, printed beside every result.

import { SensoriumError } from '../util/errors.js';
import type { Answer, Answerer, Caption } from './answerer.js';
import type { BenchSet, Language, Pixels } from './samples.js';

const sayings = { en: { yes: 'yes', no: 'no' }, zh: { yes: '有', no: '没有' } } as const;

/** Answers every question with the same words. */
export function constant(words: string): Answer {
  return async (batch) => batch.map(() => words);
}

/** A captioner that writes the same caption for every image. */
export function constantCaption(words: string): Caption {
  return async (batch) => batch.map(() => words);
}

/** Says yes to everything; its caption claims every object of the vocabulary (cover 1, and CHAIR-i shows what that is worth). */
export function alwaysYes(language: Language, everything: readonly string[]): Answerer {
  return { answer: constant(sayings[language].yes), caption: constantCaption(everything.join(language === 'zh' ? '、' : ', ')) };
}

/** Says no to everything; its caption names nothing (CHAIR 0, cover 0). */
export function alwaysNo(language: Language): Answerer {
  return { answer: constant(sayings[language].no), caption: constantCaption('') };
}

const markers = /颜色|多少|几|写|印|左|右|上|下|里|旁|紧挨|吗|有没有|是不是/gu;

const topics = /\b(?:colou?r|number|left|right|above|below|inside|in|near|close|sign|word|read)\b/g;

/** What tells the type of a question: its first two English words and the topic words after them, or the question words of a Chinese one. */
export function questionKey(question: string): string {
  if (/\p{Script=Han}/u.test(question)) return (question.match(markers) ?? []).join('');
  const words = question
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  return [...words.slice(0, 2), ...(words.slice(2).join(' ').match(topics) ?? [])].join(' ');
}

/**
 * The language prior: the most frequent training answer among questions of the same key (Goyal et al. 2017), the most frequent of
 * all where the key is new. Ties go to the answer seen first.
 */
export function mostFrequent(
  training: Iterable<{ question: string; answer: string }>,
  key: (question: string) => string = questionKey,
): Answer {
  const counts = new Map<string, Map<string, number>>([['', new Map()]]);
  for (const { question, answer } of training)
    for (const k of ['', `=${key(question)}`]) {
      const answers = counts.get(k) ?? new Map<string, number>();
      counts.set(k, answers.set(answer, (answers.get(answer) ?? 0) + 1));
    }
  const best = new Map(Array.from(counts, ([k, answers]) => [k, [...answers].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0])[0]]));
  return async (batch) => batch.map(({ question }) => best.get(`=${key(question)}`) ?? (best.get('') as string));
}

/** The pixel-wise mean of images of one size, rounded; an empty list gives an empty image. */
export function meanImage(images: readonly Pixels[]): Pixels {
  const sum = new Float64Array(images[0]?.length ?? 0);
  for (const image of images) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (image[i] as number);
  return Uint8Array.from(sum, (v) => Math.round(v / images.length));
}

/**
 * The same model with every image replaced by one mean image: what it knows without looking. As the image never changes, each distinct
 * question is asked once and its reply kept, so that a blind run costs little.
 */
export function blind(model: Answerer, image: Pixels): Answerer {
  const answers = new Map<string, string>();
  const captions = new Map<string, string>();
  const ask = async (known: Map<string, string>, keys: string[], fresh: (missing: string[]) => Promise<string[]>): Promise<string[]> => {
    const missing = [...new Set(keys)].filter((key) => !known.has(key));
    if (missing.length > 0) {
      const replies = await fresh(missing);
      if (replies.length !== missing.length)
        throw new SensoriumError('evaluate.replies', 'the answerer did not reply to every sample of a batch', {
          place: 'blind',
          expected: `${missing.length} replies`,
          got: String(replies.length),
        });
      for (const [i, key] of missing.entries()) known.set(key, replies[i] as string);
    }
    return keys.map((key) => known.get(key) as string);
  };
  return {
    answer: (batch, signal) =>
      ask(
        answers,
        batch.map((item) => item.question),
        (missing) =>
          model.answer(
            missing.map((question) => ({ image, question })),
            signal,
          ),
      ),
    caption: (batch, signal) =>
      ask(
        captions,
        batch.map((item) => item.language),
        (missing) =>
          model.caption(
            missing.map((language) => ({ image, language: language as Language })),
            signal,
          ),
      ),
  };
}

/** `blind` over the mean of a run's own images. */
export function blindOver(model: Answerer, set: BenchSet): Answerer {
  return blind(model, meanImage(set.images.map((image) => image.pixels)));
}
