// A Sensorium model as a judge: greedy replies, and the probability of yes against no.

import type { Mllm } from '../generate/mllm.js';
import { rankOptions } from '../generate/rank-options.js';
import type { ChatMessage } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Judge, judgeOf } from './judge.js';
import { HAELM_WORDS, haelmMessages } from './judge-prompts.js';
import type { Responder } from './responder.js';

/** The probability of the first of two scores that are log-probabilities: the two alone are compared. */
export const twoWay = (a: number, b: number): number => 1 / (1 + Math.exp(b - a));

/**
 * A model that judges; `responder` replies for it. `trained`: by the recipe `haelm`, to say yes or no
 * of captions and nothing else. `yes` compares the two words alone. Errors: `evaluate.judge` for a model without
 * a chat template, those of the model.
 */
export function modelJudge(
  name: string,
  { model, responder, trained = false }: { model: Mllm; responder: Responder; trained?: boolean },
): Judge {
  const messages = trained ? haelmMessages : (content: string): ChatMessage[] => [{ role: 'user', content }];
  return {
    ...judgeOf(name, responder, messages),
    ...(trained ? { tasks: ['statements'] as const } : {}),
    async yes(prompts, { language, signal }) {
      if (!model.model.template)
        throw new SensoriumError('evaluate.judge', 'a judge needs a chat template', {
          place: name,
          expected: 'a model that was trained on conversations',
          got: 'a model that only continues text',
        });
      const policy = await model.policy();
      const words = HAELM_WORDS[language];
      const options = [words.yes, words.no].map((word) => model.tokenizer.encode(word));
      const out: number[] = [];
      for (const prompt of prompts) {
        throwIfAborted(signal);
        const ranked = await rankOptions(policy, await model.encode(messages(prompt)), options);
        const score = (index: number): number => ranked.find((option) => option.index === index)?.score ?? Number.NEGATIVE_INFINITY;
        out.push(twoWay(score(0), score(1)));
      }
      return out;
    },
  };
}
