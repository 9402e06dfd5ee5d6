// Demonstrations of a request: what reaches the engine, which names are taken, and that no client names a path.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bankOf } from '../reason/demos/index.js';
import { colorDemos, colorEmbedder } from '../reason/demos/testing.js';
import type { ContentPart } from '../text/index.js';
import { disposeJobs } from '../util/jobs.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

const engine = new FakeEngine({ say: () => ['A red square.'] });
let server: RunningServer;
let bare: RunningServer;
let picture: string;

beforeAll(async () => {
  picture = await pictureUrl([200, 30, 30]);
  const demos = new Map([['colors', await bankOf(colorDemos(), { embedder: colorEmbedder() })]]);
  server = await serve({ engine, model: 'm', port: 0, demos, limits: { maxImages: 4 } });
  bare = await serve({ engine, model: 'm', port: 0 });
});
afterAll(async () => {
  for (const one of [server, bare]) await one.close({ drainMs: 0 });
  await disposeJobs();
});

const ask = async (demos: object, to = server, content?: unknown) => {
  const parts = content ?? [
    { type: 'image_url', image_url: { url: picture } },
    { type: 'text', text: 'What is it?' },
  ];
  const body = { model: 'm', messages: [{ role: 'user', content: parts }], sensorium: { demos } };
  const answer = await fetch(`${to.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as { error?: { param: string; code: string } } };
};

describe('demonstrations of a request', () => {
  it('stand before its question, most similar last', async () => {
    expect((await ask({ shots: 2 })).status).toBe(200);
    const { messages, stop } = engine.requests.at(-1) ?? {};
    expect(messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(messages?.[3]?.content).toMatch(/red/);
    expect(stop).toBeUndefined();
    expect(
      messages?.flatMap(({ content }) => (Array.isArray(content) ? (content as ContentPart[]) : [])).filter(({ type }) => type === 'image'),
    ).toHaveLength(3);
  });

  it('end a reply where a pattern goes on', async () => {
    expect((await ask({ index: 'colors', shots: 1, template: 'otter', selector: 'both', order: 'given' })).status).toBe(200);
    expect(engine.requests.at(-1)?.stop).toContain('<|endofchunk|>');
    expect(engine.requests.at(-1)?.messages).toHaveLength(1);
  });

  it('are refused by name', async () => {
    const param = async (...given: Parameters<typeof ask>) => {
      const { status, body } = await ask(...given);
      return [status, body.error?.param];
    };
    expect(await param({ index: '/etc' })).toEqual([400, 'sensorium.demos.index']);
    expect(await param({ path: '/etc' })).toEqual([400, 'sensorium.demos.path']);
    expect(await param({ shots: 4 })).toEqual([400, 'sensorium.demos.shots']); // with its own image more than four
    expect(await param({ order: 'entropy' })).toEqual([400, 'sensorium.demos.order']);
    expect(await param({ selector: 'rices' }, server, 'no image')).toEqual([400, 'sensorium.demos']);
    expect(await param({}, bare)).toEqual([400, 'sensorium.demos.index']);
  });
});
