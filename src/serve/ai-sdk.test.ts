// The AI SDK, unmodified: over a socket through @ai-sdk/openai-compatible, and in this process through `sensorium/ai`.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../index.js';
import { encodePng } from '../media/index.js';
import { loadSprites, makeScene, renderScene } from '../world/index.js';
import { createSensorium } from './ai-provider.js';
import type { Engine } from './engine.js';
import { ModelEngine } from './model-engine.js';
import { type RunningServer, serve } from './server.js';
import { FakeEngine, until } from './testing.js';

(globalThis as { AI_SDK_LOG_WARNINGS?: boolean }).AI_SDK_LOG_WARNINGS = false; // they are looked at here
const MODEL = 'models/sensorium-tiny';
const inside = createSensorium({ slots: 2 });
let model: Mllm;
let engine: ModelEngine;
let png: Uint8Array;
let expected: string;
const servers: RunningServer[] = [];

/** The two ways to a model: through a server, and without one. */
async function ways(engine: Engine): Promise<[name: string, model: LanguageModel][]> {
  const server = await serve({ engine, model: 'tiny', port: 0 });
  servers.push(server);
  const outside = createOpenAICompatible({ name: 'sensorium', baseURL: `${server.url}/v1`, includeUsage: true });
  return [
    ['over a socket', outside('tiny')],
    ['in this process', inside(engine)],
  ];
}

beforeAll(async () => {
  model = await Mllm.load(MODEL);
  engine = await ModelEngine.create(model);
  png = await encodePng({ width: 64, height: 64, data: renderScene(makeScene(1, { split: 'test' }), await loadSprites()) });
  expected = (await model.generate([{ type: 'image', source: png }, 'Describe the image in detail.'], { maxTokens: 20 })).text;
});
afterAll(async () => {
  for (const server of servers) await server.close({ drainMs: 0 });
  await inside.dispose();
  await engine.dispose();
  await model.dispose();
});

const question = (): ModelMessage[] => [
  {
    role: 'user',
    content: [
      { type: 'image', image: png },
      { type: 'text', text: 'Describe the image in detail.' },
    ],
  },
];

describe('the AI SDK', () => {
  it('gets the same text both ways, whole and streamed, with usage', async () => {
    const seen: unknown[] = [];
    for (const [way, language] of await ways(engine)) {
      const options = { model: language, messages: question(), temperature: 0, maxOutputTokens: 20, maxRetries: 0 };
      const whole = await generateText(options);
      expect(whole.text, way).toBe(expected);
      const stream = streamText(options);
      let text = '';
      for await (const piece of stream.textStream) text += piece;
      expect(text, way).toBe(expected);
      const { inputTokens, outputTokens } = await stream.usage;
      expect([inputTokens, outputTokens], way).toEqual([whole.usage.inputTokens, whole.usage.outputTokens]);
      expect(await stream.finishReason).toBe(whole.finishReason);
      seen.push([inputTokens, outputTokens, whole.finishReason]);
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it('hands earlier thoughts to the template', async () => {
    const fake = new FakeEngine({ say: () => ['ok'] });
    const messages = [
      { role: 'user' as const, content: 'a' },
      {
        role: 'assistant' as const,
        content: [
          { type: 'reasoning' as const, text: 'hm' },
          { type: 'text' as const, text: 'b' },
        ],
      },
      { role: 'user' as const, content: 'c' },
    ];
    await generateText({ model: inside(fake), messages });
    expect(fake.requests.at(-1)?.messages[1]).toEqual({ role: 'assistant', content: 'b', reasoning_content: 'hm' });
  });

  it('calls tools and shows the model what they gave', async () => {
    const fake = new FakeEngine({
      abilities: { tools: true },
      say: ({ messages }) =>
        messages.some((m) => m.role === 'tool') ? ['It is red.'] : ['<tool_call>{"name":"look","arguments":{"at":"cup"}}</tool_call>'],
    });
    const look = tool({
      description: 'Looks at something',
      inputSchema: jsonSchema<{ at: string }>({ type: 'object', properties: { at: { type: 'string' } }, required: ['at'] }),
      execute: async ({ at }) => `the ${at} is red`,
    });
    for (const [way, language] of await ways(fake)) {
      const { text, steps } = await generateText({ model: language, prompt: 'Which colour?', tools: { look }, stopWhen: stepCountIs(3) });
      expect(text, way).toBe('It is red.');
      expect(
        steps.map((step) => step.finishReason),
        way,
      ).toEqual(['tool-calls', 'stop']);
      const last = fake.requests[fake.requests.length - 1];
      expect(last?.messages[2], way).toMatchObject({ role: 'tool', content: 'the cup is red' });
      expect(last?.messages[1]?.tool_calls, way).toMatchObject([{ function: { name: 'look', arguments: '{"at":"cup"}' } }]);
      expect(last?.tools?.[0]?.function, way).toMatchObject({ name: 'look', description: 'Looks at something' });
    }
  });

  it('says what went wrong', async () => {
    for (const [way, language] of await ways(engine)) {
      const asking = generateText({ model: language, prompt: 'dog '.repeat(400), maxRetries: 0 });
      await expect(asking, way).rejects.toThrow(/maximum context length is 256 tokens/);
    }
    for (const [way, language] of await ways(new FakeEngine({ slots: 0, maxQueue: 0 }))) {
      const error = await generateText({ model: language, prompt: 'Hello', maxRetries: 0 }).catch((e: unknown) => e);
      expect(APICallError.isInstance(error) && [error.statusCode, error.isRetryable], way).toEqual([429, true]);
    }
    const missing = generateText({ model: inside('no/such/folder'), prompt: 'Hello', maxRetries: 0 });
    await expect(missing).rejects.toThrow(/no\/such\/folder/);
  });

  it('stops when it is told, and leaves the slot', async () => {
    const fake = new FakeEngine({ tokenMs: 5 });
    for (const [way, language] of await ways(fake)) {
      const leaving = new AbortController();
      const stream = streamText({
        model: language,
        prompt: 'Hello',
        maxOutputTokens: 100_000,
        abortSignal: leaving.signal,
        onError: () => {},
      });
      for await (const _ of stream.textStream) {
        leaving.abort();
        break;
      }
      await until(() => fake.stats().running === 0, `${way}: the slot is free`);
    }
    expect(fake.aborted).toBe(2);
  });

  it('is warned of what a model cannot do, and refused what none can', async () => {
    const result = await generateText({
      model: inside(new FakeEngine({ say: () => ['x'] })),
      prompt: 'Hello',
      tools: { look: tool({ inputSchema: jsonSchema({ type: 'object' }) }) },
    });
    expect(result.warnings?.map((w) => 'feature' in w && w.feature)).toEqual(['tools']);
    const messages: ModelMessage[] = [{ role: 'user', content: [{ type: 'file', mediaType: 'audio/wav', data: new Uint8Array(4) }] }];
    await expect(generateText({ model: inside(new FakeEngine()), messages, maxRetries: 0 })).rejects.toThrow(/audio\/wav/);
    expect(() => inside.imageModel('x')).toThrow(/imageModel/);
  });

  it('embeds', async () => {
    const { embeddings, usage } = await embedMany({ model: inside.embeddingModel('models/world-clip'), values: ['a dog', 'a red cup'] });
    expect(embeddings.map((e) => e.length)).toEqual([128, 128]);
    expect(usage.tokens).toBeGreaterThan(3);
  });
});
