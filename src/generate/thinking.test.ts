// Thinking: apart from the reply, bounded by its budget, and out of the history, in a stream, a batch, an engine, beams, ids and the server.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { responderOf } from '../evaluate/responder.js';
import { ModelEngine } from '../serve/model-engine.js';
import { serve } from '../serve/server.js';
import type { ChatMessage } from '../text/index.js';
import { historyWithoutThinking, thinkingMarks } from '../text/thinking.js';
import { packageRoot } from '../util/package.js';
import { Engine } from './engine/index.js';
import { Mllm } from './mllm.js';
import { MARKS, thinkingModel } from './thinking-testing.js';
import { generateMany } from './tokens.js';

let dir: string;
let model: Mllm;
const messages: ChatMessage[] = [{ role: 'user', content: 'Why?' }];
/** The model writes no mark by itself, and the reply goes on to its limit. */
const logitBias = { [MARKS.open]: -100, [MARKS.close]: -100 };
const options = { temperature: 0.7, seed: 3, maxTokens: 16, ignoreEos: true, logitBias } as const;

beforeAll(async () => {
  dir = await thinkingModel();
  model = await Mllm.load(dir);
});
afterAll(async () => {
  await model.dispose();
  await rm(dir, { recursive: true });
});

const textOf = (ids: readonly number[]): string => model.tokenizer.decode(ids, { skipSpecial: true, skipUnknown: true }).trimStart();

describe.each([0, 1, 5])('a budget of %i', (maxThinking) => {
  it('ends thinking there, and the reply goes on', async () => {
    const reply = await model.reply({ messages, ...options, maxThinking });
    const ids = reply.tokens.map(({ id }) => id);
    expect(ids.indexOf(MARKS.close)).toBe(maxThinking);
    expect(ids).toHaveLength(16);
    expect(reply.thinking ?? '').toBe(textOf(ids.slice(0, maxThinking)));
    const said = ids.slice(maxThinking + 1);
    expect(reply.text).toBe(textOf(said));
  });

  it('is the same in a stream, a batch, an engine beside other requests, and ids', async () => {
    const asked = { ...options, maxThinking };
    const reply = await model.reply({ messages, ...asked });
    const prompt = await model.encode(messages);
    const many = await generateMany(await model.policy(), model.tokenizer, [prompt, prompt], asked, model.model.generation);
    expect(many).toEqual([reply.text, reply.text]);
    const ids: number[] = [];
    for await (const { id } of model.continueIds(prompt, asked)) ids.push(id);
    expect(ids).toEqual(reply.tokens.map(({ id }) => id));
    for (const lookup of [false, { least: 1 }] as const) {
      const engine = await Engine.create(model, { slots: 3, prefillChunk: 4, lookup });
      const read = async (budget: number | undefined) => {
        const out = { text: '', thinking: '' };
        for await (const piece of engine.submit({ messages, ...options, maxThinking: budget })) {
          out.text += piece.text;
          out.thinking += piece.thinking ?? '';
        }
        return out;
      };
      const [own, , without] = await Promise.all([read(maxThinking), read(2), read(undefined)]);
      expect(own).toEqual({ text: reply.text, thinking: reply.thinking ?? '' });
      expect(without.thinking.length).toBeGreaterThan(5);
      await engine.dispose();
    }
  });

  it('holds in every beam', async () => {
    const reply = await model.generate('Why?', { beams: 3, returnSequences: 3, maxTokens: 12, maxThinking, ignoreEos: true });
    for (const { tokens, text, thinking = '' } of reply.sequences ?? []) {
      const at = tokens.findIndex(({ id }) => id === MARKS.close);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThanOrEqual(maxThinking);
      expect(thinking).not.toContain('think>');
      expect(text).not.toContain('think>');
    }
    expect(reply.text).toBe(reply.sequences?.[0]?.text);
  });
});

describe('thinking', () => {
  it('without a budget goes on to the limit', async () => {
    const reply = await model.reply({ messages, ...options });
    expect(reply.text).toBe('');
    expect(reply.thinking?.length).toBeGreaterThan(8);
  });

  it('that the reply itself opens is bounded too', async () => {
    const asked = { variables: { not_thinking: true }, forcedTokens: [[0, MARKS.open]] as const, maxThinking: 3 };
    const { tokens, thinking } = await model.reply({ messages, ...options, ...asked });
    expect(tokens.findIndex(({ id }) => id === MARKS.close)).toBe(4);
    expect(thinking).toBe(textOf(tokens.slice(1, 4).map(({ id }) => id)));
    const plain = await model.reply({ messages, ...options, variables: { not_thinking: true } });
    expect(plain.thinking).toBeUndefined();
  });

  it('stays in a continuation of a text, marks and all', async () => {
    const { text, thinking } = await model.complete('Why?<think>', { ...options, forcedTokens: [[2, MARKS.close]] });
    expect(thinking).toBeUndefined();
    expect(text).toContain('</think>');
  });

  it('comes before a form of the reply, which begins behind it', async () => {
    const asked = { ...options, ignoreEos: false, maxThinking: 4, responseFormat: { type: 'regex', pattern: 'a{3}' } } as const;
    const { text, thinking, tokens } = await model.reply({ messages, ...asked, suppressTokens: [MARKS.end] });
    expect(text).toBe('aaa');
    expect(thinking).toBe(textOf(tokens.slice(0, 4).map(({ id }) => id)));
  });

  it('is refused of a model whose tokenizer has no marks, and a budget out of range', async () => {
    await expect(model.reply({ messages, maxThinking: -1 })).rejects.toMatchObject({ code: 'generate.option' });
    const other = await Mllm.load(join(packageRoot(), 'models/world-llama'));
    expect(thinkingMarks(other.tokenizer)).toBeUndefined();
    await expect(other.reply({ messages, maxThinking: 4 })).rejects.toMatchObject({ code: 'generate.option' });
    await other.dispose();
  });

  it('is kept by responders, so that reports can show it', async () => {
    const responder = await responderOf(model);
    const [reply] = await responder.replies([messages], { maxTokens: 6 });
    expect(reply).toMatch(/^<think>/);
    await responder.dispose();
  });
});

describe('a history', () => {
  const marks = () => thinkingMarks(model.tokenizer) as NonNullable<ReturnType<typeof thinkingMarks>>;
  const said = (content: string): ChatMessage[] => [...messages, { role: 'assistant', content }, { role: 'user', content: 'So?' }];

  it('holds no thinking, which a template may still read', () => {
    expect(historyWithoutThinking(said('<think>\nhm\n</think>\n\nyes'), marks())[1]).toEqual({
      role: 'assistant',
      content: 'yes',
      reasoning_content: 'hm',
    });
    expect(historyWithoutThinking(said('hm</think>yes'), marks())[1]).toMatchObject({ content: 'yes', reasoning_content: 'hm' });
    const plain = said('yes');
    expect(historyWithoutThinking(plain, marks())).toBe(plain);
    const [, last] = historyWithoutThinking([...messages, { role: 'assistant', content: '<think>a</think>b' }], marks());
    expect(last?.content).toBe('<think>a</think>b');
  });

  it('is as long as without it', () => {
    const thought = said('<think>hm</think>yes');
    expect([...model.promptIds(thought)]).toEqual([...model.promptIds(said('yes'))]);
    const shown = model.promptIds(thought, { variables: { show_thoughts: true } });
    expect(shown.length).toBe(model.countTokens(said('yes')) + '(hm)'.length);
  });
});

it('comes from the server as reasoning_content, whole and streamed', async () => {
  const engine = await ModelEngine.create(model);
  const server = await serve({ engine, model: 'm', port: 0 });
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  try {
    const request = {
      model: 'm',
      messages: [{ role: 'user' as const, content: 'Why?' }],
      ...{ temperature: 0.7, seed: 3, max_tokens: 16, ignore_eos: true, max_thinking_tokens: 5, logit_bias: logitBias },
    };
    const reply = await model.reply({ messages, ...options, maxThinking: 5 });
    const whole = await client.chat.completions.create(request);
    expect(whole.choices[0]?.message).toMatchObject({ content: reply.text, reasoning_content: reply.thinking });
    let [text, thinking] = ['', ''];
    for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
      const { content, reasoning_content } = (choices[0]?.delta ?? {}) as { content?: string; reasoning_content?: string };
      text += content ?? '';
      thinking += reasoning_content ?? '';
    }
    expect([text, thinking]).toEqual([reply.text, reply.thinking]);
    expect(whole.usage?.completion_tokens).toBe(16);
    const raw = await client.completions.create({
      ...request,
      prompt: 'Why?<think>',
      messages: undefined,
      max_thinking_tokens: undefined,
    } as never);
    expect(raw.choices[0]?.text.length).toBeGreaterThan(8);
  } finally {
    await server.close({ drainMs: 0 });
    await engine.dispose();
  }
});
