// POST /v1/responses: the Responses API over the same engine; GET and DELETE of responses that are kept.

import { randomUUID } from 'node:crypto';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { withMedia } from './attached.js';
import { chosenModel } from './catalog.js';
import { checkTools, type ToolWishes, toolWishes } from './chat.js';
import type { AppEnv, ServerContext } from './context.js';
import type { EngineRequest } from './engine.js';
import { ApiError, badRequest, fromZod, toApiError } from './errors.js';
import type { Answer } from './event-stream.js';
import { ownerOf } from './files-api.js';
import { imageSources, openMessages } from './messages.js';
import { startReplies, streamReplies, usageOf, wholeReplies } from './replies.js';
import { readJson } from './request.js';
import type { ResponseStore } from './response-store.js';
import { OutputItems, ResponseEvents } from './responses-events.js';
import { inputItems, messagesOfItems, shownItem } from './responses-input.js';
import {
  type InputItem,
  inputItemsQuery,
  type OutputItem,
  type ResponseObject,
  type ResponseRequest,
  type responseDeleted,
  type responseInputItems,
} from './responses-schema.js';
import { samplingOf } from './sampling-schema.js';
import { sendJson } from './write-json.js';

/** Answers a request of the Responses API. */
export async function responses(c: Context<AppEnv>, server: ServerContext, store: ResponseStore): Promise<Answer> {
  const started = performance.now();
  const request = await readJson(c, 'responses');
  const places: string[] = [];
  try {
    return await answer(c, server, { store, request, places, started });
  } catch (error) {
    throw aboutItems(error, request, places);
  }
}

/** An error by the fields of this request: messages are made of items, the form of the reply is that of the text. */
function aboutItems(error: unknown, request: ResponseRequest, places: readonly string[]): ApiError {
  const shown = toApiError(error);
  const param = ownField(shown.param ?? '', request, places);
  if (param === undefined) return shown;
  const { status, message, apiCode, type, cause } = shown;
  return new ApiError(status, message, { param, code: apiCode ?? undefined, type, cause: cause ?? error });
}

/** The field of this request for one of a chat request; undefined where it is the same. */
function ownField(field: string, request: ResponseRequest, places: readonly string[]): string | undefined {
  const [message, index, rest] = /^messages(?:\[(\d+)\](.*))?$/.exec(field) ?? [];
  if (message !== undefined) return index === undefined ? 'input' : `${places[Number(index)] ?? 'input'}${rest}`;
  if (field.startsWith('response_format')) return field.replace('response_format', 'text.format').replace('.json_schema', '');
  const [tool, chosen] = /^tools\[(\d+)\]\.function\.parameters$/.exec(field) ?? [];
  if (tool === undefined) return undefined;
  const name = chosenTools(request).tools?.[Number(chosen)]?.function.name;
  return `tools[${request.tools?.findIndex((one) => one.name === name)}].parameters`;
}

interface Asked {
  store: ResponseStore;
  request: ResponseRequest;
  /** Filled with the field of each message. */
  places: string[];
  started: number;
}

async function answer(c: Context<AppEnv>, server: ServerContext, { store, request, places, started }: Asked): Promise<Answer> {
  const model = await chosenModel(c, server, request.model);
  const { wishes, tools } = chosenTools(request);
  checkTools(wishes, model, 'text.format', 'tool_choice.name');
  const owner = ownerOf(c);
  const previous = request.previous_response_id;
  const earlier = previous ? store.get(owner, previous, 'previous_response_id').conversation : [];
  const input = inputItems(request, { store, owner });
  const { messages: given, places: found } = messagesOfItems([...earlier, ...input], earlier.length, request.instructions);
  places.push(...found);
  const { limits, engine, adapter } = model;
  const { messages, images } = await openMessages(given, {
    maxImages: limits.maxImages,
    images: engine.abilities.images,
    videos: engine.abilities.videos,
    sources: imageSources(c, server),
    signal: c.get('signal'),
    places,
  });
  c.get('record').images = images;
  const logprobs = request.include?.includes('message.output_text.logprobs') === true || Boolean(request.top_logprobs);
  const wanted: EngineRequest = {
    ...samplingOf(request),
    ...toolWishes({ ...wishes, tools }),
    messages,
    adapter,
    maxTokens: request.max_output_tokens ?? undefined,
    topLogProbs: request.top_logprobs ?? undefined,
    variables: request.chat_template_kwargs ?? undefined,
  };
  const replies = await startReplies(c, model, [wanted], { logprobs, param: 'input', started });
  const begun = newResponse(request, request.model);
  const finished = (items: readonly OutputItem[], cut: boolean): ResponseObject => {
    const done = finishedResponse(begun, items, cut, usageOf(c));
    const own = done.store ? [...withMedia(input, c.get('attached') ?? new Map())] : [];
    if (done.store) store.put(owner, { response: done, input: own, conversation: [...earlier, ...own, ...(items as InputItem[])] });
    return done;
  };
  try {
    if (request.stream) {
      const events = new ResponseEvents({ begun, finished, logprobs });
      return await streamReplies(
        c,
        replies,
        (deltas) => events.of(deltas),
        (error) => events.failure(aboutItems(error, request, places)),
      );
    }
    const [reply] = await wholeReplies(c, replies);
    const items = new OutputItems(logprobs);
    if (reply) items.add(reply);
    return await sendJson(c, finished(items.end(reply?.finish === 'length'), reply?.finish === 'length'));
  } catch (error) {
    replies.abort();
    throw error;
  }
}

/** Routes of responses that are kept. */
export function responseRoutes(app: Hono<AppEnv>, store: ResponseStore, guard: MiddlewareHandler<AppEnv>): void {
  app.get('/v1/responses/:id', guard, (c) => c.json(store.get(ownerOf(c), c.req.param('id')).response));
  app.delete('/v1/responses/:id', guard, (c) => {
    const id = c.req.param('id');
    store.delete(ownerOf(c), id);
    return c.json({ id, object: 'response', deleted: true } satisfies z.infer<typeof responseDeleted>);
  });
  app.get('/v1/responses/:id/input_items', guard, (c) => {
    const { input } = store.get(ownerOf(c), c.req.param('id'));
    const query = inputItemsQuery.safeParse(c.req.query());
    if (!query.success) throw fromZod(query.error);
    const { limit, order, after } = query.data;
    const all = order === 'asc' ? input : input.toReversed();
    const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    if (after !== undefined && from === 0) throw badRequest('No such item', 'after', { code: 'invalid_value', got: after.slice(0, 100) });
    const data = all.slice(from, from + limit).map(shownItem);
    const list: z.infer<typeof responseInputItems> = {
      object: 'list',
      data,
      first_id: (data[0]?.id as string) ?? null,
      last_id: (data.at(-1)?.id as string) ?? null,
      has_more: from + limit < all.length,
    };
    return c.json(list);
  });
}

/** Tools and the form of the text in the words of the chat API. `tools`: those that the choice allows. */
function chosenTools(request: ResponseRequest): { wishes: ToolWishes; tools: ToolWishes['tools'] } {
  const all = request.tools?.map(({ type, name, description, parameters, strict }) => ({
    type,
    function: { name, description, parameters, strict },
  }));
  const tools = all?.length ? all : undefined;
  const format = request.text?.format;
  const wishes: ToolWishes = {
    tools,
    parallel_tool_calls: request.parallel_tool_calls,
    response_format:
      format?.type === 'json_schema' ? { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } } : format,
  };
  const choice = request.tool_choice;
  if (typeof choice !== 'object' || choice === null) {
    // Clients send 'auto' whether there are tools or not.
    wishes.tool_choice = tools ? choice : undefined;
    return { wishes, tools };
  }
  if (choice.type === 'function') {
    wishes.tool_choice = { type: 'function', function: { name: choice.name } };
    return { wishes, tools };
  }
  const names = new Set(choice.tools.map(({ name }) => name));
  const unknown = [...names].find((name) => !tools?.some((tool) => tool.function.name === name));
  // A name that is not there is refused like that of a chosen function.
  wishes.tool_choice = unknown === undefined ? choice.mode : { type: 'function', function: { name: unknown } };
  return { wishes, tools: tools?.filter((tool) => names.has(tool.function.name)) };
}

function newResponse(request: ResponseRequest, model: string): ResponseObject {
  return {
    id: `resp_${randomUUID().replaceAll('-', '')}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model,
    output: [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: null, summary: null },
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: request.text?.format ?? { type: 'text' }, verbosity: request.text?.verbosity ?? 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools: (request.tools ?? []).map((tool) => ({ ...tool, parameters: tool.parameters ?? null, strict: tool.strict ?? false })),
    top_logprobs: request.top_logprobs ?? 0,
    top_p: request.top_p ?? 1,
    truncation: 'disabled',
    user: request.user ?? null,
    usage: null,
  };
}

function finishedResponse(
  begun: ResponseObject,
  output: readonly OutputItem[],
  cut: boolean,
  usage: ReturnType<typeof usageOf>,
): ResponseObject {
  return {
    ...begun,
    status: cut ? 'incomplete' : 'completed',
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    output: [...output],
    usage: {
      input_tokens: usage.prompt_tokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: usage.completion_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: usage.total_tokens,
    },
  };
}
