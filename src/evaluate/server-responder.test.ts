// A model behind a server: what is sent, patience with busy servers, rows that fail, refusals that end the run.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeImage, image } from '../media/index.js';
import type { ChatMessage } from '../text/index.js';
import type { Benchmark } from './benchmark.js';
import { RunFolder } from './replies/run-folder.js';
import { encodePng } from './report/png.js';
import { runBenchmarks } from './runner.js';
import { shareOf } from './scores.js';
import { serverResponder } from './server-responder.js';

interface Sent {
  path: string;
  key: string | null;
  body: { model: string; temperature: number; max_tokens: number; messages: { role: string; content: unknown }[] };
}

const completion = (content: string, finish_reason = 'stop'): Response =>
  Response.json({ choices: [{ message: { role: 'assistant', content }, finish_reason }] });
const refusal = (status: number, message: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { message, type: 'x' } }, { status, headers });
const ask = (...questions: string[]): ChatMessage[][] => questions.map((content) => [{ role: 'user', content }]);

/** A responder over a pretended server, with what was sent, the waits and the rows that failed. */
function over(
  answer: (sent: Sent, n: number) => Response | Promise<Response>,
  options: { apiKey?: string; concurrency?: number; timeout?: number; tries?: number } = {},
) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const failed: [number, string][] = [];
  const responder = serverResponder({
    url: 'http://model.test/v1/',
    model: 'm',
    ...options,
    wait: async (ms) => void waits.push(ms),
    fetch: async (url, init) => {
      const request = {
        path: new URL(String(url)).pathname,
        key: new Headers(init?.headers).get('authorization'),
        body: init?.body ? JSON.parse(String(init.body)) : undefined,
      };
      sent.push(request);
      init?.signal?.throwIfAborted();
      return answer(request, sent.length - 1);
    },
  });
  const replies = (conversations: ChatMessage[][], signal?: AbortSignal) =>
    responder.replies(conversations, { maxTokens: 7, signal, onFailed: (i, reason) => failed.push([i, reason]) });
  return { sent, waits, failed, replies, responder };
}

describe('a model behind a server', () => {
  test('conversations with their images, greedily, in order', async () => {
    const pixels = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) };
    const file = new Uint8Array(encodePng(new Uint8Array(3).fill(9), 1, 1));
    const { sent, replies } = over((_, n) => completion(`reply ${n}`), { apiKey: 'k', concurrency: 1 });
    const conversation: ChatMessage[] = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ ...image(pixels) }, { ...image(file) }, { type: 'text', text: 'What?' }] },
      { role: 'assistant', content: 'A dog.' },
      { role: 'user', content: 'Sure?' },
    ];
    expect(await replies([conversation, ...ask('Second?')])).toEqual(['reply 0', 'reply 1']);
    expect(sent[0]).toMatchObject({ path: '/v1/chat/completions', key: 'Bearer k', body: { model: 'm', temperature: 0, max_tokens: 7 } });
    const [system, user, assistant, last] = sent[0]?.body.messages ?? [];
    expect([system, assistant, last]).toMatchObject([
      { content: 'Be brief.' },
      { role: 'assistant', content: 'A dog.' },
      { content: 'Sure?' },
    ]);
    const parts = user?.content as { type: string; text?: string; image_url?: { url: string } }[];
    expect(parts.map(({ type }) => type)).toEqual(['image_url', 'image_url', 'text']);
    const { width, data } = await decodeImage(parts[0]?.image_url?.url as string);
    expect([width, ...data]).toEqual([2, 255, 0, 0, 0, 0, 255]);
    expect(parts[1]?.image_url?.url).toBe(`data:image/png;base64,${Buffer.from(file).toString('base64')}`);
  });

  test('no more requests at once than asked for', async () => {
    let now = 0;
    let most = 0;
    const { replies } = over(
      async () => {
        most = Math.max(most, ++now);
        await new Promise((done) => setImmediate(done));
        now--;
        return completion('a');
      },
      { concurrency: 3 },
    );
    expect(await replies(ask(...Array.from({ length: 10 }, (_, i) => String(i))))).toHaveLength(10);
    expect(most).toBe(3);
  });

  test('a busy server is asked again, later each time or when it says', async () => {
    const { waits, failed, replies } = over(
      (_, n) => [refusal(503, 'busy'), refusal(429, 'slow', { 'retry-after': '7' }), refusal(500, 'oops')][n] ?? completion('at last'),
    );
    expect(await replies(ask('a'))).toEqual(['at last']);
    expect(waits).toEqual([1000, 7000, 4000]);
    expect(failed).toEqual([]);
  });

  test('rows that fail are named, the others are answered', async () => {
    const { failed, waits, replies } = over(
      ({ body }) => {
        const question = JSON.stringify(body.messages);
        if (question.includes('long')) return refusal(400, 'maximum context length is 10 tokens');
        if (question.includes('down')) return refusal(503, 'down');
        if (question.includes('bad')) return completion('', 'content_filter');
        return completion('ok');
      },
      { tries: 3, concurrency: 1 },
    );
    expect(await replies(ask('a', 'long', 'down', 'bad', 'b'))).toEqual(['ok', undefined, undefined, undefined, 'ok']);
    expect(failed).toEqual([
      [1, expect.stringContaining('status 400: maximum context length')],
      [2, expect.stringMatching(/status 503.*3 tries/)],
      [3, expect.stringContaining('filter')],
    ]);
    expect(waits).toEqual([1000, 2000]);
  });

  test('a reply that takes too long is one more try, then a row that failed', async () => {
    const { failed, replies } = over(
      ({ body }) =>
        JSON.stringify(body.messages).includes('slow') ? Promise.reject(new DOMException('late', 'TimeoutError')) : completion('ok'),
      { tries: 2, concurrency: 1 },
    );
    expect(await replies(ask('a', 'slow'))).toEqual(['ok', undefined]);
    expect(failed).toEqual([[1, expect.stringContaining('2 tries')]]);
  });

  test.each([
    [
      'a wrong key',
      () => refusal(401, 'bad key'),
      { got: expect.stringContaining('status 401'), hint: expect.stringContaining('OPENAI_API_KEY') },
    ],
    ['what is no API', () => new Response('<html>', { headers: { 'content-type': 'text/html' } }), { place: 'http://model.test/v1' }],
    ['an empty list of choices', () => Response.json({ choices: [] }), {}],
    [
      'a server that is not there',
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: new Error('ECONNREFUSED') })),
      { got: expect.stringContaining('ECONNREFUSED') },
    ],
  ])('%s ends the run', async (_, answer, error) => {
    const { replies, failed } = over(answer, { tries: 2 });
    await expect(replies(ask('a', 'b'))).rejects.toMatchObject({ code: 'evaluate.server', ...error });
    expect(failed).toEqual([]);
  });

  test('an unknown model is told the models that there are', async () => {
    const { replies } = over(({ path }) =>
      path === '/v1/models' ? Response.json({ data: [{ id: 'x' }, { id: 'y' }] }) : refusal(404, 'no model m'),
    );
    await expect(replies(ask('a'))).rejects.toMatchObject({
      code: 'evaluate.server',
      expected: expect.stringContaining('x, y'),
      got: expect.stringContaining('no model m'),
    });
  });

  test('a video is refused, and an abort ends everything', async () => {
    const { sent, replies } = over(() => completion('a'));
    await expect(replies([[{ role: 'user', content: [{ type: 'video', source: 'a.mp4' }] }]])).rejects.toMatchObject({
      code: 'evaluate.media',
    });
    await expect(replies(ask('a'), AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
    expect(sent).toEqual([]);
  });

  test('what a folder of a run keeps: replies, never their absence', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'server-run-'));
    const benchmark: Benchmark = {
      name: 'toy',
      title: 'Toy',
      about: '',
      maxTokens: 7,
      constants: null,
      rows: () => ask('a', 'down', 'b').map((messages, i) => ({ id: String(i), kind: 'k', messages, truth: 'ok' })),
      score: (done) => [shareOf('accuracy', done, ({ reply }) => reply === 'ok')],
      right: ({ reply }) => reply === 'ok',
    };
    const run = async (up: boolean) => {
      const { sent, responder } = over(
        ({ body }) => (!up && JSON.stringify(body.messages).includes('down') ? refusal(503, 'down') : completion('ok')),
        {
          tries: 1,
          concurrency: 1,
        },
      );
      const folder = await RunFolder.open(dir, { name: 'm', model: { server: 'm' } });
      try {
        const [result] = await runBenchmarks({
          benchmarks: [benchmark],
          responder: folder.responder(responder),
          skipBad: true,
          baselines: false,
        });
        return { result, sent: sent.length };
      } finally {
        await folder.close();
      }
    };
    try {
      const first = await run(false);
      expect(first).toMatchObject({
        sent: 3,
        result: { n: 2, faults: [{ kind: 'unanswered', n: 1, rows: [expect.stringContaining('status 503')] }] },
      });
      const second = await run(true);
      expect(second).toMatchObject({ sent: 1, result: { n: 3 } });
      expect(second.result?.faults).toBeUndefined();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
