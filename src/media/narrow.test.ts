// Images that are very long for their width: every processor resizes them in little work or refuses them by name.

import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { letterbox } from './anyres.js';
import { blipImageProcessor } from './blip-processor.js';
import { ClipImageProcessor } from './clip-processor.js';
import { FuyuImageProcessor } from './fuyu-processor.js';
import { Idefics2ImageProcessor } from './idefics2-processor.js';
import { Idefics3ImageProcessor } from './idefics3-processor.js';
import type { RgbImage } from './image.js';
import { imageProcessor } from './image-processor.js';
import { crop } from './pixels.js';
import { QwenVlImageProcessor } from './qwen-vl-processor.js';
import { resize } from './resize.js';

const strip = (width: number, height: number): RgbImage => ({ width, height, data: new Uint8Array(width * height * 3).fill(77) });
const edge = { size: { shortest_edge: 64 }, crop_size: { height: 64, width: 64 } };
const clip = ClipImageProcessor.fromConfig(edge);
const llava = imageProcessor({ image_processor_type: 'LlavaImageProcessor', do_pad: true, ...edge });
const uncropped = ClipImageProcessor.fromConfig({ size: { shortest_edge: 64 }, do_center_crop: false });
const idefics2 = Idefics2ImageProcessor.fromConfig();
const splitting = Idefics2ImageProcessor.fromConfig({ do_image_splitting: true });
const idefics3 = Idefics3ImageProcessor.fromConfig();
const unresized = Idefics3ImageProcessor.fromConfig({ do_resize: false });
const qwen = QwenVlImageProcessor.fromConfig();
const fuyu = FuyuImageProcessor.fromConfig();

/** Each gives how many numbers it made. */
const PROCESSORS: Readonly<Record<string, (image: RgbImage) => number>> = {
  clip: (image) => clip.process(image).length,
  siglip: (image) => imageProcessor({ image_processor_type: 'SiglipImageProcessor' }).process(image).length,
  convnext: (image) =>
    imageProcessor({ image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 224 } }).process(image).length,
  blip: (image) => blipImageProcessor({}).process(image).length,
  llava: (image) => llava.process(image).length,
  uncropped: (image) => uncropped.process(image).length,
  letterbox: (image) => letterbox(image, [672, 672], 'bicubic').data.length,
  idefics2: (image) => idefics2.process(image).length,
  'idefics2 in quarters': (image) => splitting.process(image).length,
  idefics3: (image) => idefics3.process(image).pixels.length,
  'idefics3 as it is': (image) => unresized.process(image).pixels.length,
  qwen: (image) => qwen.process(image).patches.length,
  fuyu: (image) => fuyu.process(image).patches.length,
};

describe.each(Object.entries(PROCESSORS))('%s', (_, process) => {
  it.each([[1, 150_000], [150_000, 1], [1, 8000], [8000, 1], [2, 1_000_000], [1_000_000, 2], [3, 3000], [1, 1]])('%ix%i', (width, height) => {
    try {
      expect(process(strip(width, height))).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^media\.(ratio|shape)$/) });
      expect(Math.max(width, height) / Math.min(width, height)).toBeGreaterThan(width * height === 1 ? 0 : 200);
    }
  }); // biome-ignore format: a table
});

describe('a shortest edge and a crop', () => {
  it('shows the middle of images of any length', () => {
    for (const [width, height] of [[1, 50_000], [50_000, 1], [2, 9_000]] as const) {
      const image = noise(width, height, 3);
      const middle = clip.process(image);
      // Bicubic reads two pixels to each side: a short piece around the middle gives the same.
      const short = (n: number): [at: number, size: number] => (n > 8 ? [n / 2 - 20, 40] : [0, n]);
      const [[left, w], [top, h]] = [short(width), short(height)];
      expect(clip.process(crop(image, { left, top, width: w, height: h }))).toEqual(middle);
    } // biome-ignore format: short
  });

  it('pads with black where the image is smaller than the crop', () => {
    const small = ClipImageProcessor.fromConfig({
      do_resize: false,
      crop_size: { height: 6, width: 9 },
      do_normalize: false,
      do_rescale: false,
    });
    const out = small.process(strip(4, 3));
    const rows = Array.from({ length: 6 }, (_, y) => [...out.subarray(y * 9, y * 9 + 9)]);
    const filled = [0, 0, 0, 77, 77, 77, 77, 0, 0];
    expect(rows).toEqual([0, 0, 1, 1, 1, 0].map((full) => (full ? filled : filled.map(() => 0))));
  });
});

describe('a square around an image', () => {
  it('is resized as if it had been made', () => {
    for (const [width, height] of [[40, 9], [9, 40], [16, 16]] as const) {
      const image = noise(width, height, 8);
      const side = Math.max(width, height);
      const color = [0.48145466, 0.4578275, 0.40821073].map((c) => Math.trunc(c * 255));
      const data = new Uint8Array(side * side * 3).map((_, i) => color[i % 3] as number);
      const [left, top] = [(side - width) >> 1, (side - height) >> 1];
      for (let y = 0; y < height; y++) data.set(image.data.subarray(y * width * 3, (y + 1) * width * 3), ((y + top) * side + left) * 3);
      expect(llava.process(image)).toEqual(clip.process({ width: side, height: side, data }));
    } // biome-ignore format: short
  });

  it('of a photograph takes no more work than the photograph', () => {
    const image = strip(3000, 1000);
    expect(llava.process(image)).toHaveLength(3 * 64 * 64);
    expect(resize(image, 64, 64)).toMatchObject({ width: 64 });
  });
});
