// What clients send that servers like this one have been reported to refuse, drop or answer in another shape: each kind once, over sockets.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineRequest } from './engine.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

const CALL = '<tool_call>{"name": "look", "arguments": {"at": "dog"}}</tool_call>';
const SCHEMA = { type: 'object', properties: { dog: { type: 'boolean' } }, required: ['dog'] };
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: { at: { type: 'string' } } } } };
const user = { role: 'user', content: 'Is there a dog?' };

let engine: FakeEngine;
let server: RunningServer;
/** What the model says next. */
let words: string[] | undefined;
beforeAll(async () => {
  engine = new FakeEngine({ abilities: { tools: true, schema: true }, say: () => words ?? ['A ', 'dog.'] });
  server = await serve({ engine, model: 'fake', port: 0 });
});
afterAll(() => server.close({ drainMs: 0 }));

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake', ...body }),
  });

/** What the engine was asked for by a chat request, which must be taken. */
async function asked(body: object): Promise<EngineRequest> {
  const response = await post('/chat/completions', { messages: [user], ...body });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  return engine.requests.at(-1) as EngineRequest;
}

/** The error of a chat request that is refused. */
async function refused(body: object): Promise<{ code: string; param: string }> {
  const response = await post('/chat/completions', { messages: [user], ...body });
  expect(response.status).toBe(400);
  return ((await response.json()) as { error: { code: string; param: string } }).error;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape
type Json = any;

async function events(path: string, body: object): Promise<Json[]> {
  const text = await (await post(path, { ...body, stream: true })).text();
  const data = [...text.matchAll(/^data: (.*)$/gm)].map((match) => match[1] as string);
  return data.filter((line) => line !== '[DONE]').map((line) => JSON.parse(line) as Json);
}

describe('the form of a reply is taken', () => {
  it.each([
    ['as text', { type: 'text' }, undefined],
    ['as any object', { type: 'json_object' }, { type: 'object' }],
    ['as a named schema', { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA, strict: true } }, SCHEMA],
    ['as a schema without a name', { type: 'json_schema', json_schema: { schema: SCHEMA } }, SCHEMA],
    ['as a schema beside the type', { type: 'json_schema', schema: SCHEMA }, SCHEMA],
    ['as an object with a schema', { type: 'json_object', schema: SCHEMA }, SCHEMA],
  ])('%s', async (_, response_format, schema) => {
    expect((await asked({ response_format })).schema).toEqual(schema);
  });

  it('but not without the schema that it speaks of', async () => {
    const error = await refused({ response_format: { type: 'json_schema' } });
    expect(error).toMatchObject({ code: 'missing_required_parameter', param: 'response_format.json_schema' });
  });

  it.each([
    ['guided_json', { guided_json: SCHEMA }, { schema: SCHEMA }],
    ['guided_json as text', { guided_json: JSON.stringify(SCHEMA) }, { schema: SCHEMA }],
    ['guided_regex', { guided_regex: '[0-9]+' }, { pattern: '[0-9]+' }],
    ['guided_choice', { guided_choice: ['a.b', 'c|d'] }, { pattern: 'a\\.b|c\\|d' }],
    ['structured_outputs.json', { structured_outputs: { json: SCHEMA } }, { schema: SCHEMA }],
    ['structured_outputs.regex', { structured_outputs: { regex: 'a|b' } }, { pattern: 'a|b' }],
    ['structured_outputs.choice', { structured_outputs: { choice: ['yes', 'no'] } }, { pattern: 'yes|no' }],
    ['structured_outputs.json_object', { structured_outputs: { json_object: true } }, { schema: { type: 'object' } }],
  ])('in vLLM’s words: %s', async (_, body, form) => {
    expect(await asked(body)).toMatchObject(form);
    const response = await post('/completions', { prompt: 'x', ...body });
    expect(response.status).toBe(200);
    await response.text();
    expect(engine.requests.at(-1)).toMatchObject(form);
  });

  it('once, and as something that there is', async () => {
    expect(await refused({ guided_regex: 'a', guided_choice: ['a'] })).toMatchObject({ code: 'invalid_value', param: 'guided_choice' });
    const both = { guided_json: SCHEMA, response_format: { type: 'json_object' } };
    expect(await refused(both)).toMatchObject({ code: 'invalid_value', param: 'guided_json' });
    expect(await refused({ guided_json: '{' })).toMatchObject({ code: 'invalid_schema', param: 'guided_json' });
    expect(await refused({ guided_json: '[]' })).toMatchObject({ code: 'invalid_schema', param: 'guided_json' });
    expect(await refused({ guided_regex: 'a', tools: [tool] })).toMatchObject({ code: 'unsupported_parameter', param: 'guided_regex' });
    expect(await refused({ structured_outputs: { grammar: 'x' } })).toMatchObject({ param: 'structured_outputs.grammar' });
    expect(await refused({ guided_grammar: 'x' })).toMatchObject({ code: 'unknown_parameter', param: 'guided_grammar' });
  });
});

describe('tools', () => {
  it('may be none', async () => {
    expect((await asked({ tools: [] })).tools).toBeUndefined();
    expect((await asked({ tools: null })).tools).toBeUndefined();
    expect(await refused({ tools: [], tool_choice: 'required' })).toMatchObject({ param: 'tool_choice' });
  });

  it('may be chosen from when there are none', async () => {
    expect((await asked({ tool_choice: 'none' })).tools).toBeUndefined();
    expect((await asked({ tool_choice: 'auto', parallel_tool_calls: true })).tools).toBeUndefined();
  });

  it('are chosen by an object', async () => {
    const { toolChoice } = await asked({ tools: [tool], tool_choice: { type: 'function', function: { name: 'look' } } });
    expect(toolChoice).toEqual({ name: 'look' });
  });

  it.each([{}, { parameters: {} }, { parameters: null }, { parameters: { type: 'object' }, strict: null }, { description: null }])(
    'may say little of their arguments: %o',
    async (more) => {
      expect((await asked({ tools: [{ type: 'function', function: { name: 'look', ...more } }] })).tools).toHaveLength(1);
    },
  );

  it('go together with a schema of the reply', async () => {
    const request = await asked({ tools: [tool], response_format: { type: 'json_schema', json_schema: { name: 'x', schema: SCHEMA } } });
    expect(request).toMatchObject({ schema: SCHEMA, tools: [{ function: { name: 'look' } }] });
  });

  it('are called in the shape of OpenAI, whole', async () => {
    words = [CALL, CALL];
    const { choices } = (await (await post('/chat/completions', { messages: [user], tools: [tool] })).json()) as Json;
    words = undefined;
    expect(choices[0].finish_reason).toBe('tool_calls');
    expect(choices[0].message).toMatchObject({ role: 'assistant', content: null, refusal: null });
    const calls = choices[0].message.tool_calls;
    expect(calls).toHaveLength(2);
    for (const call of calls)
      expect(call).toEqual({
        id: expect.stringMatching(/^call_\w+$/),
        type: 'function',
        function: { name: 'look', arguments: '{"at":"dog"}' },
      });
    expect(calls[0].id).not.toBe(calls[1].id);
  });

  it('are called in the shape of OpenAI, in pieces', async () => {
    words = [CALL, CALL];
    const chunks = await events('/chat/completions', { messages: [user], tools: [tool] });
    words = undefined;
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls.map(({ index, type }: Json) => [index, type])).toEqual([
      [0, 'function'],
      [1, 'function'],
    ]);
    for (const call of calls) expect(call).toMatchObject({ id: expect.stringMatching(/^call_/), function: { name: 'look' } });
    expect(chunks.at(-1).choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
  });

  it('that are not called leave no trace in the message', async () => {
    const { choices } = (await (await post('/chat/completions', { messages: [user], tools: [tool] })).json()) as Json;
    expect(Object.keys(choices[0].message)).toEqual(['role', 'content', 'refusal']);
  });
});

describe('messages', () => {
  const messagesOf = async (...messages: object[]): Promise<EngineRequest['messages']> => (await asked({ messages })).messages;
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"dog"}' } };

  it('of the assistant may have calls and no text', async () => {
    for (const content of [null, '', undefined]) {
      const [, second, third] = await messagesOf(
        user,
        { role: 'assistant', content, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', name: 'look', content: [{ type: 'text', text: 'yes' }] },
      );
      expect(second).toMatchObject({ role: 'assistant', content: content ?? null, tool_calls: [call] });
      expect(third).toMatchObject({ role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'yes' }] });
    }
  });

  it('of the assistant may have a list of no calls, which templates are not shown', async () => {
    const [, second] = await messagesOf(user, { role: 'assistant', content: 'Yes.', tool_calls: [] });
    expect(second).toEqual({ role: 'assistant', content: 'Yes.' });
  });

  it('of the assistant may be empty', async () => {
    expect((await messagesOf(user, { role: 'assistant', content: '' }, user))[1]).toEqual({ role: 'assistant', content: '' });
  });

  it('may come back with what services add to them', async () => {
    const [, second] = await messagesOf(user, {
      role: 'assistant',
      content: 'Yes.',
      refusal: null,
      audio: null,
      function_call: null,
      annotations: [],
      reasoning_content: 'Hm.',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }],
      thinking_blocks: [],
      provider_specific_fields: { a: 1 },
    });
    expect(second).toEqual({ role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' });
  });

  it.each(['system', 'developer'])('of the role %s may have parts', async (role) => {
    expect((await messagesOf({ role, content: [{ type: 'text', text: 'Be brief.' }] }, user))[0]?.content).toHaveLength(1);
  });

  it('may have the URL of an image by itself', async () => {
    const url = await pictureUrl([255, 0, 0]);
    const [first] = await messagesOf({ role: 'user', content: [{ type: 'image_url', image_url: url }] });
    expect(first?.content).toEqual([{ type: 'image', source: expect.any(Uint8Array) }]);
    const wrong = await refused({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] });
    expect(wrong).toMatchObject({ code: 'missing_required_parameter', param: 'messages[0].content[0].image_url.url' });
  });
});

describe('options', () => {
  it('that are null are not there', async () => {
    const nothing = { n: null, seed: null, stop: null, logit_bias: null, stream_options: null, max_tokens: null, top_logprobs: null };
    const more = { user: null, tool_choice: null, response_format: null, parallel_tool_calls: null, reasoning_effort: null };
    const { signal: _, owner: __, ...rest } = await asked({ ...nothing, ...more });
    expect(JSON.parse(JSON.stringify(rest))).toEqual({ messages: [user], temperature: 1 });
  });

  it('that change nothing are taken', async () => {
    const plain = {
      top_k: -1,
      min_p: 0,
      repetition_penalty: 1,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      logit_bias: {},
      stop: [],
    };
    const { topK, minP, repetitionPenalty, logitBias } = await asked(plain);
    expect([topK, minP, repetitionPenalty, logitBias]).toEqual([undefined, undefined, undefined, undefined]);
    await asked({ skip_special_tokens: true, spaces_between_special_tokens: true, use_beam_search: false, length_penalty: 1 });
    await asked({ prediction: { type: 'content', content: 'x' }, store: false, service_tier: 'auto', metadata: {}, prompt_cache_key: 'k' });
    expect(await refused({ skip_special_tokens: false })).toMatchObject({ param: 'skip_special_tokens', code: 'invalid_value' });
    expect(await refused({ use_beam_search: true })).toMatchObject({ param: 'use_beam_search', code: 'invalid_value' });
  });

  it('bound a reply by either name, or by -1 not at all', async () => {
    expect((await asked({ max_completion_tokens: 5, max_tokens: 9 })).maxTokens).toBe(5);
    expect((await asked({ max_tokens: -1 })).maxTokens).toBeGreaterThan(1e9);
    const response = await post('/completions', { prompt: 'x', max_tokens: -1 });
    expect(response.status).toBe(200);
    expect(engine.requests.at(-1)?.maxTokens).toBeGreaterThan(1e9);
    for (const max_tokens of [0, -2, 1.5])
      expect(await refused({ max_tokens })).toMatchObject({ param: 'max_tokens', code: 'invalid_value' });
  });

  it('stop at any of many texts', async () => {
    const stop = Array.from({ length: 12 }, (_, i) => `stop${i}`);
    expect((await asked({ stop })).stop).toEqual(stop);
    expect(await refused({ stop: [''] })).toMatchObject({ param: 'stop[0]' });
  });

  it('that nobody knows are refused by name, for a misspelt one would be silence', async () => {
    expect(await refused({ temprature: 0 })).toMatchObject({ code: 'unknown_parameter', param: 'temprature' });
  });
});

describe('streams', () => {
  it('say the role once, keep id and time, and end by a chunk of its own', async () => {
    const chunks = await events('/chat/completions', { messages: [user], stream_options: { include_usage: true } });
    expect(new Set(chunks.map(({ id, created, model, object }) => JSON.stringify([id, created, model, object]))).size).toBe(1);
    const deltas = chunks.flatMap(({ choices }) => choices.map((choice: Json) => choice.delta));
    expect(deltas.filter((delta) => 'role' in delta)).toEqual([{ role: 'assistant', content: '' }]);
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('A dog.');
    const [usage, end, ...before] = chunks.toReversed();
    expect(usage).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(end.choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
    for (const { choices, usage: early } of [end, ...before]) {
      expect(early).toBeNull();
      if (choices !== end.choices) expect(choices[0].finish_reason).toBeNull();
    }
  });

  it('have no usage unless it is asked for', async () => {
    const chunks = await events('/chat/completions', { messages: [user] });
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('of responses number their events and say where each belongs', async () => {
    words = ['A dog. ', CALL];
    const tools = [{ type: 'function', name: 'look', parameters: tool.function.parameters }];
    const all = await events('/responses', { input: 'x', tools });
    words = undefined;
    expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, i) => i));
    expect(all[0]).toMatchObject({ type: 'response.created', response: { created_at: expect.any(Number), model: 'fake', output: [] } });
    for (const event of all.filter(({ type }) => /output_item|output_text|content_part|function_call/.test(type)))
      expect(event.output_index).toEqual(expect.any(Number));
    for (const { item } of all.filter(({ type }) => /output_item/.test(type))) expect(item.id).toMatch(/^(msg|fc)_/);
    const deltas = all.filter(({ type }) => type === 'response.output_text.delta');
    for (const delta of deltas) expect(delta).toMatchObject({ item_id: expect.stringMatching(/^msg_/), content_index: 0, logprobs: [] });
    const types = all.map(({ type }) => type);
    for (const type of ['output_text.done', 'content_part.done', 'function_call_arguments.done'])
      expect(types).toContain(`response.${type}`);
    expect(types.at(-1)).toBe('response.completed');
    expect(all.at(-1).response.output.map(({ type }: Json) => type)).toEqual(['message', 'function_call']);
  });
});
