import { type JobMessage } from './worker.js';
/** What a job may cost. */
export interface JobOptions {
    /** Ends the job: its worker, if it runs. The job then rejects with the signal's reason. */
    signal?: AbortSignal;
    /** Milliseconds from its start, in which it does not wait for a worker. Default one minute. */
    timeoutMs?: number;
    /** Mebibytes of JavaScript objects; bytes of typed arrays are bounded by whoever makes them. Default 512. */
    maxMemoryMb?: number;
    /** It goes before all jobs that wait and are not: for those that are short and that somebody waits for. */
    urgent?: boolean;
    /** The typed arrays of the input are moved, not copied: whoever gave them has them no more. */
    move?: boolean;
    /** The thread that it runs in if that one is idle, by its `threadId`. */
    thread?: number;
}
export interface PoolOptions {
    /** Most workers at a time. */
    size: number;
    /** Milliseconds after which an idle worker is ended. Default 30 s. */
    idleMs?: number;
}
/** What a thread of a pool is started with. */
export declare const POOL_THREAD = "sensorium pool";
/** Runs functions of modules in worker threads. */
export declare class WorkerPool {
    private readonly options;
    private readonly threads;
    private queue;
    private closed;
    private readonly signals;
    constructor(options: PoolOptions);
    /** Threads that are there, and jobs that wait for one. */
    get stats(): {
        threads: number;
        waiting: number;
    };
    /**
     * Runs a function in a worker. Its input is copied, or moved with `move`; typed arrays of its result are moved. What it throws is
     * thrown here. Errors: the reason of `signal`; `job.time` and `job.memory` for a job that goes beyond its budget; `job.failed` for one
     * whose worker ended otherwise; `job.closed` after `dispose`.
     */
    run(message: JobMessage, options?: JobOptions): Promise<unknown>;
    /** Ends all workers; jobs that are not over reject with `job.closed`. */
    dispose(): Promise<void>;
    /** Gives waiting jobs to threads that have nothing to do, and starts threads while there may be more. */
    private next;
    private start;
    private begin;
    private answer;
    /** The thread has nothing to do: it takes the next job, or ends after a while, and keeps no process alive. */
    private release;
    private cancel;
    /** Ends a thread. Its job rejects at once; its place is free when the thread is gone. */
    private end;
}
