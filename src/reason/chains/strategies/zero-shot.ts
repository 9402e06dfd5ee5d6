// A phrase behind the question that asks for a chain, and a second call that takes the answer from it (Kojima et al. 2022); and VIP's phrase for frames.

import type { AskOptions, ChainStrategy, ChainTools } from '../strategy.js';
import { defineChain } from '../strategy.js';

/** What asks for the answer behind a chain. */
export const EXTRACT = 'Therefore, the answer is';

/** Asks with a phrase, then for the answer alone. */
export async function phrased(t: ChainTools, phrase: string, options: AskOptions = {}): Promise<string> {
  const asked = `${t.problem.question}\n${phrase}`;
  const rationale = await t.thoughts(await t.think([{ role: 'user', text: asked }], options));
  const answer = await t.think(
    [
      { role: 'user', text: asked },
      { role: 'assistant', text: rationale },
      { role: 'user', text: EXTRACT },
    ],
    { maxTokens: t.answerTokens },
  );
  t.add({ kind: 'answer', by: 'thinker', text: answer });
  return answer;
}

const phraseChain = (name: string, about: string, phrase: string): ChainStrategy =>
  defineChain({ name, about, run: (t) => phrased(t, phrase) });

/** Kojima's phrase. */
export const STEP_BY_STEP = "Let's think step by step.";

/** One chain, its length left to the model. */
export const zeroShot = phraseChain('zero-shot', '"Let\'s think step by step.", then the answer from what was thought', STEP_BY_STEP);

/** VIP's form for videos and series of pictures (Himakunthala et al. 2023). */
export const frameByFrame = phraseChain(
  'frame-by-frame',
  '"Let\'s think frame by frame.", of videos and series of pictures',
  "Let's think frame by frame.",
);
