// `compare`: what differs between two images: objects where there is a detector, pixels in any case.

import { z } from 'zod';
import { type RgbImage, resize } from '../../media/index.js';
import { named } from '../tool.js';
import { builtIn, roundScore } from './define.js';
import { findObjects } from './find.js';

const SIDE = 128;
/** Difference of brightness, of 255, from which a place counts as changed. */
const CHANGED = 32;

/** Share of places that differ, and the box around them in pixels of the first image; the second is stretched to the first. */
export function pixelDifference(a: RgbImage, b: RgbImage): { share: number; box?: number[] } {
  const [x, y] = [resize(a, SIDE, SIDE, 'bilinear'), resize(b, SIDE, SIDE, 'bilinear')];
  let [n, left, top, right, bottom] = [0, SIDE, SIDE, 0, 0];
  for (let i = 0; i < SIDE * SIDE; i++) {
    let most = 0;
    for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs((x.data[i * 3 + c] as number) - (y.data[i * 3 + c] as number)));
    if (most < CHANGED) continue;
    n++;
    const [u, v] = [i % SIDE, Math.floor(i / SIDE)];
    [left, top, right, bottom] = [Math.min(left, u), Math.min(top, v), Math.max(right, u + 1), Math.max(bottom, v + 1)];
  }
  if (n === 0) return { share: 0 };
  const [sx, sy] = [a.width / SIDE, a.height / SIDE];
  return { share: roundScore(n / (SIDE * SIDE)), box: [left * sx, top * sy, right * sx, bottom * sy].map(Math.round) };
}

/** Differences of two images. */
export const compare = builtIn({
  name: 'compare',
  description: 'Compares two images: objects that only one of them has, or has more of, and the share of pixels that differ.',
  input: z.object({ first: named('image'), second: named('image') }),
  async run({ first, second }, context, parts) {
    const [a, b] = [context.workspace.get('image', first), context.workspace.get('image', second)];
    const pixels = pixelDifference(a, b);
    const size = (image: RgbImage): number[] => [image.width, image.height];
    const base = { sizes: [size(a), size(b)], changed: pixels.share, ...(pixels.box ? { changedBox: pixels.box } : {}) };
    if (!parts.equipment.has('detectors')) return base;
    const counts = new Map<string, [number, number]>();
    for (const [i, image] of [a, b].entries())
      for (const { label } of (await findObjects(parts, { image }, context)).value.objects) {
        const both = counts.get(label) ?? [0, 0];
        both[i] = (both[i] as number) + 1;
        counts.set(label, both);
      }
    const rows = [...counts].map(([label, both]) => ({ label, first: both[0], second: both[1] }));
    return { ...base, objects: rows, different: rows.filter((row) => row.first !== row.second) };
  },
});
