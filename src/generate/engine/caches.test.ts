// What an engine remembers: prefixes by content, images by pixels, what prompts say; each changes the work and never the reply.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { selectRuntime } from '../../runtime/select.js';
import type { ChatMessage } from '../../text/index.js';
import { Rng } from '../../util/rng.js';
import type { Decoder } from '../decoder.js';
import { Mllm } from '../mllm.js';
import type { LogitsProcessor } from '../processors/processor.js';
import { Engine } from './engine.js';
import { alone, read, type Said, smallDecoder, VOCAB } from './engine.test-model.js';
import { FeatureCache } from './feature-cache.js';
import { propose } from './lookup.js';
import type { EngineOptions } from './request.js';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'models', 'sensorium-tiny');

let decoder: Decoder;
let model: Mllm;
beforeAll(async () => {
  decoder = await smallDecoder();
  model = await Mllm.load(FOLDER);
});
afterAll(async () => {
  decoder.dispose();
  await model.dispose();
});

const tokens = (seed: number, n: number): number[] => {
  const rng = new Rng(seed);
  return Array.from({ length: n }, () => rng.int(VOCAB));
};
const picture = (seed: number): RgbImage => {
  const rng = new Rng(seed);
  return { width: 64, height: 64, data: Uint8Array.from({ length: 64 * 64 * 3 }, () => rng.int(256)) };
};
function expectSame(got: Said, want: Said): void {
  expect(got.ids).toEqual(want.ids);
  got.logProbs.forEach((p, i) => {
    expect(Math.abs(p - (want.logProbs[i] as number))).toBeLessThan(1e-5);
  });
}
async function withEngine(options: EngineOptions, body: (engine: Engine) => Promise<void>, on: Mllm | Decoder = decoder): Promise<void> {
  const engine = await Engine.create(on instanceof Mllm ? on : { decoder: on }, options);
  try {
    await body(engine);
  } finally {
    await engine.dispose();
  }
}

describe('prefix cache', () => {
  it('computes a beginning once, also while the first request that has it still runs, and the next turn of a conversation', async () => {
    await withEngine({ slots: 2, prefixBlock: 8, prefillChunk: 16 }, async (engine) => {
      const system = tokens(1, 64);
      const [a, b] = [
        { ids: [...system, 1, 2, 3], maxTokens: 30 },
        { ids: [...system, 4, 5], maxTokens: 6 },
      ];
      const first = engine.submit(a);
      await first.next();
      const second = await read(engine.submit(b));
      expectSame(second, await alone(decoder, b));
      expect(second.last?.usage?.cachedTokens).toBe(64);
      await read(first);
      const whole = await alone(decoder, a);
      const turn = { ids: [...a.ids, ...whole.ids, 7, 8, 9], maxTokens: 5 };
      const third = await read(engine.submit(turn));
      expectSame(third, await alone(decoder, turn));
      expect(third.last?.usage?.cachedTokens).toBe(96); // 67 + 29 positions are filled when the reply ends
      const { prefix } = engine.stats();
      expect(prefix.hitTokens).toBe(64 + 96);
      expect(prefix.missTokens).toBe(67 + 2 + 4);
    });
  });

  it('lets two requests that come at once share the work of their common beginning', async () => {
    await withEngine({ slots: 2, prefixBlock: 8, prefillChunk: 8 }, async (engine) => {
      const system = tokens(2, 64);
      const pair = [1, 2].map((last) => ({ ids: [...system, last], maxTokens: 3 }));
      const got = await Promise.all(pair.map((r) => read(engine.submit(r))));
      for (const [i, r] of pair.entries()) expectSame(got[i] as Said, await alone(decoder, r));
      expect(engine.stats().prefix.missTokens).toBe(64 + 2);
    });
  });

  it('keeps within its bytes, forgets the end of a prefix before its beginning, and keeps salts apart', async () => {
    const block = 2 * 2 * 2 * 16 * 8 * 4; // layers, keys and values, heads, size, positions, bytes
    await withEngine({ slots: 1, prefixBlock: 8, prefixBytes: 4 * block }, async (engine) => {
      const cached = async (ids: number[], cacheSalt?: string): Promise<number | undefined> =>
        (await read(engine.submit({ ids, cacheSalt, maxTokens: 1 }))).last?.usage?.cachedTokens;
      const [a, b] = [tokens(3, 33), tokens(4, 17)];
      expect(await cached(a)).toBe(0);
      expect(await cached(a)).toBe(32);
      expect(await cached(b)).toBe(0); // takes two of the four blocks
      expect(await cached(a)).toBe(16);
      expect(await cached(a, 'another tenant')).toBe(0);
      const { prefix } = engine.stats();
      expect(prefix.bytes).toBe(4 * block);
      expect(prefix.evictions).toBeGreaterThan(0);
      expect(engine.memory().prefix).toBe(4 * block);
    });
  });
});

describe('prompt lookup', () => {
  it('proposes what followed the last occurrence of the longest run', () => {
    const o = { ngram: 3, least: 1, tokens: 4 };
    expect(propose([1, 2, 3, 9, 8, 1, 2, 3, 7, 6, 2, 3], o)).toEqual([7, 6, 2, 3]);
    expect(propose([1, 2, 3, 9, 8, 4, 1, 2, 3], { ...o, tokens: 2 })).toEqual([9, 8]);
    expect(propose([5, 1, 6, 1], o)).toEqual([6, 1]);
    expect(propose([1, 2, 3], o)).toEqual([]);
    expect(propose([-1, -1, 4, -1, -1], o)).toEqual([]);
    expect(propose([4, -1, 7, 4], o)).toEqual([]);
    expect(propose([], o)).toEqual([]);
  });

  it('gives what plain decoding gives in fewer steps, greedy and drawn', async () => {
    // A model that is drawn towards repeating the prompt, though not always.
    const phrase = tokens(6, 17);
    const repeat: LogitsProcessor = {
      process: (logits, { step }) => {
        const id = phrase[step % 17] as number;
        logits[id] = (logits[id] as number) + (step % 11 === 7 ? 0 : 12);
      },
    };
    for (const sampling of [{}, { temperature: 0.8, seed: 4 }]) {
      const r = { ids: [...phrase, ...phrase], maxTokens: 100, processors: [repeat], ...sampling };
      let want: Said = { ids: [], logProbs: [] };
      await withEngine({ slots: 1, lookup: false }, async (engine) => {
        want = await read(engine.submit(r));
        expect(engine.stats()).toMatchObject({ decodes: 99, checks: 0 });
      });
      await withEngine({ slots: 1 }, async (engine) => {
        const got = await read(engine.submit(r));
        expectSame(got, want);
        const { checks, guessed, confirmed, decodes } = engine.stats();
        expect(guessed).toBeGreaterThan(confirmed); // not every guess is right
        expect(confirmed).toBeGreaterThan(40);
        expect(got.last?.usage?.lookupTokens).toBe(confirmed);
        expect(decodes + checks + confirmed).toBe(99); // every token but the first takes a step or was a confirmed guess
      });
    }
  });
});

describe('images', () => {
  const ask = (images: readonly RgbImage[], text: string): ChatMessage[] => [
    { role: 'user', content: [...images.map((source) => ({ type: 'image' as const, source })), { type: 'text', text }] },
  ];
  it('gives what the plain stream gives, whatever the chunk, and encodes and computes an image once', async () => {
    const [a, b] = [picture(1), picture(2)];
    const questions = [
      ask([a], 'What is left of the dog?'),
      ask([a], 'How many cats are there?'),
      ask([b], 'What is left of the dog?'),
      ask([a, b], 'Which one has a cup?'),
      ask([], 'Describe a dog.'),
    ];
    const want: { text: string; said: Said }[] = [];
    for (const messages of questions) {
      const w = { text: '', said: { ids: [] as number[], logProbs: [] as number[] } };
      for await (const { text, token } of model.stream({ messages, maxTokens: 12 })) {
        w.text += text;
        if (token) w.said.ids.push(token.id);
        if (token) w.said.logProbs.push(token.logProb);
      }
      want.push(w);
    }
    for (const options of [
      { prefillChunk: 5, prefixBlock: 4 },
      { prefillChunk: 64, prefixBytes: 0 },
      { slots: 2, prefillChunk: 16 },
    ])
      await withEngine(
        options,
        async (engine) => {
          for (let round = 0; round < 2; round++) {
            const streams = questions.map((messages) => engine.submit({ messages, maxTokens: 12 }));
            await Promise.all(
              streams.map(async (stream, i) => {
                const got: Said = { ids: [], logProbs: [] };
                let text = '';
                for await (const event of stream) {
                  text += event.text;
                  if (event.token) got.ids.push(event.token.id);
                  if (event.token) got.logProbs.push(event.token.logProb);
                }
                expect(text).toBe(want[i]?.text);
                expectSame(got, want[i]?.said as Said);
              }),
            );
          }
          const { features, prefix } = engine.stats();
          expect(features).toMatchObject({ misses: 2, images: 2, hits: 8 });
          if (options.prefixBytes !== 0) expect(prefix.hitTokens).toBeGreaterThan(80);
          expect(engine.memory().weights).toBeGreaterThan(1e6);
        },
        model,
      );
  });

  it('loads two programs, vision and decoder, however many engines and streams use the model', async () => {
    const runtime = await selectRuntime();
    let loads = 0;
    const counting: Runtime = {
      name: runtime.name,
      version: runtime.version,
      synchronous: runtime.synchronous,
      load: (bytes, options) => {
        loads++;
        return runtime.load(bytes, options);
      },
    };
    const shared = await Mllm.load(FOLDER, { runtime: counting });
    const engines = await Promise.all([1, 4].map((slots) => Engine.create(shared, { slots, prefillChunk: 8 * slots })));
    const messages = ask([picture(1)], 'What is left of the dog?');
    const replies = await Promise.all(engines.map((e) => read(e.submit({ messages, maxTokens: 6 }))));
    for await (const _ of shared.stream({ messages, maxTokens: 6 }));
    expect(replies[1]?.ids).toEqual(replies[0]?.ids);
    expect(loads).toBe(2);
    for (const e of engines) await e.dispose();
    await shared.dispose();
  });

  it('ends at stop strings as the plain stream does, never shows a part of one, and keeps to a form', async () => {
    await withEngine(
      { slots: 3 },
      async (engine) => {
        const messages = ask([picture(1)], 'Describe the image.');
        const text = async (pieces: AsyncIterable<{ text: string }>): Promise<string> => {
          let all = '';
          for await (const piece of pieces) all += piece.text;
          return all;
        };
        const o = { messages, maxTokens: 24, temperature: 1.2, seed: 3 };
        const whole = await text(engine.submit(o));
        expect(whole).toBe(await text(model.stream(o)));
        const stop = [whole.slice(6, 10), 'never to be found'];
        const cut = await text(engine.submit({ ...o, stop }));
        expect(cut).toBe(whole.slice(0, whole.indexOf(stop[0] as string)));
        expect(cut).toBe(await text(model.stream({ ...o, stop })));
        const formed = { ...o, responseFormat: { type: 'regex', pattern: '(yes|no), [a-c]{3}' } as const };
        expect(await text(engine.submit(formed))).toMatch(/^(yes|no), [a-c]{3}$/);
        expect(await text(engine.submit(formed))).toBe(await text(model.stream(formed)));
      },
      model,
    );
  });

  it('keeps to a form whose masks take many slices, beside replies that go on meanwhile', async () => {
    await withEngine(
      { slots: 3 },
      async (engine) => {
        const text = async (pieces: AsyncIterable<{ text: string }>): Promise<string> => {
          let all = '';
          for await (const piece of pieces) all += piece.text;
          return all;
        };
        const schema = { type: 'array', items: { anyOf: ['^[a-z]*s$', '^[a-z ]{3,9}$'].map((pattern) => ({ type: 'string', pattern })) } };
        const o = { messages: ask([], 'List it.'), maxTokens: 20, temperature: 1.5, seed: 5 };
        const formed = { ...o, responseFormat: { type: 'json_schema', schema, limits: { depth: 7 } } as const };
        const methodic = { ...formed, messages: ask([picture(1)], 'List it.'), method: { name: 'vcd', beta: 0 } as const };
        const plain = { ...o, messages: ask([], 'What is it?') };
        const all = [formed, plain, methodic];
        const wanted: string[] = [];
        for (const one of all) wanted.push(await text(model.stream(one)));
        // By this clock every slice is over after one step; the limits make the form another one, of which nothing is known.
        const { now } = performance;
        let steps = 0;
        performance.now = () => now.call(performance) + 1000 * ++steps;
        try {
          const fresh = [{ ...formed, responseFormat: { ...formed.responseFormat, limits: { depth: 8 } } }, plain];
          expect(await Promise.all(fresh.map((one) => text(engine.submit(one))))).toEqual(wanted.slice(0, 2));
          const form = { ...formed.responseFormat, limits: { depth: 9 } };
          expect(await text(engine.submit({ ...methodic, responseFormat: form }))).toBe(wanted[2]);
          expect(await text(model.stream({ ...formed, responseFormat: { ...form, limits: { depth: 10 } } }))).toBe(wanted[0]);
        } finally {
          performance.now = now;
        }
        expect(steps).toBeGreaterThan(4);
        const left = engine.submit({ ...formed, responseFormat: { ...formed.responseFormat, limits: { depth: 11 } } });
        await left.return();
        const nothing = engine.submit({ ...o, responseFormat: { type: 'json_schema', schema: { $ref: '#/nowhere' } } });
        await expect(text(nothing)).rejects.toMatchObject({ code: 'constrain.schema' });
        expect(await text(engine.submit(plain))).toBe(wanted[1]);
      },
      model,
    );
  });

  it('tells images apart that stand at the same place, given as pixels or as rows', async () => {
    await withEngine(
      { slots: 1, prefixBlock: 4 },
      async (engine) => {
        const one = async (image: RgbImage): Promise<Said> => read(engine.submit({ messages: ask([image], 'What is it?'), maxTokens: 4 }));
        const first = await one(picture(1));
        const second = await one(picture(7));
        expect(first.logProbs[0]).not.toBe(second.logProbs[0]);
        expectSame(await one(picture(1)), first);
        const { ids, media } = await model.encode(ask([picture(7)], 'What is it?'));
        const features = await model.encodeImages(media);
        const imagePositions = (media[0] as (typeof media)[number]).at;
        expectSame(await read(engine.submit({ ids, features, imagePositions, maxTokens: 4 })), second);
      },
      model,
    );
  });

  it('says what is wrong with an image, frees the place in the queue, and goes on', async () => {
    await withEngine(
      { slots: 1, maxQueue: 0 },
      async (engine) => {
        const bad = engine.submit({ messages: [{ role: 'user', content: [{ type: 'image', source: new Uint8Array(5) } as never] }] });
        await expect(read(bad)).rejects.toMatchObject({ code: 'media.format' });
        expect((await read(engine.submit({ messages: ask([], 'dog'), maxTokens: 2 }))).last?.finish).toMatch(/stop|length/);
      },
      model,
    );
  });

  it('reads and encodes images of waiting requests only shortly before their turn', async () => {
    await withEngine(
      { slots: 1, buffer: 4 }, // the first cannot run ahead of its reader
      async (engine) => {
        const first = engine.submit({ messages: ask([picture(20)], 'What is it?'), maxTokens: 40, ignoreEos: true });
        const waiting = [21, 22, 23, 24, 25, 26].map((k) => engine.submit({ messages: ask([picture(k)], 'What is it?'), maxTokens: 1 }));
        await first.next();
        expect(engine.stats().features.misses).toBeLessThanOrEqual(4);
        for (const stream of [first, ...waiting]) await read(stream);
        expect(engine.stats().features.misses).toBe(7);
      },
      model,
    );
  });

  it('keeps features within their bytes, least recently used out first, and one failure out of the next try', async () => {
    let calls = 0;
    const cache = new FeatureCache(40);
    const rows = (key: string) =>
      cache.rows(key, async () => {
        if (++calls === 1) throw new Error('once');
        return new Float32Array(4);
      });
    await expect(rows('1')).rejects.toThrow('once');
    await Promise.all([rows('1'), rows('1'), rows('2')]);
    expect(calls).toBe(3);
    await rows('1');
    await rows('3');
    expect(cache.stats).toMatchObject({ images: 2, bytes: 32, evictions: 1 });
    await rows('1');
    expect(calls).toBe(4);
  });
});
