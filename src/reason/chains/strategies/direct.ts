// No chain: the question itself, for comparison.

import { defineChain } from '../strategy.js';

/** The reply to the question, and nothing else. */
export const direct = defineChain({
  name: 'direct',
  about: 'the question alone, for comparison',
  async run(t) {
    const answer = await t.think([{ role: 'user', text: t.problem.question }], { maxTokens: t.answerTokens });
    t.add({ kind: 'answer', by: 'thinker', text: answer });
    return answer;
  },
});
