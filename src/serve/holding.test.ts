// A server that holds: bodies of any framing, slow senders, readers that take nothing, memory, hosts, and what is barely HTTP; over
// sockets, with a clock that is moved by hand.

import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { RequestRecord } from './context.js';
import { parseKeys } from './keys.js';
import { type RunningServer, type ServeOptions, serve } from './server.js';
import { FakeEngine, type FakeOptions, ManualClock, type RawClient, rawClient, until } from './testing.js';

let server: RunningServer;
let engine: FakeEngine;
let clock: ManualClock;
let records: RequestRecord[];
const clients: RawClient[] = [];

async function start(options: Partial<ServeOptions> = {}, fake: FakeOptions = {}): Promise<void> {
  engine = new FakeEngine(fake);
  clock = new ManualClock();
  records = [];
  server = await serve({ engine, model: 'fake', port: 0, clock, onRequest: (record) => records.push(record), ...options });
}
afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await server.close({ drainMs: 0 });
});

const raw = (text: string): RawClient => {
  const client = rawClient(server.port, text);
  clients.push(client);
  return client;
};
const body = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 });
const head = (path: string, ...headers: string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: localhost', 'content-type: application/json', ...headers, '', ''].join('\r\n');
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const CHUNKED = 'transfer-encoding: chunked';
const post = (headers: Record<string, string> = {}, sent: string | Uint8Array<ArrayBuffer> = body): Promise<Response> =>
  fetch(`${server.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: sent });
const outcome = async (response: Response): Promise<unknown[]> => [
  response.status,
  ((await response.json()) as { error?: { code: string } }).error?.code,
];
/** Status and error code of a raw answer. */
const answered = (text: string): unknown[] => [Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), /"code":"(\w+)"/.exec(text)?.[1]];

describe('bodies without a length', () => {
  it('are read on every route', async () => {
    await start();
    const close = 'connection: close';
    const whole = await raw(head('/v1/chat/completions', CHUNKED, close) + chunk(body.slice(0, 9)) + chunk(body.slice(9)) + chunk(''))
      .closed;
    expect(whole).toMatch(/^HTTP\/1\.1 200 [\s\S]*word0 word1/);
    const extended = `${body.length.toString(16)};name="value"\r\n${body}\r\n0\r\nx-trailer: 1\r\n\r\n`;
    expect(await raw(head('/v1/chat/completions', CHUNKED, close) + extended).closed).toMatch(/^HTTP\/1\.1 200 /);
    // No model for embeddings here: refused for that, not for its framing.
    expect(answered(await raw(head('/v1/embeddings', CHUNKED, close) + chunk('{}') + chunk('')).closed)).toEqual([404, 'model_not_found']);
    expect(answered(await raw(head('/v1/chat/completions', CHUNKED, close) + chunk('')).closed)).toEqual([400, 'invalid_json']);
    expect(records.map(({ status }) => status)).toEqual([200, 200, 404, 400]);
  });

  it('upload files, as the openai package streams them', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sensorium-upload-'));
    try {
      const bytes = Buffer.alloc(300_000, 7);
      await writeFile(join(dir, 'a.png'), bytes);
      await start();
      const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
      const file = await client.files.create({ file: createReadStream(join(dir, 'a.png')), purpose: 'vision' });
      expect(file).toMatchObject({ bytes: bytes.length, filename: 'a.png' });
      expect(bytes.equals(Buffer.from(await (await client.files.content(file.id)).arrayBuffer()))).toBe(true);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('are bounded, and refused where the chunks are not chunks', async () => {
    await start({ limits: { maxBody: 1000 } });
    const large = raw(head('/v1/chat/completions', CHUNKED) + chunk('x'.repeat(600)) + chunk('x'.repeat(600)));
    expect(answered(await large.closed)).toEqual([413, 'request_too_large']);
    const bad = ['zz\r\nabc\r\n', '-5\r\nabc\r\n', `${chunk('{')}nonsense\r\n`, '5\r\nabcdefgh\r\n'];
    for (const chunks of bad)
      expect(answered(await raw(head('/v1/chat/completions', CHUNKED) + chunks).closed), chunks).toEqual([400, 'invalid_http']);
    expect(answered(await raw(head('/v1/chat/completions', CHUNKED, 'content-length: 3') + chunk('abc')).closed)).toEqual([
      400,
      'invalid_http',
    ]);
    expect(answered(await raw(head('/v1/chat/completions', 'transfer-encoding: gzip, chunked')).closed)).toEqual([501, 'invalid_http']);
    expect(await outcome(await post())).toEqual([200, undefined]);
  });
});

describe('forms', () => {
  it('of very many parts are refused before they are parsed', async () => {
    await start();
    const form = `${'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n1\r\n'.repeat(1000)}--x--\r\n`;
    for (const boundary of ['boundary=x', 'charset=utf-8; boundary="x"']) {
      const headers = { 'content-type': `multipart/form-data; ${boundary}` };
      const response = await fetch(`${server.url}/v1/files`, { method: 'POST', headers, body: form });
      expect(await outcome(response)).toEqual([400, 'invalid_form']);
    }
  });
});

describe('packed bodies', () => {
  it('are unpacked within the bound, others are refused', async () => {
    await start({ limits: { maxBody: 10_000 } });
    const packed = { gzip: gzipSync(body), deflate: deflateSync(body), br: brotliCompressSync(body), identity: Buffer.from(body) };
    for (const [name, bytes] of Object.entries(packed))
      expect(await outcome(await post({ 'content-encoding': name }, bytes)), name).toEqual([200, undefined]);
    const bomb = gzipSync(Buffer.alloc(5e6, 32));
    expect(bomb.length).toBeLessThan(10_000);
    expect(await outcome(await post({ 'content-encoding': 'gzip' }, bomb))).toEqual([413, 'request_too_large']);
    expect(await outcome(await post({ 'content-encoding': 'gzip' }))).toEqual([400, 'invalid_encoding']);
    for (const name of ['zstd', 'gzip, gzip', 'nonsense'])
      expect(await outcome(await post({ 'content-encoding': name })), name).toEqual([415, 'unsupported_media_type']);
    expect(await outcome(await post({}, Buffer.from('{"model":"\xff"}', 'latin1')))).toEqual([400, 'invalid_json']);
    expect(await outcome(await post({}, `\ufeff${body}`))).toEqual([200, undefined]);
  });
});

/** Waits until so many transfers of a kind are under way, which takes the server as long as it takes. */
async function underWay(kind: string, count: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    if (text.includes(`sensorium_transfers{kind="${kind}"} ${count}\n`)) return;
  }
}

describe('slow senders', () => {
  const slow = (): RawClient => raw(`${head('/v1/chat/completions', 'content-length: 5000')}{`);

  it('hold no place of those who are read, and are cut with 408', async () => {
    await start({ limits: { maxPending: 2 } }, { slots: 1, maxQueue: 0 });
    const senders = Array.from({ length: 20 }, slow);
    const metric = async (name: string): Promise<string | undefined> =>
      new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
    await underWay('bodies', 20);
    expect(await outcome(await post())).toEqual([200, undefined]);
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    clock.advance(60_000);
    for (const text of await Promise.all(senders.map(({ closed }) => closed))) expect(answered(text)).toEqual([408, 'request_timeout']);
    await until(() => records.filter(({ status }) => status === 408).length === 20, 'all are logged');
    expect(await metric('sensorium_slow_transfers_total')).toBe('20');
    expect(await metric('sensorium_body_bytes')).toBe('0');
  });

  it('make room when all places for bodies are taken', async () => {
    await start({ limits: { maxBodies: 8 } });
    for (let i = 0; i < 4; i++) slow(); // all that one client may have
    await underWay('bodies', 4);
    clock.advance(3000);
    for (let i = 0; i < 6; i++) expect(await outcome(await post())).toEqual([200, undefined]);
  });

  it('of one key leave room for another', async () => {
    await start({ limits: { maxBodies: 4 }, keys: parseKeys('sk-first-key\nsk-second-key', 'keys') });
    const key = (name: string): string => `authorization: Bearer sk-${name}-key`;
    for (let i = 0; i < 5; i++) raw(`${head('/v1/chat/completions', 'content-length: 5000', key('first'))}{`);
    await until(() => records.length === 3, 'more than half are refused');
    expect(records.map(({ status }) => status)).toEqual([429, 429, 429]);
    expect(await outcome(await post({ authorization: 'Bearer sk-second-key' }))).toEqual([200, undefined]);
  });
});

describe('the memory for bodies', () => {
  it('is bounded for all together, with a time to come back', async () => {
    await start({ limits: { maxBody: 100_000, maxHeldBytes: 200_000 }, files: false }, { tokenMs: 20 });
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
    const large = JSON.stringify({ ...JSON.parse(body), metadata: { x: 'x'.repeat(90_000) }, max_tokens: 20 });
    const sent = await Promise.all(Array.from({ length: 8 }, () => post({}, large)));
    const outcomes = await Promise.all(sent.map(outcome));
    expect(outcomes.filter(([status]) => status === 503)).toContainEqual([503, 'memory_full']);
    expect(outcomes.filter(([status]) => status === 200).length).toBeGreaterThanOrEqual(2);
    expect(sent.find(({ status }) => status === 503)?.headers.get('retry-after')).toBe('2');
    expect(await outcome(await post({}, large))).toEqual([200, undefined]); // all is given back
  });

  it('holds what is fetched for a request, too', async () => {
    const pictures = createServer((request, response) => void response.end('x'.repeat(Number(request.url?.slice(1)))));
    await new Promise<void>((done) => pictures.listen(0, '127.0.0.1', done));
    const { port } = pictures.address() as AddressInfo;
    const connect = () => connectTcp({ host: '127.0.0.1', port });
    const remote = { allowHosts: ['*'], resolve: async () => ['93.184.216.34'], connect };
    await start({ limits: { maxBody: 1000, maxHeldBytes: 3000 }, files: false, remote });
    const ask = (...sizes: number[]): Promise<Response> => {
      const content = sizes.map((size) => ({ type: 'image_url', image_url: { url: `http://pictures.example/${size}` } }));
      return post({}, JSON.stringify({ ...JSON.parse(body), messages: [{ role: 'user', content }] }));
    };
    const large = await ask(1500, 1000);
    expect([await outcome(large), large.headers.get('retry-after')]).toEqual([[503, 'memory_full'], '2']);
    expect(await outcome(await ask(1000))).toEqual([200, undefined]);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^sensorium_body_bytes 0$/m);
    pictures.closeAllConnections();
    pictures.close();
  });
});

describe('readers that take nothing', () => {
  it('of files keep nobody out, share the bytes, and are cut', async () => {
    await start({ limits: { maxPending: 4 }, files: { maxFile: 16 * 2 ** 20 } });
    const form = new FormData();
    form.set('purpose', 'vision');
    form.set('file', new Blob([new Uint8Array(16 * 2 ** 20)]), 'a.png');
    const { id } = (await (await fetch(`${server.url}/v1/files`, { method: 'POST', body: form })).json()) as { id: string };
    const readers = Array.from({ length: 10 }, () => {
      const reader = raw(`GET /v1/files/${id}/content HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      reader.socket.pause();
      return reader;
    });
    const downloads = async (): Promise<string | undefined> =>
      /kind="downloads"\} (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
    await underWay('downloads', 10);
    let open: string | undefined;
    for (let i = 0; i < 5; i++) expect(await outcome(await post())).toEqual([200, undefined]);
    // What the system buffers is taken at once; after that nothing is.
    for (let i = 0; open !== '0' && i < 100; i++) {
      clock.advance(5000);
      open = await downloads();
    }
    expect(open).toBe('0');
    for (const { socket } of readers) socket.resume();
    await Promise.all(readers.map(({ closed }) => closed));
    expect(records.filter(({ path, status }) => path.endsWith('/content') && status === 499)).toHaveLength(10);
    const all = await (await fetch(`${server.url}/v1/files/${id}/content`)).arrayBuffer();
    expect(all.byteLength).toBe(16 * 2 ** 20);
  });

  it('of a long answer are cut', async () => {
    const words = Array.from({ length: 200 }, () => 'x'.repeat(60_000));
    await start({}, { say: () => words });
    const reader = raw(
      `${head('/v1/chat/completions', `content-length: ${body.length + 2}`)}${body.replace(':2}', ':200}').padEnd(body.length + 2)}`,
    );
    reader.socket.pause();
    await until(() => engine.requests.length === 1 && engine.stats().running === 0, 'the reply is written');
    for (let i = 0; records.length === 0 && i < 200; i++) {
      clock.advance(5000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(records[0]?.status).toBe(200); // the answer was whole when it was handed over
    reader.socket.resume();
    await reader.closed;
    expect(reader.heard().length).toBeLessThan(12e6);
  });
});

describe('hosts and origins', () => {
  const get = async (path: string, ...headers: string[]): Promise<unknown[]> =>
    answered(await raw([`GET ${path} HTTP/1.1`, 'connection: close', ...headers, '', ''].join('\r\n')).closed);

  it('of other names are refused where there are no keys', async () => {
    await start({ allowedHosts: ['box.lan'] });
    for (const path of ['/v1/models', '/health', '/metrics', '/nothing'])
      expect(await get(path, `host: evil.example:${server.port}`), path).toEqual([403, 'host_not_allowed']);
    for (const host of ['localhost', `127.0.0.1:${server.port}`, 'box.lan:80'])
      expect(await get('/v1/models', `host: ${host}`), host).toEqual([200, undefined]);
    const rebound = await raw(head('/v1/chat/completions', `content-length: ${body.length}`).replace('localhost', 'evil.example') + body);
    await until(() => rebound.heard() !== '', 'it is answered');
    expect(answered(rebound.heard())).toEqual([403, 'host_not_allowed']);
    expect(engine.requests).toEqual([]);
  });

  it('do not matter where there are keys', async () => {
    await start({ keys: parseKeys('sk-first-key', 'keys') });
    expect(await get('/v1/models', 'host: any.example', 'authorization: Bearer sk-first-key')).toEqual([200, undefined]);
  });

  it('of pages are told apart: forms of other sites are refused, answers are shown to those that are allowed', async () => {
    await start({ cors: ['http://app.example'] });
    const upload = (origin: string): Promise<Response> => {
      const form = new FormData();
      form.set('purpose', 'vision');
      form.set('file', new Blob(['x']), 'a.png');
      return fetch(`${server.url}/v1/files`, { method: 'POST', headers: { origin }, body: form });
    };
    expect(await outcome(await upload('http://evil.example'))).toEqual([403, 'origin_not_allowed']);
    expect(await outcome(await upload('null'))).toEqual([403, 'origin_not_allowed']);
    expect((await upload(server.url)).status).toBe(200);
    const allowed = await upload('http://app.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'http://app.example']);
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${server.url}/v1/chat/completions`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      });
    const granted = await preflight('http://app.example');
    expect([granted.status, granted.headers.get('access-control-allow-headers')]).toEqual([204, 'content-type']);
    const denied = await preflight('http://evil.example');
    expect([denied.status, denied.headers.get('access-control-allow-origin')]).toEqual([405, null]);
    const wrong = await fetch(`${server.url}/nothing`, { headers: { origin: 'http://app.example' } });
    expect([wrong.status, wrong.headers.get('access-control-allow-origin')]).toEqual([404, 'http://app.example']);
  });
});

describe('what is barely HTTP', () => {
  it('is answered by an error object, and the connection is closed', async () => {
    await start();
    const many = 'a:b\r\n'.repeat(2100);
    const cases: [text: string, status: number][] = [
      [`GET /health HTTP/1.1\r\nhost: localhost\r\n${many}\r\n`, 431],
      [`${head('/v1/chat/completions', `content-length: ${body.length}`).slice(0, -2)}${many}\r\n${body}`, 431],
      [head('/v1/chat/completions', 'content-length: 5', 'expect: nonsense'), 417],
      ['GET /health HTTP/1.1\r\n\r\n', 400],
      ['GET /health HTTP/1.1\r\nhost: localhost\r\nhost: other\r\n\r\n', 400],
      ['CONNECT a.example:443 HTTP/1.1\r\nhost: a.example:443\r\n\r\n', 405],
      [head('/v1/chat/completions', 'content-length: 99999999999999999999'), 400],
    ];
    for (const [text, status] of cases) {
      const answer = await raw(text).closed;
      expect(answered(answer), text.slice(0, 99)).toEqual([status, 'invalid_http']);
      expect(answer).toMatch(/x-request-id: req_\w+/);
    }
    expect(records.map(({ status }) => status)).toEqual(cases.map(([, status]) => status));
  });

  it('of HTTP/1.0 needs no Host', async () => {
    await start();
    expect(await raw('GET /health HTTP/1.0\r\n\r\n').closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*"status":"ok"/);
    const old = `POST /v1/chat/completions HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    expect(await raw(old).closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*word0 word1/);
  });

  it('may ask again before it is answered, and is forgotten whole when it leaves', async () => {
    await start({}, { tokenMs: 5 });
    const request = `${head('/v1/chat/completions', `content-length: ${body.length}`)}${body}`;
    const client = raw(request.repeat(3));
    await until(() => (client.heard().match(/word0 word1/g) ?? []).length === 3, 'all are answered');
    const leaving = raw(`${request.replace(':2}', ':9}').repeat(4)}GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await until(() => engine.stats().running === 4, 'four run');
    leaving.socket.destroy();
    await until(() => records.length === 8 && engine.stats().running === 0, 'all are over');
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^sensorium_http_requests_pending 1$/m);
    const flood = raw('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(5000));
    flood.socket.pause();
    await until(() => flood.socket.destroyed || records.length > 20, 'it is read');
    flood.socket.resume();
    flood.socket.destroy();
    await flood.closed;
  });

  it('never gets into an answer that is under way', async () => {
    await start({}, { tokenMs: 5 });
    const stream = JSON.stringify({ ...JSON.parse(body), stream: true, max_tokens: 10_000 });
    const client = raw(head('/v1/chat/completions', `content-length: ${stream.length}`) + stream);
    await until(() => client.heard().includes('word3'), 'it streams');
    client.socket.write('GARBAGE\r\n\r\n');
    expect(await client.closed).not.toMatch(/invalid_http/);
    await until(() => engine.stats().running === 0, 'the slot is free');
  });
});

describe('requests', () => {
  it('for more choices than there is room for are wrong, not early', async () => {
    await start({}, { slots: 2, maxQueue: 1 });
    const many = (n: number): string => JSON.stringify({ ...JSON.parse(body), n });
    expect(await outcome(await post({}, many(4)))).toEqual([400, 'invalid_value']);
    expect(await outcome(await post({}, many(3)))).toEqual([200, undefined]);
  });

  it('keep the ids that their clients give them', async () => {
    await start({ proxies: 1 });
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = {
      'x-request-id': 'client-7.a:b',
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
      'x-forwarded-for': '10.9.9.9, 10.1.2.3',
    };
    expect((await post(headers)).headers.get('x-request-id')).toBe('client-7.a:b');
    await until(() => records.length === 1, 'it is logged');
    expect(records[0]).toMatchObject({ id: 'client-7.a:b', trace, address: '10.1.2.3' });
    for (const id of ['a b', 'x'.repeat(129), 'é'.normalize('NFC')])
      expect((await post({ 'x-request-id': id })).headers.get('x-request-id')).toMatch(/^req_\w{32}$/);
    const stream = await post({ 'x-request-id': 'streamed' }, JSON.stringify({ ...JSON.parse(body), stream: true }));
    expect(stream.headers.get('x-request-id')).toBe('streamed');
    expect(await stream.text()).toMatch(/\[DONE\]/);
  });

  it('are told to wait by /ready, while /health lives', async () => {
    await start({}, { slots: 1, maxQueue: 0, tokenMs: 20 });
    const running = post({}, JSON.stringify({ ...JSON.parse(body), max_tokens: 20 }));
    await until(() => engine.stats().running === 1, 'the slot is taken');
    const ready = await fetch(`${server.url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'busy', reason: expect.any(String) }]);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    await running;
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });

  it('pass with new keys once these are replaced', async () => {
    await start({ keys: parseKeys('sk-first-key', 'keys') });
    const status = async (key: string): Promise<number> => (await post({ authorization: `Bearer sk-${key}-key` })).status;
    expect([await status('first'), await status('second')]).toEqual([200, 401]);
    server.replaceKeys(parseKeys('sk-second-key', 'keys'));
    expect([await status('first'), await status('second')]).toEqual([401, 200]);
  });
});
