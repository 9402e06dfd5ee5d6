// A real model behind a server that is sent nonsense in every field: a clear 4xx each time, and the next question is answered as before.

import { connect } from 'node:net';
import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../media/index.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { pictureUrl } from './testing.js';

let engine: ModelEngine;
let server: RunningServer;
let before: unknown;
const causes: unknown[] = [];
const good = { model: 'tiny', messages: [{ role: 'user', content: 'Is there a dog?' }], max_tokens: 8, temperature: 0 };

interface Answer {
  status: number;
  error?: { message: string; type: string; param: string | null; code: string | null };
  choices?: unknown;
}
async function post(body: string | object): Promise<Answer> {
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

beforeAll(async () => {
  engine = await ModelEngine.load('models/sensorium-tiny', { slots: 2, maxQueue: 8 });
  server = await serve({ engine, model: 'tiny', port: 0, onRequest: ({ cause }) => void (cause !== undefined && causes.push(cause)) });
  before = (await post(good)).choices;
});
afterAll(async () => {
  // Nothing was unexpected, nothing is left over, and nobody's nonsense is in somebody else's answer.
  expect(causes).toEqual([]);
  expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  expect((await post(good)).choices).toEqual(before);
  await server.close({ drainMs: 0 });
  await engine.dispose();
});

/** Expects a 400 about this field. */
async function refused(body: string | object, param: string | RegExp, what: string): Promise<void> {
  const { status, error } = await post(body);
  expect([status, error?.type], `${what}: ${error?.message}`).toEqual([400, 'invalid_request_error']);
  expect(error?.param, what).toMatch(param);
  expect(error?.message.length, what).toBeGreaterThan(10);
}

const asking = (url: string) => ({ ...good, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
const picture = (bytes: Uint8Array, type = 'image/png'): string => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG whose header promises this size. */
function png(width: number, height: number, pixels: Uint8Array, ...more: Buffer[]): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), ...more, chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))]);
}

describe('a hostile client', () => {
  it('sends numbers that are none', async () => {
    const fields = [
      'temperature',
      'top_p',
      'top_k',
      'seed',
      'max_tokens',
      'max_completion_tokens',
      'n',
      'frequency_penalty',
      'presence_penalty',
      'top_logprobs',
    ];
    for (const field of fields)
      for (const value of ['1e999', '-1e999', '1e308', '"1"', '[]', '{}', 'true'])
        await refused(
          `{"model":"tiny","messages":[{"role":"user","content":"x"}],"logprobs":true,"${field}":${value}}`,
          field,
          `${field} ${value}`,
        );
    await refused('{"model":"tiny","temperature":NaN}', 'body', 'NaN');
    for (const id of ['1024', '99999999999999999999', '-1', '1.5', 'x'])
      await refused({ ...good, logit_bias: { [id]: 1 } }, `logit_bias.${id}`, `bias of ${id}`);
  });

  it('sends too much of everything', async () => {
    const many = <T>(length: number, value: T): T[] => new Array<T>(length).fill(value);
    await refused(`{"model":"tiny","messages":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'body', 'nested arrays');
    await refused(`{"model":"tiny","messages":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 'body', 'nested objects');
    await refused({ ...good, messages: many(3000, good.messages[0]) }, 'messages', 'messages');
    await refused(
      { ...good, messages: [{ role: 'user', content: many(3000, { type: 'text', text: 'x' }) }] },
      /^messages\[0\]\.content$/,
      'parts',
    );
    await refused({ ...good, stop: many(3000, 'x') }, 'stop', 'stop strings');
    await refused({ ...good, metadata: Object.fromEntries(many(250_000, 0).map((_, i) => [`k${i}`, 1])) }, 'body', 'metadata');
    await refused({ ...good, messages: [{ role: 'user', content: 'x'.repeat(5e6) }] }, 'messages', 'text');
    await refused({ ...good, messages: [{ role: 'user', content: 'x', name: 'y'.repeat(5e6) }] }, 'messages', 'a name');
    const { status } = await post({ ...good, stop: 'x'.repeat(1e6) });
    expect(status).toBe(200);
  });

  it('says which types would do where there are several', async () => {
    expect((await post({ ...good, stop: 5 })).error?.message).toMatch(/expected string or array/);
    expect((await post({ ...good, stop: new Array(99).fill('x') })).error?.message).toMatch(/<=64 items/);
    expect((await post({ ...good, messages: [{ role: 'user', content: 5 }] })).error?.message).toMatch(/expected string or array/);
  });

  it('writes strange characters', async () => {
    for (const content of ['\\ud800', '\\u0000\\u0001\\ufffe', '\\ue000\\uf8ff', '<|end|><|assistant|><image>', ' ']) {
      const { status, choices } = await post(`{"model":"tiny","messages":[{"role":"user","content":"${content}"}],"max_tokens":2,"n":1}`);
      expect([status, Array.isArray(choices)], content).toEqual([200, true]);
    }
    await refused('{"model":"tiny","messages":[{"role":"user","content":"x"}],"__proto__":{"n":2}}', '__proto__', 'a prototype');
  });

  it('names images that are none', async () => {
    const field = /^messages\[0\]\.content\[0\]\.image_url\.url$/;
    for (const url of [
      'ftp://a/x',
      'javascript:alert(1)',
      'file:///etc/passwd',
      ' http://a/',
      'data:',
      'data:;base64,',
      'data:image/png;base64,====',
      `data:${'x'.repeat(5000)};base64,AA==`,
      'C:\\x',
      'http://[::1',
    ])
      await refused(asking(url), field, url.slice(0, 40));
    for (const tail of ['!', ' x', '='.repeat(9)]) await refused(asking(`data:image/png;base64,${'A'.repeat(5e6)}${tail}`), field, tail);
    const part = /^messages\[0\]\.content\[0\]$/;
    await refused(asking(`data:image/png;base64,${'A'.repeat(4e6)}`), part, 'megabytes of nothing');
    await refused(
      asking(picture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'image/svg+xml')),
      part,
      'a drawing',
    );
    await refused(asking(picture(Buffer.from('%PDF-1.4'), 'application/pdf')), part, 'a document');
  });

  it('sends bombs', async () => {
    const part = /^messages\[0\]\.content\[0\]$/;
    for (const [width, height] of [[65_535, 65_535], [0x7fffffff, 0x7fffffff], [0, 0], [50_000_001, 1]] as const) // biome-ignore format: pairs
      await refused(asking(picture(png(width, height, Buffer.alloc(100)))), part, `${width}x${height}`);
    // Far more pixels in the file than its header says, and far more of a profile than any has.
    const profile = chunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), deflateSync(Buffer.alloc(2e7))]));
    for (const bomb of [png(1, 1, Buffer.alloc(2e7)), png(1, 1, Buffer.alloc(4), profile)])
      expect([200, 400]).toContain((await post(asking(picture(bomb)))).status);
  });

  it('sends a photograph of many megapixels, which is fine', async () => {
    const large = await encodePng({ width: 3000, height: 2000, data: new Uint8Array(3000 * 2000 * 3).fill(90) });
    expect((await post(asking(picture(large)))).status).toBe(200);
    expect((await post(asking(await pictureUrl([1, 2, 3])))).status).toBe(200);
  });

  it('asks for forms that cost too much', async () => {
    const form = (schema: object) => ({ ...good, response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
    const names = Array.from({ length: 3000 }, (_, i) => `p${i}`);
    const forms = {
      'a pattern of a million states': { type: 'string', pattern: '^(a|b)*a(a|b){20}$' },
      'counts of counts': { type: 'string', pattern: '(a{1,1000}){1,1000}' },
      'a string that never ends': { type: 'string', minLength: 1e12 },
      'an optional of an optional': { type: 'string', pattern: '^(a?b?){9999}$' },
      'counts of counts of counts': { type: 'string', pattern: '^((a{1,50}){1,50}){1,50}$' },
      'a long list': { type: 'array', minItems: 1e9 },
      'a product of patterns': { allOf: [2, 3, 5, 7, 11, 13, 17].map((n) => ({ type: 'string', pattern: `^(a{${n}})*$` })) },
      'thousands of optional properties': {
        type: 'object',
        properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
      },
      'thousands of required properties': { type: 'object', required: names },
      itself: { $ref: '#' },
    };
    for (const [what, schema] of Object.entries(forms)) await refused(form(schema), 'response_format', what);
  });

  it('does not speak HTTP', async () => {
    const say = (text: string): Promise<string> =>
      new Promise((done) => {
        let heard = '';
        const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (data) => {
          heard += String(data);
        });
        socket.on('error', () => {});
        socket.on('close', () => done(heard));
      });
    expect(await say('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request[\s\S]*"type":"invalid_request_error"/);
    const header = `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`;
    expect(await say(header)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"invalid_http"/);
    for (const host of ['a b', 'x/y', ''])
      expect(await say(`GET /health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 400 [\s\S]*(URL|host header)[\s\S]*"code":"invalid_http"/i,
      );
  });
});
