// Link-context episodes: what is held out, what links names to pictures, what is learned, and how responders are measured on them.

import { describe, expect, it } from 'vitest';
import type { RankItem, Responder } from '../../../evaluate/responder.js';
import { mediaKey, type RgbImage } from '../../../media/index.js';
import { isLearnt } from '../../../text/index.js';
import { CATEGORIES } from '../../../world/index.js';
import { mediaIn } from '../demo.js';
import { colorEmbedder } from '../testing.js';
import { concepts, madeUpNames } from './concepts.js';
import { Episodes, linkContext } from './episodes.js';
import { measureOrders, measureSelectors, measureShots } from './measure.js';

describe('concepts', () => {
  it('are outside the categories of the world, and held out with their names', () => {
    const [train, test] = [concepts('train'), concepts('test')];
    const ids = [...train, ...test].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(train.length).toBeGreaterThan(3 * test.length);
    expect(CATEGORIES.filter(({ hexcode }) => ids.includes(hexcode))).toEqual([]);
    const names = new Set(madeUpNames('train'));
    expect(madeUpNames('test').filter((name) => names.has(name))).toEqual([]);
    expect(madeUpNames('test').length).toBeGreaterThan(100);
  });
});

describe('episodes', () => {
  it('link names to objects as their kind says', () => {
    const all = new Episodes({ seed: 3 });
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const { link, support, query, names } = all.at(i);
      seen.add(link);
      expect(all.at(i)).toEqual(all.at(i));
      expect(support.length).toBeGreaterThanOrEqual(2);
      expect(support.length).toBeLessThanOrEqual(8);
      expect(query.name).toBe(names[0]);
      const named = new Map(support.map(({ concept, name }) => [concept, name]));
      for (const { concept, name, view } of support) {
        expect(named.get(concept)).toBe(name); // one name for one object
        expect(concept === query.concept && view === query.view).toBe(false); // never the query's own picture
      }
      expect(named.size).toBe(link === 'causal' ? 1 : 2);
    }
    expect([...seen].sort()).toEqual(['causal', 'contrastive']);
    const shuffled = new Episodes({ links: { shuffled: 1 }, shots: [8, 8] });
    const broken = Array.from({ length: 20 }, (_, i) => shuffled.at(i)).filter(
      ({ support }) => new Set(support.map(({ concept, name }) => `${concept} ${name}`)).size > 2,
    );
    expect(broken.length).toBeGreaterThan(10);
    const plain = new Episodes({ links: { plain: 1 } });
    expect(plain.at(0).support).toEqual([]);
  });

  it('asks the same of the same query with any number of shots', () => {
    const all = new Episodes({ split: 'test', links: { contrastive: 1 } });
    for (const shots of [0, 1, 4, 8]) {
      expect(all.at(5, shots).query).toEqual(all.at(5, 2).query);
      expect(all.at(5, shots).support).toHaveLength(shots);
    }
  });

  it('learns names that the context holds, and no others', async () => {
    const data = await linkContext({ episodes: 5, shots: [6, 6], links: { contrastive: 1 } }).open();
    const { messages } = await data.get(0);
    const replies = messages.filter(({ role }) => role === 'assistant');
    expect(replies).toHaveLength(7);
    const known = new Set<unknown>();
    for (const reply of replies) {
      expect(isLearnt(reply)).toBe(known.has(reply.content));
      known.add(reply.content);
    }
    expect(isLearnt(replies.at(-1) as (typeof replies)[number])).toBe(true);
    const keys = messages.flatMap(({ content }) => mediaIn(content)).map(({ source }) => mediaKey(source as RgbImage));
    expect(new Set(keys).size).toBe(7);
  });

  it('refuses what cannot be', () => {
    for (const bad of [{ shots: [3, 2] as const }, { ways: 0 }, { links: { links: 1 } as never }, { episodes: 0 }])
      expect(() => new Episodes(bad)).toThrowError(expect.objectContaining({ code: 'demos.option' }));
  });
});

/** Repeats the name of the last demonstration, or always takes the first choice. */
const oracle = (skill: boolean): Responder => ({
  replies: async () => [],
  rank: async (items: readonly RankItem[]) =>
    items.map(({ messages, choices }) => {
      const last = [...messages].reverse().find(({ role }) => role === 'assistant')?.content;
      const place = choices.indexOf(String(last));
      return skill && place >= 0 ? place : 0;
    }),
});

describe('measuring', () => {
  it('gives chance to a responder that never looks, and the same with any order to one that ignores it', async () => {
    const scores = await measureShots(oracle(false), [0, 2], { n: 40 });
    expect(scores.map(({ name }) => name)).toEqual(['accuracy, 0 shots', 'accuracy, 2 shots']);
    for (const { value, n } of scores) {
      expect(n).toBe(40);
      expect(Math.abs(value - 0.5)).toBeLessThan(0.3);
    }
    const still = await measureOrders(oracle(false), { n: 10, orders: 3 });
    expect(still.deviation).toBe(0);
    expect((await measureOrders(oracle(true), { n: 30, orders: 4 })).deviation).toBeGreaterThan(0);
  });

  it('compares selectors: one that copies the most similar demonstration gains by RICES', async () => {
    const found = await measureSelectors(oracle(true), colorEmbedder(), { n: 12, tinted: false, selectors: ['rices', 'random'] });
    expect(found.map(({ name }) => name)).toEqual(['accuracy, rices', 'accuracy, random']);
    expect((found[0] as { value: number }).value).toBeGreaterThan((found[1] as { value: number }).value);
    await expect(measureShots({ replies: async () => [] }, [0])).rejects.toMatchObject({ code: 'demos.option' });
  });
});
