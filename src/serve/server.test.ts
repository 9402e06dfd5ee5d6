// The server around an engine of known speed, over sockets: malformed requests in every field, keys, limits, disconnects, draining.

import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { ContentPart } from '../text/index.js';
import type { RequestRecord } from './context.js';
import type { EngineRequest } from './engine.js';
import { parseKeys } from './keys.js';
import { type RunningServer, type ServeOptions, serve } from './server.js';
import { FakeEngine, type FakeOptions, pictureUrl, until } from './testing.js';

let server: RunningServer;
let engine: FakeEngine;
let records: RequestRecord[];
let client: OpenAI;

async function start(fake: FakeOptions = {}, options: Partial<ServeOptions> = {}): Promise<void> {
  engine = new FakeEngine(fake);
  records = [];
  server = await serve({ engine, model: 'fake', port: 0, onRequest: (r) => records.push(r), ...options });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-anybody', maxRetries: 0 });
}
afterEach(async () => {
  await server.close({ drainMs: 0 });
});

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hello' }];
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
interface ErrorJson {
  error: { message: string; type: string; param: string | null; code: string | null };
}
const errorOf = async (response: Response): Promise<ErrorJson['error']> => ((await response.json()) as ErrorJson).error;

describe('malformed requests', () => {
  it('are told which field is wrong', async () => {
    await start();
    const good = { model: 'fake', messages };
    const part = (content: unknown) => ({ messages: [{ role: 'user', content }] });
    const cases: [body: object, param: string][] = [
      [{ model: undefined }, 'model'],
      [{ model: 7 }, 'model'],
      [{ messages: undefined }, 'messages'],
      [{ messages: [] }, 'messages'],
      [{ messages: 'hello' }, 'messages'],
      [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
      [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
      [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
      [{ messages: [...messages, { role: 'tool', content: 'x' }] }, 'messages[1].tool_call_id'],
      [part([]), 'messages[0].content'],
      [part([{ type: 'text' }]), 'messages[0].content[0].text'],
      [part([{ type: 'film' }]), 'messages[0].content[0].type'],
      [part([{ type: 'video' }]), 'messages[0].content[0].video'],
      [part([{ type: 'image_url', image_url: 'x' }]), 'messages[0].content[0].image_url.url'],
      [part([{ type: 'image_url', image_url: 5 }]), 'messages[0].content[0].image_url'],
      [part([{ type: 'image_url', image_url: { url: 'x', detail: 'huge' } }]), 'messages[0].content[0].image_url.detail'],
      [part([{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }]), 'messages[0].content[0]'],
      [part([{ type: 'file', file: { file_id: 'x' } }]), 'messages[0].content[0].file.file_id'],
      [part([{ type: 'file', file: {} }]), 'messages[0].content[0].file.file_id'],
      [part([{ type: 'file', file: { file_data: 'file-abc' } }]), 'messages[0].content[0].file.file_data'],
      [part([{ type: 'file', file: { file_data: 'data:image/png;base64,', file_id: 'file-a' } }]), 'messages[0].content[0].file'],
      [part([{ type: 'image_url', image_url: { url: 'data:image/png,abc' } }]), 'messages[0].content[0].image_url.url'],
      [part([{ type: 'image_url', image_url: { url: 'data:image/png;base64,a!' } }]), 'messages[0].content[0].image_url.url'],
      [{ messages: [{ role: 'system', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }, 'messages[0].content[0].type'],
      [{ temperature: 3 }, 'temperature'],
      [{ temperature: 'hot' }, 'temperature'],
      [{ top_p: -0.1 }, 'top_p'],
      [{ top_k: -2 }, 'top_k'],
      [{ seed: 1.5 }, 'seed'],
      [{ stop: '' }, 'stop'],
      [{ stop: new Array(65).fill('x') }, 'stop'],
      [{ n: 0 }, 'n'],
      [{ n: 1000 }, 'n'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ max_completion_tokens: -2 }, 'max_completion_tokens'],
      [{ logprobs: 5 }, 'logprobs'],
      [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
      [{ top_logprobs: 2 }, 'top_logprobs'],
      [{ stream: 'yes' }, 'stream'],
      [{ stream_options: { include_usage: true } }, 'stream_options'],
      [{ response_format: { type: 'xml' } }, 'response_format.type'],
      [{ response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {} } } }, 'response_format'],
      [{ tools: [{ type: 'function', function: { name: 'with space' } }] }, 'tools[0].function.name'],
      [{ tools: [{ type: 'function', function: { name: 'look' } }] }, 'tools'],
      [{ tool_choice: 'required' }, 'tool_choice'],
      [{ frequency_penalty: 3 }, 'frequency_penalty'],
      [{ presence_penalty: 'x' }, 'presence_penalty'],
      [{ logit_bias: { 5: 101 } }, 'logit_bias.5'],
      [{ logit_bias: { dog: 1 } }, 'logit_bias.dog'],
      [{ logit_bias: Object.fromEntries(Array.from({ length: 301 }, (_, i) => [i, 1])) }, 'logit_bias'],
      [{ messages: Array.from({ length: 3000 }, () => messages[0]) }, 'messages'],
      [{ modalities: ['audio'] }, 'modalities[0]'],
      [{ temprature: 1 }, 'temprature'],
      [{ functions: [] }, 'functions'],
    ];
    for (const [body, param] of cases) {
      const response = await post({ ...good, ...body });
      const error = await errorOf(response);
      expect([response.status, error.param, error.type], JSON.stringify(body)).toEqual([400, param, 'invalid_request_error']);
      expect(error.message.length).toBeGreaterThan(10);
    }
    expect(engine.requests).toEqual([]);
    // All of it neutral: taken.
    const neutral = {
      temperature: null,
      top_p: 0,
      stop: null,
      n: null,
      frequency_penalty: 0,
      logit_bias: {},
      tools: null,
      user: 'u',
      store: false,
    };
    expect((await post({ ...good, ...neutral, max_tokens: 1 })).status).toBe(200);
  });

  it('are told from the wrong place, method, type and model', async () => {
    await start();
    const status = async (response: Response): Promise<unknown[]> => [response.status, (await errorOf(response)).code];
    expect(await status(await post('{'))).toEqual([400, 'invalid_json']);
    expect(await status(await post('[]'))).toEqual([400, 'invalid_json']);
    for (const depth of [100, 100_000])
      expect(await status(await post(`{"metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`)), String(depth)).toEqual([
        400,
        'invalid_json',
      ]);
    expect(await status(await post(''))).toEqual([400, 'invalid_json']);
    expect(await status(await post({ model: 'fake', messages }, { 'content-type': 'text/plain' }))).toEqual([
      415,
      'unsupported_media_type',
    ]);
    expect(await status(await post({ model: 'gpt-9', messages }))).toEqual([404, 'model_not_found']);
    expect(await status(await fetch(`${server.url}/v1/nothing`))).toEqual([404, 'unknown_url']);
    const wrong = await fetch(`${server.url}/v1/chat/completions`);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await status(wrong)).toEqual([405, 'method_not_allowed']);
    const embed = await fetch(`${server.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await status(embed)).toEqual([404, 'model_not_found']);
  });

  it('do not see the inside of unexpected errors, which the log does', async () => {
    await start({ failAfter: { tokens: 0, error: new Error('secret at /srv/models') } });
    const response = await post({ model: 'fake', messages });
    expect(response.status).toBe(500);
    expect(JSON.stringify(await response.json())).not.toContain('secret');
    await until(() => records.length === 1, 'the request is logged');
    expect(String(records[0]?.cause)).toContain('secret');
  });

  it('end a stream that fails midway with an error event', async () => {
    await start({ failAfter: { tokens: 2, error: new Error('secret') } });
    const stream = await client.chat.completions.create({ model: 'fake', messages, stream: true });
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    };
    await expect(read()).rejects.toThrow(/server had an error/);
    expect(text).toBe('word0 word1 ');
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe('streams', () => {
  it('of several choices carry each its index, one role, one finish, and the usage of all', async () => {
    await start();
    const request = { model: 'fake', messages, n: 3, max_tokens: 4, logprobs: true, top_logprobs: 2 };
    const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
    const [texts, roles, finishes, tokens] = [
      ['', '', ''],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const add = (counts: number[], index: number, n: number): void => {
      counts[index] = (counts[index] as number) + n;
    };
    let usage: unknown;
    for await (const chunk of stream) {
      for (const { index, delta, finish_reason, logprobs } of chunk.choices) {
        texts[index] += delta.content ?? '';
        add(roles, index, delta.role ? 1 : 0);
        add(finishes, index, finish_reason ? 1 : 0);
        add(tokens, index, logprobs?.content?.filter((t) => t.top_logprobs.length === 2).length ?? 0);
      }
      usage = chunk.usage;
    }
    expect(texts).toEqual(Array(3).fill('word0 word1 word2 word3 '));
    expect([roles, finishes, tokens]).toEqual([Array(3).fill(1), Array(3).fill(1), Array(3).fill(4)]);
    expect(usage).toEqual({ prompt_tokens: 10, completion_tokens: 12, total_tokens: 22 });
  });
});

describe('images by URL', () => {
  it('are fetched where that is allowed, and the client hears why not', async () => {
    const picture = createServer((_, response) => void response.end('bytes of a picture'));
    await new Promise<void>((done) => picture.listen(0, '127.0.0.1', done));
    const { port } = picture.address() as AddressInfo;
    await start(
      {},
      {
        remote: {
          allowHosts: ['*.example'],
          resolve: async (host) => [host.startsWith('inside') ? '10.0.0.1' : '93.184.216.34'],
          connect: () => connectTcp({ host: '127.0.0.1', port }),
        },
      },
    );
    const ask = (url: string) =>
      client.chat.completions.create({
        model: 'fake',
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
        max_tokens: 1,
      });
    await ask('http://pictures.example/a.png');
    const content = (engine.requests[0] as EngineRequest).messages[0]?.content as ContentPart[];
    expect(String((content[0] as { source?: unknown }).source)).toBe('bytes of a picture');
    const param = 'messages[0].content[0].image_url.url';
    for (const url of ['http://inside.example/', 'http://pictures.other/', 'http://localhost/', 'https://[::1]/'])
      await expect(ask(url), url).rejects.toMatchObject({ status: 400, code: 'invalid_image_url', param });
    expect(engine.requests).toHaveLength(1);
    picture.closeAllConnections();
    picture.close();
  });
});

describe('tools', () => {
  it('are given to the engine; calls come back whole and streamed', async () => {
    const reply = ['I look. <tool', '_call>{"name": "crop", "argum', 'ents": {"n": 1}}</tool_call>'];
    await start({ abilities: { tools: true }, say: (request) => (request.tools ? reply : ['plain']) });
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'crop', parameters: { type: 'object' } } }];
    const [choice] = (await client.chat.completions.create({ model: 'fake', messages, tools })).choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.content).toBe('I look. ');
    expect(choice?.message.tool_calls).toMatchObject([{ type: 'function', function: { name: 'crop', arguments: '{"n":1}' } }]);
    const final = await client.chat.completions.stream({ model: 'fake', messages, tools }).finalChatCompletion();
    expect(final.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'I look. ' } });
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'crop', arguments: '{"n":1}' } });
    const none = await client.chat.completions.create({ model: 'fake', messages, tools, tool_choice: 'none' });
    expect(none.choices[0]?.message.content).toBe('plain');
    // Without constraints nothing can be forced.
    await expect(client.chat.completions.create({ model: 'fake', messages, tools, tool_choice: 'required' })).rejects.toMatchObject({
      status: 400,
      param: 'tool_choice',
      code: 'unsupported_parameter',
    });
  });

  it('are called once at most where parallel calls are switched off', async () => {
    const call = '<tool_call>{"name": "crop"}</tool_call>';
    await start({ abilities: { tools: true }, say: () => ['I look. ', `${call}${call}`, call] });
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'crop' } }];
    const calls = async (parallel_tool_calls?: boolean) =>
      (await client.chat.completions.create({ model: 'fake', messages, tools, parallel_tool_calls })).choices[0]?.message.tool_calls;
    expect(await calls()).toHaveLength(3);
    expect(await calls(true)).toHaveLength(3);
    expect(await calls(false)).toHaveLength(1);
    expect(engine.requests.map((request) => request.singleCall)).toEqual([undefined, undefined, true]);
  });

  it('schemas reach an engine that can constrain', async () => {
    await start({ abilities: { schema: true }, say: () => ['{}'] });
    const schema = { type: 'object', properties: {} };
    await client.chat.completions.create({
      model: 'fake',
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    await client.chat.completions.create({ model: 'fake', messages, response_format: { type: 'json_object' } });
    expect(engine.requests.map((request) => request.schema)).toEqual([schema, { type: 'object' }]);
  });
});

describe('keys and limits', () => {
  it('nobody asks without a key, and everybody as often as it allows', async () => {
    await start({}, { keys: parseKeys('sk-first-key name=first rpm=2\nsk-second-key', 'keys'), rpm: 1000 });
    const ask = (key?: string): Promise<Response> =>
      post({ model: 'fake', messages, max_tokens: 1 }, key ? { authorization: `Bearer ${key}` } : {});
    expect((await ask()).status).toBe(401);
    const wrong = await ask('sk-wrong-key');
    expect([wrong.status, (await errorOf(wrong)).code]).toEqual([401, 'invalid_api_key']);
    for (const path of ['/v1/models', '/metrics']) expect((await fetch(server.url + path)).status, path).toBe(401);
    for (const path of ['/health', '/openapi.json']) expect((await fetch(server.url + path)).status, path).toBe(200);
    const first = await ask('sk-first-key');
    expect([first.status, first.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, '1']);
    await ask('sk-first-key');
    const third = await ask('sk-first-key');
    expect([third.status, (await errorOf(third)).code]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask('sk-second-key')).status).toBe(200);
    await until(() => records.length === 10, 'all requests are logged');
    expect(records.filter((r) => r.key === 'first').map((r) => r.status)).toEqual([200, 200, 429]);
    expect(JSON.stringify(records)).not.toContain('sk-');
  });

  it('bodies and images are bounded', async () => {
    await start({}, { limits: { maxBody: 20_000, maxImages: 2 } });
    const large = await post({ model: 'fake', messages: [{ role: 'user', content: 'x'.repeat(20_000) }] });
    expect([large.status, (await errorOf(large)).code]).toEqual([413, 'request_too_large']);
    // Without a length in the header, too.
    const chunked = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob(['x'.repeat(30_000)]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    const image_url = { url: await pictureUrl([1, 2, 3]) };
    const content = (n: number) => Array.from({ length: n }, () => ({ type: 'image_url', image_url }));
    expect((await post({ model: 'fake', messages: [{ role: 'user', content: content(2) }], max_tokens: 1 })).status).toBe(200);
    const many = await post({ model: 'fake', messages: [{ role: 'user', content: content(3) }] });
    expect([many.status, (await errorOf(many)).param]).toEqual([400, 'messages[0].content[2]']);
  });

  it('a full queue sends away with a time to come back, and n choices enter together or not at all', async () => {
    await start({ slots: 1, maxQueue: 2, tokenMs: 5 });
    const running = [1, 2].map(() => client.chat.completions.create({ model: 'fake', messages, max_tokens: 20 }));
    await until(() => engine.stats().queued === 1, 'one runs and one waits');
    const many = await post({ model: 'fake', messages, n: 3 });
    expect([many.status, (await errorOf(many)).code]).toEqual([429, 'queue_full']);
    expect(Number(many.headers.get('retry-after'))).toBeGreaterThan(0);
    await until(() => engine.stats().queued <= 1, 'the refused choices have left the queue');
    expect((await Promise.all(running)).map((c) => c.usage?.completion_tokens)).toEqual([20, 20]);
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe('clients that leave', () => {
  it('free their slot, while streaming, while waiting for the answer, and in the queue', async () => {
    await start({ slots: 2, tokenMs: 10 });
    const forever = { model: 'fake', messages, max_tokens: 100_000 };
    const leaving = new AbortController();
    const stream = await client.chat.completions.create({ ...forever, stream: true }, { signal: leaving.signal });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break; // closes the connection
    await until(() => engine.stats().running === 0, 'the stream has left its slot');
    const whole = [1, 2, 3].map(() =>
      client.chat.completions.create(forever, { signal: leaving.signal }).catch((error: Error) => error.name),
    );
    await until(() => engine.stats().running === 2 && engine.stats().queued === 1, 'two run and one waits');
    leaving.abort();
    await Promise.all(whole);
    await until(() => engine.stats().running === 0 && engine.stats().queued === 0, 'all slots are free');
    await until(() => records.length === 4, 'all requests are logged');
    expect(records.map((r) => r.status)).toEqual([499, 499, 499, 499]);
    expect((await client.chat.completions.create({ model: 'fake', messages, max_tokens: 2 })).choices[0]?.message.content).toBe(
      'word0 word1 ',
    );
  });

  it('a slow reader does not hold its slot, one that stalls is cut off', async () => {
    const filler = 'x'.repeat(50_000);
    await start({ say: () => Array.from({ length: 400 }, () => filler) }, { limits: { stallMs: 200 } });
    const request = httpRequest(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' } });
    request.on('response', (response) => {
      response.pause(); // 20 MB wait for somebody who never reads
      response.on('error', () => {});
    });
    request.on('error', () => {});
    request.end(JSON.stringify({ model: 'fake', messages, stream: true, max_tokens: 400 }));
    await until(() => engine.requests.length === 1 && engine.stats().running === 0, 'the engine is done with it');
    await until(() => records.length === 1, 'the request is logged');
    expect(records[0]?.status).toBe(499);
    request.destroy();
  });
});

describe('draining', () => {
  it('finishes what runs, accepts nothing new, then is gone', async () => {
    await start({ tokenMs: 10 });
    const running = client.chat.completions.create({ model: 'fake', messages, max_tokens: 30 });
    await until(() => engine.stats().running === 1, 'it runs');
    const closing = server.close({ drainMs: 600_000 });
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
    expect((await running).usage?.completion_tokens).toBe(30);
    expect(await closing).toBe(0);
  });

  it('cuts off what takes too long, with an error that says so', async () => {
    await start({ tokenMs: 10 });
    const whole = post({ model: 'fake', messages, max_tokens: 100_000 });
    const stream = await client.chat.completions.create({ model: 'fake', messages, max_tokens: 100_000, stream: true });
    await until(() => engine.stats().running === 2, 'both run');
    const read = (async () => {
      for await (const _ of stream);
    })().catch((error: Error) => error.message);
    expect(await server.close({ drainMs: 50 })).toBe(2);
    const answer = await whole;
    expect([answer.status, (await errorOf(answer)).code]).toEqual([503, 'shutting_down']);
    expect(await read).toMatch(/shutting down/);
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });
});

describe('the OpenAPI document', () => {
  it('describes every route with resolvable references', async () => {
    await start({}, { keys: parseKeys('sk-first-key', 'k') });
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Record<string, Record<string, Record<string, unknown>>>;
    expect(Object.keys(document.paths as object)).toEqual([
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/responses',
      '/v1/responses/{response_id}',
      '/v1/responses/{response_id}/input_items',
      '/v1/models',
      '/v1/models/{model}',
      '/tokenize',
      '/detokenize',
      '/version',
      '/health',
      '/ready',
      '/metrics',
      '/openapi.json',
      '/v1/files',
      '/v1/files/{file_id}',
      '/v1/files/{file_id}/content',
    ]);
    const schemas = Object.keys(document.components?.schemas as object);
    const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1] as string);
    expect(refs.length).toBeGreaterThan(10);
    expect(refs.filter((name) => !schemas.includes(name))).toEqual([]);
    expect(document.components?.schemas).toMatchObject({ ChatCompletionRequest: { required: ['model', 'messages'] } });
    // What linters of such documents complain of: a choice of one.
    const choices = (value: unknown): number[] =>
      typeof value !== 'object' || value === null
        ? []
        : Object.entries(value).flatMap(([key, v]) => [...(key === 'oneOf' ? [(v as unknown[]).length] : []), ...choices(v)]);
    const counts = choices(document);
    expect([counts.length > 5, Math.min(...counts)]).toEqual([true, 2]);
  });
});

describe('every operation of the document', () => {
  it('has an id of its own and the errors that any request may get', async () => {
    await start();
    interface Operation {
      operationId: string;
      responses: Record<string, unknown>;
    }
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      servers: unknown;
      security: unknown;
      paths: Record<string, Record<string, Operation>>;
    };
    expect([document.servers, document.security]).toEqual([[{ url: '/' }], []]);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['postChatCompletions', 'getModelsByModel', 'getFilesByFileIdContent']));
    for (const { operationId, responses } of operations)
      expect(Object.keys(responses), operationId).toEqual(expect.arrayContaining(['200', '400', '403', '405', '408', '431', '500']));
  });
});

describe('listening', () => {
  it('says when the port is taken', async () => {
    await start();
    await expect(serve({ engine, model: 'x', port: server.port })).rejects.toThrow(/the port is taken.*--port/);
  });
});
