// A judge behind an OpenAI-compatible server: its replies, and the probability of yes against no where it returns log-probabilities.

import { z } from 'zod';
import { atOnce } from '../util/at-once.js';
import { type Judge, judgeOf } from './judge.js';
import { type ServerOptions, serverCall } from './server-call.js';
import { serverResponder } from './server-responder.js';

const body = z.object({
  choices: z
    .array(
      z.object({
        logprobs: z.object({
          content: z.array(z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) })).min(1),
        }),
      }),
    )
    .min(1),
});

/** The probability of yes against no among the tokens that a reply may begin with; undefined where neither is among them. */
function yesOf(response: unknown): number | undefined {
  const tokens = body.safeParse(response).data?.choices[0]?.logprobs.content[0]?.top_logprobs ?? [];
  const of = (word: RegExp): number =>
    tokens.reduce((sum, { token, logprob }) => (word.test(token.trim()) ? sum + Math.exp(logprob) : sum), 0);
  const [yes, no] = [of(/^(?:yes|是)$/i), of(/^(?:no|否)$/i)];
  return yes + no > 0 ? yes / (yes + no) : undefined;
}

/**
 * A judge behind a server; a reply may take a minute by default, and is tried three times. A prompt that has no reply has the empty one, which
 * counts as unreadable. Errors: `evaluate.judge` for a server that cannot be used, as `serverCall` tells.
 */
export function serverJudge(options: ServerOptions): Judge {
  const patience = { timeout: 60_000, tries: 3, ...options };
  const call = serverCall(patience, 'judge');
  return {
    ...judgeOf(options.model, serverResponder(patience, 'judge')),
    yes: (prompts, { signal }) =>
      atOnce(
        prompts,
        options.concurrency ?? 4,
        async (content, _place, either) => {
          const more = { logprobs: true, top_logprobs: 20 };
          const outcome = await call([{ role: 'user', content }], { maxTokens: 1, more, signal: either });
          // A server may refuse the options that it does not know.
          return 'reply' in outcome ? yesOf(outcome.body) : undefined;
        },
        signal,
      ),
  };
}
