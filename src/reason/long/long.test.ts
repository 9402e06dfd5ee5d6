// Long films and documents: memories keep what changes within their budget; pages are found by words and by likeness.

import { describe, expect, it } from 'vitest';
import { worldScenes } from '../../evaluate/index.js';
import type { RgbImage } from '../../media/index.js';
import { loadSprites } from '../../world/index.js';
import {
  askDocument,
  askFilm,
  FrameMemory,
  framesWithin,
  indexDocument,
  measurePages,
  needleDocument,
  PageIndex,
  rememberFilm,
  terms,
} from './index.js';

const axis = (i: number): Float32Array => Float32Array.from({ length: 4 }, (_, k) => (k === i ? 1 : 0));

describe('a memory of a film', () => {
  it('joins the most alike neighbors and keeps a short needle', () => {
    const memory = new FrameMemory<number>(4);
    for (let f = 0; f < 1800; f++) memory.push(f >= 700 && f < 703 ? axis(3) : axis(f < 700 ? 0 : 1), f, Float32Array.of(f));
    expect(memory.length).toBe(1800);
    expect(memory.spans.length).toBe(4);
    const needle = memory.spans.find(({ from, to }) => from <= 700 && to >= 702);
    expect(needle).toMatchObject({ from: 700, to: 702, vector: axis(3) });
    expect([...(needle?.rows ?? [])]).toEqual([701]);
    // Every frame is in exactly one span.
    expect(memory.spans[0]?.from).toBe(0);
    memory.spans.slice(1).forEach(({ from }, i) => {
      expect(from).toBe((memory.spans[i]?.to as number) + 1);
    });
    expect(memory.spans.at(-1)?.to).toBe(1799);
  });

  it('of evenly spaced frames loses it', () => {
    const memory = new FrameMemory<number>(8, 'stride');
    for (let f = 0; f < 1800; f++) memory.push(f >= 700 && f < 703 ? axis(3) : axis(0), f);
    expect(memory.spans.length).toBeLessThanOrEqual(8);
    expect(memory.spans.some(({ vector }) => vector[3] === 1)).toBe(false);
    const gaps = memory.spans.map(({ from }) => from);
    expect(new Set(gaps.slice(1).map((from, i) => from - (gaps[i] as number))).size).toBe(1);
  });

  it('has room for as many frames as the budget says', () => {
    expect(framesWithin({ tokens: 4000, each: 64 })).toBe(62);
    expect(() => framesWithin({ tokens: 100, each: 64 })).toThrowError(expect.objectContaining({ code: 'model.connector' }));
    expect(() => new FrameMemory(1)).toThrowError(expect.objectContaining({ code: 'model.connector' }));
  });

  it('is asked with the frames that the question is about, in order', async () => {
    const picture = (i: number): RgbImage => ({ width: 1, height: 1, data: Uint8Array.of(i, i, i) });
    const embedder = {
      images: async (images: readonly RgbImage[]) => ({ vectors: images.map(({ data }) => axis(data[0] as number)) }),
      texts: async () => ({ vectors: [Float32Array.of(0, 0.8, 0, 0.6)] }),
    };
    const responder = {
      replies: async (conversations: readonly (readonly { content?: unknown }[])[]) =>
        conversations.map(([message]) =>
          ((message as { content?: unknown }).content as { source?: RgbImage }[])
            .flatMap(({ source }) => (source ? [source.data[0]] : []))
            .join(' '),
        ),
    };
    const memory = await rememberFilm([3, 3, 0, 2, 2, 1].map(picture), { embedder, tokens: 32, frameTokens: 8 });
    expect((await askFilm(memory, 'What?', { responder, embedder, most: 2 })).answer).toBe('3 1');
    expect((await askFilm(memory, 'What?', { responder, embedder })).answer).toBe('3 0 2 1');
  });
});

describe('pages', () => {
  const index = new PageIndex([
    { number: 1, text: 'Invoice of the bakery: total 12', vector: axis(0) },
    { number: 2, text: 'Invoice of the garage: total 90', vector: axis(1) },
    { number: 3, text: '图书馆 借书单', vector: axis(2) },
    { number: 4 },
  ]);

  it('are found by words, by likeness and by both', () => {
    expect(index.find({ text: 'total of the garage' })[0]).toMatchObject({ number: 2, ranks: { text: 1 } });
    expect(index.find({ text: '借书' }, 1)[0]?.number).toBe(3);
    expect(index.find({ vector: axis(0) }, 1)).toEqual([{ number: 1, score: 1 / 61, ranks: { image: 1 } }]);
    expect(index.find({ text: 'garage', vector: axis(1) }, 1)[0]).toMatchObject({ number: 2, score: 2 / 61 });
    expect(index.find({ text: 'zebra' })).toEqual([]);
    expect(terms('A 借书')).toEqual(['a', '借', '书', '借书']);
  });

  it('give rare words more weight, and equal BM25 by hand', () => {
    const two = new PageIndex([
      { number: 1, text: 'a b' },
      { number: 2, text: 'a' },
    ]);
    // idf(b) = ln(1 + 1.5/1.5) and the length is 2 of a mean of 1.5.
    expect(two.bm25('b')[0]).toBeCloseTo((Math.log(2) * 2.2) / (1 + 1.2 * (0.25 + (0.75 * 2) / 1.5)), 10);
    expect(two.bm25('a')[1]).toBeGreaterThan(two.bm25('a')[0] as number);
  });

  it('come once each, with vectors of one length', () => {
    for (const pages of [
      [{ number: 1 }, { number: 1 }],
      [
        { number: 1, vector: axis(0) },
        { number: 2, vector: new Float32Array(3) },
      ],
    ])
      expect(() => new PageIndex(pages)).toThrowError(expect.objectContaining({ code: 'agent.argument' }));
  });
});

describe('a document', () => {
  const picture = (i: number): RgbImage => ({ width: 1, height: 1, data: Uint8Array.of(i, i, i) });
  const pages = [0, 1, 2, 3].map((i) => ({ image: picture(i), text: `Page of ${['bread', 'cars', 'books', 'hats'][i]}` }));
  const embedder = {
    images: async (images: readonly RgbImage[]) => ({ vectors: images.map(({ data }) => axis(data[0] as number)) }),
    texts: async () => ({ vectors: [Float32Array.of(0, 0, 0.6, 0.8)] }),
  };
  const responder = {
    replies: async (conversations: readonly (readonly { content?: unknown }[])[]) =>
      conversations.map(([message]) =>
        ((message as { content?: unknown }).content as { source?: RgbImage }[])
          .flatMap(({ source }) => (source ? [source.data[0]] : []))
          .join(' '),
      ),
  };

  it('is asked with the pages that its words, its looks or both find, in order', async () => {
    const document = await indexDocument(pages, { embedder });
    const ask = (by: 'text' | 'image' | 'both' | 'none', about: string, most = 1) =>
      askDocument(document, 'What?', { responder, embedder, by, about, most });
    expect(await ask('text', 'cars')).toEqual({ answer: '1', shown: [2] });
    expect(await ask('image', 'cars')).toEqual({ answer: '3', shown: [4] });
    expect(await ask('image', 'cars', 2)).toEqual({ answer: '2 3', shown: [3, 4] });
    expect((await ask('both', 'books', 1)).shown).toEqual([3]);
    expect((await ask('none', 'books', 2)).shown).toEqual([1, 2]);
    expect((await ask('text', 'zebras')).shown).toEqual([1]);
    expect((await askDocument(await indexDocument(pages), 'Where are hats?', { responder })).shown).toEqual([4]);
  });

  it('has its needle where it is said, named by no other page and told in color by no words; scores are by place', async () => {
    const scenes = worldScenes(await loadSprites(), { seed: 3, split: 'test', language: 'en' });
    const made = needleDocument(scenes, { pages: 12, at: 0.5, named: 1, seed: 1 });
    expect(made).toEqual(needleDocument(scenes, { pages: 12, at: 0.5, named: 1, seed: 1 }));
    expect([made.pages.length, made.needle]).toEqual([12, 7]);
    const noun = made.about.slice(2);
    const naming = made.pages.flatMap(({ text = '' }, i) => (new RegExp(`picture has[^.]*\\b${noun}\\b`).test(text) ? [i + 1] : []));
    expect(naming).toEqual([7]);
    for (const { text } of made.pages) expect(text).not.toContain(made.answer);
    const flat = {
      images: async (images: readonly RgbImage[]) => ({ vectors: images.map(() => axis(0)) }),
      texts: async () => ({ vectors: [axis(0)] }),
    };
    const scores = await measurePages({ scenes, responder, embedder: flat, pages: 6, places: 2, documents: 2, named: 1 }, ['none', 'text']);
    expect(scores.none?.places.map(({ at, shown }) => [at, shown.value])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(scores.none?.all.shown).toMatchObject({ value: 0.5, n: 4 });
    expect(scores.text?.all.shown.value).toBeGreaterThan(0.5);
  });
});
