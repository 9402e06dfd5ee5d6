// One call of a model behind an OpenAI-compatible server, through the AI SDK: patient with busy servers, strict with what no other call can mend.

import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, type LanguageModelV3CallOptions } from '@ai-sdk/provider';
import type { ChatMessage } from '../text/index.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import { serverPrompt } from './server-prompt.js';

export interface ServerOptions {
  /** Base of an OpenAI-compatible server: `http://localhost:8080/v1`. */
  url: string;
  /** Name of the model there. */
  model: string;
  apiKey?: string;
  /** Requests at once. Default 4. */
  concurrency?: number;
  /** Milliseconds that a reply may take. Default 120,000. */
  timeout?: number;
  /** Tries of a request that fails on the server's side or takes too long. Default 5. */
  tries?: number;
  /** How replies are drawn. Default: greedily. */
  sampling?: { temperature?: number; topP?: number; seed?: number };
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** Waits before another try; tests give their own. */
  wait?: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

/** What the server is, for the codes and hints of errors: the model under test, or a judge. */
export type ServerRole = 'server' | 'judge';

/** The longest wait before another try, and the one before the second; each is twice the one before. */
const LONGEST_WAIT = 60_000;
const FIRST_WAIT = 1000;

/** What becomes of a request: its reply with the body of the response, or the reason why there is none. */
export type ServerOutcome = { reply: string; body: unknown } | { failed: string };

export interface ServerCallOptions {
  maxTokens: number;
  /** In place of how the server is asked otherwise. */
  sampling?: ServerOptions['sampling'];
  /** Fields of the request beside those of every chat completion. */
  more?: Record<string, boolean | number | string>;
  signal?: AbortSignal;
}

/** Calls a model behind a server. */
export type ServerCall = (messages: readonly ChatMessage[], options: ServerCallOptions) => Promise<ServerOutcome>;

/**
 * Calls of a server, greedy unless `sampling` says otherwise. A request that is refused for what is in it (400, 413, 422: too long a context, an image it cannot read), whose tries
 * all time out or fail on the server's side (408, 409, 429, 5xx), or whose reply a filter withholds has failed. Errors: `evaluate.server`, or
 * `evaluate.judge` for a judge, for what no other call can mend: a key that is refused (401, 403), an unknown model or path (404), a server that
 * cannot be reached, replies that are not chat completions; `evaluate.media` for videos; those of reading images.
 */
export function serverCall(options: ServerOptions, role: ServerRole = 'server'): ServerCall {
  const { url, model: name, apiKey, timeout = 120_000, tries = 5, wait = (ms, abort) => sleep(ms, undefined, { signal: abort }) } = options;
  const baseURL = url.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const request = options.fetch ?? fetch;
  const model = createOpenAICompatible({ name: 'server', baseURL, apiKey, fetch: request })(name);
  const server: Server = { role, baseURL, name, apiKey, request };
  let answered = false;
  return async (messages, { maxTokens, sampling = options.sampling, more, signal }) => {
    const prompt = await serverPrompt(messages);
    let last: unknown;
    let slow = false;
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) await wait(waitFor(last, attempt), signal);
      signal?.throwIfAborted();
      const late = AbortSignal.timeout(timeout);
      try {
        const abortSignal = signal ? AbortSignal.any([signal, late]) : late;
        const asked: LanguageModelV3CallOptions = { prompt, maxOutputTokens: maxTokens, temperature: 0, ...sampling, abortSignal };
        const { content, finishReason, response } = await model.doGenerate(more ? { ...asked, providerOptions: { server: more } } : asked);
        answered = true;
        const reply = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
        if (finishReason.unified === 'content-filter' && reply === '') return { failed: 'a filter of the server withheld the reply' };
        return { reply, body: response?.body };
      } catch (error) {
        signal?.throwIfAborted();
        slow = late.aborted || isLate(error);
        if (slow) last = new Error(`no reply within ${timeout / 1000} s`);
        else if (!APICallError.isInstance(error)) throw unusable(server, { got: messageOf(error), cause: error });
        else {
          last = error;
          if (error.statusCode !== undefined) answered = true;
          if (isOfRow(error.statusCode)) return { failed: describe(error) };
          if (!error.isRetryable) throw await refusal(server, error);
        }
      }
    }
    // A judge that takes too long has no verdict; a model under test that never replies is the end of the run.
    if (!answered && !(slow && role === 'judge')) throw unusable(server, { got: messageOf(last), cause: last });
    return { failed: `${messageOf(last)} (after ${tries} tries)` };
  };
}

const isLate = (error: unknown): boolean => isAbort(error) || (error instanceof Error && error.name === 'TimeoutError');

/** Whether a refusal is about what is in the request, so that the next row may fare better. */
const isOfRow = (status: number | undefined): boolean => status === 400 || status === 413 || status === 422;

const messageOf = (error: unknown): string =>
  APICallError.isInstance(error) ? describe(error) : error instanceof Error ? error.message : String(error);

/** A failed call in one line: its status and what the server says. */
function describe({ statusCode, message, responseBody }: APICallError): string {
  const said = (message || responseBody || '').replace(/\s+/g, ' ').slice(0, 300);
  return statusCode === undefined ? said : `status ${statusCode}: ${said}`;
}

/** What the server asks for in `retry-after`, or twice the last wait. */
function waitFor(error: unknown, attempt: number): number {
  const asked = APICallError.isInstance(error) ? error.responseHeaders?.['retry-after'] : undefined;
  const seconds = asked === undefined ? Number.NaN : Number(asked);
  const own = FIRST_WAIT * 2 ** (attempt - 1);
  return Math.min(LONGEST_WAIT, seconds >= 0 ? seconds * 1000 : own);
}

interface Server {
  role: ServerRole;
  baseURL: string;
  name: string;
  apiKey: string | undefined;
  request: typeof fetch;
}

function unusable(
  { role, baseURL }: Server,
  { got, expected, hint, cause }: { got: string; expected?: string; hint?: string; cause?: unknown },
): SensoriumError {
  return new SensoriumError(role === 'judge' ? 'evaluate.judge' : 'evaluate.server', `the ${role} cannot be used`, {
    place: baseURL,
    expected: expected ?? 'an OpenAI-compatible server that answers chat completions',
    got,
    hint: hint ?? 'Check the address, which usually ends with /v1, and that the server runs',
    cause,
  });
}

/** The error for a refusal that every row would meet. */
async function refusal(server: Server, error: APICallError): Promise<SensoriumError> {
  const { statusCode: status } = error;
  const got = describe(error);
  if (status === 401 || status === 403)
    return unusable(server, {
      expected: 'a key that the server takes',
      got: server.apiKey ? got : `no key, and ${got}`,
      hint: 'Set OPENAI_API_KEY to the key of this server',
      cause: error,
    });
  if (status !== 404) return unusable(server, { got, cause: error });
  const known = await modelsOf(server);
  return unusable(server, {
    ...(known ? { expected: `a model that is served here: ${known.join(', ')}` } : {}),
    got: known ? `${server.name}, and ${got}` : got,
    hint: known ? `Name one of them with --${server.role === 'judge' ? 'judge-model' : 'model-name'}` : undefined,
    cause: error,
  });
}

const LISTED = 20;

/** The models that the server lists; undefined where it lists none. It only serves the words of an error, so its own faults are none. */
async function modelsOf({ baseURL, apiKey, request }: Server): Promise<string[] | undefined> {
  try {
    const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : undefined;
    const response = await request(`${baseURL}/models`, { headers, signal: AbortSignal.timeout(5000) });
    const { data } = (await response.json()) as { data?: { id?: unknown }[] };
    const ids = data?.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])).slice(0, LISTED) ?? [];
    return ids.length > 0 ? ids : undefined;
  } catch {
    return undefined; // a server without a list: the error of the request says what is wrong, only without the names there are
  }
}
