import { type JobWorker, type JobWorkerOptions } from '../util/job-queue.js';
import { type CurateOptions, type CurateReport } from './options.js';
/** Most shares of a run. */
export declare const MOST_SHARES = 10000;
/** A job: which share of how many. Everything else is the worker's own. */
interface ShareJob {
    index: number;
    count: number;
}
/** How a run is shared. `out` must be a folder that all machines have under the same name, as the data. */
export interface SharedOptions {
    /** Of the Redis server. */
    redis: string;
    shares: number;
    /** Told when nobody works on it yet. */
    onIdle?: () => void;
    onShare?: (done: number, total: number, kept: number) => void;
}
/**
 * Filters a data set by workers (`startShareWorker`), which take its shares from a queue, into `OUT/1-of-N` and so on; returns their reports
 * as one, which is `OUT/report.json`. A share whose worker dies is taken up by another where it stood, so that no row is lost and none doubled.
 * With `resume` shares that are done are left as they are. Errors: those of `curate`, `evaluate.queue`, `curate.worker`.
 */
export declare function curateShares(path: string, options: CurateOptions, shared: SharedOptions): Promise<CurateReport>;
/**
 * Starts a worker for a run: it has the data and the options of that run, and does one share at a time. Any number may run, on any machines
 * that have the same files. Errors: `evaluate.queue`.
 */
export declare function startShareWorker(path: string, options: CurateOptions, { redis, ...how }: {
    redis: string;
} & Pick<JobWorkerOptions<ShareJob, {
    kept: number;
}>, 'lock' | 'deaths' | 'onDone' | 'onError'>): Promise<JobWorker>;
export {};
