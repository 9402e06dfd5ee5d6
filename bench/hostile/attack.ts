// What an attack is, and the requests and connections that attacks are made of.

import { Agent, request } from 'node:http';
import { Socket } from 'node:net';

/** Honest clients have the address 127.0.0.1; all of 127/8 is this machine, so others can be told from them. */
export const ATTACKER = '127.0.0.2';

/** The server under attack. */
export interface Target {
  readonly port: number;
  readonly model: string;
  readonly embeddings: string;
  /** Sends a request and resolves with the status of its answer; 0 for a connection that broke. */
  send(method: string, path: string, options?: SendOptions): Promise<number>;
}

/** What is sent beside method and path. */
export interface SendOptions {
  body?: string | Buffer;
  headers?: Record<string, string>;
  /** The address to send from. Default `ATTACKER`. */
  from?: string;
  /** Called with the whole answer. */
  onBody?: (text: string) => void;
}

/** An attack. */
export interface Attack {
  readonly name: string;
  /** Makes what is sent, before anything is measured; resolves with the attack itself, whose results are the statuses of its requests. */
  prepare(target: Target): Promise<() => Promise<number[]>>;
  /** Mebibytes that an option of the server allows this attack to take, beside `--body-memory`. */
  readonly allowed?: number;
  /** It comes from many addresses, so that an honest client may be told to come again: everybody is treated alike. */
  readonly crowded?: boolean;
}

/** The server at a port of this machine. */
export function targetOf(port: number, names: { model: string; embeddings: string }): Target {
  const agent = new Agent({ keepAlive: true });
  return {
    port,
    ...names,
    send: (method, path, { body, headers = {}, from = ATTACKER, onBody } = {}) =>
      new Promise((resolve) => {
        const sent = request({ port, host: '127.0.0.1', localAddress: from, agent, path, method, headers });
        let text = '';
        sent.on('error', () => resolve(0));
        sent.on('response', (answer) => {
          answer.setEncoding('utf8').on('data', (data: string) => {
            if (onBody) text += data;
          });
          answer.on('close', () => {
            onBody?.(text);
            resolve(answer.statusCode ?? 0);
          });
        });
        sent.end(body);
      }),
  };
}

export const CHAT = '/v1/chat/completions';

/** n promises at once. */
export const times = <T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => make(i)));

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A data: URL. */
export const dataUrl = (bytes: Uint8Array, type = 'image/png'): string => `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;

/** Sends JSON. */
export const post = (t: Target, path: string, body: unknown, headers: Record<string, string> = {}): Promise<number> =>
  t.send('POST', path, {
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

/** The body of a chat request with one message. */
export const chatBody = (t: Target, content: unknown, more: object = {}): string =>
  JSON.stringify({ model: t.model, max_tokens: 4, messages: [{ role: 'user', content }], ...more });

/** The content of a message with images. */
export const pictured = (urls: readonly string[]): unknown => [
  ...urls.map((url) => ({ type: 'image_url', image_url: { url } })),
  { type: 'text', text: 'What is it?' },
];

/** An attack of n equal requests. */
export function requests(
  name: string,
  path: string,
  body: (t: Target) => unknown,
  { n = 1, allowed }: { n?: number; allowed?: number } = {},
): Attack {
  return {
    name,
    ...(allowed === undefined ? {} : { allowed }),
    prepare: async (t) => {
      const made = await body(t);
      const sent = typeof made === 'string' || Buffer.isBuffer(made) ? made : JSON.stringify(made);
      return () => times(n, () => post(t, path, sent));
    },
  };
}

/** The same to the chat endpoint, with the content of one message and other fields. */
export const chats = (name: string, content: () => unknown, { n, more = {} }: { n?: number; more?: object } = {}): Attack =>
  requests(name, CHAT, async (t) => chatBody(t, await content(), more), { n });

/** An open connection, and everything that came back. */
export interface Connection {
  readonly socket: Socket;
  heard(): string;
}

/** Opens a connection to the server; that it is closed is no error. */
export function open(port: number, first: string | Buffer, { from = ATTACKER, read = true } = {}): Connection {
  const socket = new Socket();
  let heard = '';
  socket.on('error', () => {}); // the server may close it, which is what it should do
  if (read)
    socket.setEncoding('latin1').on('data', (data) => {
      heard = (heard + String(data)).slice(-100_000);
    });
  else socket.pause();
  socket.connect({ port, host: '127.0.0.1', localAddress: from }, () => socket.write(first));
  return { socket, heard: () => heard };
}

/** Statuses of all answers in what a connection heard. */
export const statusesIn = (text: string): number[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));

/** Connections that send `head` and then do `each` once a second, for `seconds`. Those that the server cut count as 0. */
export function sockets(
  name: string,
  options: {
    n: number;
    head: (t: Target, i: number) => string | Buffer;
    each?: (socket: Socket) => void;
    seconds: number;
    read?: boolean;
    allowed?: number;
  },
): Attack {
  const { n, head, each = () => {}, seconds, read, allowed } = options;
  return {
    name,
    ...(allowed === undefined ? {} : { allowed }),
    prepare: async (t) => {
      const heads = Array.from({ length: n }, (_, i) => head(t, i));
      return async () => {
        const all = heads.map((first) => open(t.port, first, { read }));
        for (let s = 0; s < seconds; s++) {
          await sleep(1000);
          for (const { socket } of all) if (!socket.destroyed) each(socket);
        }
        const cut = all.filter(({ socket }) => socket.destroyed).length;
        for (const { socket } of all) socket.destroy();
        return [...all.flatMap(({ heard }) => statusesIn(heard())), ...new Array<number>(cut).fill(0)];
      };
    },
  };
}

/** The head of a POST of JSON, with the line that frames its body. */
export const postHead = (framing: string, path = CHAT): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${framing}\r\n\r\n`;

/** A whole request over a socket. */
export const rawPost = (body: string, path = CHAT): string => postHead(`content-length: ${Buffer.byteLength(body)}`, path) + body;

/** The head of a GET. */
export const getHead = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
