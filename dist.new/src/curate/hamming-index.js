// Pairs of 64-bit hashes that differ in few bits, found without comparing all of them (multi-index hashing, Norouzi et al. 2012).
import { popcount } from './image-hash.js';
/** Parts of a hash; each is an index into a table of its own. */
const PARTS = 4;
const PART_BITS = 16;
const BUCKETS = 2 ** PART_BITS;
/** Masks of at most `radius` of 16 bits, nothing first. */
function masksOf(radius) {
    let masks = [0];
    let last = [0];
    for (let n = 1; n <= radius; n++) {
        const next = [];
        for (const mask of last)
            for (let bit = 0; bit < PART_BITS; bit++)
                if (mask < 1 << bit)
                    next.push(mask | (1 << bit));
        last = next;
        masks = masks.concat(next);
    }
    return masks;
}
const partOf = (high, low, part) => ((part < 2 ? high : low) >>> (part % 2 === 0 ? 16 : 0)) & 0xffff;
/**
 * Calls `near` for every pair of the given rows (the earlier one first) whose hashes differ in at most `distance` bits; may call it more than
 * once for a pair. Exact: two such hashes agree in one of four parts but for a quarter of the bits. `skip` says that a pair need not be
 * looked at. Memory: 4 bytes a row and 256 KiB.
 */
export function nearHashes(rows, { high, low, distance, skip, near, }) {
    const masks = masksOf(Math.floor(distance / PARTS));
    const starts = new Uint32Array(BUCKETS + 1);
    const order = new Uint32Array(rows.length);
    for (let part = 0; part < PARTS; part++) {
        // Rows sorted by this part, each bucket in the order of the rows.
        starts.fill(0);
        const partAt = (row) => partOf(high[row], low[row], part);
        for (let i = 0; i < rows.length; i++) {
            const bucket = partAt(rows[i]) + 1;
            starts[bucket] = starts[bucket] + 1;
        }
        for (let b = 0; b < BUCKETS; b++)
            starts[b + 1] = starts[b + 1] + starts[b];
        const fill = starts.slice(0, BUCKETS);
        for (let i = 0; i < rows.length; i++) {
            const bucket = partAt(rows[i]);
            order[fill[bucket]] = rows[i];
            fill[bucket] = fill[bucket] + 1;
        }
        for (let i = 0; i < rows.length; i++) {
            const row = rows[i];
            const own = partAt(row);
            for (const mask of masks) {
                const bucket = own ^ mask;
                for (let at = starts[bucket]; at < starts[bucket + 1]; at++) {
                    const other = order[at];
                    if (other >= row)
                        break;
                    const bits = popcount(high[row] ^ high[other]) + popcount(low[row] ^ low[other]);
                    if (bits <= distance && !skip(other, row))
                        near(other, row);
                }
            }
        }
    }
}
//# sourceMappingURL=hamming-index.js.map