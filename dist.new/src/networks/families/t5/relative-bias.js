// T5's relative positions: distances between tokens fall into buckets, exact for near ones and logarithmic for far ones.
import { clip, constant, gather } from '../../../graph/index.js';
import { hostTensor } from '../../../util/host.js';
/** The bucket of one relative position, key minus query (Raffel et al. 2020; Mesh TensorFlow's rounding, which is in float32). */
export function relativeBucket(delta, { buckets, maxDistance, bidirectional }) {
    const count = bidirectional ? Math.floor(buckets / 2) : buckets;
    const first = bidirectional && delta > 0 ? count : 0;
    const distance = bidirectional ? Math.abs(delta) : Math.max(-delta, 0);
    const exact = Math.floor(count / 2);
    if (distance < exact)
        return first + distance;
    const f = Math.fround;
    const share = f(f(Math.log(f(distance / exact))) / f(Math.log(maxDistance / exact)));
    return first + Math.min(exact + Math.trunc(f(share * (count - exact))), count - 1);
}
/** Buckets of relative positions. delta: int32 [...], key minus query -> int32 [...]. */
export function relativeBuckets(delta, options) {
    const { maxDistance: reach } = options;
    const table = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => relativeBucket(i - reach, options));
    return gather(constant(hostTensor('int32', [table.length], table)), clip(delta, -reach, reach).add(reach));
}
//# sourceMappingURL=relative-bias.js.map