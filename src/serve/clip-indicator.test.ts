// CLIP's view of rows: cosines in order, rows of text beside rows with images, features for clustering.

import { expect, it } from 'vitest';
import type { Conversation } from '../data/index.js';
import { clipIndicator } from './clip-indicator.js';

const row = (shade: number | undefined, answer: string): Conversation => ({
  id: answer,
  messages: [
    {
      role: 'user',
      content: shade === undefined ? 'q' : [{ type: 'image', source: { width: 1, height: 1, data: Uint8Array.from([shade, 0, 0]) } }],
    },
    { role: 'assistant', content: answer },
  ],
  at: { file: 'x', row: 0 },
});

it('scores rows by the cosine of image and replies', async () => {
  // An image is its shade, a text its length: [x, 1] each.
  const embedder = {
    width: 2,
    images: async (images: readonly { data: Uint8Array }[]) => ({
      vectors: images.map(({ data }) => Float32Array.from([data[0] as number, 1])),
      tokens: 0,
    }),
    texts: async (texts: readonly unknown[]) => ({ vectors: texts.map((text) => Float32Array.from([String(text).length, 1])), tokens: 0 }),
  };
  const clip = clipIndicator(embedder);
  const scores = await clip.scores([row(3, 'abc'), row(undefined, 'a'), row(0, 'abcde')]);
  expect(scores[0]).toBeCloseTo(1, 6);
  expect(scores[1]).toBe(0);
  expect(scores[2]).toBeCloseTo(1 / Math.sqrt(26), 6);
  expect(clip.features.map((feature) => feature.length)).toEqual([4, 4, 4]);
});
