// Self-consistency (Wang et al. 2022): several chains are drawn, and the answer that most of them come to is taken; ties are named.

import { normalizeAnswer } from '../../../evaluate/metrics/vqa-normalize.js';
import { cleanReply } from '../../../evaluate/reply.js';
import type { Vote } from '../chain.js';
import { defineChain } from '../strategy.js';
import { phrased, STEP_BY_STEP } from './zero-shot.js';

/** Chains that are drawn. */
export const SAMPLES = 5;
const TEMPERATURE = 0.7;

/** The votes for answers that are the same after normalization, the most frequent first, equals in the order in which they came. */
export function votesOf(answers: readonly string[]): Vote[] {
  const votes = new Map<string, Vote>();
  for (const answer of answers) {
    const { text, answer: said = text } = cleanReply(answer);
    const own = said.replace(/[.。\s]+$/, '');
    const key = normalizeAnswer(own);
    const vote = votes.get(key);
    if (vote) vote.n++;
    else votes.set(key, { answer: own, n: 1 });
  }
  return [...votes.values()].sort((a, b) => b.n - a.n);
}

/** A majority of drawn chains. */
export const selfConsistency = defineChain({
  name: 'self-consistency',
  about: `${SAMPLES} chains of zero-shot drawn at temperature ${TEMPERATURE}, and the answer of most of them`,
  async run(t) {
    const drawn = await Promise.all(
      Array.from({ length: SAMPLES }, (_, i) =>
        phrased(t.sample(i), STEP_BY_STEP, { sampling: { temperature: TEMPERATURE, seed: t.seed + i } }),
      ),
    );
    const vote = votesOf(drawn);
    const [best] = vote as [Vote];
    const ties = vote.slice(1).filter(({ n }) => n === best.n);
    t.add({
      kind: 'vote',
      by: 'thinker',
      text: vote.map(({ answer, n }) => `${answer === '' ? '(no answer)' : answer}: ${n}`).join(', '),
      ...(ties.length > 0 ? { doubt: 'as many for another answer' } : {}),
    });
    return { answer: best.answer, vote, ...(ties.length > 0 ? { ties: ties.map(({ answer }) => answer) } : {}) };
  },
});
