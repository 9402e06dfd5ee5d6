// Gradients of all ranks become one: summed in buckets, or each rank's shard of them, with the norm of the whole.
import { CHUNK } from '../buffers.js';
import { globalNorm } from '../gradients.js';
/** Elements of the smallest bucket, 4 MiB, and how many buckets there are at most: each costs the latency of the network once more. */
const BUCKET = 16 * CHUNK;
const BUCKETS = 16;
/** Sums the gradients of a step over the ranks, and brings the values that each has updated to the others. */
export class GradientSum {
    ranks;
    buffers;
    block;
    bucket;
    constructor(ranks, buffers, block, 
    /** Elements that are summed at a time, a multiple of `CHUNK`: while a bucket travels, the norm of the one before is computed. */
    bucket = Math.max(BUCKET, CHUNK * Math.ceil(buffers.length / BUCKETS / CHUNK))) {
        this.ranks = ranks;
        this.buffers = buffers;
        this.block = block;
        this.bucket = bucket;
    }
    /** Multiplies this rank's gradients, sums them over all ranks, and resolves with the Euclidean norm of the sum, the same on all ranks. */
    async sum(factor) {
        const { ranks, block, buffers } = this;
        const { gradients } = buffers;
        if (factor === 0)
            gradients.fill(0);
        else if (factor !== 1)
            for (let i = 0; i < gradients.length; i++)
                gradients[i] = factor * gradients[i];
        if (ranks.size === 1)
            return block.norm();
        return buffers.isSharded ? this.sumShard() : this.sumBuckets();
    }
    /** Values that were updated by their owners, on all ranks. */
    async share() {
        const { ranks, buffers } = this;
        if (buffers.isSharded)
            await ranks.communicator.allGather(buffers.values, buffers.bounds);
    }
    async sumBuckets() {
        const { ranks, block, buffers } = this;
        const { gradients } = buffers;
        let squares = 0;
        let before;
        for (let start = 0; start < gradients.length; start += this.bucket) {
            const end = Math.min(start + this.bucket, gradients.length);
            const travelling = ranks.communicator.allReduce(gradients.subarray(start, end));
            if (before)
                squares += await block.squares(...before);
            await travelling;
            before = [start, end];
        }
        if (before)
            squares += await block.squares(...before);
        return Number.isFinite(squares) ? Math.sqrt(squares) : globalNorm(gradients);
    }
    async sumShard() {
        const { ranks, buffers } = this;
        const { communicator, rank, size } = ranks;
        const { gradients, bounds } = buffers;
        await communicator.reduceScatter(gradients, bounds);
        const squares = new Float64Array(size);
        squares[rank] = globalNorm(gradients.subarray(bounds[rank], bounds[rank + 1])) ** 2;
        await communicator.allGather(squares, Array.from({ length: size + 1 }, (_, r) => r));
        return Math.sqrt(squares.reduce((a, b) => a + b, 0)); // in the order of the ranks: the same number everywhere
    }
}
//# sourceMappingURL=gradient-sum.js.map