// Chains of a request: what reaches the engine, steps whole and streamed, budgets, and what is refused.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMessage, ContentPart } from '../text/index.js';
import type { ChatChunk, ChatCompletion } from './chat-reply-schema.js';
import type { EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, pictureUrl } from './testing.js';

const questionOf = ({ content }: ChatMessage): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as ContentPart[]).flatMap((part) => (part.type === 'text' ? [(part as { text: string }).text] : [])).join('\n');

const said = (request: EngineRequest): string[] => {
  const question = questionOf(request.messages.at(-1) as ChatMessage);
  if (/how many dogs/i.test(question)) return ['3'];
  if (/how many hats/i.test(question)) return ['2'];
  if (/step by step/i.test(question)) return request.seed === undefined ? ['It is ', 'a dog.'] : [request.seed < 3 ? 'A dog.' : 'A cat.'];
  return ['a ', 'dog'];
};

let server: RunningServer;
let picture: string;
const engine = new FakeEngine({ say: said, slots: 2 });
const broken = new FakeEngine({
  say: said,
  failAfter: { tokens: 0, error: badRequest('too long', 'messages', { code: 'context_length_exceeded' }) },
});
let failing: RunningServer;

beforeAll(async () => {
  picture = await pictureUrl([9, 9, 9]);
  server = await serve({ engine, model: 'm', port: 0 });
  failing = await serve({ engine: broken, model: 'm', port: 0 });
});
afterAll(async () => {
  for (const one of [server, failing]) await one.close({ drainMs: 0 });
});

const ask = (chain: unknown, more: { question?: string; [key: string]: unknown } = {}, to = server) => {
  const { question = 'Are there more dogs than hats?', sensorium = {}, ...rest } = more;
  const content = [
    { type: 'image_url', image_url: { url: picture } },
    { type: 'text', text: question },
  ];
  const body = { model: 'm', messages: [{ role: 'user', content }], sensorium: { ...(sensorium as object), chain }, ...rest };
  return fetch(`${to.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
};
const whole = async (chain: unknown, more: Record<string, unknown> = {}): Promise<ChatCompletion> => {
  const response = await ask(chain, more);
  expect(response.status).toBe(200);
  return (await response.json()) as ChatCompletion;
};

describe('chains of a request', () => {
  it('are split by rules, looked up by the model and joined', async () => {
    const before = engine.requests.length;
    const { choices, sensorium, usage } = await whole({ name: 'ddcot', thinker: 'grammar' });
    expect(choices[0]?.message).toMatchObject({ content: 'yes', reasoning_content: expect.stringContaining('3 is more than 2.') });
    expect(sensorium).toMatchObject({ chain: 'ddcot', tier: 'grammar', calls: 2, tokens: 2 });
    const steps = (sensorium as { steps: { kind: string; by: string; text: string }[] }).steps;
    expect(steps.filter(({ kind }) => kind === 'look').map(({ text }) => text)).toEqual(['3', '2']);
    expect(engine.requests.length - before).toBe(2);
    for (const { messages, temperature } of engine.requests.slice(before)) {
      expect(temperature).toBe(0);
      expect(messages[0]?.content).toMatchObject([{ type: 'image' }, { type: 'text' }]);
    }
    expect(usage).toEqual({ prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 });
  });

  it('stream every step as it stands, then what they come to, as the whole answer has it', async () => {
    const text = await (await ask({ name: 'ddcot', thinker: 'grammar' }, { stream: true, stream_options: { include_usage: true } })).text();
    const lines = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as ChatChunk] : []));
    const same = await whole({ name: 'ddcot', thinker: 'grammar' });
    const { steps, ...summary } = same.sensorium as { steps: unknown[] };
    expect(lines.flatMap(({ sensorium }) => (sensorium && 'step' in sensorium ? [sensorium.step] : []))).toEqual(steps);
    expect(lines.flatMap(({ sensorium }) => (sensorium && 'chain' in sensorium ? [sensorium] : []))).toEqual([{ index: 0, ...summary }]);
    const deltas = lines.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    const joined = (key: 'content' | 'reasoning_content') => deltas.map((delta) => delta[key] ?? '').join('');
    expect(joined('content')).toBe(same.choices[0]?.message.content);
    expect(joined('reasoning_content')).toBe(same.choices[0]?.message.reasoning_content);
    expect(lines.at(-1)?.usage).toEqual(same.usage);
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  it('are taken by name alone, in two stages and as votes, with the seed of the request', async () => {
    const staged = await whole('two-stage', { question: 'What is it?' });
    expect(staged.sensorium).toMatchObject({ chain: 'two-stage', tier: 'own', calls: 2, tokens: 4 });
    const voted = await whole('self-consistency', { question: 'What is it?', seed: 0 });
    expect(voted.sensorium).toMatchObject({ vote: [{ n: 5 }], calls: 10 });
    const steps = (voted.sensorium as { steps: { sample?: number }[] }).steps;
    expect(new Set(steps.map(({ sample }) => sample))).toEqual(new Set([0, 1, 2, 3, 4, undefined]));
    expect(
      new Set(
        engine.requests
          .slice(-10)
          .map(({ seed }) => seed)
          .filter((seed) => seed !== undefined),
      ).size,
    ).toBeGreaterThan(1);
  });

  it('end where the budget does', async () => {
    const { choices, sensorium } = await whole({ name: 'ddcot', thinker: 'grammar', max_calls: 1 });
    expect(choices[0]?.finish_reason).toBe('length');
    expect(sensorium).toMatchObject({ calls: 1, stopped: 'calls' });
    for (const chain of [
      { name: 'ddcot', max_calls: 65 },
      { name: 'ddcot', max_tokens: 1e6 },
      { name: 'ddcot', max_calls: 0 },
    ])
      expect((await ask(chain)).status).toBe(400);
  });

  it.each([
    ['no such chain', 'ddcott', {}, 'sensorium.chain'],
    ['an unknown field', { name: 'ddcot', depth: 3 }, {}, 'sensorium.chain.depth'],
    ['rules that are to think', { name: 'two-stage', thinker: 'grammar' }, {}, 'sensorium.chain.thinker'],
    ['several replies', 'ddcot', { n: 2 }, 'n'],
    ['log-probabilities', 'ddcot', { logprobs: true }, 'logprobs'],
    ['an agent', 'ddcot', { sensorium: { agent: 'visprog' } }, 'sensorium.agent'],
    ['claims that are checked', 'ddcot', { sensorium: { verify: 'flags' } }, 'sensorium.verify'],
  ])('are refused with %s', async (_, chain, more, param) => {
    const response = await ask(chain, more);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { param: string } }).error.param).toBe(param);
  });

  it('fail as the model does: with its status, and in a stream as its last event', async () => {
    expect((await ask('ddcot', {}, failing)).status).toBe(400);
    const streamed = await ask({ name: 'ddcot', thinker: 'grammar' }, { stream: true }, failing);
    expect(streamed.status).toBe(200); // the first question is a step already
    expect(await streamed.text()).toContain('context_length_exceeded');
  });
});
