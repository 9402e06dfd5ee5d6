// Streams that have to wait: comments keep the connection in use, clients skip them, and errors are told in time or by the last event.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from './context.js';
import { ApiError } from './errors.js';
import { type RunningServer, serve } from './server.js';
import type { Ticket } from './slots.js';
import { FakeEngine, type FakeOptions, ManualClock, rawClient, until } from './testing.js';

let server: RunningServer;
let engine: FakeEngine;
let clock: ManualClock;
let client: OpenAI;
let records: RequestRecord[];
/** Holds the only slot. */
let slot: Ticket;

async function start(fake: FakeOptions = {}): Promise<void> {
  engine = new FakeEngine({ slots: 1, ...fake });
  clock = new ManualClock();
  records = [];
  server = await serve({ engine, model: 'fake', port: 0, clock, onRequest: (record) => records.push(record) });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  slot = engine.slots.enter();
}
afterEach(async () => {
  slot.release();
  await server.close({ drainMs: 0 });
});

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hello' }];
const request = { model: 'fake', messages, max_tokens: 2 };

/** A stream as bytes. */
function raw(path: string, body: object) {
  const text = JSON.stringify({ ...body, stream: true });
  const head = [`POST ${path} HTTP/1.1`, 'host: localhost', 'content-type: application/json', 'connection: close'];
  return rawClient(server.port, [...head, `content-length: ${text.length}`, '', text].join('\r\n'));
}

/** Lets time pass, in steps that nothing takes for a stall, until something holds. */
async function pass(condition: () => boolean): Promise<void> {
  await until(() => {
    if (condition()) return true;
    clock.advance(5000);
    return false;
  }, 'time has passed');
}

describe('a stream that waits', () => {
  it('is answered after a while, with comments until there is something to say', async () => {
    await start();
    const reader = raw('/v1/chat/completions', request);
    await until(() => engine.requests.length === 1, 'it is in the queue');
    clock.advance(14_000);
    expect(reader.heard()).toBe('');
    await pass(() => reader.heard().split(': waiting').length > 3);
    expect(reader.heard()).toMatch(/^HTTP\/1\.1 200 /);
    expect(reader.heard()).not.toContain('data:');
    slot.release();
    expect(await reader.closed).toMatch(/: waiting[\s\S]*"role":"assistant"[\s\S]*word0[\s\S]*word1[\s\S]*data: \[DONE\]/);
    await until(() => records.length === 1, 'it is logged');
    expect(records[0]).toMatchObject({ status: 200, stream: true, completionTokens: 2 });
  });

  it('reads the same with the openai package and the AI SDK, which skip comments', async () => {
    await start();
    const stream = client.chat.completions.create({ ...request, stream: true });
    const responses = client.responses.create({ model: 'fake', input: 'Hello', max_output_tokens: 2, stream: true });
    const provider = createOpenAICompatible({ name: 'sensorium', baseURL: `${server.url}/v1` });
    const sdk = streamText({ model: provider('fake'), prompt: 'Hello', maxOutputTokens: 2 });
    const texts = Promise.all([
      (async () => {
        let text = '';
        for await (const chunk of await stream) text += chunk.choices[0]?.delta.content ?? '';
        return text;
      })(),
      (async () => {
        let text = '';
        for await (const event of await responses) if (event.type === 'response.output_text.delta') text += event.delta;
        return text;
      })(),
      sdk.text,
    ]);
    await until(() => engine.requests.length === 3, 'all are in the queue');
    let open = 0;
    stream.then(() => open++);
    responses.then(() => open++);
    await pass(() => open === 2); // the answers have begun
    for (let i = 0; i < 10; i++) {
      clock.advance(5000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    slot.release();
    expect(await texts).toEqual(['word0 word1 ', 'word0 word1 ', 'word0 word1 ']);
  });

  it('that fails in time has the status of its error', async () => {
    await start({ failAfter: { tokens: 0, error: new ApiError(400, 'Too long', { code: 'context_length_exceeded' }) } });
    slot.release();
    await expect(client.chat.completions.create({ ...request, stream: true })).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
  });

  it('that fails later ends with an error event, on every endpoint', async () => {
    await start({ failAfter: { tokens: 0, error: new ApiError(400, 'Too long', { code: 'context_length_exceeded' }) } });
    const stream = client.chat.completions.create({ ...request, stream: true });
    const [plain, items] = [
      raw('/v1/completions', { model: 'fake', prompt: 'Hello' }),
      raw('/v1/responses', { model: 'fake', input: 'Hello' }),
    ];
    await until(() => engine.requests.length === 3, 'all are in the queue');
    await pass(() => [plain, items].every((reader) => reader.heard().includes(': waiting')));
    slot.release();
    const read = async (): Promise<void> => {
      for await (const _ of await stream);
    };
    await expect(read()).rejects.toThrow(/Too long/);
    expect(await plain.closed).toMatch(/data: \{"error":\{"message":"Too long".*"code":"context_length_exceeded"\}\}/);
    expect(await items.closed).toMatch(/event: error\r?\ndata: \{"type":"error","sequence_number":0,"code":"context_length_exceeded"/);
    await until(() => records.length === 3, 'all are logged');
    expect(records.map(({ status, error }) => [status, error])).toEqual(Array(3).fill([200, 'Too long']));
  });

  it('that is left frees its place', async () => {
    await start();
    const reader = raw('/v1/chat/completions', request);
    await until(() => engine.stats().queued === 1, 'it is in the queue');
    await pass(() => reader.heard().includes(': waiting'));
    reader.socket.destroy();
    await until(() => engine.stats().queued === 0, 'it has left the queue');
    await until(() => records.length === 1, 'it is logged');
    expect(records[0]?.status).toBe(499);
  });
});

describe('a whole answer that waits', () => {
  it('gets no bytes before its status is known', async () => {
    await start({ failAfter: { tokens: 0, error: new ApiError(400, 'Too long', { code: 'context_length_exceeded' }) } });
    const answer = client.chat.completions.create(request);
    await until(() => engine.requests.length === 1, 'it is in the queue');
    for (let i = 0; i < 10; i++) {
      clock.advance(5000);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    slot.release();
    await expect(answer).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });
});
