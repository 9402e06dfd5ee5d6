// Tokens over HTTP: what /tokenize counts is what a request is charged, and /detokenize gives the text back.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { framedIds } from '../text/index.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl, TOOLS_TEMPLATE } from './testing.js';

let model: Mllm;
let engine: ModelEngine;
let server: RunningServer;
beforeAll(async () => {
  model = await Mllm.load('models/sensorium-tiny', { template: TOOLS_TEMPLATE.replace('{{ tool | tojson }}', '{{ tool.function.name }}') });
  engine = await ModelEngine.create(model);
  server = await serve({ engine, model: 'tiny', port: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await engine.dispose();
  await model.dispose();
});

interface Answer {
  status: number;
  count: number;
  tokens: number[];
  token_strs: string[] | null;
  max_model_len: number;
  prompt: string;
  usage: { prompt_tokens: number };
  error: { code: string; param: string };
}
async function post(path: string, body: object, at = server): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${at.url}${path}`, { method: 'POST', headers, body: JSON.stringify({ model: 'tiny', ...body }) });
  return { ...((await response.json()) as Answer), status: response.status };
}
const messages = [{ role: 'user', content: 'Is there a dog?' }];

describe('tokenize', () => {
  it('gives the ids of a prompt and their texts', async () => {
    const prompt = 'A red cup <|end|>';
    const { tokens, count, max_model_len, token_strs } = await post('/tokenize', { prompt, return_token_strs: true });
    expect(tokens).toEqual([...framedIds(model.tokenizer, prompt, { special: true })]);
    expect(count).toBe(tokens.length);
    expect(max_model_len).toBe(engine.contextLength);
    expect(token_strs?.join('')).toBe(prompt);
    expect((await post('/tokenize', { prompt })).token_strs).toBeNull();
    expect((await post('/detokenize', { tokens })).prompt).toBe(prompt);
  });

  it.each([
    ['a conversation', {}],
    ['tools', { tools: [{ type: 'function', function: { name: 'look' } }] }],
    ['a message that is continued', { messages: [...messages, { role: 'assistant', content: 'There' }], continue_final_message: true }],
  ])('counts %s as a request with it', async (_, more) => {
    const { count } = await post('/tokenize', { messages, ...more });
    const { usage } = await post('/v1/chat/completions', { messages, ...more, max_tokens: 1 });
    expect(count).toBe(usage.prompt_tokens);
  });

  it('refuses what it cannot count, by field', async () => {
    const refused = async (body: object, path = '/tokenize'): Promise<unknown[]> => {
      const { status, error } = await post(path, body);
      return [status, error.param, error.code];
    };
    expect(await refused({})).toEqual([400, 'prompt', 'invalid_value']);
    expect(await refused({ prompt: 'x', messages })).toEqual([400, 'messages', 'invalid_value']);
    expect(await refused({ prompt: 'dog '.repeat(1e6) })).toEqual([400, 'prompt', 'context_length_exceeded']);
    expect(await refused({ prompt: 'x', model: 'gpt-9' })).toEqual([404, 'model', 'model_not_found']);
    const content = [{ type: 'image_url', image_url: { url: await pictureUrl([1, 2, 3]) } }];
    expect(await refused({ messages: [{ role: 'user', content }] })).toEqual([400, 'messages[0].content[0]', 'unsupported_content']);
    expect(await refused({ tokens: [1e6] }, '/detokenize')).toEqual([400, 'tokens', 'invalid_value']);
    expect(await refused({ tokens: [-1] }, '/detokenize')).toEqual([400, 'tokens[0]', 'invalid_value']);
  });

  it('is there only for engines that work on tokens', async () => {
    const fake = await serve({ engine: new FakeEngine(), model: 'tiny', port: 0 });
    expect((await post('/tokenize', { prompt: 'x' }, fake)).status).toBe(404);
    expect((await post('/detokenize', { tokens: [1] }, fake)).status).toBe(404);
    await fake.close();
  });
});

it('the version is told, and the context in both words', async () => {
  const get = async (path: string): Promise<Record<string, unknown>> => (await fetch(`${server.url}${path}`)).json() as never;
  expect((await get('/version')).version).toMatch(/^\d+\.\d+/);
  expect(await get('/v1/models/tiny')).toMatchObject({ max_model_len: engine.contextLength, context_length: engine.contextLength });
});
