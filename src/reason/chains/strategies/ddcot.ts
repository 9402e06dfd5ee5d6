// DDCoT (Zheng et al. 2023): the thinker splits the question and leaves uncertain what only the image can tell, the eye answers that, and the thinker joins all, doubting what was seen.

import { type ChainTools, defineChain } from '../strategy.js';
import type { Answered } from '../thinker.js';

/** Most sub-questions. */
const PARTS = 6;
/** Why an answer of the eye is doubted. */
const SEEN = 'seen by a vision model';

/** A sub-question with the answers that it refers to in it. */
export const filled = (question: string, answers: readonly Answered[]): string =>
  question.replace(/#(\d{1,2})/g, (mark, number) => answers[Number(number) - 1]?.answer.replace(/^(?:an?|the) |[.\s]+$/gi, '') ?? mark);

/** The answer to a question by its parts; `inner` answers a part that needs a look. */
export async function splitAndJoin(
  t: ChainTools,
  question: string,
  { most, depth, inner }: { most: number; depth: number; inner: (question: string) => Promise<string> },
): Promise<string> {
  const ask = t.think;
  const parts = await t.thinker.split(question, most, ask);
  if (parts.length === 0) {
    const answer = await t.look(question, { depth, doubt: 'the question was not split' });
    t.add({ kind: 'answer', by: 'thinker', text: answer, depth });
    return answer;
  }
  const answered: Answered[] = [];
  for (const part of parts) {
    const own = filled(part.question, answered);
    if (part.answer === undefined) answered.push({ question: own, answer: await inner(own), looked: true });
    else {
      t.add({ kind: 'question', by: 'thinker', text: own, depth });
      t.add({ kind: 'answer', by: 'thinker', text: part.answer, depth });
      answered.push({ question: own, answer: part.answer, looked: false });
    }
  }
  const { thought, answer } = await t.thinker.join(question, answered, ask);
  if (thought) await t.thoughts(thought, { depth });
  t.add({ kind: 'answer', by: 'thinker', text: answer, depth });
  return answer;
}

/** Duty-distinct chain of thought. */
export const ddcot = defineChain({
  name: 'ddcot',
  about: 'the thinker splits the question, the eye answers what needs a look, the thinker joins the answers and doubts them',
  splits: true,
  run: (t) => splitAndJoin(t, t.problem.question, { most: PARTS, depth: 0, inner: (question) => t.look(question, { doubt: SEEN }) }),
});

/** Breadth and depth of a tree. */
export const BREADTH = 3;
export const DEPTH = 2;

/** Questions split into questions, each answered by its own parts, bounded in both directions. */
export const tree = defineChain({
  name: 'tree',
  about: `as ddcot, and parts are split again: at most ${BREADTH} at once, ${DEPTH} times over`,
  splits: true,
  run(t) {
    const solve = (question: string, depth: number): Promise<string> =>
      splitAndJoin(t, question, {
        most: BREADTH,
        depth,
        inner: (part) =>
          // What is its own only part cannot be split.
          depth + 1 < DEPTH && part !== question ? solve(part, depth + 1) : t.look(part, { depth: depth + 1, doubt: SEEN }),
      });
    return solve(t.problem.question, 0);
  },
});
