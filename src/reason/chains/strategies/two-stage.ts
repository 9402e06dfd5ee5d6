// Two stages (Multimodal-CoT, Zhang et al. 2023): question to rationale, then question with rationale to answer.

import { defineChain } from '../strategy.js';

/** What asks for a rationale, and how it stands in the second question. Models that were trained in two stages know these words. */
export const RATIONALE_REQUEST = 'Rationale:';
/** The second question. */
export const withRationale = (question: string, rationale: string): string => `${question}\n${RATIONALE_REQUEST} ${rationale}\nAnswer:`;
/** The first question. */
export const askRationale = (question: string): string => `${question}\n${RATIONALE_REQUEST}`;

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
