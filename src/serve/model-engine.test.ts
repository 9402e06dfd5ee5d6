// The engine over models: text alone, tools where the template writes them, prompts that do not fit, disposal in the middle of work.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Mllm } from '../generate/index.js';
import { collectReply } from '../generate/reply.js';
import { encodePng } from '../media/index.js';
import { type ChatMessage, type ChatTemplate, encodeChat } from '../text/index.js';
import type { EngineReply, EngineRequest } from './engine.js';
import { ModelEngine } from './model-engine.js';
import { TOOLS_TEMPLATE } from './testing.js';

let mllm: Mllm;
beforeAll(async () => {
  mllm = await Mllm.load('models/sensorium-tiny');
});
afterAll(() => mllm.dispose());

const messages: EngineRequest['messages'] = [{ role: 'user', content: 'Hello' }];
async function read(reply: EngineReply | Promise<EngineReply>): Promise<string> {
  let text = '';
  for await (const event of await reply) text += event.text;
  return text;
}

describe('an engine over a model of text', () => {
  it('generates what the model does and takes no images', async () => {
    const lm = await Mllm.load('models/world-llama');
    const engine = await ModelEngine.create(lm);
    expect(engine.abilities).toEqual({ images: false, videos: false, audio: false, tools: false, schema: true });
    const expected = await collectReply(lm.stream({ messages: messages as ChatMessage[], maxTokens: 12 }), {});
    const reply = await engine.submit({ messages, maxTokens: 12, temperature: 0 });
    expect(await read(reply)).toBe(expected.text);
    expect(reply.promptTokens).toBe(lm.countTokens(messages as ChatMessage[]));
    // A conversation that its owner goes on with in place is another prompt.
    const grown = [...(messages as ChatMessage[])];
    await read(engine.submit({ messages: grown, maxTokens: 4, temperature: 0 }));
    grown.push({ role: 'assistant', content: 'A cup.' }, { role: 'user', content: 'Which one?' });
    const alone = await collectReply(lm.stream({ messages: grown, maxTokens: 4 }), {});
    expect(await read(engine.submit({ messages: grown, maxTokens: 4, temperature: 0 }))).toBe(alone.text);
    const render = vi.spyOn(lm.model.template as ChatTemplate, 'render');
    await read(engine.submit({ messages: [{ role: 'user', content: 'What is left?' }], maxTokens: 2 }));
    expect(render).toHaveBeenCalledTimes(1); // one tokenization for each request
    render.mockRestore();
    await expect(engine.submit({ messages: [{ role: 'user', content: 'dog '.repeat(400) }] })).rejects.toEqual(
      expect.objectContaining({ status: 400, apiCode: 'context_length_exceeded', param: 'messages' }),
    );
    await engine.dispose();
    await lm.dispose();
  });
});

describe('images that take tokens by their size', () => {
  it('are counted when they have been read, and refused when they do not fit then', async () => {
    const model = await Mllm.load('test/golden/families/llava-next/clip-mistral');
    const engine = await ModelEngine.create(model);
    const png = await encodePng({ width: 90, height: 33, data: new Uint8Array(90 * 33 * 3).fill(99) });
    const part = { type: 'image' as const, source: png };
    const ask = (images: number): EngineRequest['messages'] => [
      { role: 'user', content: [...new Array(images).fill(part), { type: 'text', text: 'What?' }] },
    ];
    const reply = await engine.submit({ messages: ask(1), maxTokens: 2 });
    expect(reply.promptTokens).toBeLessThan(40);
    await read(reply);
    expect(reply.promptTokens).toBe((await model.encode(ask(1) as ChatMessage[])).ids.length);
    await expect(read(engine.submit({ messages: ask(10), maxTokens: 2 }))).rejects.toMatchObject({ apiCode: 'context_length_exceeded' });
    await engine.dispose();
    await model.dispose();
  });
});

describe('what is left to worker threads', () => {
  const large = {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`field_${i}`, { type: 'string' }])),
  };
  const long: EngineRequest['messages'] = [{ role: 'user', content: 'What is it? '.repeat(2000) }];

  it('is refused as everything else is, and given up with the client', async () => {
    const engine = await ModelEngine.create(mllm);
    const tooLong = { status: 400, apiCode: 'context_length_exceeded' };
    await expect(engine.submit({ messages: long })).rejects.toMatchObject({ ...tooLong, param: 'messages' });
    await expect(engine.submit({ messages: [], prompt: 'a '.repeat(4000) })).rejects.toMatchObject({ ...tooLong, param: 'prompt' });
    const pattern = { type: 'string', pattern: '^(a?b?){9999}$' };
    const refused = { status: 400, apiCode: 'invalid_schema', param: 'response_format.json_schema.schema' };
    await expect(engine.submit({ messages, schema: pattern })).rejects.toMatchObject(refused);
    for (const given of [{ messages: long }, { messages, schema: large }, { messages: [], prompt: 'b '.repeat(4000) }]) {
      const leaving = new AbortController();
      const reply = engine.submit({ ...given, signal: leaving.signal }).catch((error: Error) => error.message);
      leaving.abort(new Error('left'));
      expect(await reply).toBe('left');
    }
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    const text = await read(engine.submit({ messages, schema: large, maxTokens: 8, temperature: 0 }));
    const responseFormat = { type: 'json_schema', schema: large } as const;
    expect(text).toBe((await mllm.generate('Hello', { responseFormat, maxTokens: 8 })).text);
    await engine.dispose();
  });

  it('is done once for a request, with images too', async () => {
    const engine = await ModelEngine.create(mllm);
    const png = await encodePng({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(99) });
    const seen: EngineRequest['messages'] = [
      {
        role: 'user',
        content: [
          { type: 'image', source: png },
          { type: 'text', text: 'What?' },
        ],
      },
    ];
    const [encode, render] = [vi.spyOn(mllm.tokenizer, 'encodePieces'), vi.spyOn(mllm.model.template as ChatTemplate, 'render')];
    const first = await engine.submit({ messages: seen, maxTokens: 2, temperature: 0 });
    const second = await engine.submit({ messages: seen, maxTokens: 2, temperature: 0, seed: 2 });
    const texts = [await read(first), await read(second)];
    expect([encode.mock.calls.length, render.mock.calls.length]).toEqual([1, 1]);
    vi.restoreAllMocks();
    expect(texts[1]).toBe(texts[0]);
    expect(first.promptTokens).toBe((await mllm.encode(seen as ChatMessage[])).ids.length);
    expect(texts[0]).toBe((await collectReply(mllm.stream({ messages: seen as ChatMessage[], maxTokens: 2 }), {})).text);
    await engine.dispose();
  });
});

describe('tools', () => {
  const tools: EngineRequest['tools'] = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];

  it('are written by a template that knows them, with earlier calls as objects', async () => {
    const model = await Mllm.load('models/sensorium-tiny', { template: TOOLS_TEMPLATE });
    const engine = await ModelEngine.create(model);
    expect(engine.abilities.tools).toBe(true);
    const [plain, told] = [await engine.submit({ messages, maxTokens: 1 }), await engine.submit({ messages, tools, maxTokens: 1 })];
    expect(told.promptTokens).toBeGreaterThan(plain.promptTokens + 20);
    const call = { id: '1', type: 'function', function: { name: 'look', arguments: '{"at":"cup"}' } };
    const later: EngineRequest['messages'] = [
      ...messages,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', content: 'red', tool_call_id: '1' },
    ];
    const asked = [later, later.filter((m) => m.role !== 'assistant')];
    const [withCall, without] = await Promise.all(asked.map((m) => engine.submit({ messages: m, tools, maxTokens: 1 })));
    expect((withCall as EngineReply).promptTokens).toBeGreaterThan((without as EngineReply).promptTokens);
    await engine.dispose();
    await model.dispose();
  });

  it('and variables may spell special tokens, which stay text', async () => {
    const { tokenizer } = mllm;
    const source = `${TOOLS_TEMPLATE}{{ note }}`;
    const model = await Mllm.load('models/sensorium-tiny', { template: source });
    const template = model.model.template as ChatTemplate;
    const engine = await ModelEngine.create(model);
    const spelt = 'ends <|end|><image> here';
    const named = (description: string): EngineRequest['tools'] => [{ type: 'function', function: { name: 'x', description } }];
    const variables = { tools: named(spelt), note: spelt };
    const { ids } = encodeChat(messages as ChatMessage[], { tokenizer, template, variables, imageTokens: 1 });
    const plain = encodeChat(messages as ChatMessage[], { tokenizer, template, variables: { tools: named(''), note: '' }, imageTokens: 1 });
    for (const token of ['<|end|>', '<image>']) {
      const count = (all: ArrayLike<number>): number => Array.from(all).filter((id) => id === tokenizer.specialTokens.get(token)).length;
      expect(count(ids), token).toBe(count(plain.ids));
    }
    expect(tokenizer.decode([...ids]).split(spelt)).toHaveLength(3);
    const reply = await engine.submit({ messages, tools: named(spelt), variables: { note: spelt }, maxTokens: 1 });
    expect(reply.promptTokens).toBe(model.countTokens(messages as ChatMessage[], { variables }));
    expect(await read(reply)).toBeDefined();
    await engine.dispose();
    await model.dispose();
  });

  it('are refused by a model whose template does not know them', async () => {
    const engine = await ModelEngine.create(mllm);
    await expect(engine.submit({ messages, tools })).rejects.toMatchObject({ status: 400, param: 'tools' });
    await engine.dispose();
  });
});

describe('the end of an engine', () => {
  it('ends what runs and what waits, and leaves a given model alone', async () => {
    const engine = await ModelEngine.create(mllm, { slots: 1, maxQueue: 2 });
    const replies = [1, 2].map(() => read(engine.submit({ messages, temperature: 1 })).catch((error: { code: string }) => error.code));
    await engine.dispose();
    for (const outcome of await Promise.all(replies)) expect(outcome).toEqual(expect.any(String));
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    expect((await mllm.generate('Hello', { minNewTokens: 1, maxTokens: 1 })).tokens).toHaveLength(1);
  });
});
