// Judges: text in, text out. An OpenAI-compatible server, or any responder; replies that give no score are counted and never taken for one.

import { z } from 'zod';
import type { ChatMessage } from '../text/index.js';
import { atOnce } from '../util/at-once.js';
import { SensoriumError } from '../util/errors.js';
import type { Language } from '../world/index.js';
import { readable, withoutThinking } from './reply.js';
import type { ReplyTold, Responder } from './responder.js';

/** What judges the replies of a model. */
export interface Judge {
  /** Named in reports. */
  readonly name: string;
  /** One reply to each prompt, in order; the empty text where none came in time. `round` counts how often the prompts were asked before. */
  replies(
    prompts: readonly string[],
    options?: { signal?: AbortSignal; onReply?: (told?: ReplyTold) => void; round?: number },
  ): Promise<string[]>;
  /** The probability of yes against no as the reply to each prompt; undefined where the judge gives none. Absent where it never does. */
  yes?(prompts: readonly string[], options: { language: Language; signal?: AbortSignal }): Promise<(number | undefined)[]>;
  /** What it can be asked for, where it was trained for some of it only. */
  readonly tasks?: readonly ('statements' | 'ratings' | 'pairs')[];
}

/** Longest reply of a judge in tokens. */
const MAX_TOKENS = 512;

/** A model, or anything else that replies to conversations, as a judge; `messages`: the conversation that a prompt becomes. */
export const judgeOf = (
  name: string,
  responder: Responder,
  messages: (prompt: string) => ChatMessage[] = (content) => [{ role: 'user', content }],
): Judge => ({
  name,
  replies: (prompts, { signal, onReply } = {}) => responder.replies(prompts.map(messages), { maxTokens: MAX_TOKENS, signal, onReply }),
});

export interface ServerJudgeOptions {
  /** Base of an OpenAI-compatible server: `http://localhost:8080/v1`. */
  url: string;
  model: string;
  apiKey?: string;
  /** Requests at once. Default 4. */
  concurrency?: number;
  /** Milliseconds that a reply may take. Default 60,000. */
  timeout?: number;
  /** Tries of a request that fails or takes too long. Default 3. */
  tries?: number;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** Waits before another try; tests give their own. */
  wait?: (milliseconds: number) => Promise<void>;
}

const likely = z.object({
  content: z.array(z.object({ top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })) })).nullish(),
});
const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }), logprobs: likely.nullish().catch(undefined) })).min(1),
});
type Completion = z.infer<typeof completion>['choices'][number];

/** The probability of yes against no among the tokens that a reply may begin with; undefined where neither is among them. */
function yesOf({ logprobs }: Completion): number | undefined {
  const tokens = logprobs?.content?.[0]?.top_logprobs ?? [];
  const of = (word: RegExp): number =>
    tokens.reduce((sum, { token, logprob }) => (word.test(token.trim()) ? sum + Math.exp(logprob) : sum), 0);
  const [yes, no] = [of(/^(?:yes|是)$/i), of(/^(?:no|否)$/i)];
  return yes + no > 0 ? yes / (yes + no) : undefined;
}

/**
 * A judge behind an OpenAI-compatible server. A prompt whose tries all time out or fail on the server's side (429, 5xx) has an empty reply,
 * which counts as unreadable. Errors: `evaluate.judge` for a server that refuses a request (401, 404, …), that cannot be reached at all,
 * or whose replies are not chat completions.
 */
export function serverJudge(options: ServerJudgeOptions): Judge {
  const {
    url,
    model,
    apiKey,
    concurrency = 4,
    timeout = 60_000,
    tries = 3,
    wait = (ms) => new Promise((done) => setTimeout(done, ms)),
  } = options;
  const request = options.fetch ?? fetch;
  const endpoint = `${url.replace(/\/+$/, '')}/chat/completions`;
  const failure = (got: string, cause?: unknown): SensoriumError =>
    new SensoriumError('evaluate.judge', 'the judge cannot be used', {
      place: endpoint,
      expected: 'an OpenAI-compatible server that answers chat completions',
      got,
      hint: 'Check the address, the model name and the key of the judge',
      cause,
    });
  let answered = false;
  const one = async (prompt: string, more: object | undefined, signal?: AbortSignal): Promise<Completion | undefined> => {
    let unreachable: unknown;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await wait(500 * 2 ** attempt);
      signal?.throwIfAborted();
      const late = AbortSignal.timeout(timeout);
      try {
        const response = await request(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
          body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], temperature: 0, max_tokens: MAX_TOKENS, ...more }),
          signal: signal ? AbortSignal.any([signal, late]) : late,
        });
        if (response.status === 429 || response.status >= 500) {
          answered = true;
          continue;
        }
        // A server may refuse the options that it does not know.
        if (more && (response.status === 400 || response.status === 422)) return undefined;
        if (!response.ok) throw failure(`status ${response.status}: ${(await response.text()).slice(0, 200)}`);
        const body = completion.safeParse(await response.json());
        if (!body.success) throw failure('a reply that is not a chat completion');
        answered = true;
        return body.data.choices[0];
      } catch (error) {
        if (signal?.aborted || error instanceof SensoriumError) throw error;
        unreachable = late.aborted ? undefined : error;
      }
    }
    if (unreachable !== undefined && !answered) throw failure((unreachable as Error).message, unreachable);
    return undefined;
  };
  return {
    name: model,
    replies: (prompts, { signal, onReply } = {}) =>
      atOnce(
        prompts,
        concurrency,
        async (prompt, place, either) => {
          const reply = (await one(prompt, undefined, either))?.message.content ?? '';
          onReply?.({ place, reply });
          return reply;
        },
        signal,
      ),
    yes: (prompts, { signal }) =>
      atOnce(
        prompts,
        concurrency,
        async (prompt, _place, either) => {
          const choice = await one(prompt, { max_tokens: 1, logprobs: true, top_logprobs: 20 }, either);
          return choice && yesOf(choice);
        },
        signal,
      ),
  };
}

/** The numbers of a judge's reply by name (`rating: 4`), within a range; undefined where the name is missing or the number out of range. */
export function namedNumber(reply: string, name: string, [low, high]: readonly [number, number]): number | undefined {
  const text = readable(withoutThinking(reply)).replace(/[*_`"]/g, '');
  const found = Array.from(text.matchAll(new RegExp(`\\b${name}\\s*(?:score)?\\s*(?:[:=]|is|of)\\s*(-?\\d+(?:\\.\\d+)?)`, 'gi'))).at(
    -1,
  )?.[1];
  const value = found === undefined ? Number.NaN : Number(found);
  return value >= low && value <= high ? value : undefined;
}

/** Two numbers behind a name (`accuracy: 4 9`, `4/10, 9/10`), within a range; undefined where they are not there. `name` is the source of a pattern. */
export function namedPair(reply: string, name: string, [low, high]: readonly [number, number]): [number, number] | undefined {
  const text = readable(withoutThinking(reply)).replace(/[*_`"]/g, '');
  const number = '(\\d+(?:\\.\\d+)?)(?:\\s{0,3}/\\s{0,3}10)?';
  const found = Array.from(text.matchAll(new RegExp(`\\b${name}[^\\d\\n]{0,40}${number}[,;\\s]{1,6}${number}(?![\\d.]*\\d)`, 'gi'))).at(-1);
  const pair = [Number(found?.[1]), Number(found?.[2])] as [number, number];
  return pair.every((value) => value >= low && value <= high) ? pair : undefined;
}

/** Two numbers that begin a reply, as judges of pairs give them (`8 6`, `8, 6`, `8/10 6/10`); undefined where they are not there. */
export function leadingPair(reply: string, [low, high]: readonly [number, number]): [number, number] | undefined {
  const first = readable(withoutThinking(reply))
    .split('\n')
    .find((line) => line.trim() !== '');
  const numbers = Array.from((first ?? '').matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(?:\s*\/\s*10)?(?![\d.]*\d)/g), (m) => Number(m[1]));
  const [a, b] = numbers;
  return numbers.length === 2 && [a, b].every((x) => (x as number) >= low && (x as number) <= high)
    ? [a as number, b as number]
    : undefined;
}

/** The mean of what several replies of a judge give; undefined where none can be read. */
export function meanVerdict(replies: readonly string[], read: (reply: string) => number | undefined): number | undefined {
  const values = replies.map(read).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
}
