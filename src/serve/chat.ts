// POST /v1/chat/completions: request to engine, engine's deltas to one JSON answer or a stream of chunks.

import type { Context } from 'hono';
import type { Trace } from '../agents/index.js';
import type { Chain } from '../reason/chains/index.js';
import type { ChatMessage, ContentPart } from '../text/index.js';
import { agentNote, repliesOf } from './agents.js';
import { chosenModel } from './catalog.js';
import { chainSummary, checkChain, shownStep, startChain } from './chains.js';
import type { ChatChunk, ChatCompletion, FinishReason, Usage, Verification } from './chat-reply-schema.js';
import type { ChatRequest } from './chat-schema.js';
import type { AppEnv, ModelContext, ServerContext } from './context.js';
import { showDemos } from './demos.js';
import type { EngineRequest } from './engine.js';
import { ApiError, badRequest, toApiError } from './errors.js';
import type { Answer } from './event-stream.js';
import { imageSources, noRegions, openMessages, openUrl } from './messages.js';
import { openSound } from './open-sound.js';
import { imageParts, placesOf } from './products.js';
import { regionPart, withRegions } from './regions.js';
import { type AnswerHead, answerHead, choicesOf, startReplies, streamReplies, usageOf, wholeReplies } from './replies.js';
import type { ReplyDelta } from './reply.js';
import { readJson } from './request.js';
import { samplingOf } from './sampling-schema.js';
import type { SseEvent } from './sse.js';
import { imagesToCheck, verifyReply } from './verify.js';
import { sendJson } from './write-json.js';

/** Answers a chat completion request. Errors are thrown as `ApiError`, or as the library throws them. */
export async function chatCompletions(c: Context<AppEnv>, server: ServerContext): Promise<Answer> {
  const started = performance.now();
  const request = await readJson(c, 'chat');
  const model = await chosenModel(c, server, request.model);
  checkAbilities(request, model);
  try {
    return await answer(c, server, { request, model, started });
  } catch (error) {
    throw request.sensorium ? aboutExtension(error, request.sensorium) : error;
  }
}

/** Errors of ways of decoding with the names that they have in `sensorium`. */
function aboutExtension(error: unknown, { vcd, halle }: NonNullable<ChatRequest['sensorium']>): unknown {
  const { status, message, param, apiCode, type, cause } = toApiError(error);
  const ofSwitch = halle && (error as { place?: unknown }).place === 'halle';
  if (param !== 'method' || !(ofSwitch || vcd)) return error;
  const name = ofSwitch ? 'sensorium.halle' : 'sensorium.vcd';
  return new ApiError(status, message, { param: name, code: apiCode ?? undefined, type, cause: cause ?? error });
}

async function answer(
  c: Context<AppEnv>,
  server: ServerContext,
  { request, model, started }: { request: ChatRequest; model: ModelContext; started: number },
): Promise<Answer> {
  const { limits, engine, adapter } = model;
  const signal = c.get('signal');
  const opened = await openMessages(request.messages, {
    maxImages: limits.maxImages,
    images: engine.abilities.images,
    videos: engine.abilities.videos,
    regions: engine.abilities.regions,
    sound: engine.abilities.audio ? (bytes, param) => openSound(c, server, bytes, param) : undefined,
    sources: imageSources(c, server),
    signal,
  });
  opened.messages = await pointed(c, server, { request, model, messages: opened.messages });
  const agent = request.sensorium?.agent;
  const asked = request.sensorium?.demos;
  const chain = request.sensorium?.chain;
  if (chain) checkChain(request, chain);
  if (agent && asked) throw badRequest('An agent is not shown demonstrations', 'sensorium.demos');
  const work = agent ? await doTask(c, server, { agent, request, messages: opened.messages }) : undefined;
  const room = { room: limits.maxImages - opened.images, images: engine.abilities.images, signal };
  const shown = asked ? await showDemos(server.demos, opened.messages, asked, room) : undefined;
  c.get('record').images = opened.images + (shown?.images ?? 0);
  const n = request.n ?? 1;
  const wishes = { ...wishesOf(request), draw: draws(request, model) || undefined };
  const stop = shown?.stops.length ? { stop: [...(wishes.stop ?? []), ...shown.stops] } : {};
  const wanted = choicesOf({ ...wishes, ...stop, messages: shown?.messages ?? opened.messages, adapter }, n);
  const check = checkOf(c, model, request, opened.messages);
  const logprobs = request.logprobs === true || check !== undefined;
  const thought = chain && startChain(c, model, { chain, messages: opened.messages, wishes, started });
  const replies = thought ?? (work ? repliesOf(work, started) : await startReplies(c, model, wanted, { logprobs, param: 'n', started }));
  const head = answerHead('chatcmpl', request.model);
  try {
    if (request.stream)
      return await streamReplies(c, replies, (deltas) => chunks(c, { request, head, check, made: thought?.made }, deltas));
    const all = await wholeReplies(c, replies);
    const usage = usageOf(c);
    const checks: (Verification | undefined)[] = [];
    for (const reply of all) checks.push(await check?.(reply));
    const made = thought?.made();
    const note = work ? agentNote(work) : made && { ...chainSummary(made), steps: made.steps.map(shownStep) };
    return await sendJson(c, { ...(await completion(request, head, { all, usage, checks })), ...(note ? { sensorium: note } : {}) });
  } catch (error) {
    replies.abort();
    throw error;
  }
}

/** Messages with the regions of `sensorium.regions` in them. Throws `ApiError` 400 for a model that takes none. */
async function pointed(
  c: Context<AppEnv>,
  server: ServerContext,
  { request, model, messages }: { request: ChatRequest; model: ModelContext; messages: ChatMessage[] },
): Promise<ChatMessage[]> {
  const regions = request.sensorium?.regions ?? [];
  if (regions.length === 0) return messages;
  if (!model.engine.abilities.regions) throw noRegions('sensorium.regions');
  const [sources, signal] = [imageSources(c, server), c.get('signal')];
  const parts: ContentPart[] = [];
  for (const [i, region] of regions.entries())
    parts.push(await regionPart(region, `sensorium.regions[${i}]`, (url, param) => openUrl(url, param, { sources, signal })));
  return withRegions(messages, parts);
}

/** Has an agent do the task. Throws `ApiError` 400 where the server runs no such agent, and for what goes with a model alone. */
async function doTask(
  c: Context<AppEnv>,
  { agents }: ServerContext,
  { agent, request, messages }: { agent: string; request: ChatRequest; messages: readonly ChatMessage[] },
): Promise<Trace> {
  if (!agents)
    throw badRequest('This server runs no agents', 'sensorium.agent', {
      code: 'unsupported_parameter',
      hint: 'Start it with --agents visprog',
    });
  agents.check(agent);
  for (const param of ['tools', 'response_format', 'logprobs'] as const)
    if (request[param]) throw badRequest(`An agent takes no '${param}'`, param, { code: 'unsupported_parameter' });
  if ((request.n ?? 1) > 1 || request.sensorium?.verify)
    throw badRequest('An agent gives one reply, which is not checked', request.sensorium?.verify ? 'sensorium.verify' : 'n', {
      code: 'invalid_value',
    });
  return agents.run(agent, messages, c.get('signal'), c.get('client'));
}

/** Finds out whether what a reply claims is so; undefined where nobody asks. */
type Check = ((reply: Pick<ReplyDelta, 'text' | 'logprobs'>) => Promise<Verification>) | undefined;

function checkOf(c: Context<AppEnv>, { engine, adapter }: ModelContext, request: ChatRequest, messages: readonly ChatMessage[]): Check {
  const mode = request.sensorium?.verify;
  if (!mode) return undefined;
  if ((request.n ?? 1) > MAX_CHECKED)
    throw badRequest(`At most ${MAX_CHECKED} replies of a request can be checked`, 'n', { code: 'invalid_value' });
  const images = imagesToCheck(messages, mode, engine);
  const asking = { adapter, owner: c.get('client'), cacheSalt: c.get('key')?.key };
  const sum = { prompt: 0, completion: 0 };
  const onTokens = (prompt: number, completion: number): void => {
    sum.prompt += prompt;
    sum.completion += completion;
    c.get('record').checkTokens = sum;
  };
  return ({ text, logprobs }) => verifyReply(engine, { mode, text, logprobs, images, asking, signal: c.get('signal'), onTokens });
}

/** Replies of one request whose claims are checked: each may ask the model many questions. */
const MAX_CHECKED = 4;

/** What a request with tools and a form of the reply needs of an engine; the Responses API asks for the same. */
export type ToolWishes = Pick<ChatRequest, 'tools' | 'tool_choice' | 'parallel_tool_calls' | 'response_format'>;

/** Throws `ApiError` 400 where the engine cannot do what the request asks for. */
export function checkTools(
  request: ToolWishes,
  { engine }: Pick<ModelContext, 'engine'>,
  formatField = 'response_format',
  nameField = 'tool_choice.function.name',
): void {
  const unsupported = (summary: string, param: string): ApiError => badRequest(summary, param, { code: 'unsupported_parameter' });
  const { abilities } = engine;
  if (abilities.chat === false)
    throw badRequest('This model has no chat template: it continues prompts, but holds no conversation', 'messages', {
      code: 'unsupported_messages',
      hint: 'Use /v1/completions.',
    });
  const format = request.response_format?.type;
  if (format !== undefined && format !== 'text' && !abilities.schema)
    throw unsupported(`This server cannot constrain replies: ${formatField} '${format}' is not available`, formatField);
  if (request.tools && !abilities.tools)
    throw unsupported('This model does not take tools: its chat template does not render them', 'tools');
  const choice = request.tool_choice;
  if (choice && choice !== 'auto' && choice !== 'none' && !request.tools)
    throw badRequest("'tool_choice' is only allowed when 'tools' are specified", 'tool_choice');
  if ((choice === 'required' || typeof choice === 'object') && choice && !abilities.schema)
    throw unsupported('This server cannot constrain replies, so calls of tools cannot be forced: only auto and none', 'tool_choice');
  if (choice && typeof choice === 'object' && !request.tools?.some((tool) => tool.function.name === choice.function.name))
    throw badRequest("'tool_choice' names a function that is not among the tools", nameField, {
      code: 'invalid_value',
      expected: request.tools?.map((tool) => tool.function.name).join(', '),
      got: choice.function.name.slice(0, 64),
    });
}

/** Tools and the form of the reply, as the engine is told of them. */
export function toolWishes(request: ToolWishes): Pick<EngineRequest, 'tools' | 'toolChoice' | 'singleCall' | 'schema'> {
  const { tool_choice: choice, response_format: format, tools } = request;
  const schema =
    format?.type === 'json_schema' ? (format.json_schema.schema ?? {}) : format?.type === 'json_object' ? { type: 'object' } : undefined;
  return {
    tools: tools && choice !== 'none' ? tools : undefined,
    toolChoice: choice === 'required' ? choice : choice && typeof choice === 'object' ? { name: choice.function.name } : undefined,
    singleCall: request.parallel_tool_calls === false || undefined,
    ...(schema ? { schema } : {}),
  };
}

/** Whether replies are drawn: by models that draw, unless only text is asked for. */
const draws = ({ modalities }: ChatRequest, { engine, adapter }: ModelContext): boolean =>
  engine.abilities.draws === true && (modalities?.includes('image') ?? adapter === undefined);

function checkAbilities(request: ChatRequest, model: ModelContext): void {
  checkTools(request, model);
  const { abilities } = model.engine;
  if (request.modalities?.includes('image') && !abilities.draws)
    throw badRequest('This model draws no images: only text comes out of it', 'modalities', {
      code: 'unsupported_parameter',
      hint: 'GET /v1/models says what a model gives: output_modalities.',
    });
  if (request.sensorium?.places && !abilities.images)
    throw badRequest('This model takes no images, so that its replies mean no places', 'sensorium.places', {
      code: 'unsupported_parameter',
    });
  if (typeof request.max_thinking_tokens === 'number' && !model.engine.abilities.thinking)
    throw badRequest('This model does not think: its tokenizer has no marks for it', 'max_thinking_tokens', {
      code: 'unsupported_parameter',
    });
  if (request.top_logprobs && !request.logprobs) throw badRequest("'top_logprobs' needs 'logprobs' to be true", 'top_logprobs');
  if (request.stream_options && !request.stream)
    throw badRequest("'stream_options' is only allowed when 'stream' is true", 'stream_options');
  if (request.sensorium?.vcd && request.method)
    throw badRequest("'sensorium.vcd' and 'method' are two names of one thing", 'sensorium.vcd', { code: 'invalid_value' });
  const continues = continued(request);
  if (continues && request.messages.at(-1)?.role !== 'assistant')
    throw badRequest('Only a last message of the assistant can be continued', 'continue_final_message', { code: 'invalid_value' });
  if (continues && request.add_generation_prompt === true)
    throw badRequest('A message that is continued opens no other one', 'add_generation_prompt', { code: 'invalid_value' });
  if (!continues && request.add_generation_prompt === false)
    throw badRequest('A reply needs an opening', 'add_generation_prompt', {
      code: 'invalid_value',
      hint: 'Leave it out, or set continue_final_message.',
    });
}

function continued({ messages, continue_final_message: wanted }: ChatRequest): boolean {
  const last = messages.at(-1);
  return wanted === true || (wanted !== false && last?.role === 'assistant' && last.prefix === true);
}

function wishesOf(request: ChatRequest): Omit<EngineRequest, 'messages'> {
  return {
    ...samplingOf(request),
    ...toolWishes(request),
    ...(request.sensorium?.vcd ? { method: { name: 'vcd', ...request.sensorium.vcd } as const } : {}),
    ...(request.sensorium?.halle ? { halle: request.sensorium.halle } : {}),
    places: request.sensorium?.places ? true : undefined,
    maxThinking: request.max_thinking_tokens ?? undefined,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    topLogProbs: request.top_logprobs ?? undefined,
    variables: request.chat_template_kwargs ?? undefined,
    continueFinalMessage: continued(request) || undefined,
  };
}

async function completion(
  request: ChatRequest,
  head: AnswerHead,
  { all, usage, checks }: { all: readonly ReplyDelta[]; usage: Usage; checks: readonly (Verification | undefined)[] },
): Promise<ChatCompletion> {
  const images = await Promise.all(all.map((reply) => imageParts(reply.images)));
  const places = await Promise.all(all.map((reply) => placesOf(reply, request.sensorium?.places)));
  return {
    ...head,
    object: 'chat.completion',
    choices: all.map(({ text, thinking, calls, logprobs, finish = 'stop' }, index) => ({
      index,
      message: {
        role: 'assistant',
        content: text === '' && calls.length > 0 ? null : text,
        refusal: null,
        ...(thinking === undefined ? {} : { reasoning_content: thinking }),
        ...(calls.length > 0 ? { tool_calls: calls } : {}),
        ...(images[index]?.length ? { images: images[index] } : {}),
        ...(checks[index] || places[index] ? { sensorium: { ...checks[index], ...places[index] } } : {}),
      },
      logprobs: request.logprobs ? { content: logprobs, refusal: null } : null,
      finish_reason: finish,
    })),
    usage,
  };
}

async function* chunks(
  c: Context<AppEnv>,
  { request, head, check, made }: { request: ChatRequest; head: AnswerHead; check: Check; made?: () => Chain | undefined },
  deltas: AsyncGenerator<[number, ReplyDelta]>,
): AsyncGenerator<SseEvent> {
  const withUsage = request.stream_options?.include_usage === true;
  type Choice = ChatChunk['choices'][number];
  const chunk = (choices: Choice[], usage?: Usage, sensorium?: ChatChunk['sensorium']): string =>
    JSON.stringify({
      ...head,
      object: 'chat.completion.chunk',
      choices,
      ...(sensorium ? { sensorium } : {}),
      ...(withUsage ? { usage: usage ?? null } : {}),
    } satisfies ChatChunk);
  const choice = (
    index: number,
    delta: Choice['delta'],
    logprobs: Choice['logprobs'] = null,
    finish_reason: FinishReason | null = null,
  ): Choice => ({ index, delta, logprobs, finish_reason });
  const calls = new Array<number>(request.n ?? 1).fill(0);
  const whole = Array.from(calls, (): Pick<ReplyDelta, 'text' | 'logprobs'> => ({ text: '', logprobs: [] }));
  for (const index of calls.keys()) yield chunk([choice(index, { role: 'assistant', content: '' })]);
  for await (const [index, delta] of deltas) {
    const logprobs = request.logprobs && delta.logprobs.length > 0 ? { content: delta.logprobs, refusal: null } : null;
    const step = delta.step && { index, step: shownStep(delta.step) };
    if (delta.thinking)
      yield chunk([choice(index, { reasoning_content: delta.thinking }, delta.text === '' ? logprobs : null)], undefined, step);
    if (delta.text !== '' || (logprobs && !delta.thinking)) yield chunk([choice(index, { content: delta.text }, logprobs)]);
    for (const [i, call] of delta.calls.entries())
      yield chunk([choice(index, { tool_calls: [{ index: (calls[index] as number) + i, ...call }] })]);
    calls[index] = (calls[index] as number) + delta.calls.length;
    if (check) {
      const reply = whole[index] as (typeof whole)[number];
      reply.text += delta.text;
      reply.logprobs.push(...delta.logprobs);
      if (delta.finish) {
        const { claims, ...rest } = await check(reply);
        // With a choice that adds nothing, as clients expect one in every chunk.
        for (const claim of claims) yield chunk([choice(index, {})], undefined, { index, claim });
        yield chunk([choice(index, {})], undefined, { index, ...rest });
      }
    }
    const chain = delta.finish && made?.();
    if (chain) yield chunk([choice(index, {})], undefined, { index, ...chainSummary(chain) });
    if (delta.images?.length) yield chunk([choice(index, { images: await imageParts(delta.images) })]);
    const places = await placesOf(delta, request.sensorium?.places);
    if (places) yield chunk([choice(index, {})], undefined, { index, ...places });
    if (delta.finish) yield chunk([choice(index, {}, null, delta.finish)]);
  }
  if (withUsage) yield chunk([], usageOf(c));
  yield '[DONE]';
}
