// Replies under way for one request, whatever its endpoint: they start together, end together, and come as deltas or as a stream of events.

import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { packageVersion } from '../util/package.js';
import { merge } from './channel.js';
import type { Usage } from './chat-reply-schema.js';
import type { AppEnv, ModelContext } from './context.js';
import type { EngineReply, EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import { errorObject, type FailureEvents, streamFailure } from './event-stream.js';
import { expectedCalls, type ReplyDelta, ReplyReader } from './reply.js';
import type { SseEvent } from './sse.js';

/** Replies under way. */
export interface Replies {
  readonly all: readonly EngineReply[];
  readonly readers: readonly ReplyReader[];
  readonly started: number;
  /** Ends all of them. */
  abort(): void;
}

/** How replies are started. */
export interface StartOptions {
  /** Log-probabilities are wanted. */
  logprobs: boolean;
  /** The field that asks for so many replies, for the error. */
  param: string;
  started: number;
}

/** Submits requests as one: a reply that is refused takes the others with it. Throws what the engine throws. */
export async function startReplies(
  c: Context<AppEnv>,
  { engine }: Pick<ModelContext, 'engine'>,
  wanted: readonly EngineRequest[],
  { logprobs, param, started }: StartOptions,
): Promise<Replies> {
  const { slots, maxQueue } = engine.stats();
  if (wanted.length > slots + maxQueue)
    throw badRequest('The request asks for more replies than the server can hold', param, {
      code: 'invalid_value',
      expected: `at most ${slots + maxQueue}`,
      got: String(wanted.length),
    });
  const together = new AbortController();
  const signal = AbortSignal.any([c.get('signal'), together.signal]);
  const all: EngineReply[] = [];
  try {
    for (const request of wanted)
      all.push(await engine.submit({ ...request, cacheSalt: c.get('key')?.key, owner: c.get('client'), signal }));
  } catch (error) {
    together.abort();
    throw error;
  }
  const replies: Replies = {
    all,
    readers: wanted.map((request) => new ReplyReader({ logprobs, ...expectedCalls(request) })),
    started,
    abort: () => together.abort(),
  };
  note(c, replies);
  return replies;
}

/** `n` requests for one: choice i draws with the seed + i. */
export function choicesOf(request: EngineRequest, n: number): EngineRequest[] {
  return Array.from({ length: n }, (_, i) => (request.seed === undefined ? request : { ...request, seed: request.seed + i }));
}

/** The record has the tokens of prompts: those of one prompt count once, however many replies it has. */
function note(c: Context<AppEnv>, { all, readers }: Replies): void {
  const record = c.get('record');
  record.promptTokens = all[0]?.promptTokens; // images may have been read only after the request was taken
  record.completionTokens = readers.reduce((sum, reader) => sum + reader.tokens, 0);
}

/** The deltas of all replies as they come, each with the index of its reply; notes tokens and times on the way. */
export async function* deltasOf(c: Context<AppEnv>, replies: Replies): AsyncGenerator<[index: number, delta: ReplyDelta]> {
  const record = c.get('record');
  for await (const [index, event] of merge(replies.all)) {
    record.firstMs ??= performance.now() - replies.started;
    const delta = (replies.readers[index] as ReplyReader).read(event);
    note(c, replies);
    yield [index, delta];
  }
}

/** All of each reply. */
export async function wholeReplies(c: Context<AppEnv>, replies: Replies): Promise<ReplyDelta[]> {
  const all = replies.all.map((): ReplyDelta => ({ text: '', calls: [], logprobs: [], finish: undefined }));
  for await (const [index, delta] of deltasOf(c, replies)) {
    const sum = all[index] as ReplyDelta;
    sum.text += delta.text;
    if (delta.thinking !== undefined) sum.thinking = (sum.thinking ?? '') + delta.thinking;
    sum.calls.push(...delta.calls);
    sum.logprobs.push(...delta.logprobs);
    sum.prompt ??= delta.prompt;
    sum.boxes ??= delta.boxes;
    sum.masks ??= delta.masks;
    sum.images ??= delta.images;
    sum.finish ??= delta.finish;
  }
  return all;
}

/** Tokens of prompt and replies so far. */
export function usageOf(c: Context<AppEnv>): Usage {
  const { promptTokens = 0, completionTokens = 0 } = c.get('record');
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens };
}

/** What every object of an answer begins with. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

/** A new head; `prefix` is that of its id. */
export function answerHead(prefix: string, model: string): AnswerHead {
  return {
    id: `${prefix}-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: `sensorium-${packageVersion()}`,
  };
}

/** Deltas as an iterator that has made its first step. */
export interface StartedDeltas {
  first: IteratorResult<[number, ReplyDelta]>;
  rest: AsyncGenerator<[number, ReplyDelta]>;
}

/** All deltas of a started iterator. */
export async function* resumed({ first, rest }: StartedDeltas): AsyncGenerator<[number, ReplyDelta]> {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return(undefined);
  }
}

/**
 * The events of a stream. The first delta decides between an error with its status and a stream with 200. What fails later is told by the
 * last events, made by `failure`.
 */
export async function streamReplies(
  c: Context<AppEnv>,
  replies: Replies,
  events: (deltas: AsyncGenerator<[number, ReplyDelta]>) => AsyncGenerator<SseEvent>,
  failure: FailureEvents = errorObject,
): Promise<AsyncGenerator<SseEvent>> {
  const rest = deltasOf(c, replies);
  const first = await rest.next();
  return guardedEvents(c, events(resumed({ first, rest })), failure);
}

/** The status is out already: an error is the last event. */
async function* guardedEvents(c: Context<AppEnv>, events: AsyncGenerator<SseEvent>, failure: FailureEvents): AsyncGenerator<SseEvent> {
  try {
    yield* events;
  } catch (error) {
    yield* failure(streamFailure(c, error));
  }
}
