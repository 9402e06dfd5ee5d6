// Bodies as they are read, here and in a worker thread: images beside the request, everything else as it was sent.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disposeJobs, runJob } from '../util/jobs.js';
import { attachedBy, attachMedia, withMedia } from './attached.js';
import { type JsonInput, readFormJob, readRequest, readRequestJob } from './read-body.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine } from './testing.js';

const tooLarge = { status: 413, message: 'too large', param: null, apiCode: null, type: 'invalid_request_error' } as const;
const picture = (fill: number, size = 30_000): string => `data:image/png;base64,${Buffer.alloc(size, fill).toString('base64')}`;
const bodyOf = (value: unknown, more: Partial<JsonInput> = {}): JsonInput => {
  const text = typeof value === 'string' ? Buffer.from(value) : Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  // As it comes: in pieces that know nothing of characters.
  const pieces = Array.from({ length: Math.ceil(text.length / 1000) }, (_, i) => new Uint8Array(text.subarray(i * 1000, i * 1000 + 1000)));
  return { pieces, maxSize: 1e6, tooLarge, name: 'chat', mark: 'M', ...more };
};
const part = (url: string) => ({ type: 'image_url', image_url: { url } });
const chat = (content: unknown, more: object = {}) => ({ model: 'm', messages: [{ role: 'user', content }], ...more });

describe('a body', () => {
  afterAll(disposeJobs);

  it('is the same from a worker thread, its images apart', async () => {
    const text = picture(9);
    const body = chat([{ type: 'text', text }, part(picture(1)), part(picture(2, 100)), { type: 'image_url', image_url: picture(3) }], {
      chat_template_kwargs: { url: text, image_url: text },
      user: 'Zoë',
    });
    const read = await runJob(readRequestJob, bodyOf(body), { move: true });
    const here = await readRequest(bodyOf(body));
    if (read.refused || here.refused) throw new Error('refused');
    expect(read.value).toEqual(here.value);
    expect(read.size).toBe(Buffer.byteLength(JSON.stringify(body)));
    expect(read.value).toEqual({
      ...body,
      messages: [{ role: 'user', content: [{ type: 'text', text }, part('data:,M.0'), part(picture(2, 100)), part('data:,M.1')] }],
    });
    expect(read.media.map((one) => 'bytes' in one && [one.mimeType, one.bytes.length, one.bytes[0]])).toEqual([
      ['image/png', 30_000, 1],
      ['image/png', 30_000, 3],
    ]);
  });

  it.each([
    ['no text', Buffer.from([0x7b, 0xff, 0x7d]), [400, 'body', 'invalid_json']],
    ['no JSON', '{"model":', [400, 'body', 'invalid_json']],
    ['no object', '[]', [400, 'body', 'invalid_json']],
    ['too deep', '['.repeat(100), [400, 'body', 'invalid_json']],
    ['a field that is none', chat('x', { colour: 'red' }), [400, 'colour', 'unknown_parameter']],
    ['a value that is wrong', chat('x', { n: 'one' }), [400, 'n', 'invalid_value']],
  ])('that is %s is refused from there as from here', async (_name, value, expected) => {
    const here = await readRequest(bodyOf(value));
    expect(await runJob(readRequestJob, bodyOf(value))).toEqual(here);
    expect(here.refused && [here.refused.status, here.refused.param, here.refused.apiCode]).toEqual(expected);
  });

  it('is unpacked within its bound', async () => {
    const body = chat('x'.repeat(5000));
    const packed = gzipSync(JSON.stringify(body));
    const read = await readRequest(bodyOf(packed, { packing: 'gzip' }));
    expect(read).toMatchObject({ value: body, size: JSON.stringify(body).length });
    expect(await readRequest(bodyOf(packed, { packing: 'gzip', maxSize: 5000 }))).toEqual({ refused: tooLarge });
    expect(await readRequest(bodyOf('{}', { packing: 'gzip' }))).toMatchObject({ refused: { status: 400, apiCode: 'invalid_encoding' } });
  });

  it('may be a form', async () => {
    const form = new FormData();
    form.set('purpose', 'vision');
    form.set('file', new Blob([Buffer.alloc(100_000, 5)]), 'ü.png');
    const sent = new Response(form);
    const input = {
      ...bodyOf(Buffer.from(await sent.arrayBuffer())),
      name: 'file' as const,
      type: sent.headers.get('content-type') as string,
    };
    const read = await runJob(readFormJob, input);
    expect(read).toMatchObject({ filename: 'ü.png', fields: { purpose: 'vision' } });
    expect(!read.refused && Buffer.from(read.bytes).equals(Buffer.alloc(100_000, 5))).toBe(true);
  });
});

describe('images of a request', () => {
  it('stand in parts, items and frames alone, and can be put back', () => {
    const items = [
      {
        role: 'user',
        content: [
          { type: 'input_image', image_url: picture(1) },
          { type: 'input_text', text: picture(1) },
        ],
      },
      { type: 'function_call_output', output: [{ type: 'input_file', file_data: picture(2) }] },
      { type: 'function_call', arguments: picture(3) },
    ];
    const request = { input: structuredClone(items), metadata: { image_url: picture(4) }, instructions: picture(5) };
    const media = attachMedia(request, 'M');
    expect(media).toHaveLength(2);
    expect(request).toMatchObject({ metadata: { image_url: picture(4) }, instructions: picture(5) });
    expect(JSON.stringify(request.input)).toContain('data:,M.1');
    expect(withMedia(request.input, attachedBy(media, 'M'))).toEqual(items);
    expect(JSON.stringify(request.input)).toContain('data:,M.1');
    const frames = { messages: [{ content: [{ type: 'video', video: [picture(1), 'file-x', picture(2)] }] }] };
    expect(attachMedia(frames, 'M')).toHaveLength(2);
    expect(frames.messages[0]?.content[0]?.video).toEqual(['data:,M.0', 'file-x', 'data:,M.1']);
  });

  it('that cannot be read say so', () => {
    const bad = chat([part(`data:image/png;base64,${'!'.repeat(20_000)}`)]);
    expect(attachMedia(bad, 'M')).toMatchObject([{ refused: { status: 400, apiCode: 'invalid_image_url' } }]);
  });
});

describe('over HTTP', () => {
  const engine = new FakeEngine({ say: () => ['yes'] });
  let server: RunningServer;
  beforeAll(async () => {
    server = await serve({ engine, model: 'm', port: 0 });
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await disposeJobs();
  });
  const ask = async (path: string, body?: unknown): Promise<[number, Record<string, unknown>]> => {
    const sent = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(server.url + path, sent);
    return [response.status, (await response.json()) as Record<string, unknown>];
  };

  /** The first message that the engine got last: its texts, and of images the first byte and the size. */
  const told = (): unknown[] => {
    const { role, content } = engine.requests.at(-1)?.messages[0] ?? {};
    const parts = content as unknown as { text?: string; source?: Uint8Array }[];
    return [role, ...parts.map(({ text, source }) => text ?? [source?.[0], source?.length])];
  };

  it('long images reach the engine, and a mark that a client writes is what it says', async () => {
    const [status] = await ask('/v1/chat/completions', chat([part(picture(7, 100_000)), { type: 'text', text: 'data:,M.0' }]));
    expect(status).toBe(200);
    expect(told()).toEqual(['user', [7, 100_000], 'data:,M.0']);
    const [wrong, { error }] = await ask('/v1/chat/completions', chat([part(`data:image/png;base64,${'!'.repeat(100_000)}`)]));
    expect([wrong, error]).toMatchObject([400, { param: 'messages[0].content[0].image_url.url', code: 'invalid_image_url' }]);
  });

  it('kept responses have the images that were sent', async () => {
    const content = [{ type: 'input_image', image_url: picture(8, 100_000), detail: 'auto' }];
    const [, { id }] = await ask('/v1/responses', { model: 'm', input: [{ role: 'user', content }] });
    const [, list] = await ask(`/v1/responses/${id}/input_items`);
    expect(JSON.stringify(list.data)).toContain(JSON.stringify(content).slice(1, -1));
    expect((await ask('/v1/responses', { model: 'm', input: 'again', previous_response_id: id }))[0]).toBe(200);
    expect(told()).toEqual(['user', [8, 100_000]]);
  });
});
