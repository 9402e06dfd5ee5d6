// Retrieval over caption files: recall both ways, chance, a collapsed encoder, bad files.

import { describe, expect, test } from 'vitest';
import type { RgbImage } from '../media/index.js';
import { folder } from './benchmarks/files-testing.js';
import { type Embedder, runRetrieval } from './retrieval-run.js';

const files = folder();
/** Image i is all i; its captions begin with i. */
const axis = (i: number) => Float32Array.from({ length: 4 }, (_, k) => (k === i ? 1 : 0));
const perfect: Embedder = {
  images: async (images: readonly RgbImage[]) => ({ vectors: images.map(({ data }) => axis(data[0] as number)) }),
  texts: async (texts) => ({ vectors: texts.map((text) => axis(Number(text[0]))) }),
};
const split = (...raw: string[]) => ({ split: 'test', sentences: raw.map((text) => ({ raw: text })) });
const write = (name: string) =>
  files.write(name, {
    images: [
      { filename: 'a.png', ...split('0 one', '0 two') },
      { filename: 'b.png', ...split('1 one', '1 two') },
      { filename: 'c.png', ...split('2 one') },
      { filename: 'z.png', ...split('9 one'), split: 'train' },
    ],
  });

describe('retrieval', () => {
  test('a perfect pair, chance, a collapsed one', async () => {
    await files.images('a.png', 'b.png', 'c.png');
    const source = { data: [await write('dataset_flickr30k.json')] };
    const progress: number[] = [];
    const result = await runRetrieval('flickr30k-retrieval', source, perfect, { onProgress: ({ done }) => progress.push(done) });
    const value = (who: string, name: string) => result.scores[who]?.find((score) => score.name === name);
    expect([value('model', 'text R@1'), value('model', 'image R@1')]).toMatchObject([
      { value: 1, n: 3 },
      { value: 1, n: 5 },
    ]);
    // One of two own texts among five, or the only one: (2/5 + 2/5 + 1/5) / 3. One image of three.
    expect(value('random', 'text R@1')?.value).toBeCloseTo(1 / 3);
    expect(value('random', 'text R@5')?.value).toBe(1);
    expect(value('random', 'image R@1')?.value).toBeCloseTo(1 / 3);
    expect(progress).toEqual([3, 8]);
    const same: Embedder = {
      images: async (list) => ({ vectors: list.map(() => axis(0)) }),
      texts: async (list) => ({ vectors: list.map(() => axis(0)) }),
    };
    const collapsed = await runRetrieval('coco-retrieval', source, same);
    expect(collapsed.scores.model?.find(({ name }) => name === 'image R@1')?.value).toBe(0);
  });

  test('n images are drawn; one alone is nothing to search among', async () => {
    const source = { data: [await write('dataset_flickr30k.json')] };
    expect((await runRetrieval('flickr30k-retrieval', source, perfect, { n: 2, seed: 1 })).scores.model?.[0]?.n).toBe(2);
    await expect(runRetrieval('flickr30k-retrieval', source, perfect, { n: 1 })).rejects.toMatchObject({ code: 'evaluate.retrieval' });
    await expect(runRetrieval('flickr30k-retrieval', source, perfect, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    await expect(runRetrieval('flickr30k-retrieval', { data: [files.path('none.json')] }, perfect)).rejects.toMatchObject({
      place: files.path('none.json'),
    });
  });
});
