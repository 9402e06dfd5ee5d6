// Mixtures: shares by hand, each row as often as the others, the same samples for the same seed, and what is refused.

import { describe, expect, it } from 'vitest';
import type { Conversation, Dataset } from './dataset.js';
import { apportion, type MixtureOptions, mixture } from './mixture.js';

/** Rows `NAME0`, `NAME1`, …; those whose number `pictured` holds have a picture. */
function set(name: string, length: number, pictured: (i: number) => boolean = () => false): Dataset<Conversation> {
  return {
    length,
    describe: { name, length },
    at: (row) => ({ file: name, row }),
    get: async (i) => ({
      id: `${name}${i}`,
      messages: [
        { role: 'user', content: pictured(i) ? [{ type: 'image', source: 'x.png' }] : 'q' },
        { role: 'assistant', content: 'a' },
      ],
      at: { file: name, row: i },
    }),
  };
}

async function ids(options: MixtureOptions): Promise<string[]> {
  const opened = await mixture(options).open();
  const out: string[] = [];
  for (let i = 0; i < opened.length; i++) out.push((await opened.get(i)).id);
  opened.dispose();
  return out;
}

const count = (list: readonly string[], name: string): number => list.filter((id) => id.startsWith(name)).length;

describe('mixture', () => {
  const parts = [{ data: set('a', 90) }, { data: set('b', 10) }];

  it('shares by size, square root, cap and weight', async () => {
    const shares = async (options: Partial<MixtureOptions>): Promise<number[]> => {
      const made = await ids({ parts, ...options });
      return [made.length, count(made, 'a'), count(made, 'b')];
    };
    expect(await shares({})).toEqual([100, 90, 10]);
    expect(await shares({ how: 'sqrt' })).toEqual([100, 75, 25]); // 9.49 to 3.16
    expect(await shares({ cap: 30 })).toEqual([40, 30, 10]);
    const weighted = { how: 'weighted', parts: [{ ...parts[0], weight: 1 } as never, { ...parts[1], weight: 3 } as never] } as const;
    expect(await shares({ ...weighted, length: 40 })).toEqual([40, 10, 30]);
    expect(apportion([1, 1, 1], 10)).toEqual([4, 3, 3]);
  });

  it('takes each row as often as the others, in an order of the seed', async () => {
    const made = await ids({ parts, how: 'sqrt', seed: 4 });
    const times = new Map<string, number>();
    for (const id of made) times.set(id, (times.get(id) ?? 0) + 1);
    expect(times.size).toBe(75 + 10);
    for (const [id, n] of times) if (id.startsWith('b')) expect([2, 3]).toContain(n);
    expect(await ids({ parts, how: 'sqrt', seed: 4 })).toEqual(made);
    expect(await ids({ parts, how: 'sqrt', seed: 5 })).not.toEqual(made);
    // Mixed, not one after the other.
    expect(count(made.slice(0, 50), 'b')).toBeGreaterThan(5);
  });

  it('one after the other', async () => {
    const made = await ids({ parts, how: 'sequential', cap: 20 });
    expect([count(made.slice(0, 20), 'a'), count(made.slice(20), 'b'), made.length]).toEqual([20, 10, 30]);
    expect(new Set(made).size).toBe(30);
  });

  it('a share without pictures, of rows that are told apart by reading them', async () => {
    const mixed = [{ data: set('a', 30, (i) => i % 3 === 0) }, { data: set('b', 10), media: false }];
    const opened = await mixture({ parts: mixed, textShare: 0.25, length: 40, how: 'sqrt' }).open();
    let [text, a] = [0, 0];
    for (let i = 0; i < opened.length; i++) {
      const { id, messages } = await opened.get(i);
      if (typeof messages[0]?.content === 'string') {
        text++;
        if (id.startsWith('a')) a++;
      }
    }
    expect([text, a]).toEqual([10, 6]); // sqrt 20 to sqrt 10
    expect(opened.at?.(0)).toMatchObject({ file: expect.stringMatching(/^[ab]$/) });
  });

  it('says what it is, for a run that is resumed', async () => {
    const opened = await mixture({ parts, cap: 5 }).open();
    expect(opened.describe).toEqual({
      mixture: [{ data: { name: 'a', length: 90 } }, { data: { name: 'b', length: 10 } }],
      how: 'size',
      seed: 0,
      length: 10,
      cap: 5,
    });
    await expect(opened.get(10)).rejects.toMatchObject({ code: 'data.index' });
  });

  it.each<[string, Partial<MixtureOptions>]>([
    ['no parts', { parts: [] }],
    ['a weight without weights', { parts: [{ data: set('a', 1), weight: 2 }] }],
    ['a weight of nothing', { how: 'weighted', parts: [{ data: set('a', 1), weight: 0 }] }],
    ['a cap', { cap: 0 }],
    ['a share', { textShare: 2 }],
    ['a share in a sequence', { textShare: 0.5, how: 'sequential' }],
    ['a kind', { how: 'even' as never }],
  ])('%s is refused', (_, options) => {
    expect(() => mixture({ parts, ...options })).toThrow(expect.objectContaining({ code: 'data.mixture' }));
  });

  it('an empty part is named, and a share that nothing can fill', async () => {
    const empty = mixture({ parts: [...parts, { data: set('none', 0), name: 'the third' }] });
    await expect(empty.open()).rejects.toMatchObject({ code: 'data.mixture', place: 'the third' });
    await expect(mixture({ parts, textShare: 0.5 }).open()).rejects.toMatchObject({ code: 'data.mixture', place: 'textShare' });
  });
});
