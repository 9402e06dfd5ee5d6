// A teacher behind a server: sampled replies, requests that it refuses, a server that is down; and the run that goes on.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sceneInstructFacts, teachInstructions } from '../data/instruct/index.js';
import { serverTeacher } from './teachers.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-teachers-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

interface Body {
  temperature: number;
  top_p?: number;
  seed?: number;
  max_tokens: number;
  messages: { content: unknown }[];
}

/** A server whose n-th reply is given by `reply`: text, or a status. */
function server(reply: (n: number) => string | number): { fetch: typeof fetch; bodies: Body[] } {
  const bodies: Body[] = [];
  const answer = async (_: unknown, init?: RequestInit): Promise<Response> => {
    bodies.push(JSON.parse(String(init?.body)) as Body);
    const text = reply(bodies.length);
    if (typeof text === 'number') return new Response(JSON.stringify({ error: { message: 'no' } }), { status: text });
    const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
    const completion = { id: 'x', created: 0, model: 'm', choices, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } };
    return new Response(JSON.stringify(completion), { headers: { 'content-type': 'application/json' } });
  };
  return { fetch: answer as typeof fetch, bodies };
}

const teach = (name: string, fetch: typeof globalThis.fetch) =>
  teachInstructions({
    teacher: serverTeacher({
      ...{ url: 'http://teacher/v1', model: 'm', fetch, seed: 7, concurrency: 1, tries: 2, wait: async () => undefined },
      sampling: { temperature: 0.7, topP: 0.9, maxTokens: 50 },
    }),
    kinds: ['lvis'],
    facts: sceneInstructFacts({ scenes: 4, seed: 2 }),
    out: join(dir, name),
  });

const pair = 'Question: What is there?\nAnswer: A dog.';

it('samples, shows images, and leaves out what the server refuses', async () => {
  const { fetch, bodies } = server((n) => (n === 2 ? 400 : pair));
  const made = await teach('some.jsonl', fetch);
  expect([made.rows, made.dropped.failed, made.failures.length]).toEqual([3, 1, 1]);
  expect(bodies[0]).toMatchObject({ temperature: 0.7, top_p: 0.9, seed: 7, max_tokens: 50 });
  expect(JSON.stringify(bodies[0]?.messages[0]?.content)).toContain('data:image/png;base64,');
});

it('ends with an error when the server is down, and goes on from there', async () => {
  const broken = server((n) => {
    if (n > 2) throw new TypeError('fetch failed');
    return n === 2 ? 401 : pair;
  });
  await expect(teach('down.jsonl', broken.fetch)).rejects.toMatchObject({ code: 'evaluate.server' });
  const up = server(() => pair);
  const made = await teach('down.jsonl', up.fetch);
  expect([made.rows, made.known, up.bodies.length]).toEqual([4, 1, 3]);
});
