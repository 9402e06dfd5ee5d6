// Masks as runs of pixels: COCO's uncompressed run-length encoding, which lists columns from top to bottom, a run outside first.

import { SensoriumError } from '../util/errors.js';
import type { Mask } from './region.js';

/** A mask by its runs: `size` is [height, width], `counts` are pixels outside, inside, outside, … down the columns. */
export interface MaskRuns {
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[];
}

/** The runs of a mask. */
export function maskToRuns({ width, height, data }: Mask): MaskRuns {
  const counts: number[] = [];
  let [inside, length] = [false, 0];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) {
      if ((data[y * width + x] !== 0) !== inside) {
        counts.push(length);
        [inside, length] = [!inside, 0];
      }
      length++;
    }
  counts.push(length);
  return { size: [height, width], counts };
}

/** The mask of runs. Errors: `media.region` for runs that are not whole numbers or do not fill the picture. */
export function maskFromRuns({ size, counts }: MaskRuns, place = 'mask'): Mask {
  const [height, width] = size;
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total !== width * height || counts.some((n) => !(Number.isInteger(n) && n >= 0)))
    throw new SensoriumError('media.region', 'the runs of a mask do not fill it', {
      place,
      expected: `whole numbers that add up to ${width * height}: ${height} x ${width}`,
      got: String(total),
    });
  const data = new Uint8Array(width * height);
  let at = 0;
  for (const [i, n] of counts.entries()) {
    if (i % 2 === 1) for (let k = at; k < at + n; k++) data[(k % height) * width + Math.floor(k / height)] = 1;
    at += n;
  }
  return { width, height, data };
}
