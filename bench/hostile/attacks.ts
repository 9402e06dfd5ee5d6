// What is sent to the server in `hostile`: requests that cost more to answer than to send, each a small function.

import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { animation, deep, flat, grayPng, inks, photo, runBmp, textBomb } from './images.js';

/** The server under attack. */
export interface Target {
  readonly port: number;
  readonly model: string;
  readonly embeddings: string;
  /** Asks, and gives the status; 0 for a connection that broke. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<number>;
  get(path: string): Promise<number>;
}

/** An attack; what it gives are the statuses of its requests. */
export interface Attack {
  readonly name: string;
  run(target: Target): Promise<number[]>;
}

const CHAT = '/v1/chat/completions';
const dataUrl = (bytes: Buffer, type = 'image/png'): string => `data:${type};base64,${bytes.toString('base64')}`;
const times = <T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, i) => make(i)));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const chat = (t: Target, content: unknown, more: object = {}): Promise<number> =>
  t.post(CHAT, { model: t.model, max_tokens: 4, messages: [{ role: 'user', content }], ...more });
const ask = (t: Target, urls: readonly string[]): Promise<number> =>
  chat(t, [...urls.map((url) => ({ type: 'image_url', image_url: { url } })), { type: 'text', text: 'What is it?' }]);
const embed = (t: Target, url: string): Promise<number> =>
  t.post('/v1/embeddings', { model: t.embeddings, input: [{ type: 'image_url', image_url: { url } }] });

const images = (name: string, make: () => Promise<Buffer> | Buffer, n = 1): Attack => ({
  name,
  run: async (t) => {
    const url = dataUrl(await make());
    return times(n, () => ask(t, [url]));
  },
});
const text = (name: string, make: () => string, n = 1): Attack => ({ name, run: (t) => times(n, () => chat(t, make())) });
const schema = (name: string, make: () => unknown): Attack => ({
  name,
  run: (t) => times(1, () => chat(t, 'x', { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: make() } } })),
});
const pattern = (source: string): Attack => schema(`pattern ${source.slice(0, 40)}`, () => ({ type: 'string', pattern: source }));
const raw = (name: string, body: () => string | Buffer, headers: Record<string, string> = {}): Attack => ({
  name,
  run: (t) => times(1, () => t.post(CHAT, body(), headers)),
});

/** Connections that send `head` and then do `each` once a second, for `seconds`. */
function sockets(name: string, n: number, head: (t: Target) => string, each: (socket: Socket) => void, seconds: number): Attack {
  return {
    name,
    run: async ({ port, ...t }) => {
      const all = Array.from({ length: n }, () => {
        const socket = new Socket();
        socket.on('error', () => {}); // the server may close it, which is what it should do
        socket.connect(port, '127.0.0.1', () => socket.write(head({ port, ...t })));
        return socket;
      });
      for (let s = 0; s < seconds; s++) {
        await sleep(1000);
        for (const socket of all) if (!socket.destroyed) each(socket);
      }
      for (const socket of all) socket.destroy();
      return [];
    },
  };
}

const nested = (depth: number): unknown => (depth === 0 ? { type: 'null' } : { type: 'array', items: nested(depth - 1) });
/** Definitions that each name the next one twice. */
const tower = (n: number): unknown => ({
  $ref: '#/$defs/a0',
  $defs: Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `a${i}`,
      i === n - 1
        ? { type: 'boolean' }
        : {
            type: 'object',
            properties: { l: { $ref: `#/$defs/a${i + 1}` }, r: { $ref: `#/$defs/a${i + 1}` } },
            required: ['l', 'r'],
            additionalProperties: false,
          },
    ]),
  ),
});
const header = (name: string, value: string): string => `${name}: ${value}\r\n`;
const post = (length: string): string =>
  `POST ${CHAT} HTTP/1.1\r\n${header('host', 'localhost')}${header('content-type', 'application/json')}${length}\r\n`;

/** All attacks, by kind. */
export const ATTACKS: readonly Attack[] = [
  { name: 'nothing', run: () => sleep(3000).then(() => []) },
  // photographs
  images('photo 12 MP', () => photo(4000, 3000)),
  images('photo 12 MP x 4', () => photo(4000, 3000), 4),
  images('photo 12 MP x 16', () => photo(4000, 3000), 16),
  images('photo 49 MP', () => photo(7000, 7000)),
  images('photo 49 MP, flat, x 8', () => flat(7000, 7000, 'jpeg'), 8),
  {
    name: 'four photos 12 MP in one request',
    run: async (t) => {
      const url = dataUrl(await photo(4000, 3000));
      return [await ask(t, [url, url, url, url])];
    },
  },
  {
    name: 'embeddings: photo 12 MP x 8',
    run: async (t) => {
      const url = dataUrl(await photo(4000, 3000));
      return times(8, () => embed(t, url));
    },
  },
  {
    name: 'embeddings: 25 MP x 40',
    run: async (t) => {
      const url = dataUrl(await flat(5000, 5000, 'png'));
      return times(40, () => embed(t, url));
    },
  },
  images('PNG 16 bits 12 MP x 4', () => deep(4000, 3000), 4),
  images('JPEG of inks 12 MP x 4', () => inks(4000, 3000), 4),
  images('AVIF 12 MP x 4', () => flat(4000, 3000, 'avif'), 4),
  images('BMP of run lengths 49 MP x 4', () => runBmp(9999, 4990), 4),
  // thin and huge
  images('PNG 1 x 8,000', () => grayPng(1, 8000)),
  images('PNG 1 x 150,000', () => grayPng(1, 150_000)),
  images('PNG 1,000,000 x 1', () => grayPng(1_000_000, 1)),
  images('PNG 100,000 x 100,000', () => grayPng(100_000, 100, { bits: 1 })),
  images('PNG with 64 MiB of packed text', textBomb),
  images('GIF of 1,000 frames', () => animation(64, 1000, 'gif')),
  images('WebP of 400 frames', () => animation(128, 400, 'webp')),
  images('bytes that are no image', () => Buffer.alloc(2 ** 20, 'PNG')),
  images('half a JPEG', async () => (await photo(4000, 3000)).subarray(0, 200_000)),
  { name: 'data URL of 18 MB of white space', run: async (t) => [await ask(t, [`data:image/png;base64,${' '.repeat(18e6)}`])] },
  { name: 'data URL of 18 MB percent-encoded', run: async (t) => [await ask(t, [`data:image/png,${'%41'.repeat(6e6)}`])] },
  { name: 'data URL of 18 MB of base64', run: async (t) => [await ask(t, [`data:image/png;base64,${'QUJD'.repeat(4.5e6)}`])] },
  {
    name: '17 images',
    run: async (t) => {
      const url = dataUrl(grayPng(8, 8));
      return [await ask(t, new Array(17).fill(url))];
    },
  },
  {
    name: '16 replies to a photo 12 MP',
    run: async (t) => {
      const url = dataUrl(await photo(4000, 3000));
      return [await chat(t, [{ type: 'image_url', image_url: { url } }], { n: 16 })];
    },
  },
  // texts
  text('text of 1 MB', () => 'the quick brown fox '.repeat(52_000)),
  text('text of 1 MB, one word', () => 'a'.repeat(1e6)),
  text('text of 1 MB of random letters', () =>
    Array.from({ length: 1e6 }, (_, i) => String.fromCharCode(97 + ((Math.imul(i, 2654435761) >>> 8) % 26))).join(''),
  ),
  text('text of 1 MB of signs', () => '[('.repeat(5e5)),
  text('text of 18 MB', () => 'the quick brown fox '.repeat(900_000)),
  text('text of 200 kB of white space', () => ' \n'.repeat(1e5)),
  text('text of 30 kB x 20', () => 'word '.repeat(6000), 20),
  {
    name: '2,000 messages of 1 kB',
    run: async (t) => [
      await t.post(CHAT, {
        model: t.model,
        messages: Array.from({ length: 2000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'x'.repeat(1000) })),
      }),
    ],
  },
  {
    name: 'embeddings: 2,048 texts',
    run: async (t) => [await t.post('/v1/embeddings', { model: t.embeddings, input: new Array(2048).fill('a red circle') })],
  },
  { name: '64 stop strings of 100 kB', run: async (t) => [await chat(t, 'x', { stop: new Array(64).fill('y'.repeat(1e5)) })] },
  // JSON
  raw('18 MB of [', () => '['.repeat(18e6)),
  raw('18 MB of short keys', () => `{${Array.from({ length: 2e6 }, (_, i) => `"${i}":1`).join(',')}}`),
  raw('18 MB of numbers', () => `{"model":"x","messages":[${'1,'.repeat(9e6)}1]}`),
  raw('18 MB of escaped quotes in a string', () => `{"model":"${'\\"'.repeat(9e6)}"}`),
  raw('18 MB of open strings', () => '"\\'.repeat(9e6)),
  raw('gzip: 20 MB packed into 20 kB', () => gzipSync(`{"model":"${'x'.repeat(20e6)}"}`), { 'content-encoding': 'gzip' }),
  raw('gzip: 1 GB packed into 1 MB', () => gzipSync(Buffer.alloc(2 ** 30)), { 'content-encoding': 'gzip' }),
  {
    name: 'logit_bias of 50,000 tokens',
    run: async (t) => [await chat(t, 'x', { logit_bias: Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [i, 1])) })],
  },
  // schemas
  pattern('^(a?b?){9999}$'),
  pattern('^((a{1,50}){1,50}){1,50}$'),
  pattern('^(.*a){20}$'),
  pattern('^[\\s\\S]{1,100000}$'),
  pattern(`^(${Array.from({ length: 2000 }, (_, i) => `w${i}`).join('|')})*$`),
  schema('schema of 60 levels', () => nested(30)),
  schema('schema: a tower of 60 references', () => tower(60)),
  schema('schema: 3,000 properties', () => ({
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`p${i}`, { type: 'integer' }])),
  })),
  schema('schema: 5,000 values', () => ({ enum: Array.from({ length: 5000 }, (_, i) => `value ${i}`) })),
  schema('schema: unions of unions', () => ({
    anyOf: Array.from({ length: 20 }, (_, i) => ({ anyOf: Array.from({ length: 20 }, (_, j) => ({ const: `${i} ${j}` })) })),
  })),
  schema('schema: all of 200 objects', () => ({
    allOf: Array.from({ length: 200 }, (_, i) => ({ type: 'object', properties: { [`p${i}`]: { type: 'string' } } })),
  })),
  schema('schema: numbers from -1e15 to 1e15, a multiple of 7', () => ({ type: 'integer', minimum: -1e15, maximum: 1e15, multipleOf: 7 })),
  // connections
  sockets(
    '150 bodies of a byte a second',
    150,
    () => post(header('content-length', '100000')),
    (s) => s.write('x'),
    8,
  ),
  sockets(
    '150 chunked bodies, never ended',
    150,
    () => post(header('transfer-encoding', 'chunked')),
    (s) => s.write('1\r\nx\r\n'),
    8,
  ),
  sockets(
    '200 headers, never ended',
    200,
    () => 'GET /health HTTP/1.1\r\nhost: localhost\r\n',
    (s) => s.write('x-a: b\r\n'),
    6,
  ),
  sockets(
    '100 streams that are not read',
    100,
    (t) => {
      const body = JSON.stringify({ model: t.model, stream: true, max_tokens: 200, messages: [{ role: 'user', content: 'x' }] });
      return post(header('content-length', String(body.length))) + body;
    },
    (s) => s.pause(),
    5,
  ),
  { name: '60 bodies of 18 MB', run: (t) => times(60, () => t.post(CHAT, `{"model":"${'x'.repeat(18e6)}"}`)) },
  { name: '500 requests at once', run: (t) => times(500, () => chat(t, 'x')) },
  { name: '1,000 GETs', run: (t) => times(1000, () => t.get('/v1/models')) },
];
