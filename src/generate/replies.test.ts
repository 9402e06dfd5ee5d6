// What replies of every kind of model have in common: ids beyond the tokenizer, values and alternatives, stop strings, continued messages.

import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { languageModel } from '../model/index.js';
import { Engine } from './engine/index.js';
import { Mllm } from './mllm.js';
import { StoppingText } from './stops.js';
import { generateMany, type Piece } from './tokens.js';

const root = resolve(import.meta.dirname, '../..');
const families = join(root, 'test/golden/families');
const messages = [{ role: 'user' as const, content: 'a red dog' }];

async function read(pieces: AsyncIterable<Piece>): Promise<{ text: string; ids: number[] }> {
  const reply = { text: '', ids: [] as number[] };
  for await (const { text, token } of pieces) {
    reply.text += text;
    if (token) reply.ids.push(token.id);
  }
  return reply;
}

describe.each(['llava-onevision/siglip-qwen2', 'llava/clip'])('ids beyond the tokenizer of %s', (name) => {
  let model: Mllm;
  let padded: number;
  beforeAll(async () => {
    model = await Mllm.load(join(families, name));
    padded = languageModel(model.model.network).config.vocab_size - 1;
  });
  afterAll(() => model.dispose());

  it('are empty text and no error, greedy, drawn, in beams, a batch and an engine', async () => {
    expect(model.tokenizer.token(padded)).toBeUndefined();
    const options = { maxTokens: 4, logitBias: { [padded]: 1000 }, topLogProbs: 2 };
    const wanted = new Array(4).fill(padded);
    for (const more of [{}, { temperature: 1, seed: 1 }, { beams: 2 }]) {
      const reply = await model.generate('a red dog', { ...options, ...more });
      expect([reply.text, reply.tokens.map((t) => t.id), reply.finish]).toEqual(['', wanted, 'length']);
      expect(reply.tokens.every((t) => t.top?.length === 2)).toBe(true);
    }
    const { ids } = await model.encode(messages);
    expect(await generateMany(await model.programs.decoder(), model.tokenizer, [{ ids }, { ids }], options)).toEqual(['', '']);
    const engine = await Engine.create(model, { slots: 2 });
    expect(await read(engine.submit({ messages, ...options }))).toEqual({ text: '', ids: wanted });
    await engine.dispose();
  });

  it('stand between tokens that have text, also inside a character', async () => {
    const { tokenizer } = model;
    const bytes = tokenizer.encode('狗').slice(-3); // three tokens of one byte
    const forced = [bytes[0], padded, bytes[1], bytes[2], padded].map((id, step) => [step, id as number] as const);
    expect((await model.generate('a red dog', { maxTokens: 5, forcedTokens: forced })).text).toBe('狗');
  });
});

describe('a text reply', () => {
  it('has the alternatives of each token and the value of a form', async () => {
    const lm = await Mllm.load(join(root, 'models/world-llama'));
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer', minimum: 0, maximum: 9 } },
      required: ['n'],
      additionalProperties: false,
    };
    const reply = await lm.complete('a red cup', { responseFormat: { type: 'json_schema', schema }, topLogProbs: 3, maxTokens: 60 });
    expect(reply.finish).toBe('stop');
    expect(reply.value).toEqual(JSON.parse(reply.text));
    expect(reply.tokens.every((t) => t.top?.length === 3)).toBe(true);
    // The same in ids.
    const ids: number[] = [];
    const prompt = lm.tokenizer.encode('a red cup');
    for await (const { id } of lm.continueIds(prompt, { responseFormat: { type: 'json_schema', schema }, maxTokens: 60 })) ids.push(id);
    expect(ids).toEqual(reply.tokens.map((t) => t.id));
    expect((await lm.complete('a red cup', { maxTokens: 3 })).value).toBeUndefined();
    await lm.dispose();
  });
  it('is chosen by the same rules in text, in ids and in an engine', async () => {
    const lm = await Mllm.load(join(root, 'models/world-llama'));
    const prompt = lm.tokenizer.encode('What is left of the red cup?');
    const engine = await Engine.create(lm, { slots: 2 });
    for (const o of [
      {},
      { repetitionPenalty: 1.3 },
      { temperature: 1, minP: 0.1, seed: 4 },
      { minTokens: 9 },
      { ignoreEos: true },
      { noRepeatNgramSize: 2 },
    ]) {
      const options = { maxTokens: 12, ...o };
      const whole = (await lm.complete('What is left of the red cup?', options)).tokens.map((t) => t.id);
      const ids: number[] = [];
      for await (const { id } of lm.continueIds(prompt, options)) ids.push(id);
      const ended = lm.model.generation.endIds.includes(ids.at(-1) as number) && !('ignoreEos' in o);
      expect(ended ? ids.slice(0, -1) : ids, JSON.stringify(o)).toEqual(whole);
      expect((await read(engine.submit({ ids: prompt, ...options }))).ids, JSON.stringify(o)).toEqual(whole);
    }
    await engine.dispose();
    await lm.dispose();
  });
});

describe('stop strings', () => {
  it('are found across pieces, hold back only what could begin one, and are not looked for too early', () => {
    const text = new StoppingText(['END', 'stop']);
    expect(['a E', 'N', 'x st', 'o', 'ne', ' EN'].map((piece) => text.push(piece).text)).toEqual(['a ', '', 'ENx ', '', 'stone', ' ']);
    expect(text.push('D!')).toEqual({ text: '', stopped: true });
    const late = new StoppingText(['ab']);
    expect(late.push('ab', false)).toEqual({ text: 'ab', stopped: false });
    expect(late.push('a', false)).toEqual({ text: '', stopped: false });
    expect(late.push('b')).toEqual({ text: '', stopped: true });
    const last = new StoppingText(['yz']);
    expect(last.push('xy').text).toBe('x');
    expect(last.end('z')).toEqual({ text: '', stopped: true });
    expect(new StoppingText([]).end('rest')).toEqual({ text: 'rest', stopped: false });
  });
});

describe('continueFinalMessage', () => {
  it('reaches the template from every entrance, in place of the opening of a reply', async () => {
    const model = await Mllm.load(join(families, 'idefics3/tiles'));
    const lm = await Mllm.load(join(root, 'models/world-llama'));
    const chat = [...messages, { role: 'assistant' as const, content: 'It is' }];
    const asked = [model.model.template, lm.model.template].map((template) => vi.spyOn(template as NonNullable<typeof template>, 'render'));
    const engine = await Engine.create(model, { slots: 1 });
    const entrances: (() => Promise<unknown>)[] = [
      () => model.stream({ messages: chat, continueFinalMessage: true, maxTokens: 1 }).next(),
      () => model.encode(chat, { continueFinalMessage: true }),
      async () => model.countTokens(chat, { continueFinalMessage: true }),
      () => read(engine.submit({ messages: chat, continueFinalMessage: true, maxTokens: 1 })),
      () => lm.stream({ messages: chat, continueFinalMessage: true, maxTokens: 1 }).next(),
      () => lm.encode(chat, { continueFinalMessage: true }),
    ];
    for (const [i, enter] of entrances.entries()) {
      for (const spy of asked) spy.mockClear();
      await enter();
      const [call] = asked.flatMap((spy) => spy.mock.calls);
      expect(call?.[1], String(i)).toMatchObject({ continueFinalMessage: true, addGenerationPrompt: false });
    }
    await engine.dispose();
    for (const spy of asked) spy.mockRestore();
    await Promise.all([model.dispose(), lm.dispose()]);
    const t5 = await Mllm.load(join(families, 'blip-2/t5-every-layer'));
    await expect(t5.stream({ messages: chat, continueFinalMessage: true }).next()).rejects.toMatchObject({ code: 'generate.option' });
    await t5.dispose();
  });
});
