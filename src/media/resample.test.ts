// The kernel against plain loops, and patches against planes: any size, part, canvas, filter and arithmetic gives the same to the bit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { Idefics3ImageProcessor } from './idefics3-processor.js';
import { pixelPlanes, pixelTable, putPatches } from './pixel-table.js';
import { patchRows } from './pixels.js';
import { QwenVlImageProcessor } from './qwen-vl-processor.js';
import { type Resampling, resample } from './resample.js';
import { hasKernel } from './resample-kernel.js';
import { resamplePlainly } from './resample-plain.js';
import { type Axis, imageRange, RESAMPLE_CODES, type ResizeArithmetic, type ResizeFilter, tapsFor } from './taps.js';

/** An axis of any kind: an image of some pixels on a canvas, of which a part is wanted. */
const axis: fc.Arbitrary<Axis> = fc
  .record({
    length: fc.integer({ min: 1, max: 150 }),
    start: fc.nat({ max: 20 }),
    behind: fc.nat({ max: 20 }),
    to: fc.integer({ min: 1, max: 90 }),
    at: fc.double({ min: 0, max: 0.99, noNaN: true }),
    size: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ length, start, behind, to, at, size }) => {
    const first = Math.floor(at * to);
    return { from: start + length + behind, to, at: first, size: Math.max(1, Math.round(size * (to - first))), start, length };
  });

const filter = fc.constantFrom(...RESAMPLE_CODES);
const arithmetic = fc.constantFrom<ResizeArithmetic>('pillow', 'torch');

/** What both ways of resampling write into a buffer that holds more than the result. */
function both(what: Resampling, width: number, height: number): [fast: Uint8Array, plain: Uint8Array] {
  const row = width * 3;
  return [resample, resamplePlainly].map((run) => {
    const data = new Uint8Array(5 + height * (row + 7)).fill(9);
    run(what, { data, at: 5, row, step: row + 7 });
    return data;
  }) as [Uint8Array, Uint8Array];
}

describe('the kernel', () => {
  it('is there', () => {
    expect(hasKernel()).toBe(true);
  });

  it('equals plain loops', () => {
    const check = (x: Axis, y: Axis, name: ResizeFilter, how: ResizeArithmetic, skip: number, seed: number): void => {
      const what: Resampling = {
        image: noise(x.length, y.length, seed),
        rows: skip === 1 ? [0, y.length] : imageRange(name, y),
        columns: skip === 2 ? [0, x.length] : imageRange(name, x),
        across: skip === 2 ? undefined : tapsFor(name, x, how),
        down: skip === 1 ? undefined : tapsFor(name, y, how),
        color: x.from > x.length || y.from > y.length ? [seed & 255, 255, 3] : undefined,
      };
      const [fast, plain] = both(what, skip === 2 ? x.length : x.size, skip === 1 ? y.length : y.size);
      expect(Buffer.compare(fast, plain)).toBe(0);
    };
    const skip = fc.integer({ min: 0, max: 2 });
    fc.assert(fc.property(axis, axis, filter, arithmetic, skip, fc.nat(), check), { numRuns: 200 });
  });

  it('equals them where windows are long, and where rows are skipped', () => {
    for (const [length, to] of [[5000, 3], [5000, 700], [40, 2000]] as const)
      for (const name of ['lanczos', 'bicubic', 'nearest', 'box'] as const) {
        const long: Axis = { from: length, to, at: 0, size: to, start: 0, length };
        const short: Axis = { from: 11, to: 7, at: 0, size: 7, start: 0, length: 11 };
        for (const [x, y] of [[long, short], [short, long]] as const) {
          const [rows, columns] = [imageRange(name, y), imageRange(name, x)];
          const [across, down] = [tapsFor(name, x), tapsFor(name, y)];
          const image = noise(x.length, y.length, to);
          const [fast, plain] = both({ image, rows, columns, across, down, color: undefined }, x.size, y.size);
          expect(Buffer.compare(fast, plain)).toBe(0);
        }
      }
  }); // biome-ignore format: tables
});

describe('patches', () => {
  const arithmetic = {
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  };
  const table = pixelTable(arithmetic);

  it('are those of the planes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (width, height, p) => {
        const image = noise(width, height, width * height);
        const wanted = patchRows(pixelPlanes(image, table), image, p);
        const out = new Float32Array(wanted.length + 3).fill(7);
        putPatches(image, p, table, out, 2);
        expect([...out]).toEqual([7, 7, ...wanted, 7]);
      }),
    );
  });

  it('of tiles and of Qwen2-VL are those of the planes', () => {
    const tiles = Idefics3ImageProcessor.fromConfig({ size: { longest_edge: 40 }, max_image_size: { longest_edge: 20 } });
    const image = noise(31, 57, 5);
    const { pixels } = tiles.process(image);
    const patches = pixels.map((one) => patchRows(one, { width: 20, height: 20 }, 5));
    expect(tiles.patches(image, 5)).toEqual({ tiles: pixels.length, patches: Float32Array.from(patches.flatMap((p) => [...p])) });

    const qwen = QwenVlImageProcessor.fromConfig({ patch_size: 4, temporal_patch_size: 1, merge_size: 1, min_pixels: 1, max_pixels: 4000 });
    const whole = noise(32, 48, 6);
    expect(qwen.process(whole).patches).toEqual(patchRows(pixelPlanes(whole, table), whole, 4));
  });
});
