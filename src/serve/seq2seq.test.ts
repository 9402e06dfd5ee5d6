// Encoder-decoders behind the API: BLIP-2 and InstructBLIP over a T5, and a T5 alone, asked by the unmodified openai package over a socket.

import { rm } from 'node:fs/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { image } from '../media/index.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { pictureUrl, t5Folder, until } from './testing.js';

const FAMILIES = 'test/golden/families';
/** Special tokens, the end among them, which random weights would write at any moment. */
const GO_ON = { '0': -100, '1': -100, '2': -100 };

let t5: string;
beforeAll(async () => {
  t5 = await t5Folder();
});
afterAll(() => rm(t5, { recursive: true, force: true }));

const cases: [name: string, dir: () => string, sees: boolean][] = [
  ['blip-2 over a T5', () => `${FAMILIES}/blip-2/t5-every-layer`, true],
  ['instructblip over a T5', () => `${FAMILIES}/instructblip/t5`, true],
  ['a T5 alone', () => t5, false],
];

describe.each(cases)('%s', (_, dir, sees) => {
  let engine: ModelEngine;
  let server: RunningServer;
  let client: OpenAI;
  let url: string;
  beforeAll(async () => {
    engine = await ModelEngine.load(dir(), { slots: 3, maxQueue: 20 });
    server = await serve({ engine, model: 'seq2seq', port: 0 });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
    url = await pictureUrl([200, 30, 90], 31, 57);
  });
  afterAll(async () => {
    await server.close({ drainMs: 0 });
    await engine.dispose();
  });

  type Options = Partial<Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>>;
  const request = (question: string, options: Options = {}): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
    model: 'seq2seq',
    messages: [
      {
        role: 'user',
        content: [...(sees ? [{ type: 'image_url' as const, image_url: { url } }] : []), { type: 'text' as const, text: question }],
      },
    ],
    max_tokens: 12,
    logit_bias: GO_ON,
    ...options,
  });
  const textOf = async (question: string, options?: Options): Promise<string> =>
    (await client.chat.completions.create(request(question, options))).choices[0]?.message.content as string;

  it('answers as the model itself does, whole and streamed', async () => {
    const lm = await Mllm.load(dir());
    const bytes = Buffer.from(url.split(',')[1] as string, 'base64');
    const expected = await lm.generate([...(sees ? [image(bytes)] : []), 'what is this?'], { maxTokens: 12, logitBias: GO_ON });
    const content = [...(sees ? [{ ...image(bytes) }] : []), { type: 'text' as const, text: 'what is this?' }];
    const tokens = lm.countTokens([{ role: 'user', content }]);
    await lm.dispose();
    const asked = request('what is this?', { temperature: 0 });
    const { choices, usage } = await client.chat.completions.create(asked);
    expect(choices[0]?.message.content).toBe(expected.text);
    expect(choices[0]?.finish_reason).toBe('length');
    expect(usage).toEqual({ prompt_tokens: tokens, completion_tokens: 12, total_tokens: tokens + 12 });
    let text = '';
    let pieces = 0;
    for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0]?.delta.content ?? '';
      pieces++;
    }
    expect(text).toBe(expected.text);
    expect(pieces).toBeGreaterThan(3);
  });

  it('has the defaults, seeds, choices, stop strings and log-probabilities of the API', async () => {
    const drawn = { temperature: 1.5, seed: 5, n: 3 };
    const texts = async (): Promise<(string | null)[]> =>
      (await client.chat.completions.create(request('what is this?', drawn))).choices.map((c) => c.message.content);
    const three = await texts();
    expect(await texts()).toEqual(three);
    expect(new Set(three).size).toBeGreaterThan(1);
    const greedy = await textOf('what is this?', { temperature: 0 });
    const cut = greedy.slice(3, 5);
    expect(await textOf('what is this?', { temperature: 0, stop: cut })).toBe(greedy.slice(0, greedy.indexOf(cut)));
    const { choices } = await client.chat.completions.create(request('what is this?', { temperature: 0, logprobs: true, top_logprobs: 2 }));
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content).toHaveLength(12);
    for (const token of content) {
      expect(token.logprob).toBeLessThan(0);
      expect(token.top_logprobs).toHaveLength(2);
    }
    expect(
      content
        .map((token) => token.token)
        .join('')
        .trimStart(),
    ).toBe(greedy);
  });

  it('gives many at once the same as one by one, and frees what is left', async () => {
    const ask = (seed: number) => textOf(`what is ${'the cat '.repeat(seed)}?`, { temperature: 1, seed });
    const alone: string[] = [];
    for (let seed = 1; seed <= 6; seed++) alone.push(await ask(seed));
    const together = Promise.all([1, 2, 3, 4, 5, 6].map(ask));
    const leaving = new AbortController();
    const left = client.chat.completions
      .create(request('what?', { max_tokens: 500 }), { signal: leaving.signal })
      .catch((e: Error) => e.name);
    const stream = await client.chat.completions.create({ ...request('what?', { max_tokens: 500 }), stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    leaving.abort();
    expect(await together).toEqual(alone);
    await left;
    await until(() => engine.stats().running === 0 && engine.stats().queued === 0, 'all slots are free');
  });

  it('says what it takes, and refuses the rest by field', async () => {
    expect(await client.models.retrieve('seq2seq')).toMatchObject({
      input_modalities: sees ? ['text', 'image'] : ['text'],
      context_length: 2048,
      capabilities: { tools: false, json_schema: false },
    });
    const refusal = (options: Options) => client.chat.completions.create(request('what?', options));
    const picture = { type: 'image_url' as const, image_url: { url } };
    const two = [{ role: 'user' as const, content: [picture, picture] }];
    await expect(refusal({ messages: two })).rejects.toMatchObject({ status: 400, code: sees ? 'too_many_images' : 'unsupported_content' });
    const long = [{ role: 'user' as const, content: 'what is the cat '.repeat(1000) }];
    await expect(refusal({ messages: long })).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    await expect(refusal({ response_format: { type: 'json_object' } })).rejects.toMatchObject({ status: 400, param: 'response_format' });
    const tools = [{ type: 'function' as const, function: { name: 'look' } }];
    await expect(refusal({ tools })).rejects.toMatchObject({ status: 400, param: 'tools' });
    await expect(refusal({ logit_bias: { '9999': 1 } })).rejects.toMatchObject({ status: 400, param: 'logit_bias.9999' });
    const turns = [
      { role: 'system' as const, content: 'the cat' },
      { role: 'user' as const, content: 'what is this?' },
      { role: 'assistant' as const, content: 'a cat' },
      { role: 'user' as const, content: 'what is the cat?' },
    ];
    expect((await refusal({ messages: turns })).usage?.completion_tokens).toBe(12);
  });
});

it('ends with its engine, and a given model is left alone', async () => {
  const lm = await Mllm.load(`${FAMILIES}/blip-2/t5-every-second`);
  const engine = await ModelEngine.create(lm, { slots: 2 });
  const messages = [{ role: 'user' as const, content: 'what is this?' }];
  const read = async (): Promise<string> => {
    try {
      for await (const _ of await engine.submit({ messages, logitBias: { 1: -100 } }));
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'whole';
  };
  const replies = [read(), read(), read()];
  await engine.dispose();
  expect(await Promise.all(replies)).toEqual(Array(3).fill('generate.closed'));
  expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  expect((await lm.generate('what', { maxTokens: 2, logitBias: { 1: -100 } })).tokens).toHaveLength(2);
  await lm.dispose();
});
