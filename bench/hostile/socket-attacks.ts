// Attacks with connections: slow, unread, endless, many, and what is hardly HTTP.

import { connect } from 'node:net';
import {
  ATTACKER,
  type Attack,
  CHAT,
  chatBody,
  getHead,
  open,
  post,
  postHead,
  rawPost,
  sleep,
  sockets,
  statusesIn,
  type Target,
  times,
} from './attack.js';

const stream = (t: Target, tokens: number, more: object = {}): string =>
  rawPost(chatBody(t, 'x', { stream: true, max_tokens: tokens, ignore_eos: true, ...more }));

const LENGTH = 'content-length: 100000';
const CHUNKED = 'transfer-encoding: chunked';
const FORM = 'multipart/form-data; boundary=x';
const uploadHead = (framing: string): string => `POST /v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${FORM}\r\n${framing}\r\n\r\n`;
/** The body of an upload. */
const form = (bytes: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nvision\r\n'),
    Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n'),
    bytes,
    Buffer.from('\r\n--x--\r\n'),
  ]);
const upload = (t: Target, body: Buffer, onBody?: (text: string) => void): Promise<number> =>
  t.send('POST', '/v1/files', { body, headers: { 'content-type': FORM }, ...(onBody ? { onBody } : {}) });
/** Ids of files that an answer names. */
const idsIn = (text: string): string[] => [...text.matchAll(/"(file-[\w-]+)"/g)].map(([, id]) => id as string);
const forget = (t: Target, ids: readonly string[]): Promise<number[]> => Promise.all(ids.map((id) => t.send('DELETE', `/v1/files/${id}`)));

const FILES = 64;

const uploads = (name: string, bytes: number, n: number): Attack => ({
  name,
  allowed: FILES,
  prepare: async (t) => {
    const body = form(Buffer.alloc(bytes, 7));
    return async () => {
      const ids: string[] = [];
      const statuses = await times(n, () => upload(t, body, (text) => void ids.push(...idsIn(text))));
      await forget(t, ids);
      return statuses;
    };
  },
});

/** Connections that do not read a file that is there. */
const unreadFile: Attack = {
  name: '150 downloads of 16 MiB that are not read',
  allowed: FILES,
  prepare: async (t) => {
    const ids: string[] = [];
    await upload(t, form(Buffer.alloc(16 * 2 ** 20, 7)), (text) => void ids.push(...idsIn(text)));
    return async () => {
      const all = Array.from({ length: 150 }, () => open(t.port, getHead(`/v1/files/${ids[0]}/content`), { read: false }));
      await sleep(6000);
      for (const { socket } of all) socket.destroy();
      return forget(t, ids);
    };
  },
};

/** Requests that come as fast as the connection takes them, in one write. */
const flood = (name: string, text: (t: Target) => string | Buffer, { n = 1, read = true, seconds = 3 } = {}): Attack =>
  sockets(name, { n, head: text, seconds, read });

const LEAVING: Attack = {
  name: '300 clients that leave after a moment',
  prepare: async (t) => {
    const text = stream(t, 500);
    return async () => {
      for (let round = 0; round < 10; round++) {
        const all = Array.from({ length: 30 }, () => open(t.port, text));
        await sleep(50 + 40 * round);
        for (const { socket } of all) socket.destroy();
      }
      return [];
    };
  },
};

const many: Attack = {
  name: '500 requests of 100 addresses',
  crowded: true,
  prepare: async (t) => {
    const body = chatBody(t, 'x');
    const headers = { 'content-type': 'application/json' };
    return () => times(500, (i) => t.send('POST', CHAT, { body, headers, from: `127.0.1.${1 + (i % 100)}` }));
  },
};

const churn: Attack = {
  name: '3,000 connections that say nothing and go',
  prepare: async (t) => async () => {
    for (let round = 0; round < 30; round++)
      await times(
        100,
        () =>
          new Promise<void>((resolve) => {
            const socket = connect({ port: t.port, host: '127.0.0.1', localAddress: ATTACKER });
            socket.on('error', () => resolve()).on('connect', () => socket.destroy());
            socket.on('close', () => resolve());
          }),
      );
    return [];
  },
};

/** All of them. */
export const SOCKET_ATTACKS: readonly Attack[] = [
  sockets('150 bodies of a byte a second', { n: 150, head: () => postHead(LENGTH), each: (s) => s.write('x'), seconds: 5 }),
  sockets('700 bodies of a byte a second', { n: 700, head: () => postHead(LENGTH), each: (s) => s.write('x'), seconds: 5 }),
  sockets('150 chunked bodies, never ended', { n: 150, head: () => postHead(CHUNKED), each: (s) => s.write('1\r\nx\r\n'), seconds: 5 }),
  sockets('40 bodies of 20 MB, promised and not sent', {
    n: 40,
    head: () => `${postHead('content-length: 20000000')}{`,
    each: (s) => s.write(Buffer.alloc(20_000, 32)),
    seconds: 5,
  }),
  sockets('60 uploads of 20 MB, promised and not sent', {
    n: 60,
    head: () => `${uploadHead('content-length: 20000000')}--x\r\n`,
    each: (s) => s.write(Buffer.alloc(20_000, 32)),
    seconds: 5,
  }),
  flood('4 bodies of 2 million chunks of a byte', () => postHead(CHUNKED) + '1\r\nx\r\n'.repeat(2e6), { n: 4, seconds: 4 }),
  flood('a chunk with an extension of 1 MB', () => `${postHead(CHUNKED)}1;${'x'.repeat(1e6)}\r\nx\r\n0\r\n\r\n`, { seconds: 2 }),
  sockets('200 headers, never ended', {
    n: 200,
    head: () => 'GET /health HTTP/1.1\r\nhost: localhost\r\n',
    each: (s) => s.write('x-a: b\r\n'),
    seconds: 4,
  }),
  sockets('100 requests with headers of 15 kB', {
    n: 100,
    head: () => getHead('/v1/models').replace('\r\n\r\n', `\r\nx: ${'y'.repeat(15_000)}\r\n\r\n`),
    seconds: 2,
  }),
  sockets('100 requests with headers of 100 kB', {
    n: 100,
    head: () => getHead('/v1/models').replace('\r\n\r\n', `\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
    seconds: 2,
  }),
  sockets('100 requests of 1,900 headers', {
    n: 100,
    head: () => getHead('/v1/models').replace('\r\n\r\n', `\r\n${'a:b\r\n'.repeat(1900)}\r\n`),
    seconds: 2,
  }),
  sockets('100 streams that are not read', { n: 100, head: (t) => stream(t, 200), seconds: 4, read: false }),
  sockets('60 streams of log-probabilities that are not read', {
    n: 60,
    head: (t) => stream(t, 1000, { logprobs: true, top_logprobs: 20 }),
    seconds: 4,
    read: false,
  }),
  sockets('200 documents that are not read', { n: 200, head: () => getHead('/openapi.json').repeat(20), seconds: 4, read: false }),
  sockets('200 readings of metrics that are not read', { n: 200, head: () => getHead('/metrics').repeat(5), seconds: 4, read: false }),
  flood('20,000 GETs in one connection', () => getHead('/v1/models').repeat(20_000)),
  flood('20,000 GETs in one connection, not read', () => getHead('/v1/models').repeat(20_000), { read: false }),
  flood('100 POSTs in one connection x 10', (t) => rawPost(chatBody(t, 'x')).repeat(100), { n: 10 }),
  flood('20,000 requests for health x 10', () => getHead('/health').repeat(120), { n: 160 }),
  flood('what is no HTTP x 200', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03nonsense\r\n\r\n', { n: 200, seconds: 2 }),
  flood(
    'a connection to another protocol x 100',
    () => getHead('/health').replace('\r\n\r\n', '\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    { n: 100, seconds: 2 },
  ),
  flood('two lengths x 50', (t) => rawPost(chatBody(t, 'x')).replace('content-length', 'content-length: 5\r\ncontent-length'), {
    n: 50,
    seconds: 2,
  }),
  sockets('2,000 idle connections', { n: 2000, head: () => '', seconds: 4 }),
  churn,
  LEAVING,
  {
    name: '60 bodies of 18 MB',
    prepare: async (t) => {
      const body = `{"model":"${'x'.repeat(18e6)}"}`;
      return () => times(60, () => post(t, CHAT, body));
    },
  },
  {
    name: '500 requests at once',
    prepare: async (t) => {
      const body = chatBody(t, 'x');
      return () => times(500, () => post(t, CHAT, body));
    },
  },
  many,
  { name: '1,000 GETs', prepare: async (t) => () => times(1000, () => t.send('GET', '/v1/models')) },
  {
    name: '500 readings of metrics',
    prepare: async (t) => () => times(500, () => t.send('GET', '/metrics')),
  },
  uploads('uploads of 16 MB x 20', 16e6, 20),
  uploads('uploads of 1 kB x 1,200', 1000, 1200),
  {
    name: '200 lists of 900 files',
    allowed: FILES,
    prepare: async (t) => {
      const ids: string[] = [];
      const body = form(Buffer.alloc(100, 7));
      for (let i = 0; i < 9; i++) await times(100, () => upload(t, body, (text) => void ids.push(...idsIn(text))));
      return async () => {
        const statuses = await times(200, () => t.send('GET', '/v1/files'));
        await forget(t, ids);
        return statuses;
      };
    },
  },
  {
    name: 'a form of 100,000 parts',
    prepare: async (t) => {
      const part = '--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n1\r\n';
      const body = Buffer.from(`${part.repeat(100_000)}--x--\r\n`);
      return async () => [await upload(t, body)];
    },
  },
  {
    name: 'a form of 16 MB of borders that are none',
    prepare: async (t) => {
      const body = form(Buffer.from('\r\n--y\r\n-'.repeat(2e6)));
      return async () => [await upload(t, body)];
    },
  },
  unreadFile,
  {
    name: 'statuses of a health check while 5,000 requests wait',
    prepare: async (t) => {
      const text = rawPost(chatBody(t, 'x'));
      return async () => {
        const all = Array.from({ length: 50 }, () => open(t.port, text.repeat(100)));
        await sleep(5000);
        for (const { socket } of all) socket.destroy();
        return all.flatMap(({ heard }) => statusesIn(heard()));
      };
    },
  },
];
