// Overlap of masks: mean IoU, the gIoU and cIoU of referring segmentation.

import { bootstrap, type Interval } from './resample.js';

/** Pixels that two masks share, and those of either. */
export interface MaskOverlap {
  intersection: number;
  union: number;
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Overlap of a mask with the true one, over whose pixels it is read (nearest, where sizes differ); no mask is an empty one. */
export function maskOverlap(truth: Pixels, given: Pixels | undefined): MaskOverlap {
  let [intersection, union] = [0, 0];
  for (let y = 0; y < truth.height; y++)
    for (let x = 0; x < truth.width; x++) {
      const a = truth.data[y * truth.width + x] !== 0;
      const b =
        given !== undefined && given.data[scaled(y, truth.height, given.height) * given.width + scaled(x, truth.width, given.width)] !== 0;
      if (a && b) intersection++;
      if (a || b) union++;
    }
  return { intersection, union };
}

const scaled = (v: number, from: number, to: number): number => Math.min(to - 1, Math.floor(((v + 0.5) * to) / from));

/** Intersection over union; 1 for two empty masks. */
export const maskIou = ({ intersection, union }: MaskOverlap): number => (union === 0 ? 1 : intersection / union);

/** cIoU of referring segmentation: all intersections over all unions, so that large objects weigh more. With the interval of the bootstrap. */
export function cumulativeIou(overlaps: readonly MaskOverlap[]): Interval {
  if (overlaps.length === 0) return { value: 0, low: 0, high: 1, n: 0 };
  const counts = overlaps.map(({ intersection, union }) => [intersection, union]);
  return bootstrap(counts, ([i = 0, u = 0]) => [u === 0 ? 1 : i / u])[0] as Interval;
}
