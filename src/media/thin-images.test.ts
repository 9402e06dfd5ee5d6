// Images one pixel wide or high: what transformers makes of them where it takes them (golden/make_published.py), clear errors where nobody can.

import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { golden } from '../../test/golden/read.js';
import { FuyuImageProcessor, Idefics2ImageProcessor } from './index.js';

const g = await golden('published/edges');

describe('Idefics 2 with quarters', () => {
  const config = { size: { shortest_edge: 12, longest_edge: 24 }, do_image_splitting: true };
  const processor = Idefics2ImageProcessor.fromConfig(config);
  it.each([
    [1, 2],
    [1, 20],
    [1, 300],
  ])('takes an image of %i x %i as transformers does', (width, height) => {
    // Padded to the largest view at the right and bottom.
    const { shape, data } = g.bytes(`${width}x${height}`);
    const [count, , rows, columns] = shape as [number, number, number, number];
    const views = processor.process(noise(width, height, 3));
    expect(views).toHaveLength(count);
    for (const [i, v] of views.entries())
      for (const [j, x] of v.pixels.entries()) {
        const [channel, y] = [Math.floor(j / v.width / v.height), Math.floor(j / v.width) % v.height];
        const at = ((i * 3 + channel) * rows + y) * columns + (j % v.width);
        if (Math.round((x + 1) * 127.5) !== data[at]) expect([i, channel, y, j % v.width, x]).toEqual(data[at]);
      }
  });
  it.each([
    [1, 1],
    [2, 1],
    [300, 1],
  ])('takes an image of %i x %i, whose upper quarters are black', (width, height) => {
    const views = processor.process(noise(width, height, 3));
    expect(views).toHaveLength(5);
    for (const v of views.slice(0, 2)) expect([...new Set(v.pixels)]).toEqual([-1]);
    for (const v of views) expect(Math.min(v.width, v.height)).toBeGreaterThanOrEqual(12);
  });
  it('refuses empty quarters where nothing is resized', () => {
    const plain = Idefics2ImageProcessor.fromConfig({ ...config, do_resize: false });
    expect(() => plain.process(noise(1, 5, 1))).toThrow(expect.objectContaining({ code: 'media.shape', got: '1x5' }));
  });
});

describe('Fuyu', () => {
  const processor = FuyuImageProcessor.fromConfig({ size: { height: 40, width: 60 }, patch_size: { height: 10, width: 10 } });
  it.each([
    [300, 1],
    [1, 300],
  ])('refuses an image of %i x %i, and says which and why', (width, height) => {
    for (const ask of [() => processor.process(noise(width, height, 1)), () => processor.grid({ width, height })])
      expect(ask).toThrow(expect.objectContaining({ code: 'media.ratio', place: expect.stringContaining(`${width}x${height}`) }));
  });
  it('takes the longest that leave a pixel', () => {
    expect(processor.process(noise(60, 1, 1)).grid).toEqual([1, 6]);
    expect(processor.process(noise(120, 2, 1)).grid).toEqual([1, 6]);
    expect(processor.process(noise(1, 40, 1)).grid).toEqual([4, 1]);
  });
});
