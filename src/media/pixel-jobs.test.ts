// Images in worker threads: what comes back is what this thread computes, from decoding to the numbers of every processor.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { disposeJobs } from '../util/jobs.js';
import { tilePictures, tilesOff } from './anyres.js';
import { blipImageProcessor } from './blip-processor.js';
import { ClipImageProcessor } from './clip-processor.js';
import { frameProcessor } from './frame-processor.js';
import { FuyuImageProcessor } from './fuyu-processor.js';
import { Idefics2ImageProcessor } from './idefics2-processor.js';
import { Idefics3ImageProcessor } from './idefics3-processor.js';
import { decodeImage, openImage, type RgbImage } from './image.js';
import { imageProcessor } from './image-processor.js';
import { isLarge } from './large-image.js';
import { hashPixels, mediaKey, ownMedia } from './media-key.js';
import { processOff } from './pixel-jobs.js';
import { QwenVlImageProcessor } from './qwen-vl-processor.js';

const picture = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i >> 7) * 31) & 255),
});
const large = picture(460, 300);
/** A value with hashes in place of its numbers: millions of them are compared one by one otherwise. */
function digest(value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return [
      value.constructor.name,
      createHash('sha256')
        .update(value as Uint8Array)
        .digest('hex'),
    ];
  if (Array.isArray(value)) return value.map(digest);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, digest(v)]));
}

afterEach(() => {
  delete process.env.SENSORIUM_WORKERS;
});
afterAll(disposeJobs);

const PROCESSORS = {
  clip: ClipImageProcessor.fromConfig(),
  siglip: imageProcessor({ image_processor_type: 'SiglipImageProcessor' }),
  'llava, on a square': imageProcessor({ image_processor_type: 'LlavaImageProcessor', do_pad: true }),
  convnext: imageProcessor({ image_processor_type: 'ConvNextImageProcessor', size: { shortest_edge: 224 } }),
  blip: blipImageProcessor({}),
  frames: frameProcessor({}),
  fuyu: FuyuImageProcessor.fromConfig(),
  idefics2: Idefics2ImageProcessor.fromConfig({ do_image_splitting: true }),
  idefics3: Idefics3ImageProcessor.fromConfig(),
  qwen: QwenVlImageProcessor.fromConfig({ image_processor_type: 'Qwen2VLImageProcessor' }),
};

describe('processOff', () => {
  it.each(Object.entries(PROCESSORS))('%s gives the same in a thread', async (_, processor) => {
    const wanted = (processor as { process(image: RgbImage): object }).process(large);
    expect(isLarge(large)).toBe(true);
    expect(digest(await processOff(processor as typeof PROCESSORS.clip, 'process', [large]))).toEqual(digest(wanted));
  });

  it('gives patches, frames and tiles as this thread does', async () => {
    const { idefics2, idefics3 } = PROCESSORS;
    expect(digest(await processOff(idefics2, 'patches', [large, 14, 5000]))).toEqual(digest(idefics2.patches(large, 14, 5000)));
    expect(digest(await processOff(idefics3, 'patches', [large, 14]))).toEqual(digest(idefics3.patches(large, 14)));
    const videos = QwenVlImageProcessor.forFrames({ patch_size: 14 });
    const frames = [large, picture(460, 300)] as [RgbImage, RgbImage];
    expect(digest(await processOff(videos, 'processFrames', [frames]))).toEqual(digest(videos.processFrames(frames)));
    const tiles = { image: large, side: 112, resolution: [224, 336], filter: 'bicubic' } as const;
    expect(digest(await tilesOff(tiles))).toEqual(digest(tilePictures(tiles)));
  });

  it('brings the errors of a processor back', async () => {
    const thin = picture(140_000, 1);
    await expect(processOff(PROCESSORS.qwen, 'process', [thin])).rejects.toMatchObject({ code: 'media.ratio', got: '140000x1' });
  });

  it('runs where an image was decoded without a copy of it, once', async () => {
    const png = await sharp(large.data, { raw: { ...large, channels: 3 } })
      .png()
      .toBuffer();
    const { clip } = PROCESSORS;
    const tiles = { side: 112, resolution: [224, 336], filter: 'bicubic' } as const;
    const [first, second] = [await openImage(png), await openImage(png)];
    const black = { ...large, data: new Uint8Array(large.data.length) };
    for (const image of [first, second]) image.data.fill(0); // the pixels that are not asked for
    expect(digest(await processOff(clip, 'process', [second]))).toEqual(digest(clip.process(large)));
    expect(digest(await processOff(clip, 'process', [second]))).toEqual(digest(clip.process(black)));
    // Both have one name, and a thread keeps the pixels of a name for one use.
    expect(digest(await processOff(clip, 'process', [first]))).toEqual(digest(clip.process(black)));
    const again = await openImage(png);
    again.data.fill(0);
    expect(digest(await tilesOff({ image: again, ...tiles }))).toEqual(digest(tilePictures({ image: large, ...tiles })));
    const lost = await openImage(png);
    await disposeJobs();
    expect(digest(await processOff(clip, 'process', [lost]))).toEqual(digest(clip.process(large)));
  });

  it('ends with its signal', async () => {
    await expect(processOff(PROCESSORS.clip, 'process', [large], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('decoding', () => {
  const encode = (format: 'png' | 'tiff' | 'webp', { width, height, data } = large): Promise<Buffer> =>
    sharp(data, { raw: { width, height, channels: 3 } })
      .toFormat(format, format === 'webp' ? { lossless: true } : {})
      .toBuffer();

  it('of large images gives the same pixels', async () => {
    for (const format of ['png', 'webp'] as const) {
      const image = await decodeImage(await encode(format));
      expect(digest(image)).toEqual(digest(large));
    }
    expect(digest(await decodeImage(await encode('png', picture(20, 10))))).toEqual(digest(picture(20, 10)));
    process.env.SENSORIUM_WORKERS = '0';
    expect(digest(await decodeImage(await encode('png')))).toEqual(digest(large));
  });

  it('takes bytes that are a part of a larger buffer', async () => {
    const png = await encode('png');
    const padded = new Uint8Array(png.length + 100);
    padded.set(png, 50);
    expect(digest(await decodeImage(padded.subarray(50, 50 + png.length)))).toEqual(digest(large));
  });

  it('of what is damaged or too large is refused in the same words', async () => {
    const png = await encode('png');
    await expect(decodeImage(png.subarray(0, png.length / 2))).rejects.toMatchObject({ code: 'media.damaged', place: 'image bytes' });
    await expect(decodeImage(png, { maxPixels: 1000 })).rejects.toMatchObject({ code: 'media.limit', got: '460x300 = 138000' });
    await expect(decodeImage(png, {}, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('images for a model', () => {
  it('have the name of their pixels, wherever it is found', async () => {
    const opened = await openImage(large);
    expect(opened).not.toBe(large);
    expect(digest(opened)).toEqual(digest(large));
    expect(await ownMedia(opened)).toBe(opened);
    expect(mediaKey(opened)).toBe(hashPixels(large));
    const decoded = await openImage(
      await sharp(large.data, { raw: { ...large, channels: 3 } })
        .png()
        .toBuffer(),
    );
    expect(mediaKey(decoded)).toBe(hashPixels(large));
    const frames = await ownMedia({ frames: [large, large], fps: 1 });
    expect(mediaKey(frames)).toBe(hashPixels({ frames: [large, large] }));
    const small = picture(4, 4);
    expect(await openImage(small)).toBe(small);
  });

  it('are not changed by who gave them, and a change is noticed', async () => {
    const image = picture(460, 300);
    const before = await openImage(image);
    const key = mediaKey(before);
    image.data.fill(0);
    expect(before.data[3]).toBe(large.data[3]);
    expect(mediaKey(await openImage(image))).not.toBe(key);
    const decoded = await decodeImage(
      await sharp(large.data, { raw: { ...large, channels: 3 } })
        .png()
        .toBuffer(),
    );
    decoded.data.fill(0);
    expect(mediaKey(await openImage(decoded))).toBe(hashPixels(decoded));
  });
});
