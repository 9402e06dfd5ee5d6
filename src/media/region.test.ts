// Pixels that regions cover, and regions that are refused.

import { describe, expect, it } from 'vitest';
import { Placement } from './placement.js';
import { region, regionPixels } from './region.js';

const rows = (pixels: Uint8Array, side: number): string[] =>
  Array.from({ length: side }, (_, y) => Array.from(pixels.subarray(y * side, (y + 1) * side), (v) => (v ? '#' : '.')).join(''));

describe('regionPixels', () => {
  it('covers the pixels whose middles lie in a box', () => {
    expect(rows(regionPixels({ box: [0.25, 0.5, 0.75, 1] }, { side: 4 }), 4)).toEqual(['....', '....', '.##.', '.##.']);
  });

  it('covers a disc around a point, and a line along a scribble', () => {
    expect(rows(regionPixels({ point: [0.5, 0.5] }, { side: 4 }), 4)).toEqual(['....', '.##.', '.##.', '....']);
    const line = [
      [0.125, 0.125],
      [0.875, 0.875],
    ] as const;
    expect(rows(regionPixels({ scribble: line }, { side: 4 }), 4)).toEqual(['##..', '###.', '.###', '..##']);
  });

  it('takes a mask of any size, through what was done to the image', () => {
    const data = Uint8Array.of(0, 1, 0, 0);
    expect(rows(regionPixels({ mask: { width: 2, height: 2, data } }, { side: 4 }), 4)).toEqual(['..##', '..##', '....', '....']);
    const placement = Placement.of({ width: 8, height: 4 }).crop({ left: 2, top: 0, width: 4, height: 4 });
    expect(rows(regionPixels({ box: [0.5, 0, 1, 0.5] }, { side: 4, placement }), 4)).toEqual(['..##', '..##', '....', '....']);
    // What a crop leaves out is the nearest pixel of what is left.
    expect(rows(regionPixels({ point: [0, 0.5] }, { side: 4, placement }), 4)).toEqual(['....', '....', '#...', '....']);
  });

  it('refuses what is not a region', () => {
    const wrong = [
      {},
      { box: [0, 0, 2, 1] },
      { box: [0.5, 0, 0.4, 1] },
      { point: [0.5] },
      { scribble: [] },
      { point: [0, 0], box: [0, 0, 1, 1] },
    ];
    const masks = [{ mask: { width: 2, height: 2, data: new Uint8Array(3) } }, { mask: { width: 1, height: 1, data: new Uint8Array(1) } }];
    for (const shape of [...wrong, ...masks])
      expect(() => region(shape as never)).toThrow(expect.objectContaining({ code: 'media.region' }));
  });
});
