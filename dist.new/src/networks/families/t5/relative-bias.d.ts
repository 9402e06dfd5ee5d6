import { type Tensor } from '../../../graph/index.js';
export interface BucketOptions {
    buckets: number;
    /** Distances from here on share the last bucket. */
    maxDistance: number;
    /** Whether keys after the query have buckets of their own (encoder), or none (decoder). */
    bidirectional: boolean;
}
/** The bucket of one relative position, key minus query (Raffel et al. 2020; Mesh TensorFlow's rounding, which is in float32). */
export declare function relativeBucket(delta: number, { buckets, maxDistance, bidirectional }: BucketOptions): number;
/** Buckets of relative positions. delta: int32 [...], key minus query -> int32 [...]. */
export declare function relativeBuckets(delta: Tensor, options: BucketOptions): Tensor;
