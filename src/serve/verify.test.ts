// Claims of replies, checked after them: what comes back, whole and streamed, and what unmodified clients make of it.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disposeJobs } from '../util/jobs.js';
import type { EngineRequest } from './engine.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

/** What the model says of the image, and what it answers when it is asked. */
let says: string[];
const answers: Readonly<Record<string, string>> = {
  'Is there a dog in the image?': 'yes',
  'Is there a cat in the image?': 'No.',
  'What color is the dog?': 'It is brown.',
  '图中有狗吗？': '没有。',
};
const asked: string[] = [];
const say = ({ messages }: EngineRequest): string[] => {
  const { content } = messages.at(-1) ?? {};
  const text = Array.isArray(content) ? String((content as { text?: string }[]).at(-1)?.text) : '';
  if (text === 'What is it?') return says;
  asked.push(text);
  return [answers[text] ?? 'I cannot tell.'];
};
const engine = new FakeEngine({ say, slots: 2 });
let server: RunningServer;
let client: OpenAI;
let picture: string;

beforeAll(async () => {
  picture = await pictureUrl([200, 30, 30]);
  server = await serve({ engine, model: 'm', port: 0 });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await server.close({ drainMs: 0 });
  await disposeJobs();
});

const request = (sensorium: object, more: object = {}) => {
  const content = [
    { type: 'image_url' as const, image_url: { url: picture } },
    { type: 'text' as const, text: 'What is it?' },
  ];
  return { model: 'm', messages: [{ role: 'user' as const, content }], sensorium, ...more };
};
interface Checked {
  claims: { text: string; start: number; end: number; verdict: string; score: number | null }[];
  corrected: string | null;
  questions: number;
}

const messageOf = ({ choices: [choice] }: OpenAI.ChatCompletion) => choice?.message as unknown as { sensorium: Checked; content: string };

describe('woodpecker', () => {
  it('asks the model about each claim, and corrects what is false', async () => {
    says = ['A red', ' dog', ' and', ' a cat', '.'];
    asked.length = 0;
    const answer = await client.chat.completions.create(request({ verify: 'woodpecker' }));
    const { sensorium, content } = messageOf(answer);
    expect(content).toBe('A red dog and a cat.');
    expect(answer.choices[0]?.logprobs).toBeNull();
    expect(asked.sort()).toEqual(['Is there a cat in the image?', 'Is there a dog in the image?', 'What color is the dog?']);
    expect(sensorium).toMatchObject({ questions: 3, corrected: 'A brown dog.' });
    expect(sensorium.claims.map(({ text, verdict }) => [text, verdict])).toEqual([
      ['red', 'false'],
      ['dog', 'true'],
      ['cat', 'false'],
    ]);
    for (const { text, start, end, score } of sensorium.claims) expect([content.slice(start, end), score]).toEqual([text, -0.5]);
    expect(answer.usage?.completion_tokens).toBe(5);
    // Of an answer of one token each: what they took is not the reply's, but it is not lost either.
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(/sensorium_tokens_total\{kind="check_completion"\} (\d+)/.exec(metrics)?.[1]).toBe('3');
    expect(Number(/sensorium_tokens_total\{kind="check_prompt"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(0);
  });

  it('is told in the stream, before the end of the choice', async () => {
    says = ['A dog', ' and a cat.'];
    const events: unknown[] = [];
    for await (const chunk of await client.chat.completions.create({ ...request({ verify: 'woodpecker' }), stream: true })) {
      const { sensorium, choices } = chunk as typeof chunk & { sensorium?: Record<string, unknown> };
      expect(choices).toHaveLength(1);
      const claim = sensorium?.claim as { text: string; verdict: string } | undefined;
      if (sensorium) events.push(claim ? [claim.text, claim.verdict] : sensorium);
      else if (choices[0]?.finish_reason) events.push(choices[0].finish_reason);
    }
    expect(events).toEqual([['dog', 'true'], ['cat', 'false'], { index: 0, corrected: 'A dog.', questions: 2 }, 'stop']);
    const stream = client.chat.completions.stream(request({ verify: 'woodpecker' }));
    expect((await stream.finalMessage()).content).toBe('A dog and a cat.');
  });

  it('reads Chinese, and leaves thoughts alone', async () => {
    says = ['<think>a dog?</think>', '图中有一只狗。'];
    const answer = await client.chat.completions.create(request({ verify: 'woodpecker' }));
    const { sensorium, content } = messageOf(answer);
    expect(sensorium.claims.map(({ verdict, start, end }) => [content.slice(start, end), verdict])).toContainEqual(['狗', 'false']);
    expect(sensorium.claims.every(({ start }) => start > content.indexOf('</think>'))).toBe(true);
  });

  it('asks no more than so many questions', async () => {
    says = ['There is a dog, a cat, a cup, a bus, a car, a bird, a horse. '.repeat(60)];
    asked.length = 0;
    await client.chat.completions.create(request({ verify: 'woodpecker' }));
    expect(asked.length).toBeLessThanOrEqual(32);
  });
});

describe('flags', () => {
  it('say how sure the model was of its words, without asking', async () => {
    says = ['A dog and a cat.'];
    asked.length = 0;
    const answer = await client.chat.completions.create({
      ...request({ verify: 'flags' }),
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }] }],
    });
    const { sensorium } = messageOf(answer);
    expect(sensorium.claims.map(({ text, verdict, score }) => [text, verdict, score])).toEqual([
      ['dog', 'unknown', -0.5],
      ['cat', 'unknown', -0.5],
    ]);
    expect([sensorium.corrected, sensorium.questions, asked]).toEqual([null, 0, []]);
  });
});

describe('a real model', () => {
  it('answers the questions about its own reply', async () => {
    const model = await ModelEngine.load('models/sensorium-tiny', { slots: 2 });
    const causes: unknown[] = [];
    const real = await serve({
      engine: model,
      model: 'm',
      port: 0,
      onRequest: ({ cause }) => void (cause !== undefined && causes.push(cause)),
    });
    try {
      const own = new OpenAI({ baseURL: `${real.url}/v1`, apiKey: 'none', maxRetries: 0 });
      const body = request(
        { verify: 'woodpecker', vcd: { alpha: 0.2, beta: 0 } },
        { temperature: 0, structured_outputs: { choice: ['A red dog.'] } },
      );
      const { sensorium, content } = messageOf(await own.chat.completions.create(body as never));
      expect(content).toBe('A red dog.');
      expect(sensorium).toMatchObject({ questions: 2, corrected: expect.any(String) });
      expect(sensorium).not.toHaveProperty('error');
      expect(sensorium.claims.map(({ text, score }) => [text, typeof score])).toEqual([
        ['red', 'number'],
        ['dog', 'number'],
      ]);
      expect(causes).toEqual([]);
      const turned = own.chat.completions.create(request({ halle: { epsilon: -1 } }) as never);
      await expect(turned).rejects.toMatchObject({ status: 400, param: 'sensorium.halle' });
    } finally {
      await real.close({ drainMs: 0 });
      await model.dispose();
    }
  });
});

describe('the request', () => {
  const refused = async (body: object): Promise<unknown[]> => {
    const sent = await client.chat.completions.create(body as never).catch((error: unknown) => error);
    const { status, param, code } = sent as { status: number; param: string; code: string };
    return [status, param, code];
  };

  it('is refused where there is nothing to check, or too much', async () => {
    const text = { model: 'm', messages: [{ role: 'user', content: 'x' }], sensorium: { verify: 'woodpecker' } };
    expect(await refused(text)).toEqual([400, 'sensorium.verify', 'invalid_value']);
    expect(await refused(request({ verify: 'woodpecker' }, { n: 5 }))).toEqual([400, 'n', 'invalid_value']);
    expect(await refused(request({ verify: 'hope' }))).toEqual([400, 'sensorium.verify', 'invalid_value']);
    expect(await refused(request({ vdc: {} }))).toEqual([400, 'sensorium.vdc', 'unknown_parameter']);
  });

  it('may turn the switch of the model', async () => {
    says = ['x'];
    await client.chat.completions.create(request({ halle: { epsilon: -0.5 } }) as never);
    expect(engine.requests.at(-1)?.halle).toEqual({ epsilon: -0.5 });
    expect(await refused(request({ halle: { epsilon: 2 } }))).toEqual([400, 'sensorium.halle.epsilon', 'invalid_value']);
  });

  it('may ask for contrastive decoding', async () => {
    says = ['x'];
    await client.chat.completions.create(request({ vcd: { alpha: 0.5, noise: 400 } }) as never);
    expect(engine.requests.at(-1)?.method).toEqual({ name: 'vcd', alpha: 0.5, noise: 400 });
    expect(await refused(request({ vcd: { alpha: -1 } }))).toEqual([400, 'sensorium.vcd.alpha', 'invalid_value']);
    expect(await refused(request({ vcd: {} }, { method: { name: 'vcd' } }))).toEqual([400, 'sensorium.vcd', 'invalid_value']);
  });
});
