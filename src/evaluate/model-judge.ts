// A Sensorium model as a judge: greedy replies, and the probability of yes against no.

import type { Mllm } from '../generate/mllm.js';
import { rankOptions } from '../generate/rank-options.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Judge, judgeOf } from './judge.js';
import { HAELM_WORDS } from './judge-prompts.js';
import type { Responder } from './responder.js';

/** The probability of the first of two scores that are log-probabilities: the two alone are compared. */
export const twoWay = (a: number, b: number): number => 1 / (1 + Math.exp(b - a));

/**
 * A model that judges; `responder` replies for it. A judge that was trained to say yes or no and nothing else (HaELM) has `tasks:
 * ['statements']`. `yes` compares the two words alone. Errors: `evaluate.judge` for a model without
 * a chat template, those of the model.
 */
export function modelJudge(
  name: string,
  { model, responder, tasks }: { model: Mllm; responder: Responder; tasks?: Judge['tasks'] },
): Judge {
  return {
    ...judgeOf(name, responder),
    ...(tasks ? { tasks } : {}),
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
        const ranked = await rankOptions(policy, await model.encode([{ role: 'user', content: prompt }]), options);
        const score = (index: number): number => ranked.find((option) => option.index === index)?.score ?? Number.NEGATIVE_INFINITY;
        out.push(twoWay(score(0), score(1)));
      }
      return out;
    },
  };
}
