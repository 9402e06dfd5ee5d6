// Work off the main thread: functions of modules, run in the one pool of worker threads that a process has.
import { availableParallelism } from 'node:os';
import { workerData } from 'node:worker_threads';
import { SensoriumError } from './errors.js';
import { POOL_THREAD, WorkerPool } from './worker-pool.js';
/** Makes a job of a function that the module at `url` exports under its own name. @example defineJob(import.meta.url, countPixels) */
export function defineJob(url, run) {
    return { url, name: run.name, run };
}
let pool;
/**
 * Most threads of the pool: one less than there are cores, at least one. SENSORIUM_WORKERS overrides; with 0 jobs run where they are asked
 * for, and their budgets do not hold. Errors: `util.workers` for a value that is not a number.
 */
export function poolSize() {
    const given = process.env.SENSORIUM_WORKERS;
    if (given === undefined || given === '')
        return Math.max(1, availableParallelism() - 1);
    if (/^\d{1,3}$/.test(given))
        return Number(given);
    throw new SensoriumError('util.workers', 'the number of worker threads cannot be read', {
        place: 'SENSORIUM_WORKERS',
        expected: 'a number from 0 to 999',
        got: given,
    });
}
/** Whether jobs run in other threads. Errors: as `poolSize`. */
export const hasWorkers = () => workerData !== POOL_THREAD && poolSize() > 0;
/**
 * Runs a job in a worker thread. Its input is copied, or moved with `move`; typed arrays of its result are moved. A job that runs longer,
 * takes more memory or is aborted ends with its worker. Threads start when they are needed and keep no process alive. A job inside a worker
 * of the pool runs where it is. Errors: those of the function, the reason of `signal`, `job.time`, `job.memory`, `job.failed`.
 */
export async function runJob({ url, name, run }, input, options = {}) {
    options.signal?.throwIfAborted();
    if (!hasWorkers())
        return run(input);
    pool ??= new WorkerPool({ size: poolSize() });
    return pool.run({ url, name, input }, options);
}
/** Ends the threads of the pool; jobs that are not over reject with `job.closed`. A later job starts new ones. */
export async function disposeJobs() {
    const ended = pool;
    pool = undefined;
    await ended?.dispose();
}
//# sourceMappingURL=jobs.js.map