// Woodpecker's evaluation (Yin et al. 2023): a judge that sees the image scores two answers by accuracy and detail, in both orders.

import type { Score } from '../evaluate/benchmark.js';
import { namedPair } from '../evaluate/judge.js';
import { withoutThinking } from '../evaluate/reply.js';
import type { Responder } from '../evaluate/responder.js';
import { share, shareOf } from '../evaluate/scores.js';
import type { ImagePart } from '../media/image.js';
import { SensoriumError } from '../util/errors.js';
import { meanScore } from './scores.js';

/** Two answers to one question about an image, such as before and after a correction. */
export interface ComparedAnswers {
  image: ImagePart;
  question: string;
  answers: readonly [string, string];
}

const RANGE = [0, 10] as const;
const AXES = ['accuracy', 'detail'] as const;
type Axis = (typeof AXES)[number];

/** The prompt, in our words. The image goes in front of it. */
export const woodpeckerPrompt = (question: string, [a, b]: readonly [string, string]): string =>
  `Two assistants answered a question about this image. Score each answer twice, from 0 to 10.
Accuracy: how far what it says agrees with the image. Whatever it names that is not there, and wrong counts, places and colors, cost points.
Detail: how much it tells of what is in the image. What is made up adds nothing.
The order of the answers and their length must not matter.

Question: ${question}

Answer 1: ${withoutThinking(a).trim()}

Answer 2: ${withoutThinking(b).trim()}

Reply in exactly this form:
Accuracy: <score of answer 1> <score of answer 2>
Why: <one sentence>
Detail: <score of answer 1> <score of answer 2>
Why: <one sentence>`;

/** The two scores of each axis; undefined where they cannot be read. */
export const readWoodpecker = (reply: string): Record<Axis, [number, number] | undefined> => ({
  accuracy: namedPair(reply, 'accuracy', RANGE),
  detail: namedPair(reply, '(?:detail(?:ed|edness|s)?)', RANGE),
});

/**
 * Scores pairs of answers with a judge that sees: means of both sides, the change from the first to the second row by row, how often the
 * order of the answers turns who is more accurate, and verdicts that cannot be read. Errors: `evaluate.replies`, those of the judge.
 */
export async function woodpeckerCompare(
  judge: Responder,
  items: readonly ComparedAnswers[],
  { maxTokens = 512, signal }: { maxTokens?: number; signal?: AbortSignal } = {},
): Promise<Score[]> {
  const asked = items.flatMap(({ image, question, answers: [a, b] }) =>
    [[a, b] as const, [b, a] as const].map((pair) => [
      { role: 'user' as const, content: [{ ...image }, { type: 'text' as const, text: woodpeckerPrompt(question, pair) }] },
    ]),
  );
  const replies = asked.length > 0 ? await judge.replies(asked, { maxTokens, signal }) : [];
  if (replies.length !== asked.length)
    throw new SensoriumError('evaluate.replies', 'the judge did not reply to every pair', {
      expected: `${asked.length} replies`,
      got: String(replies.length),
    });
  const read = items.map((_, i) => {
    const [plain, turned] = [readWoodpecker(replies[2 * i] as string), readWoodpecker(replies[2 * i + 1] as string)];
    const both = (axis: Axis): [number, number] | undefined => {
      const [x, y] = [plain[axis], turned[axis]];
      return x && y ? [(x[0] + y[1]) / 2, (x[1] + y[0]) / 2] : undefined;
    };
    const sides = [plain.accuracy, turned.accuracy].map((pair) => pair && Math.sign(pair[1] - pair[0]));
    return { accuracy: both('accuracy'), detail: both('detail'), sides };
  });
  const scores = AXES.flatMap((axis): Score[] => {
    const pairs = read.flatMap((row) => (row[axis] ? [row[axis] as [number, number]] : []));
    const mean = (name: string, pick: (pair: readonly [number, number]) => number, better: Score['better']): Score => ({
      name: `${axis}, ${name}`,
      ...meanScore(pairs.map(pick)),
      better,
      note: '0 to 10, mean of both orders',
    });
    return [mean('first', ([a]) => a, 'neither'), mean('second', ([, b]) => b, 'neither'), mean('change', ([a, b]) => b - a, 'higher')];
  });
  const whole = read.flatMap(({ sides: [x, y] }) => (x === undefined || y === undefined ? [] : [[x, y] as const]));
  return [
    ...scores,
    shareOf('turned by the order', whole, ([x, y]) => x !== 0 && x === y, { better: 'lower', note: 'who is more accurate' }),
    share('unreadable', read.filter(({ accuracy, detail }) => !accuracy || !detail).length, read.length, { better: 'lower' }),
  ];
}
