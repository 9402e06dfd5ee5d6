// Uploaded files: the store's bounds with a clock of its own, and /v1/files as the unmodified openai package uses it over a socket.

import OpenAI, { toFile } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import type { ContentPart } from '../text/index.js';
import type { EngineRequest } from './engine.js';
import { FILE_LIMITS, FileStore } from './files.js';
import { parseKeys } from './keys.js';
import { type RunningServer, type ServeOptions, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

const bytes = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(7);
const file = (length: number) => ({ name: 'a.png', purpose: 'vision' as const, bytes: bytes(length) });

describe('a store', () => {
  it('is bounded by file, by owner and in all, and counts again what is deleted', () => {
    const store = new FileStore({ ...FILE_LIMITS, maxFile: 50, maxPerKey: 100, maxTotal: 150, maxCount: 3 });
    expect(() => store.add('a', file(51))).toThrow(expect.objectContaining({ status: 413, apiCode: 'file_too_large' }));
    expect(() => store.add('a', file(0))).toThrow(/empty/);
    const { id } = store.add('a', file(50));
    store.add('a', file(40));
    expect(() => store.add('a', file(11))).toThrow(expect.objectContaining({ status: 400, apiCode: 'storage_full' }));
    store.add('a', file(1));
    expect(() => store.add('a', file(1))).toThrow(/at most 3 files/);
    store.add('b', file(50));
    expect(() => store.add('b', file(10))).toThrow(expect.objectContaining({ status: 429, apiCode: 'storage_full' }));
    expect(store.bytes).toBe(141);
    store.delete('a', id);
    expect(store.bytes).toBe(91);
    expect(store.add('b', file(10)).bytes).toHaveLength(10);
  });

  it('gives a file to nobody but its owner', () => {
    const store = new FileStore();
    const { id } = store.add('a', file(3));
    expect(store.get('a', id).bytes).toEqual(bytes(3));
    for (const [owner, wrong] of [['b', id], ['', id], ['a', `${id}x`], ['a', '__proto__']] as const) // biome-ignore format: pairs
      expect(() => store.get(owner, wrong), owner).toThrow(expect.objectContaining({ status: 404, apiCode: 'file_not_found' }));
    expect(() => store.delete('b', id)).toThrow(/No such file/);
    expect(store.list('b')).toEqual([]);
    expect(store.list('a').map((f) => f.id)).toEqual([id]);
  });

  it('forgets files when their time is over, the client may ask for less but not for more', () => {
    let now = 1_000_000;
    const store = new FileStore({ ...FILE_LIMITS, ttlMs: 10_000 }, () => now);
    const short = store.add('a', { ...file(1), ttlMs: 5000 });
    const long = store.add('a', { ...file(1), ttlMs: 1e9 });
    expect([short, long].map((f) => f.expiresAt - f.createdAt)).toEqual([5, 10]);
    now += 6000;
    expect(() => store.get('a', short.id)).toThrow(/No such file/);
    expect(store.get('a', long.id).id).toBe(long.id);
    now += 5000;
    expect(store.list('a')).toEqual([]);
    expect(store.bytes).toBe(0);
  });
});

describe('/v1/files', () => {
  let server: RunningServer;
  let engine: FakeEngine;
  const [first, second] = ['sk-first-key', 'sk-second-key'];
  const start = async (options: Partial<ServeOptions> = {}): Promise<(key: string) => OpenAI> => {
    engine = new FakeEngine();
    server = await serve({ engine, model: 'fake', port: 0, keys: parseKeys(`${first}\n${second}`, 'keys'), ...options });
    return (apiKey) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
  };
  afterEach(() => server.close({ drainMs: 0 }));

  const picture = async (): Promise<Buffer> => Buffer.from((await pictureUrl([9, 8, 7])).split(',')[1] as string, 'base64');
  const sources = (): unknown[] => {
    const { messages } = engine.requests.at(-1) as EngineRequest;
    return (messages[0]?.content as ContentPart[] | undefined)?.map((part) => (part as { source?: unknown }).source) ?? [];
  };

  it('keeps what the openai package uploads, lists, gives back and deletes it', async () => {
    const client = (await start())(first);
    const png = await picture();
    const made = await client.files.create({
      file: await toFile(png, 'cup.png'),
      purpose: 'vision',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    expect(made).toMatchObject({ object: 'file', bytes: png.length, filename: 'cup.png', purpose: 'vision', status: 'processed' });
    expect(made.id).toMatch(/^file-/);
    expect(made.expires_at).toBe(made.created_at + 3600);
    const other = await client.files.create({ file: await toFile(png, 'ñ"\r\n.png'), purpose: 'user_data' });
    expect(await client.files.retrieve(made.id)).toEqual(made);
    const ids = async (query: OpenAI.FileListParams = {}): Promise<string[]> => {
      const found: string[] = [];
      for await (const { id } of client.files.list(query)) found.push(id); // follows `has_more`
      return found;
    };
    expect(await ids()).toEqual([other.id, made.id]);
    expect(await ids({ limit: 1, order: 'asc' })).toEqual([made.id, other.id]);
    expect(await ids({ purpose: 'vision' })).toEqual([made.id]);
    const content = await client.files.content(made.id);
    expect(content.headers.get('content-disposition')).toBe('attachment');
    expect(Buffer.from(await content.arrayBuffer())).toEqual(png);
    expect(await client.files.delete(made.id)).toEqual({ id: made.id, object: 'file', deleted: true });
    await expect(client.files.retrieve(made.id)).rejects.toMatchObject({ status: 404, code: 'file_not_found' });
    expect(await ids()).toEqual([other.id]);
  });

  it('gives images to messages by id, as image_url and as file, and to nobody else', async () => {
    const client = await start();
    const png = await picture();
    const { id } = await client(first).files.create({ file: await toFile(png, 'cup.png'), purpose: 'vision' });
    const ask = (key: string, part: object) =>
      client(key).chat.completions.create({
        model: 'fake',
        messages: [{ role: 'user', content: [part as OpenAI.ChatCompletionContentPart] }],
        max_tokens: 1,
      });
    const url = `data:image/png;base64,${png.toString('base64')}`;
    for (const part of [
      { type: 'image_url', image_url: { url: id } },
      { type: 'file', file: { file_id: id } },
      { type: 'file', file: { file_data: url, filename: 'cup.png' } },
    ]) {
      await ask(first, part);
      expect(sources()).toEqual([expect.any(Uint8Array)]);
      expect(Buffer.from(sources()[0] as Uint8Array)).toEqual(png);
    }
    const asked = engine.requests.length;
    const [byUrl, byFile] = ['messages[0].content[0].image_url.url', 'messages[0].content[0].file.file_id'];
    const missing = { status: 404, code: 'file_not_found' };
    await expect(ask(second, { type: 'image_url', image_url: { url: id } })).rejects.toMatchObject({ ...missing, param: byUrl });
    await expect(ask(second, { type: 'file', file: { file_id: id } })).rejects.toMatchObject({ ...missing, param: byFile });
    for (const action of [client(second).files.retrieve(id), client(second).files.delete(id), client(second).files.content(id)])
      await expect(action).rejects.toMatchObject(missing);
    expect((await client(second).files.list()).data).toEqual([]);
    await expect(ask(first, { type: 'file', file: { file_id: 'http://a.example/x.png' } })).rejects.toMatchObject({
      status: 400,
      param: byFile,
    });
    expect(engine.requests).toHaveLength(asked);
  });

  it('refuses what is no upload, by field', async () => {
    await start({ files: { maxFile: 1000, maxPerKey: 1500 } });
    const post = async (body: FormData | string, headers: Record<string, string> = {}): Promise<unknown[]> => {
      const response = await fetch(`${server.url}/v1/files`, {
        method: 'POST',
        headers: { authorization: `Bearer ${first}`, ...headers },
        body,
      });
      const { error } = (await response.json()) as { error: { param: string | null; code: string | null; type: string } };
      expect(error.type).toBe(response.status === 429 ? 'rate_limit_error' : 'invalid_request_error');
      return [response.status, error.param, error.code];
    };
    const form = (fields: Record<string, string | Blob>): FormData => {
      const data = new FormData();
      for (const [name, value] of Object.entries(fields)) data.set(name, value);
      return data;
    };
    const blob = new Blob([bytes(900)]);
    expect(await post('{}', { 'content-type': 'application/json' })).toEqual([415, null, 'unsupported_media_type']);
    expect(await post('nonsense', { 'content-type': 'multipart/form-data; boundary=x' })).toEqual([400, 'body', 'invalid_form']);
    expect(await post('nonsense', { 'content-type': 'multipart/form-data' })).toEqual([400, 'body', 'invalid_form']);
    expect((await post(form({ purpose: 'vision' })))[1]).toBe('file');
    expect((await post(form({ purpose: 'vision', file: 'text' })))[1]).toBe('file');
    expect((await post(form({ file: blob })))[1]).toBe('purpose');
    expect((await post(form({ file: blob, purpose: 'fine-tune' })))[1]).toBe('purpose');
    expect(await post(form({ file: blob, purpose: 'vision', colour: 'red' }))).toEqual([400, 'colour', 'unknown_parameter']);
    expect(await post(form({ file: blob, purpose: 'vision', ['__proto__']: '1' }))).toEqual([400, '__proto__', 'unknown_parameter']);
    expect((await post(form({ file: blob, purpose: 'vision', 'expires_after[seconds]': '5' })))[1]).toBe('expires_after[seconds]');
    expect((await post(form({ file: blob, purpose: 'vision', 'expires_after[seconds]': 'NaN' })))[1]).toBe('expires_after[seconds]');
    const twice = form({ file: blob, purpose: 'vision' });
    twice.append('purpose', 'vision');
    expect(await post(twice)).toEqual([400, 'purpose', 'invalid_value']);
    expect(await post(form({ file: new Blob([bytes(1001)]), purpose: 'vision' }))).toEqual([413, 'file', 'file_too_large']);
    expect(await post(form({ file: new Blob([bytes(200_000)]), purpose: 'vision' }))).toEqual([413, 'file', 'file_too_large']);
    expect(await post(form({ file: new Blob([]), purpose: 'vision' }))).toEqual([400, 'file', 'invalid_value']);
    expect(
      (
        await fetch(`${server.url}/v1/files`, {
          method: 'POST',
          headers: { authorization: `Bearer ${first}` },
          body: form({ file: blob, purpose: 'vision' }),
        })
      ).status,
    ).toBe(200);
    expect(await post(form({ file: blob, purpose: 'vision' }))).toEqual([400, 'file', 'storage_full']);
    const get = (query: string) => fetch(`${server.url}/v1/files?${query}`, { headers: { authorization: `Bearer ${first}` } });
    for (const query of ['limit=0', 'limit=x', 'order=up', 'purpose=x', 'after=file-none', 'colour=red'])
      expect((await get(query)).status, query).toBe(400);
    expect((await fetch(`${server.url}/v1/files`, { method: 'PUT', headers: { authorization: `Bearer ${first}` } })).status).toBe(405);
    expect((await fetch(`${server.url}/v1/files`)).status).toBe(401);
  });

  it('is not there where the server keeps no files', async () => {
    const client = await start({ files: false });
    await expect(client(first).files.list()).rejects.toMatchObject({ status: 404, code: 'unknown_url' });
    const messages = [{ role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url: 'file-abc' } }] }];
    await expect(client(first).chat.completions.create({ model: 'fake', messages })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_image_url',
    });
  });
});
