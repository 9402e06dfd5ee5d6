// Judges: text in, text out. An OpenAI-compatible server, or any responder; replies that give no score are counted and never taken for one.

import { z } from 'zod';
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

/** A model, or anything else that replies to conversations, as a judge. */
export const judgeOf = (name: string, responder: Responder): Judge => ({
  name,
  replies: (prompts, { signal, onReply } = {}) =>
    responder.replies(
      prompts.map((content) => [{ role: 'user', content }]),
      { maxTokens: MAX_TOKENS, signal, onReply },
    ),
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

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1) });

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
  const one = async (prompt: string, signal?: AbortSignal): Promise<string> => {
    let unreachable: unknown;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await wait(500 * 2 ** attempt);
      signal?.throwIfAborted();
      const late = AbortSignal.timeout(timeout);
      try {
        const response = await request(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
          body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], temperature: 0, max_tokens: MAX_TOKENS }),
          signal: signal ? AbortSignal.any([signal, late]) : late,
        });
        if (response.status === 429 || response.status >= 500) {
          answered = true;
          continue;
        }
        if (!response.ok) throw failure(`status ${response.status}: ${(await response.text()).slice(0, 200)}`);
        const body = completion.safeParse(await response.json());
        if (!body.success) throw failure('a reply that is not a chat completion');
        answered = true;
        return body.data.choices[0]?.message.content ?? '';
      } catch (error) {
        if (signal?.aborted || error instanceof SensoriumError) throw error;
        unreachable = late.aborted ? undefined : error;
      }
    }
    if (unreachable !== undefined && !answered) throw failure((unreachable as Error).message, unreachable);
    return '';
  };
  return {
    name: model,
    async replies(prompts, { signal, onReply } = {}) {
      const out = new Array<string>(prompts.length).fill('');
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < prompts.length) {
          const i = next++;
          const reply = await one(prompts[i] as string, signal);
          out[i] = reply;
          onReply?.({ place: i, reply });
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, prompts.length) }, work));
      return out;
    },
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
