// `sensorium mcp` over HTTP with the SDK's client; pages of other sites, files outside and private addresses are refused. What `agent` is pointed at.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, describe, expect, it } from 'vitest';
import { Equipment, toolbox } from '../agents/index.js';
import { pointedAt } from './agent-inputs.js';
import { openers, overHttp } from './mcp.js';

const stop = new AbortController();
const { tools } = toolbox({ equipment: new Equipment({}) });
let served: Promise<void> | undefined;
const port = await new Promise<number>((resolve, reject) => {
  served = overHttp({ tools, version: '1', ...openers([], []) }, { port: 0, host: '127.0.0.1', signal: stop.signal, onListen: resolve });
  served.catch(reject);
});
afterAll(async () => {
  stop.abort();
  await served;
});
const url = new URL(`http://127.0.0.1:${port}/mcp`);

describe('over HTTP', () => {
  it('serves clients, each in its session', async () => {
    for (let i = 0; i < 2; i++) {
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(url));
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('calculator');
      expect((await client.callTool({ name: 'calculator', arguments: { expression: '6 * 7' } })).structuredContent).toEqual({ value: 42 });
      await client.close();
    }
  });

  it('refuses pages of other sites and sessions that are not there', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await post({ origin: 'null' })).status).toBe(403);
    expect((await post({ 'mcp-session-id': 'none' })).status).toBe(404);
  });
});

describe('what clients name', () => {
  it('is never at a private address, nor a file outside', async () => {
    let asked = 0;
    const inner = createServer((_, response) => {
      asked++;
      response.end('secret');
    });
    await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve));
    const { port: at } = inner.address() as AddressInfo;
    const { openImage } = openers(['/none'], ['*', `127.0.0.1:${at}`]);
    const signal = new AbortController().signal;
    for (const name of [
      `http://127.0.0.1:${at}/x.png`,
      `http://localhost:${at}/x.png`,
      'http://169.254.169.254/latest',
      'ftp://example.org/x.png',
    ])
      await expect(openImage(name, signal), name).rejects.toThrow();
    expect(asked).toBe(0);
    await new Promise((resolve) => inner.close(resolve));
  });
});

describe('what an agent is pointed at', () => {
  it('is a place or a box in pixels', () => {
    expect(pointedAt({ at: '10, 20.5' })).toEqual([10, 20.5]);
    expect(pointedAt({ box: '1,2,3,4' })).toEqual([1, 2, 3, 4]);
    expect(pointedAt({})).toBeUndefined();
    for (const wrong of [{ at: '1' }, { at: 'a,b' }, { box: '1,2,3' }, { at: '-1,2' }, { at: '1,2', box: '1,2,3,4' }])
      expect(() => pointedAt(wrong)).toThrow(expect.objectContaining({ code: 'cli.usage' }));
  });
});
