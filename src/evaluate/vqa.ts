// VQA accuracy: against ten human answers by the official consensus, or against the one true answer of a generated question.

import { SensoriumError } from '../util/errors.js';
import { normaliseAnswer } from './vqa-normalise.js';
import { type Proportion, proportion } from './wilson.js';
import { parseRobust } from './yes-no.js';

/** The question types of the scene world. */
export const QUESTION_TYPES = ['existence', 'color', 'count', 'relation', 'text'] as const;
export type QuestionType = (typeof QUESTION_TYPES)[number];

/**
 * Consensus accuracy of one reply: the mean over every leave-one-out subset of the human answers of min(matches / 3, 1)
 * (Antol et al. 2015; ten answers give nine-answer subsets). Both sides are normalised.
 */
export function vqaConsensus(reply: string, answers: readonly string[]): number {
  if (answers.length < 2)
    throw new SensoriumError('evaluate.vqa', 'consensus accuracy needs several human answers', {
      expected: 'at least 2 answers (10 in VQA)',
      got: String(answers.length),
      hint: 'Use exactMatch for a question with one true answer.',
    });
  const said = normaliseAnswer(reply);
  const same = answers.map((answer) => (normaliseAnswer(answer) === said ? 1 : 0) as number);
  const total = same.reduce((a, b) => a + b, 0);
  return same.reduce((sum, own) => sum + Math.min(1, (total - own) / 3), 0) / answers.length;
}

/** True when the reply equals the one true answer after normalisation; yes/no truths are compared by what the reply says. */
export function exactMatch(reply: string, truth: string): boolean {
  const wanted = normaliseAnswer(truth);
  if (normaliseAnswer(reply) === wanted) return wanted !== '';
  return /^(?:yes|no|是|否|不是|有|没有|是的|对|不对)$/.test(wanted) && parseRobust(reply) === parseRobust(truth);
}

/** Accuracy over single-truth questions, with its Wilson interval. */
export function vqaAccuracy(records: Iterable<{ reply: string; truth: string }>): Proportion {
  let right = 0;
  let n = 0;
  for (const { reply, truth } of records) {
    n++;
    if (exactMatch(reply, truth)) right++;
  }
  return proportion(right, n);
}

/** Accuracy per question type; every type of `types` is present, with n = 0 where no question was asked. */
export function vqaByType<T extends string = QuestionType>(
  records: readonly { type: T; reply: string; truth: string }[],
  types: readonly T[] = QUESTION_TYPES as readonly string[] as readonly T[],
): Record<T, Proportion> {
  return Object.fromEntries(types.map((type) => [type, vqaAccuracy(records.filter((r) => r.type === type))])) as Record<T, Proportion>;
}
