// Methods in an engine: what a request gets is what the model's own stream gives, beside others and alone, and its rows are free again.

import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import { Mllm } from '../mllm.js';
import type { GenerateOptions, Piece } from '../tokens.js';
import { Engine } from './engine.js';
import { Seq2SeqEngine } from './seq2seq-engine.js';

const families = join(resolve(import.meta.dirname, '../../..'), 'test/golden/families');

function picture(k: number, side = 32): RgbImage {
  const data = new Uint8Array(side * side * 3).map((_, i) => (i * 7 + k * 61 + (i % (k + 3)) * 40) % 256);
  return { width: side, height: side, data };
}
const ask = (k: number) => [
  {
    role: 'user' as const,
    content: [
      { type: 'image' as const, source: picture(k) as never },
      { type: 'text' as const, text: 'a red dog' },
    ],
  },
];
async function read(pieces: AsyncIterable<Piece>): Promise<{ text: string; ids: number[]; logProbs: number[]; finish?: string }> {
  const reply: Awaited<ReturnType<typeof read>> = { text: '', ids: [], logProbs: [] };
  for await (const { text, token, finish } of pieces) {
    reply.text += text;
    if (token) {
      reply.ids.push(token.id);
      reply.logProbs.push(token.logProb);
    }
    if (finish) reply.finish = finish;
  }
  return reply;
}
const method = { name: 'vcd' as const, alpha: 2, beta: 0.01, noise: 900 };

describe('methods in an engine', () => {
  let model: Mllm;
  beforeAll(async () => {
    model = await Mllm.load(join(families, 'llava/clip'));
  });
  afterAll(() => model.dispose());
  const plain = (k: number, o: GenerateOptions) => read(model.stream({ messages: ask(k), ...o }));

  it('give what the stream gives, alone, beside one another and beside plain requests', async () => {
    const engine = await Engine.create(model, { slots: 5, prefillChunk: 8 });
    const asked: { k: number; o: GenerateOptions & { method?: typeof method } }[] = [
      { k: 1, o: { maxTokens: 12, method } },
      { k: 2, o: { maxTokens: 9 } },
      { k: 3, o: { maxTokens: 14, method: { ...method, alpha: 1 }, temperature: 1, seed: 5 } },
      { k: 1, o: { maxTokens: 6, temperature: 1, seed: 2 } },
      { k: 4, o: { maxTokens: 5, method, stop: ['e', 'a'] } },
    ];
    const alone = [];
    for (const { k, o } of asked) alone.push(await plain(k, o));
    const both = [...(await Promise.all(asked.map(({ k, o }) => read(engine.submit({ messages: ask(k), ...o })))))];
    for (const [i, got] of both.entries()) {
      const { logProbs, ...rest } = alone[i] as (typeof alone)[number];
      expect({ text: got.text, ids: got.ids, finish: got.finish }, String(i)).toEqual(rest);
      for (const [t, p] of got.logProbs.entries()) expect(Math.abs(p - (logProbs[t] as number)), `${i} ${t}`).toBeLessThan(1e-3);
    }
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    await engine.dispose();
  });

  it('with alpha 0 are the plain engine, to the bit', async () => {
    const engine = await Engine.create(model, { slots: 1 });
    for (const o of [
      { maxTokens: 12, topLogProbs: 2 },
      { maxTokens: 12, temperature: 1, seed: 3 },
    ]) {
      const wanted = await read(engine.submit({ messages: ask(4), ...o }));
      expect(await read(engine.submit({ messages: ask(4), ...o, method: { name: 'vcd', alpha: 0 } }))).toEqual(wanted);
    }
    await engine.dispose();
  });

  it('wait for as many rows as they take, and free them when they end, are aborted or fail', async () => {
    const engine = await Engine.create(model, { slots: 2 });
    const all = [1, 2, 3, 4].map((k) => read(engine.submit({ messages: ask(k), maxTokens: 6, ...(k % 2 ? { method } : {}) })));
    expect((await Promise.all(all)).map((r) => r.ids.length > 0)).toEqual([true, true, true, true]);
    const stop = new AbortController();
    const stream = engine.submit({ messages: ask(1), maxTokens: 40, ignoreEos: true, method, signal: stop.signal });
    await stream.next();
    stop.abort();
    await expect(read(stream)).rejects.toThrow(/abort/i);
    const left = engine.submit({ messages: ask(1), maxTokens: 40, ignoreEos: true, method });
    for await (const _ of left) break;
    const text = engine.submit({ messages: [{ role: 'user', content: 'only text' }], maxTokens: 3, method });
    await expect(read(text)).rejects.toMatchObject({ code: 'generate.method' });
    const slow = engine.submit({ messages: ask(2), maxTokens: 6, method });
    expect((await read(slow)).ids).toEqual((await plain(2, { maxTokens: 6, method })).ids);
    await engine.drain();
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    await engine.dispose();
  });

  it('are refused where they can never run', async () => {
    const engine = await Engine.create(model, { slots: 1 });
    const submit = (m: object) => () => engine.submit({ messages: ask(1), maxTokens: 2, method: m as never });
    expect(submit(method)).toThrowError(expect.objectContaining({ code: 'generate.method' }));
    for (const bad of [{ name: 'vcd', beta: -1 }, { name: 'none' }])
      expect(submit(bad)).toThrowError(expect.objectContaining({ code: 'generate.option' }));
    await engine.dispose();
  });
});

describe('methods in an engine of an encoder-decoder', () => {
  let model: Mllm;
  beforeAll(async () => {
    model = await Mllm.load(join(families, 'blip-2/t5-every-layer'), { maxReply: 24 });
  });
  afterAll(() => model.dispose());
  const alone = (k: number, o: GenerateOptions) => read(model.stream({ messages: ask(k), ...o }));

  it('give what the stream gives, beside one another and beside plain requests, and free their rows', async () => {
    const engine = await Seq2SeqEngine.create(model, { slots: 4 });
    const asked: { k: number; o: GenerateOptions & { method?: typeof method } }[] = [
      { k: 1, o: { maxTokens: 12, ignoreEos: true, method } },
      { k: 2, o: { maxTokens: 9, ignoreEos: true } },
      { k: 3, o: { maxTokens: 14, ignoreEos: true, method: { ...method, alpha: 1 }, temperature: 1, seed: 5 } },
      { k: 4, o: { maxTokens: 3, ignoreEos: true, method } },
    ];
    const wanted = [];
    for (const { k, o } of asked) wanted.push(await alone(k, o));
    const got = await Promise.all(asked.map(({ k, o }) => read(engine.submit({ messages: ask(k), ...o }))));
    for (const [i, reply] of got.entries()) {
      expect(reply.ids, String(i)).toEqual(wanted[i]?.ids);
      for (const [t, p] of reply.logProbs.entries())
        expect(Math.abs(p - (wanted[i]?.logProbs[t] as number)), `${i} ${t}`).toBeLessThan(1e-3);
    }
    expect(got[0]?.ids).not.toEqual((await alone(1, { maxTokens: 12, ignoreEos: true })).ids);
    const zero = await read(engine.submit({ messages: ask(2), maxTokens: 9, ignoreEos: true, method: { ...method, alpha: 0 } }));
    expect(zero).toEqual(await read(engine.submit({ messages: ask(2), maxTokens: 9, ignoreEos: true })));
    const stop = new AbortController();
    const stream = engine.submit({ messages: ask(1), maxTokens: 24, ignoreEos: true, method, signal: stop.signal });
    await stream.next();
    stop.abort();
    await expect(read(stream)).rejects.toThrow(/abort/i);
    await engine.drain();
    expect(engine.stats()).toMatchObject({ running: 0, queued: 0 });
    await engine.dispose();
  });

  it('are refused where they can never run', async () => {
    const one = await Seq2SeqEngine.create(model, { slots: 1 });
    expect(() => one.submit({ messages: ask(1), method })).toThrowError(expect.objectContaining({ code: 'generate.method' }));
    await one.dispose();
    // Room for one row of everything, hence for two only where both are short.
    const { kv } = (await Seq2SeqEngine.create(model, { slots: 1 })).memory();
    const narrow = await Seq2SeqEngine.create(model, { slots: 2, kvBytes: kv });
    await expect(read(narrow.submit({ messages: ask(1), maxTokens: 24, method }))).rejects.toMatchObject({ code: 'generate.method' });
    expect((await read(narrow.submit({ messages: ask(1), maxTokens: 2, ignoreEos: true }))).ids).toHaveLength(2);
    await narrow.drain();
    await narrow.dispose();
  });
});
