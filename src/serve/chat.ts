// POST /v1/chat/completions: request to engine, engine's events to one JSON answer or a stream of chunks.

import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { packageVersion } from '../util/package.js';
import { merge } from './channel.js';
import { type ChatChunk, type ChatCompletion, type ChatRequest, chatRequest, type FinishReason, type Usage } from './chat-schema.js';
import type { AppEnv, ServerContext } from './context.js';
import type { EngineReply, EngineRequest } from './engine.js';
import { ApiError, badRequest, toApiError } from './errors.js';
import { ownerOf } from './files-api.js';
import { openMessages } from './messages.js';
import { expectedCalls, type ReplyDelta, ReplyReader } from './reply.js';
import { noSuchModel, readJson } from './request.js';
import { checkChoices } from './slots.js';
import { sseStream } from './sse.js';

/** A request under way. */
interface Job {
  request: ChatRequest;
  replies: readonly EngineReply[];
  readers: readonly ReplyReader[];
  /** What every object of the answer begins with. */
  head: { id: string; created: number; model: string; system_fingerprint: string };
  started: number;
}

/** Answers a chat completion request. Errors are thrown as `ApiError`, or as the library throws them. */
export async function chatCompletions(c: Context<AppEnv>, server: ServerContext): Promise<Response> {
  const started = performance.now();
  const request = await readJson(c, chatRequest);
  if (request.model !== server.model) throw noSuchModel(request.model, [server.model]);
  checkAbilities(request, server);
  checkChoices(request.n ?? 1, server.engine.stats());
  const [signal, record] = [c.get('signal'), c.get('record')];
  const { limits, remote, files, engine } = server;
  const { messages, images } = await openMessages(request.messages, {
    maxImages: limits.maxImages,
    images: engine.abilities.images,
    sources: { remote, files, owner: ownerOf(c) },
    signal,
  });
  record.images = images;
  // One choice that is refused takes the others with it.
  const together = new AbortController();
  const wanted: EngineRequest = {
    ...samplingOf(request),
    messages,
    cacheSalt: c.get('key')?.key,
    signal: AbortSignal.any([signal, together.signal]),
  };
  const replies: EngineReply[] = [];
  try {
    for (let i = 0; i < (request.n ?? 1); i++)
      replies.push(engine.submit(wanted.seed === undefined ? wanted : { ...wanted, seed: wanted.seed + i }));
  } catch (error) {
    together.abort();
    throw error;
  }
  record.promptTokens = replies[0]?.promptTokens;
  const options = { logprobs: request.logprobs === true, ...expectedCalls(wanted) };
  const job: Job = {
    request,
    replies,
    readers: replies.map(() => new ReplyReader(options)),
    head: {
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1000),
      model: server.model,
      system_fingerprint: `sensorium-${packageVersion()}`,
    },
    started,
  };
  try {
    return request.stream ? await streamed(c, server, job) : c.json(await whole(c, job));
  } catch (error) {
    together.abort();
    throw error;
  }
}

function checkAbilities(request: ChatRequest, { engine }: ServerContext): void {
  const unsupported = (summary: string, param: string): ApiError => badRequest(summary, param, { code: 'unsupported_parameter' });
  const format = request.response_format?.type;
  if (format !== undefined && format !== 'text' && !engine.abilities.schema)
    throw unsupported(`This server cannot constrain replies: response_format '${format}' is not available`, 'response_format');
  if (request.tools && !engine.abilities.tools)
    throw unsupported('This model does not take tools: its chat template does not render them', 'tools');
  const choice = request.tool_choice;
  if (choice && !request.tools) throw badRequest("'tool_choice' is only allowed when 'tools' are specified", 'tool_choice');
  if ((choice === 'required' || typeof choice === 'object') && choice && !engine.abilities.schema)
    throw unsupported('This server cannot constrain replies, so calls of tools cannot be forced: only auto and none', 'tool_choice');
  if (choice && typeof choice === 'object' && !request.tools?.some((tool) => tool.function.name === choice.function.name))
    throw badRequest("'tool_choice' names a function that is not among the tools", 'tool_choice.function.name', {
      code: 'invalid_value',
      expected: request.tools?.map((tool) => tool.function.name).join(', '),
      got: choice.function.name.slice(0, 64),
    });
  if (request.top_logprobs && !request.logprobs) throw badRequest("'top_logprobs' needs 'logprobs' to be true", 'top_logprobs');
  if (request.stream_options && !request.stream)
    throw badRequest("'stream_options' is only allowed when 'stream' is true", 'stream_options');
}

function samplingOf(request: ChatRequest): Omit<EngineRequest, 'messages' | 'signal'> {
  const { temperature, top_p, top_k, seed, stop, max_tokens, max_completion_tokens, top_logprobs, response_format: format } = request;
  const choice = request.tool_choice;
  const schema =
    format?.type === 'json_schema' ? (format.json_schema.schema ?? {}) : format?.type === 'json_object' ? { type: 'object' } : undefined;
  return {
    temperature: temperature ?? 1,
    // 0 keeps nothing but the likeliest token, as OpenAI has it; the sampler wants a share above 0.
    topP: typeof top_p === 'number' ? Math.max(top_p, 1e-9) : undefined,
    topK: top_k ?? undefined,
    seed: seed ?? undefined,
    stop: typeof stop === 'string' ? [stop] : (stop ?? undefined),
    maxTokens: max_completion_tokens ?? max_tokens ?? undefined,
    topLogProbs: top_logprobs ?? undefined,
    frequencyPenalty: request.frequency_penalty || undefined,
    presencePenalty: request.presence_penalty || undefined,
    logitBias: request.logit_bias && Object.keys(request.logit_bias).length > 0 ? request.logit_bias : undefined,
    tools: request.tools && request.tool_choice !== 'none' ? request.tools : undefined,
    toolChoice: choice === 'required' ? choice : choice && typeof choice === 'object' ? { name: choice.function.name } : undefined,
    singleCall: request.parallel_tool_calls === false || undefined,
    schema,
  };
}

/** The deltas of all choices as they come; notes tokens and times on the way. */
async function* deltas(c: Context<AppEnv>, job: Job): AsyncGenerator<[index: number, delta: ReplyDelta]> {
  const record = c.get('record');
  for await (const [index, event] of merge(job.replies)) {
    record.firstMs ??= performance.now() - job.started;
    record.promptTokens = job.replies[0]?.promptTokens; // images may have been read only after the request was taken
    const delta = (job.readers[index] as ReplyReader).read(event);
    record.completionTokens = job.readers.reduce((sum, reader) => sum + reader.tokens, 0);
    yield [index, delta];
  }
}

function usageOf(c: Context<AppEnv>): Usage {
  const { promptTokens = 0, completionTokens = 0 } = c.get('record');
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens };
}

async function whole(c: Context<AppEnv>, job: Job): Promise<ChatCompletion> {
  const all = job.replies.map((): ReplyDelta => ({ text: '', calls: [], logprobs: [], finish: undefined }));
  for await (const [index, delta] of deltas(c, job)) {
    const sum = all[index] as ReplyDelta;
    sum.text += delta.text;
    sum.calls.push(...delta.calls);
    sum.logprobs.push(...delta.logprobs);
    sum.finish ??= delta.finish;
  }
  return {
    ...job.head,
    object: 'chat.completion',
    choices: all.map(({ text, calls, logprobs, finish = 'stop' }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: text === '' && calls.length > 0 ? null : text,
        refusal: null,
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
      },
      logprobs: job.request.logprobs ? { content: logprobs, refusal: null } : null,
      finish_reason: finish,
    })),
    usage: usageOf(c),
  };
}

/** The first event decides between an error with its status and a stream with 200. */
async function streamed(c: Context<AppEnv>, server: ServerContext, job: Job): Promise<Response> {
  const events = deltas(c, job);
  const first = await events.next();
  const record = c.get('record');
  record.stream = true;
  const { promise, finish } = settled();
  c.set('finished', promise);
  const body = sseStream(chunks(c, job, first, events), {
    stallMs: server.limits.stallMs,
    onStall: () => c.env.outgoing?.destroy(),
    onEnd: (left) => {
      if (left) record.status = 499;
      finish();
    },
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
  });
}

async function* chunks(
  c: Context<AppEnv>,
  job: Job,
  first: IteratorResult<[number, ReplyDelta]>,
  events: AsyncGenerator<[number, ReplyDelta]>,
): AsyncGenerator<string> {
  const { head, request } = job;
  const withUsage = request.stream_options?.include_usage === true;
  type Choice = ChatChunk['choices'][number];
  const chunk = (choices: Choice[], usage?: Usage): string =>
    JSON.stringify({
      ...head,
      object: 'chat.completion.chunk',
      choices,
      ...(withUsage ? { usage: usage ?? null } : {}),
    } satisfies ChatChunk);
  const choice = (
    index: number,
    delta: Choice['delta'],
    logprobs: Choice['logprobs'] = null,
    finish_reason: FinishReason | null = null,
  ): Choice => ({ index, delta, logprobs, finish_reason });
  const calls = job.replies.map(() => 0);
  try {
    for (const index of job.replies.keys()) yield chunk([choice(index, { role: 'assistant', content: '' })]);
    for (let next = first; !next.done; next = await events.next()) {
      const [index, delta] = next.value;
      const logprobs = delta.logprobs.length > 0 ? { content: delta.logprobs, refusal: null } : null;
      if (delta.text !== '' || logprobs) yield chunk([choice(index, { content: delta.text }, logprobs)]);
      for (const call of delta.calls) yield chunk([choice(index, { tool_calls: [{ index: calls[index] as number, ...call }] })]);
      calls[index] = (calls[index] as number) + delta.calls.length;
      if (delta.finish) yield chunk([choice(index, {}, null, delta.finish)]);
    }
    if (withUsage) yield chunk([], usageOf(c));
    yield '[DONE]';
  } catch (error) {
    // The status is out already: the error is the last event, and there is no [DONE].
    const shown = c.get('signal').aborted ? new ApiError(503, 'The server is shutting down', { code: 'shutting_down' }) : toApiError(error);
    c.get('record').error = shown.message;
    c.get('record').cause = shown.cause;
    yield JSON.stringify(shown);
  } finally {
    await events.return(undefined);
  }
}

function settled(): { promise: Promise<void>; finish: () => void } {
  let finish = (): void => {};
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}
