// The unmodified openai package against the shipped model over a socket: answers, streams, images, log-probabilities, embeddings.

import { readFile } from 'node:fs/promises';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../index.js';
import { encodePng } from '../media/index.js';
import { Tokenizer } from '../text/index.js';
import { loadSprites, makeScene, renderScene } from '../world/index.js';
import { ClipEmbedder } from './clip-embedder.js';
import type { RequestRecord } from './context.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { pictureUrl } from './testing.js';

const MODEL = 'sensorium-tiny';
let engine: ModelEngine;
let embedder: ClipEmbedder;
let server: RunningServer;
let client: OpenAI;
let scene: string;
const records: RequestRecord[] = [];

beforeAll(async () => {
  engine = await ModelEngine.load('models/sensorium-tiny', { slots: 2, maxQueue: 8, maxPixels: 10_000 });
  embedder = await ClipEmbedder.load('models/world-clip');
  server = await serve({ engine, embedder, model: MODEL, port: 0, onRequest: (r) => records.push(r) });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const png = await encodePng({ width: 64, height: 64, data: renderScene(makeScene(1, { split: 'test' }), await loadSprites()) });
  scene = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
});
afterAll(async () => {
  await server?.close();
  await engine?.dispose();
  await embedder?.dispose();
});

const ask = (text: string, ...urls: string[]): OpenAI.ChatCompletionMessageParam[] => [
  { role: 'user', content: [...urls.map((url) => ({ type: 'image_url' as const, image_url: { url } })), { type: 'text', text }] },
];

describe('chat completions', () => {
  it('decode by a method that the request names, which with alpha 0 is the plain model', async () => {
    const complete = (method?: object, text = 'Describe the image briefly.', urls = [scene]) =>
      client.chat.completions.create({
        ...{ model: MODEL, messages: ask(text, ...urls), temperature: 0, max_tokens: 12, logprobs: true, top_logprobs: 2 },
        ...(method ? { method } : {}),
      });
    const plain = await complete();
    expect((await complete({ name: 'vcd', alpha: 0 })).choices).toEqual(plain.choices);
    const method = { name: 'vcd' as const, alpha: 3, beta: 0.01, noise: 999 };
    const model = await Mllm.load('models/sensorium-tiny');
    const expected = await model.generate([{ type: 'image', source: scene }, 'Describe the image briefly.'], { maxTokens: 12, method });
    await model.dispose();
    const contrasted = (await complete(method)).choices[0];
    expect(contrasted?.message.content).toBe(expected.text);
    expect(contrasted?.logprobs).not.toEqual(plain.choices[0]?.logprobs);
    await expect(complete(method, 'Hello', [])).rejects.toMatchObject({ status: 400, param: 'method' });
    await expect(complete({ name: 'none' })).rejects.toMatchObject({ status: 400 });
    await expect(complete({ name: 'vcd', alpha: -1 })).rejects.toMatchObject({ status: 400 });
  });

  it('answer as the model itself does', async () => {
    const model = await Mllm.load('models/sensorium-tiny');
    const expected = await model.generate([{ type: 'image', source: scene }, 'Describe the image briefly.'], { maxTokens: 20 });
    await model.dispose();
    const completion = await client.chat.completions.create({
      model: MODEL,
      messages: ask('Describe the image briefly.', scene),
      temperature: 0,
      max_tokens: 20,
    });
    const [choice] = completion.choices;
    expect(choice?.message).toEqual({ role: 'assistant', content: expected.text, refusal: null });
    expect(choice?.finish_reason).toBe(expected.finish);
    expect(choice?.logprobs).toBeNull();
    const { prompt_tokens, completion_tokens, total_tokens } = completion.usage as OpenAI.CompletionUsage;
    expect(completion_tokens).toBe(expected.tokens.length);
    expect(prompt_tokens).toBeGreaterThan(16);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
    expect(completion._request_id).toMatch(/^req_/);
  });

  it('stream the same text, with usage at the end when it is asked for', async () => {
    const request = { model: MODEL, messages: ask('Describe the image in detail.', scene), temperature: 0, max_completion_tokens: 24 };
    const whole = await client.chat.completions.create(request);
    const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
    let text = '';
    let finish: string | null = null;
    const usages: unknown[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      finish = chunk.choices[0]?.finish_reason ?? finish;
      usages.push(chunk.usage);
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(finish).toBe(whole.choices[0]?.finish_reason);
    expect(usages.pop()).toEqual(whole.usage);
    expect(usages.every((usage) => usage === null)).toBe(true);
  });

  it('see every image, in order', async () => {
    const one = await client.chat.completions.create({ model: MODEL, messages: ask('What?', scene), temperature: 0, max_tokens: 1 });
    const two = await client.chat.completions.create({
      model: MODEL,
      messages: ask('What?', scene, await pictureUrl([255, 0, 0])),
      temperature: 0,
      max_tokens: 1,
    });
    expect((two.usage?.prompt_tokens as number) - (one.usage?.prompt_tokens as number)).toBe(64);
  });

  it('draw the same with the same seed, n different choices otherwise', async () => {
    const request = {
      model: MODEL,
      messages: ask('Describe the image in detail.', scene),
      temperature: 1.5,
      max_tokens: 16,
      n: 3,
      seed: 7,
    };
    const [a, b] = await Promise.all([client.chat.completions.create(request), client.chat.completions.create(request)]);
    const texts = (c: OpenAI.ChatCompletion): (string | null)[] => c.choices.map((choice) => choice.message.content);
    expect(texts(a)).toEqual(texts(b));
    expect(new Set(texts(a)).size).toBeGreaterThan(1);
    expect(a.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
  });

  it('stop before a stop string', async () => {
    const request = { model: MODEL, messages: ask('Describe the image in detail.', scene), temperature: 0, max_tokens: 24 };
    const text = (await client.chat.completions.create(request)).choices[0]?.message.content as string;
    const word = text.split(' ')[2] as string;
    const cut = (await client.chat.completions.create({ ...request, stop: [word] })).choices[0];
    expect(cut?.message.content).toBe(text.slice(0, text.indexOf(word)));
    expect(cut?.finish_reason).toBe('stop');
  });

  it('report log-probabilities, the chosen token among the likeliest', async () => {
    const request = {
      model: MODEL,
      messages: ask('Is there a dog?', scene),
      temperature: 0,
      max_tokens: 4,
      logprobs: true,
      top_logprobs: 3,
    };
    const { choices, usage } = await client.chat.completions.create(request);
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content.length).toBe(usage?.completion_tokens);
    for (const token of content) {
      expect(token.top_logprobs).toHaveLength(3);
      expect(token.top_logprobs[0]).toEqual({ token: token.token, logprob: token.logprob, bytes: token.bytes });
      expect(token.logprob).toBeLessThanOrEqual(0);
      expect(token.top_logprobs.reduce((sum, t) => sum + Math.exp(t.logprob), 0)).toBeLessThanOrEqual(1 + 1e-5);
    }
    expect(content.map((token) => token.token).join('')).toBe(choices[0]?.message.content);
  });

  it('keep to a JSON schema, also when the model would rather not', async () => {
    const schema = {
      type: 'object',
      properties: { animal: { enum: ['dog', 'cat'] }, seen: { type: 'boolean' } },
      required: ['animal', 'seen'],
      additionalProperties: false,
    };
    const completion = await client.chat.completions.create({
      model: MODEL,
      messages: ask('Is there a dog?', scene),
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
      temperature: 1.5,
      seed: 3,
    });
    const answer = JSON.parse(completion.choices[0]?.message.content as string) as { animal: string; seen: boolean };
    expect(['dog', 'cat']).toContain(answer.animal);
    expect(typeof answer.seen).toBe('boolean');
    expect(Object.keys(answer)).toEqual(['animal', 'seen']);
  });

  it('heed penalties and biases', async () => {
    const request = { model: MODEL, messages: ask('Describe the image briefly.', scene), temperature: 0, max_tokens: 1, logprobs: true };
    const tokenizer = await Tokenizer.fromFolder('models/sensorium-tiny');
    const plain = await client.chat.completions.create(request);
    const first = plain.choices[0]?.logprobs?.content?.[0]?.token as string;
    const [id] = tokenizer.encode(first);
    const other = await client.chat.completions.create({ ...request, logit_bias: { [String(id)]: -100 } });
    expect(other.choices[0]?.logprobs?.content?.[0]?.token).not.toBe(first);
  });

  it('take system and developer messages and earlier turns', async () => {
    const completion = await client.chat.completions.create({
      model: MODEL,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi.' },
        { role: 'user', content: [{ type: 'text', text: 'And now?' }] },
      ],
      max_tokens: 2,
    });
    expect(completion.usage?.completion_tokens).toBeLessThanOrEqual(2);
  });

  it('refuse what the model cannot take, with the reason', async () => {
    const refusal = async (messages: OpenAI.ChatCompletionMessageParam[], more: object = {}) => {
      const request = client.chat.completions.create({ model: MODEL, messages, max_tokens: 1, ...more });
      return (await request.then(
        () => undefined,
        (error: unknown) => error,
      )) as InstanceType<typeof OpenAI.APIError>;
    };
    const long = await refusal(ask('dog '.repeat(400)));
    expect([long.status, long.code, long.param]).toEqual([400, 'context_length_exceeded', 'messages']);
    const huge = await refusal(ask('dog '.repeat(1e6)));
    expect([huge.status, huge.code]).toEqual([400, 'context_length_exceeded']);
    const large = await refusal(ask('What?', await pictureUrl([1, 2, 3], 101, 100)));
    expect([large.status, large.code]).toEqual([400, 'image_too_large']);
    expect(large.message).not.toMatch(/raise|--|trusted/); // that is the operator's to do
    const broken = await refusal(ask('What?', `data:image/png;base64,${Buffer.from('not a picture').toString('base64')}`));
    expect([broken.status, broken.code]).toEqual([400, 'invalid_image']);
    const cut = await refusal(ask('What?', scene.slice(0, -400)));
    expect([cut.status, cut.code]).toEqual([400, 'invalid_image']);
    const tools = [{ type: 'function', function: { name: 'look' } }];
    expect((await refusal(ask('What?'), { tools })).message).toMatch(/does not take tools/);
    const sound = await refusal([{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] }]);
    expect([sound.status, sound.code, sound.param]).toEqual([400, 'unsupported_content', 'messages[0].content[0]']);
    expect(sound.message).toMatch(/does not hear: input_audio is not supported/);
    const tool = await refusal([{ role: 'tool', content: 'x', tool_call_id: '1' }]);
    expect([tool.status, tool.code]).toEqual([400, 'unsupported_messages']);
    expect(tool.message).toContain('this model knows the roles');
    expect(tool.message).not.toContain('/');
    const schema = { type: 'object', properties: { a: { $ref: '#/nowhere' } }, required: ['a'] };
    const wrong = await refusal(ask('What?'), { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
    expect([wrong.status, wrong.param]).toEqual([400, 'response_format.json_schema.schema']);
    // Nothing of this holds a slot.
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
  });

  it('list the models', async () => {
    const { data } = await client.models.list();
    expect(data.map((model) => model.id)).toEqual([MODEL, 'world-clip']);
    expect(await client.models.retrieve(MODEL)).toMatchObject({
      id: MODEL,
      context_length: 256,
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      capabilities: { tools: false, json_schema: true },
    });
    expect(await client.models.retrieve('world-clip')).toMatchObject({ output_modalities: ['embedding'] });
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });
});

describe('embeddings', () => {
  const cosine = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

  it('are unit vectors, the same as numbers and as base64, alone and in a batch', async () => {
    const input = ['a dog', 'a red cup', 'a house'];
    const [plain, coded] = await Promise.all([
      client.embeddings.create({ model: 'world-clip', input, encoding_format: 'float' }),
      client.embeddings.create({ model: 'world-clip', input }),
    ]);
    expect(plain.data).toHaveLength(3);
    for (const [i, { embedding, index }] of plain.data.entries()) {
      expect(index).toBe(i);
      expect(cosine(embedding, embedding)).toBeCloseTo(1, 4);
      expect(Array.from(coded.data[i]?.embedding as number[])).toEqual(embedding);
    }
    const alone = await client.embeddings.create({ model: 'world-clip', input: 'a red cup', encoding_format: 'float' });
    expect(cosine(alone.data[0]?.embedding as number[], plain.data[1]?.embedding as number[])).toBeCloseTo(1, 4);
    expect(alone.usage.prompt_tokens).toBeGreaterThan(1);
  });

  it('put a picture next to what it shows', async () => {
    const { world } = await import('../world/index.js');
    const { scene: single, category } = world.singles({ scenes: 10, split: 'test', seed: 11 }).get(0);
    const png = await encodePng({ width: single.size, height: single.size, data: renderScene(single, await loadSprites()) });
    const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    const { CATEGORIES, article } = await import('../world/index.js');
    const phrases = CATEGORIES.map(({ en }) => `${article(en)} ${en}`);
    const input = [{ type: 'image_url', image_url: { url } }, ...phrases] as never;
    const { data } = await client.embeddings.create({ model: 'world-clip', input, encoding_format: 'float' });
    const [image, ...texts] = data.map((d) => d.embedding);
    const scores = texts.map((text) => cosine(text, image as number[]));
    const rank = scores.filter((score) => score > (scores[category] as number)).length;
    expect(rank).toBeLessThan(5);
  });

  it('take the ids of tokens for texts', async () => {
    const clip = await Tokenizer.fromFolder('models/world-clip');
    const input = [clip.encode('a red cup'), clip.encode('two dogs')];
    const create = (value: string | string[] | number[] | number[][]) =>
      client.embeddings.create({ model: 'world-clip', input: value, encoding_format: 'float' });
    const texts = await create(['a red cup', 'two dogs']);
    expect((await create(input)).data).toEqual(texts.data);
    expect((await create(input[0] as number[])).data).toEqual((await create('a red cup')).data);
  });

  it('refuse wrong requests by field', async () => {
    const embed = (body: object) => client.embeddings.create({ model: 'world-clip', input: 'x', ...body } as never);
    await expect(embed({ model: 'ada' })).rejects.toMatchObject({ status: 404, param: 'model' });
    await expect(embed({ dimensions: 3 })).rejects.toMatchObject({ status: 400, param: 'dimensions' });
    await expect(embed({ input: [] })).rejects.toMatchObject({ status: 400, param: 'input' });
    await expect(embed({ input: [1, true] })).rejects.toMatchObject({ status: 400 });
    await expect(embed({ input: [[1, 2e6]] })).rejects.toMatchObject({ status: 400, param: 'input[0]' });
    await expect(embed({ input: 'dog '.repeat(60) })).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    await expect(embed({ input: 'dog '.repeat(1e6) })).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    await expect(embed({ input: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] })).rejects.toMatchObject({
      status: 400,
      code: 'invalid_image',
      param: 'input[0].image_url.url',
    });
  });
});

describe('around it', () => {
  it('tells of every request when it is over', async () => {
    const before = records.length;
    await client.chat.completions.create({ model: MODEL, messages: ask('Hello'), max_tokens: 3 });
    await client.models.list();
    const [record] = records.slice(before).filter((r) => r.path === '/v1/chat/completions');
    expect(record).toMatchObject({ method: 'POST', status: 200 });
    expect(record?.promptTokens).toBeGreaterThan(0);
  });

  it('counts for Prometheus', async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/sensorium_http_requests_total\{method="POST",path="\/v1\/chat\/completions",status="200"\} \d+/);
    expect(text).toMatch(/sensorium_tokens_total\{kind="completion"\} \d+/);
    expect(text).toMatch(/^sensorium_requests_running 0$/m);
    for (const kind of ['weights', 'kv', 'logits'])
      expect(text).toMatch(new RegExp(`^sensorium_memory_bytes\\{kind="${kind}"\\} [1-9]`, 'm'));
    expect(text).toMatch(/^sensorium_context_tokens [1-9]/m);
    expect(text).not.toContain('gpt-9');
  });

  it('reads no file that a URL names', async () => {
    await readFile('models/sensorium-tiny/config.json'); // it is there to be read
    for (const url of ['file:///etc/passwd', '/etc/passwd', 'models/sensorium-tiny/config.json', 'http://127.0.0.1/x.png'])
      await expect(client.chat.completions.create({ model: MODEL, messages: ask('What?', url) })).rejects.toMatchObject({
        status: 400,
        code: 'invalid_image_url',
        param: 'messages[0].content[0].image_url.url',
      });
  });
});
