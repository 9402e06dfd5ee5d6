// One thought after another, each asked for by itself: a fixed number of them, or until the thinker says that it has the answer.

import { type ChainTools, defineChain } from '../strategy.js';
import { readAnswer } from '../thinker.js';
import { EXTRACT } from './zero-shot.js';

/** Thoughts of a chain of fixed length, and the most of an adaptive one. */
export const FIXED = 3;
export const MOST = 8;

const next = (question: string, thoughts: readonly string[], adaptive: boolean): string =>
  [
    question,
    ...thoughts.map((thought, i) => `Step ${i + 1}: ${thought}`),
    adaptive
      ? `Write step ${thoughts.length + 1}, one sentence. Once the answer is certain, write "The answer is …" instead.`
      : `Write step ${thoughts.length + 1}, one sentence.`,
  ].join('\n');

async function steps(t: ChainTools, most: number, adaptive: boolean): Promise<string> {
  const { question } = t.problem;
  const thoughts: string[] = [];
  for (let i = 0; i < most; i++) {
    const said = await t.think([{ role: 'user', text: next(question, thoughts, adaptive) }], { maxTokens: 96 });
    if (adaptive && /\bthe (?:final )?answer is\b/i.test(said)) {
      const { thought, answer } = readAnswer(said);
      if (thought !== '') await t.thoughts(thought);
      t.add({ kind: 'answer', by: 'thinker', text: answer });
      return answer;
    }
    const thought = await t.thoughts(said.replace(/^\s*step \d+\s*[:.)]\s*/i, ''));
    // A step that only repeats leads nowhere.
    if (thoughts.includes(thought)) break;
    if (thought !== '') thoughts.push(thought);
  }
  const all = [question, ...thoughts.map((thought, i) => `Step ${i + 1}: ${thought}`), EXTRACT].join('\n');
  const answer = await t.think([{ role: 'user', text: all }], { maxTokens: t.answerTokens });
  t.add({ kind: 'answer', by: 'thinker', text: answer });
  return answer;
}

/** A fixed number of thoughts. */
export const fixed = defineChain({
  name: 'fixed',
  about: `${FIXED} thoughts, each asked for by itself, then the answer`,
  run: (t) => steps(t, FIXED, false),
});

/** As many thoughts as it takes. */
export const adaptive = defineChain({
  name: 'adaptive',
  about: `one thought after another until the thinker has the answer, at most ${MOST}`,
  run: (t) => steps(t, MOST, true),
});
