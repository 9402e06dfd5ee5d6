// Point clouds as encoders take them: places in space, and what each has beside its place.

import { SensoriumError } from '../util/errors.js';

/** A cloud of points. */
export interface Points {
  /** [points, channels]: x, y, z, then further channels such as red, green and blue in 0…1. */
  readonly points: Float32Array;
  /** Numbers of each point, 3 or more. */
  readonly channels: number;
}

/** True for a value of that form. */
export const isPoints = (value: unknown): value is Points =>
  typeof value === 'object' &&
  value !== null &&
  (value as Points).points instanceof Float32Array &&
  Number.isInteger((value as Points).channels);

/** How many points a cloud has. Errors: `media.points` for one without points, or whose numbers are not whole points. */
export function pointCount({ points, channels }: Points): number {
  const count = points.length / channels;
  if (channels >= 3 && Number.isInteger(count) && count > 0) return count;
  throw new SensoriumError('media.points', 'this is not a cloud of points', {
    expected: 'a multiple of channels numbers, and at least 3 channels',
    got: `${points.length} numbers of ${channels} channels`,
  });
}
