// Two stages (Multimodal-CoT, Zhang et al. 2023): question to rationale, then question with rationale to answer.

import { askRationale, withRationale } from '../../../text/index.js';
import { defineChain } from '../strategy.js';

/** Rationale, then answer: two questions, each by itself. */
export const twoStage = defineChain({
  name: 'two-stage',
  about: 'a rationale first, then the answer to the question with the rationale behind it',
  async run(t) {
    const { question } = t.problem;
    const rationale = await t.thoughts(await t.think([{ role: 'user', text: askRationale(question) }]));
    const answer = await t.think([{ role: 'user', text: withRationale(question, rationale) }], { maxTokens: t.answerTokens });
    t.add({ kind: 'answer', by: 'thinker', text: answer });
    return answer;
  },
});
