import type { Bits64 } from './image-hash.js';
/** How often each key was added. Open addressing, doubled when it is more than half full. */
export declare class HashCounts {
    private keys;
    private counts;
    private used;
    /** Different keys. */
    get size(): number;
    /** The count of a key; 0 for one that was not added. */
    get(key: Bits64): number;
    /** Adds a key and gives its count. */
    add(key: Bits64): number;
    /** Keys with a count above `most`. */
    above(most: number): Generator<Bits64>;
    private slot;
    private grow;
}
