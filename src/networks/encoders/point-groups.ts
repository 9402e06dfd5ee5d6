// Groups of a point cloud: centers by farthest point sampling, and the nearest points of each, as Point-BERT's tokens are made.

import { type Points, pointCount } from '../../media/index.js';

/** A cloud in groups. */
export interface PointGroups {
  /** [groups, 3] */
  centers: Float32Array;
  /** [groups, size, channels]: places next to the group's center, then what points have beside their place. */
  points: Float32Array;
}

/** Its middle moved to 0 and its farthest point to distance 1; other channels as they are. A new array of the same form. */
export function unitSphere({ points, channels }: Points): Float32Array {
  const n = points.length / channels;
  const mean = [0, 0, 0];
  for (let i = 0; i < n; i++) for (let a = 0; a < 3; a++) mean[a] = (mean[a] as number) + (points[i * channels + a] as number) / n;
  const out = Float32Array.from(points);
  let far = 0;
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let a = 0; a < 3; a++) {
      const at = i * channels + a;
      out[at] = (points[at] as number) - (mean[a] as number);
      square += (out[at] as number) ** 2;
    }
    far = Math.max(far, square);
  }
  const scale = far > 0 ? 1 / Math.sqrt(far) : 1;
  for (let i = 0; i < n; i++) for (let a = 0; a < 3; a++) out[i * channels + a] = (out[i * channels + a] as number) * scale;
  return out;
}

const squareDistance = (points: Float32Array, channels: number, i: number, j: number): number => {
  let sum = 0;
  for (let a = 0; a < 3; a++) sum += ((points[i * channels + a] as number) - (points[j * channels + a] as number)) ** 2;
  return sum;
};

/**
 * Farthest point sampling (Eldar et al. 1997): from the first point on, always the one whose nearest chosen point is farthest; ties go to the point that
 * comes first. A cloud of fewer points gives some again.
 */
export function farthestPoints(points: Float32Array, channels: number, count: number): number[] {
  const n = points.length / channels;
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const chosen = [0];
  while (chosen.length < count) {
    const last = chosen.at(-1) as number;
    let best = 0;
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i] as number, squareDistance(points, channels, i, last));
      if ((nearest[i] as number) > (nearest[best] as number)) best = i;
    }
    chosen.push(best);
  }
  return chosen;
}

/** The `count` points nearest to point `center`, itself first; ties go to the point that comes first. Fewer points are repeated. */
export function nearestPoints(points: Float32Array, channels: number, center: number, count: number): number[] {
  const n = points.length / channels;
  const distances = Float64Array.from({ length: n }, (_, i) => squareDistance(points, channels, i, center));
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
  return Array.from({ length: count }, (_, k) => order[k % n] as number);
}

/** A cloud as groups around centers (Yu et al. 2022, arXiv:2111.14819, section 3.1), brought to the unit sphere first. Errors: `media.points`. */
export function groupPoints(cloud: Points, { groups, size }: { groups: number; size: number }): PointGroups {
  pointCount(cloud);
  const { channels } = cloud;
  const points = unitSphere(cloud);
  const out = { centers: new Float32Array(groups * 3), points: new Float32Array(groups * size * channels) };
  for (const [g, center] of farthestPoints(points, channels, groups).entries()) {
    const place = points.subarray(center * channels, center * channels + 3);
    out.centers.set(place, 3 * g);
    for (const [k, i] of nearestPoints(points, channels, center, size).entries())
      for (let c = 0; c < channels; c++)
        out.points[(g * size + k) * channels + c] = (points[i * channels + c] as number) - (c < 3 ? (place[c] as number) : 0);
  }
  return out;
}
