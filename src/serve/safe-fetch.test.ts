// Fetching is tested against a real server on this machine. It is reached only through the `connect` hook, which comes after all checks: a
// resolver that says 93.184.216.34 stands for the internet, one that says 127.0.0.1 must be refused.

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer as createPlainServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FetchOptions, hostAllowed, safeFetch } from './safe-fetch.js';

const PUBLIC = '93.184.216.34';
// Of secure.example, signed by itself, for this test alone.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6ofNjZ8PYRmKWZUA
gcfFK0Rl22TS0I0yl6NAc5sP9nShRANCAASfW5cXUsxZkqrXMmlD8M2UNuHzjPt+
c1YjR2yD4FVOI2mjxbAlU5lQz4U5GpvvsBcUkX1OSmfC8+NiSJflcq17
-----END PRIVATE KEY-----`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBpDCCAUqgAwIBAgIUJHY4zZSOT5E9idRTjf6cYoRVTCMwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOc2VjdXJlLmV4YW1wbGUwIBcNMjYxMTIzMDQwMDEzWhgPMjEy
NjEwMzAwNDAwMTNaMBkxFzAVBgNVBAMMDnNlY3VyZS5leGFtcGxlMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEn1uXF1LMWZKq1zJpQ/DNlDbh84z7fnNWI0dsg+BV
TiNpo8WwJVOZUM+FORqb77AXFJF9TkpnwvPjYkiX5XKte6NuMGwwHQYDVR0OBBYE
FNJOMa2qM/yPj0LCB1KJi7+JdbJXMB8GA1UdIwQYMBaAFNJOMa2qM/yPj0LCB1KJ
i7+JdbJXMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOc2VjdXJlLmV4YW1w
bGUwCgYIKoZIzj0EAwIDSAAwRQIhAOAhD+Uyhh8K2zvDqtA3MDBgQK1C20ypUPpF
M4RjlCbMAiBFIfmEkrNIP7s0/ifv62gTitbLFGHPI5K38XCBNsVySw==
-----END CERTIFICATE-----`;

let server: Server;
let port: number;
let answer: RequestListener;
let connected: string[];
let asked: string[];

beforeEach(async () => {
  connected = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  answer = (_, response) => void response.end('picture');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The internet as these tests have it. */
const internet = (names: Record<string, readonly string[]>, more: Partial<FetchOptions> = {}): FetchOptions => ({
  allowHosts: ['*'],
  resolve: async (host) => names[host] ?? Promise.reject(new Error('ENOTFOUND')),
  connect: (address) => {
    connected.push(address);
    return connectTcp({ host: '127.0.0.1', port });
  },
  ...more,
});
const refusal = async (url: string, options: FetchOptions): Promise<string> =>
  safeFetch(url, options).then(
    (bytes) => `fetched ${bytes.length} bytes`,
    (error: Error) => error.message,
  );

describe('fetching', () => {
  it('gives the bytes, connected to the address that was checked', async () => {
    const options = internet({ 'pictures.example': [PUBLIC] });
    expect(Buffer.from(await safeFetch('http://pictures.example/a.png?x=1', options)).toString()).toBe('picture');
    expect(connected).toEqual([PUBLIC]);
    expect(asked).toEqual(['pictures.example/a.png?x=1']);
  });

  it('resolves a name once: an answer that changes afterwards changes nothing', async () => {
    let times = 0;
    const resolve = async (): Promise<string[]> => (times++ === 0 ? [PUBLIC] : ['127.0.0.1']);
    await safeFetch('http://rebinding.example/', internet({}, { resolve }));
    expect(times).toBe(1);
    expect(connected).toEqual([PUBLIC]);
  });

  it('tries the next address when one does not answer', async () => {
    const base = internet({ 'two.example': [PUBLIC, '2606:4700:4700::1111'] });
    const connect: FetchOptions['connect'] = (address) => {
      connected.push(address);
      return connectTcp({ host: '127.0.0.1', port: address === PUBLIC ? 1 : port });
    };
    expect(await refusal('http://two.example/', { ...base, connect })).toBe('fetched 7 bytes');
    expect(connected).toEqual([PUBLIC, '2606:4700:4700::1111']);
  });

  it('follows redirects, relative ones too, and checks each', async () => {
    answer = ({ url }, response) =>
      void (url === '/end'
        ? response.end('there')
        : response.writeHead(302, { location: url === '/a' ? 'b' : 'http://other.example/end' }).end());
    const options = internet({ 'start.example': [PUBLIC], 'other.example': ['8.8.8.8'] });
    expect(await refusal('http://start.example/a', options)).toBe('fetched 5 bytes');
    expect(connected).toEqual([PUBLIC, PUBLIC, '8.8.8.8']);
  });
});

describe('https', () => {
  it('is encrypted, and the certificate must be one of the name in the URL', async () => {
    const secure = createSecureServer({ key: KEY, cert: CERTIFICATE }, (_, response) => void response.end('secret picture'));
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const { port: securePort } = secure.address() as AddressInfo;
    const connect: FetchOptions['connect'] = () => connectTcp({ host: '127.0.0.1', port: securePort });
    const options = internet({ 'secure.example': [PUBLIC], 'other.example': [PUBLIC] }, { connect });
    expect(await refusal('https://secure.example/', { ...options, ca: CERTIFICATE })).toBe('fetched 14 bytes');
    expect(await refusal('https://secure.example/', options)).toMatch(/could not be fetched/);
    expect(await refusal('https://other.example/', { ...options, ca: CERTIFICATE })).toMatch(/could not be fetched/);
    expect(await refusal('http://secure.example/', options)).toMatch(/could not be fetched/);
    secure.closeAllConnections();
    secure.close();
  });
});

describe('what is never reached', () => {
  it('a server on this machine, by any name or spelling, without any hook', async () => {
    for (const host of [
      '127.0.0.1',
      'localhost',
      '127.1',
      '0x7f000001',
      '2130706433',
      '0177.0.0.1',
      '0.0.0.0',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '127.0.0.1.',
      '１２７.0.0.1',
    ])
      expect(await refusal(`http://${host}:${port}/`, { allowHosts: ['*', `*:${port}`] }), host).toMatch(/not fetched from/);
    expect(asked).toEqual([]);
  });

  it('private, link-local, shared and mapped addresses behind a name', async () => {
    for (const address of [
      '10.1.2.3',
      '172.20.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.3.4',
      '224.0.0.1',
      '::1',
      'fd00::1',
      'fe80::1',
      '::ffff:10.0.0.1',
      '64:ff9b::a00:1',
    ])
      expect(await refusal('http://inside.example/', internet({ 'inside.example': [address] })), address).toMatch(/not fetched from/);
    expect(connected).toEqual([]);
  });

  it('a name with one private address among public ones, or with none at all', async () => {
    expect(await refusal('http://mixed.example/', internet({ 'mixed.example': [PUBLIC, '10.0.0.1'] }))).toMatch(/not fetched from/);
    expect(await refusal('http://empty.example/', internet({ 'empty.example': [] }))).toMatch(/not fetched from/);
    expect(await refusal('http://unknown.example/', internet({}))).toMatch(/could not be fetched/);
    expect(connected).toEqual([]);
  });

  it('an inner address behind a redirect', async () => {
    for (const location of ['http://127.0.0.1/', 'http://inside.example/', '//169.254.169.254/latest/meta-data', 'http://[::1]/']) {
      answer = (_, response) => void response.writeHead(302, { location }).end();
      connected = [];
      const options = internet({ 'start.example': [PUBLIC], 'inside.example': ['10.0.0.1'] });
      expect(await refusal('http://start.example/', options), location).toMatch(/not fetched from/);
      expect(connected).toEqual([PUBLIC]);
    }
  });

  it('a name that turns private between two redirects to itself', async () => {
    let times = 0;
    answer = (_, response) => void response.writeHead(302, { location: 'http://rebinding.example/again' }).end();
    const resolve = async (): Promise<string[]> => (times++ === 0 ? [PUBLIC] : ['127.0.0.1']);
    expect(await refusal('http://rebinding.example/', internet({}, { resolve }))).toMatch(/not fetched from/);
    expect(asked).toHaveLength(1);
  });

  it('other protocols, passwords, hosts off the list, odd ports', async () => {
    const options = internet({ 'a.example': [PUBLIC] }, { allowHosts: ['a.example'] });
    for (const [url, why] of [
      ['ftp://a.example/', /Only http and https/],
      ['file:///etc/passwd', /Only http and https/],
      ['http://user:word@a.example/', /user name/],
      ['http://b.example/', /not fetched from b\.example/],
      ['http://a.example.evil.example/', /not fetched from/],
      ['http://a.example:22/', /not fetched from a\.example:22/],
      ['http://', /not valid/],
    ] as const)
      expect(await refusal(url, options), url).toMatch(why);
    answer = (_, response) => void response.writeHead(301, { location: 'file:///etc/passwd' }).end();
    expect(await refusal('http://a.example/', options)).toMatch(/Only http and https/);
  });
});

describe('limits', () => {
  const site = (more: Partial<FetchOptions>): FetchOptions => internet({ 'a.example': [PUBLIC] }, more);

  it('redirects, also to nowhere', async () => {
    answer = ({ url }, response) => void response.writeHead(302, { location: `${url}x` }).end();
    expect(await refusal('http://a.example/', site({ maxRedirects: 2 }))).toMatch(/more than 2 times/);
    expect(asked).toHaveLength(3);
    answer = (_, response) => void response.writeHead(302).end();
    expect(await refusal('http://a.example/', site({}))).toMatch(/to nowhere/);
  });

  it('size, announced or not', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': '1000' }).end(Buffer.alloc(1000));
    expect(await refusal('http://a.example/', site({ maxBytes: 999 }))).toMatch(/larger than 999/);
    expect(await refusal('http://a.example/', site({ maxBytes: 1000 }))).toBe('fetched 1000 bytes');
    answer = (_, response) => {
      const more = (): void => void (response.write(Buffer.alloc(65536)) ? setImmediate(more) : response.once('drain', more));
      response.once('close', () => response.removeListener('drain', more));
      more();
    };
    expect(await refusal('http://a.example/', site({ maxBytes: 300_000 }))).toMatch(/larger than 300000/);
  });

  it('time, for a server that is silent and for one that drips', async () => {
    answer = () => {};
    expect(await refusal('http://a.example/', site({ timeoutMs: 100 }))).toMatch(/longer than 100 ms/);
    answer = (_, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.once('close', () => clearInterval(drip));
    };
    expect(await refusal('http://a.example/', site({ timeoutMs: 150 }))).toMatch(/longer than 150 ms/);
  });

  it('the caller may leave', async () => {
    answer = () => {};
    const controller = new AbortController();
    const fetching = safeFetch('http://a.example/', site({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 20);
    await expect(fetching).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('answers that are no picture', async () => {
    answer = (_, response) => void response.writeHead(404).end('no');
    expect(await refusal('http://a.example/', site({}))).toMatch(/status 404/);
    answer = (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('bomb');
    expect(await refusal('http://a.example/', site({}))).toMatch(/compressed/);
    answer = (_, response) => void response.end();
    expect(await refusal('http://a.example/', site({}))).toMatch(/with nothing/);
    answer = ({ socket }) => void socket.destroy();
    expect(await refusal('http://a.example/', site({}))).toMatch(/could not be fetched/);
  });
});

describe('the allow-list', () => {
  it('knows names, subdomains and ports', () => {
    const allowed = (url: string, ...patterns: string[]): boolean => hostAllowed(new URL(url), patterns);
    expect(allowed('http://a.example/', 'a.example')).toBe(true);
    expect(allowed('https://A.Example./', 'a.example')).toBe(true);
    expect(allowed('http://b.a.example/', 'a.example')).toBe(false);
    expect(allowed('http://b.a.example/', '*.a.example')).toBe(true);
    expect(allowed('http://a.example/', '*.a.example')).toBe(false);
    expect(allowed('http://xa.example/', '*.a.example')).toBe(false);
    expect(allowed('http://a.example:8443/', 'a.example')).toBe(false);
    expect(allowed('http://a.example:8443/', 'a.example:8443')).toBe(true);
    expect(allowed('http://anything.example/', '*')).toBe(true);
    expect(allowed('http://anything.example:22/', '*')).toBe(false);
    expect(allowed('http://a.example/')).toBe(false);
  });
});

describe('the deadline', () => {
  /** Bytes as a server sends them, whatever they mean; `more` is sent again and again. */
  async function bare(bytes: string, more?: string): Promise<{ options: FetchOptions; close: () => void }> {
    const sockets = new Set<Socket>();
    const plain = createPlainServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.write(bytes);
      const timer = more === undefined ? undefined : setInterval(() => socket.write(more), 1);
      socket.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port: at } = plain.address() as AddressInfo;
    const options = internet({ 'a.example': [PUBLIC] }, { connect: () => connectTcp({ host: '127.0.0.1', port: at }), timeoutMs: 300 });
    const close = (): void => {
      for (const socket of sockets) socket.destroy();
      plain.close();
    };
    return { options, close };
  }

  it('holds for every way of never answering', async () => {
    const start = 'HTTP/1.1 200 OK\r\n';
    const ways: Record<string, [bytes: string, more?: string]> = {
      nothing: [''],
      'half a line': ['HTTP/1.1 2'],
      'headers without end': [start, 'x: y\r\n'],
      'a body that stops': [`${start}content-length: 100\r\n\r\nabc`],
      'a body of drops': [`${start}content-length: 1000000\r\n\r\n`, 'x'],
      'chunks without end': [`${start}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
    };
    for (const [way, [bytes, more]] of Object.entries(ways)) {
      const { options, close } = await bare(bytes, more);
      expect(await refusal('http://a.example/', options), way).not.toMatch(/^fetched/);
      close();
    }
  });

  it('is not waited for by answers that are none: another protocol, interim answers without end', async () => {
    const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n';
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n';
    for (const [bytes, more] of [[upgrade], [hints.repeat(40)], [hints, hints], ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(40)]] as const) {
      const { options, close } = await bare(bytes, more);
      await expect(safeFetch('http://a.example/', { ...options, timeoutMs: 60_000 }), bytes.slice(0, 20)).rejects.toMatchObject({
        status: 400,
        apiCode: 'invalid_image_url',
      });
      close();
    }
  });

  it('holds for a resolver that never answers, in the first name and after a redirect', async () => {
    const resolve = async (host: string): Promise<string[]> => (host === 'a.example' ? [PUBLIC] : await new Promise<never>(() => {}));
    const options = internet({}, { resolve, timeoutMs: 200 });
    expect(await refusal('http://slow.example/', options)).toMatch(/longer than 200 ms/);
    answer = (_, response) => void response.writeHead(302, { location: 'http://slow.example/' }).end();
    expect(await refusal('http://a.example/', options)).toMatch(/longer than 200 ms/);
    const leaving = AbortSignal.abort(new Error('left'));
    await expect(safeFetch('http://slow.example/', { ...options, signal: leaving })).rejects.toThrow('left');
  });
});
