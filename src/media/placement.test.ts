// Places go into the picture that a model is shown and come back, through every chain of steps.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { letterboxPlace } from './anyres.js';
import { ClipImageProcessor } from './clip-processor.js';
import { clipBox, Placement } from './placement.js';

const side = fc.integer({ min: 1, max: 4000 });
const offset = fc.integer({ min: -500, max: 500 });
const size = fc.record({ width: side, height: side });
const place = fc.record({ left: offset, top: offset, width: side, height: side });
const steps = fc.array(
  fc.oneof(
    size.map((s) => (p: Placement) => p.resize(s)),
    place.map((r) => (p: Placement) => p.crop(r)),
    place.map((r) => (p: Placement) => p.pad(r)),
  ),
  { maxLength: 6 },
);
const unit = fc.double({ min: 0, max: 1, noNaN: true });

describe('Placement', () => {
  it('brings every box back to the image, whatever was done to it', () => {
    fc.assert(
      fc.property(size, steps, fc.tuple(unit, unit, unit, unit), (image, chain, box) => {
        const placed = chain.reduce((p, step) => step(p), Placement.of(image));
        const back = placed.boxBack(placed.box(box));
        // The error is that of doubles over the largest number that occurred.
        const scale = Math.max(...placed.box(box).map(Math.abs), 1);
        for (const [i, v] of back.entries()) expect(Math.abs(v - (box[i] as number))).toBeLessThan(1e-9 * scale * 4000);
      }),
    );
  });

  it('follows the steps of processors: resize, center crop, letterbox, tile', () => {
    const wide = { width: 640, height: 480 };
    const clip = ClipImageProcessor.fromConfig({ size: { shortest_edge: 224 }, crop_size: 224 });
    // 298 x 224, of which columns 37 to 260 are kept.
    const placed = clip.placement(wide);
    expect(placed.picture).toEqual({ width: 224, height: 224 });
    expect(placed.point([0, 0])[0]).toBeCloseTo(-37 / 224, 12);
    expect(placed.point([0.5, 0.5])).toEqual([(0.5 * 298 - 37) / 224, 0.5]);
    expect(clipBox(placed.box([0, 0, 1, 1]))).toEqual([0, 0, 1, 1]);
    expect(placed.whole).toBe(false);
    const squeezed = ClipImageProcessor.fromConfig({ size: { height: 64, width: 64 }, do_center_crop: false }).placement(wide);
    expect(squeezed.whole).toBe(true);
    expect(squeezed.box([0.1, 0.2, 0.3, 0.4])).toEqual([0.1, 0.2, 0.3, 0.4].map((v) => expect.closeTo(v, 12)));
    const canvas = letterboxPlace(wide, [672, 672]);
    const tile = Placement.of(wide)
      .resize(canvas.fitted)
      .pad({ ...canvas, width: 672, height: 672 })
      .crop({ left: 336, top: 336, width: 336, height: 336 });
    expect(canvas).toMatchObject({ fitted: { width: 672, height: 504 }, left: 0, top: 84 });
    expect(tile.point([1, 1])).toEqual([1, (504 + 84 - 336) / 336]);
    expect(tile.pointBack([0, 0])[0]).toBeCloseTo(0.5, 12);
  });
});
