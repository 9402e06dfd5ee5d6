// T5's relative positions: distances between tokens fall into buckets, exact for near ones and logarithmic for far ones.

import { clip, constant, gather, type Tensor } from '../../../graph/index.js';
import { hostTensor } from '../../../util/host.js';

export interface BucketOptions {
  buckets: number;
  /** Distances from here on share the last bucket. */
  maxDistance: number;
  /** Whether keys after the query have buckets of their own (encoder), or none (decoder). */
  bidirectional: boolean;
}

/** The bucket of one relative position, key minus query (Raffel et al. 2020; Mesh TensorFlow's rounding, which is in float32). */
export function relativeBucket(delta: number, { buckets, maxDistance, bidirectional }: BucketOptions): number {
  const count = bidirectional ? Math.floor(buckets / 2) : buckets;
  const first = bidirectional && delta > 0 ? count : 0;
  const distance = bidirectional ? Math.abs(delta) : Math.max(-delta, 0);
  const exact = Math.floor(count / 2);
  if (distance < exact) return first + distance;
  const f = Math.fround;
  const share = f(f(Math.log(f(distance / exact))) / f(Math.log(maxDistance / exact)));
  return first + Math.min(exact + Math.trunc(f(share * (count - exact))), count - 1);
}

/** Buckets of relative positions. delta: int32 [...], key minus query -> int32 [...]. */
export function relativeBuckets(delta: Tensor, options: BucketOptions): Tensor {
  const { maxDistance: reach } = options;
  const table = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => relativeBucket(i - reach, options));
  return gather(constant(hostTensor('int32', [table.length], table)), clip(delta, -reach, reach).add(reach));
}
