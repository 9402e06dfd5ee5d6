import type { Clock } from './clock.js';
/** What is watched, and what is done; replaceable in tests. */
export interface TidyOptions {
    clock: Clock;
    /** Bytes that the process has in memory. */
    resident: () => number;
    /** Gives back what can be given back. */
    collect: () => Promise<void>;
}
/**
 * Gives memory back whenever the process has grown and then become quiet; returns how to stop. What stays after that is taken for needed, so
 * a cache that is full costs one search. A search takes some tens of milliseconds of the main thread.
 */
export declare function keepTidy(options?: Partial<TidyOptions>): () => void;
