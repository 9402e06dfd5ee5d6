// A pool of worker threads whose jobs have budgets of time and memory, kept by ending the worker. Workers start when they are needed.
// Pools of others count a job's time from when it is queued and have one memory limit for all, so a job's own budget cannot be kept.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SensoriumError } from './errors.js';
import { SharedSignals } from './shared-signals.js';
import { type ErrorFields, type JobMessage, movable, type WorkerMessage } from './worker.js';

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

interface Job {
  readonly message: JobMessage;
  readonly timeoutMs: number;
  readonly memory: number;
  readonly move: boolean;
  readonly urgent: boolean;
  readonly thread: number | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** A thread, and what it does. */
interface Thread {
  readonly worker: Worker;
  readonly memory: number;
  ready: boolean;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
  ended: boolean;
}

/** What a thread of a pool is started with. */
export const POOL_THREAD = 'sensorium pool';

const IS_SOURCE = import.meta.url.endsWith('.ts');
const ENTRY = new URL(IS_SOURCE ? './worker.ts' : './worker.js', import.meta.url);

/** Starts the program of a thread; from TypeScript sources through tsx, which threads do not inherit. */
function startWorker(memory: number): Worker {
  const options = { workerData: POOL_THREAD, resourceLimits: { maxOldGenerationSizeMb: memory } };
  if (!IS_SOURCE) return new Worker(ENTRY, options);
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href;
  const program = `import('${tsx}').then(({ register }) => { register(); return import('${ENTRY.href}'); })`;
  return new Worker(program, { ...options, eval: true, execArgv: [] });
}

/** Runs functions of modules in worker threads. */
export class WorkerPool {
  private readonly threads = new Set<Thread>();
  private queue: Job[] = [];
  private closed = false;
  private readonly signals = new SharedSignals<Job>((job, reason) => this.cancel(job, reason));

  constructor(private readonly options: PoolOptions) {}

  /** Threads that are there, and jobs that wait for one. */
  get stats(): { threads: number; waiting: number } {
    return { threads: this.threads.size, waiting: this.queue.length };
  }

  /**
   * Runs a function in a worker. Its input is copied, or moved with `move`; typed arrays of its result are moved. What it throws is
   * thrown here. Errors: the reason of `signal`; `job.time` and `job.memory` for a job that goes beyond its budget; `job.failed` for one
   * whose worker ended otherwise; `job.closed` after `dispose`.
   */
  run(message: JobMessage, options: JobOptions = {}): Promise<unknown> {
    const { signal, timeoutMs = 60_000, maxMemoryMb = 512, move = false, urgent = false, thread } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.closed) throw closedError(message);
      const over = (): void => this.signals.leave(signal, job);
      const job: Job = {
        message,
        timeoutMs,
        memory: maxMemoryMb,
        move,
        urgent,
        thread,
        resolve: (value) => {
          over();
          resolve(value);
        },
        reject: (error) => {
          over();
          reject(error);
        },
      };
      this.signals.join(signal, job);
      const behind = urgent ? this.queue.findIndex((other) => !other.urgent) : -1;
      this.queue.splice(behind < 0 ? this.queue.length : behind, 0, job);
      this.next();
    });
  }

  /** Ends all workers; jobs that are not over reject with `job.closed`. */
  async dispose(): Promise<void> {
    this.closed = true;
    for (const job of this.queue.splice(0)) job.reject(closedError(job.message));
    await Promise.all([...this.threads].map((thread) => this.end(thread, (job) => closedError(job.message))));
  }

  /** Gives waiting jobs to threads that have nothing to do, and starts threads while there may be more. */
  private next(): void {
    for (const job of [...this.queue]) {
      const idle = [...this.threads].filter((t) => !t.ended && !t.job);
      const fits = idle.filter((t) => t.memory === job.memory);
      const fitting = fits.find((t) => t.worker.threadId === job.thread) ?? fits[0];
      if (!fitting && this.threads.size >= this.options.size) {
        if (idle[0]) void this.end(idle[0]); // it has another limit; its end makes room
        return;
      }
      this.queue.splice(this.queue.indexOf(job), 1);
      const thread = fitting ?? this.start(job.memory);
      thread.job = job;
      clearTimeout(thread.timer);
      thread.worker.ref();
      if (thread.ready) this.begin(thread, job);
    }
  }

  private start(memory: number): Thread {
    const worker = startWorker(memory);
    const thread: Thread = { worker, memory, ready: false, job: undefined, timer: undefined, ended: false };
    worker.on('message', (message: WorkerMessage) => this.answer(thread, message));
    worker.on('messageerror', (cause) => void this.end(thread, (job) => failedError(job, cause)));
    worker.on('error', (cause: NodeJS.ErrnoException) => {
      void this.end(thread, (job) => (cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? memoryError(job) : failedError(job, cause)));
    });
    worker.on('exit', (code) => {
      void this.end(thread, (job) => failedError(job, new Error(`the worker ended with code ${code}`)));
      this.threads.delete(thread);
      this.next();
    });
    this.threads.add(thread);
    return thread;
  }

  private begin(thread: Thread, job: Job): void {
    thread.timer = setTimeout(() => void this.end(thread, timeError), job.timeoutMs);
    try {
      thread.worker.postMessage(job.message, job.move ? [...movable(job.message.input)] : []);
    } catch (error) {
      this.release(thread); // an input that cannot be copied is the caller's error
      job.reject(error);
    }
  }

  private answer(thread: Thread, message: WorkerMessage): void {
    const { job } = thread;
    if ('ready' in message) {
      thread.ready = true;
      if (job) this.begin(thread, job);
      return;
    }
    if (!job) return;
    this.release(thread);
    if ('value' in message) job.resolve(message.value);
    else job.reject(message.details ? restored(message.error as Error, message.details) : message.error);
  }

  /** The thread has nothing to do: it takes the next job, or ends after a while, and keeps no process alive. */
  private release(thread: Thread): void {
    clearTimeout(thread.timer);
    thread.job = undefined;
    thread.worker.unref();
    this.next();
    if (thread.job) return;
    thread.timer = setTimeout(() => void this.end(thread), this.options.idleMs ?? 30_000);
    thread.timer.unref();
  }

  private cancel(job: Job, reason: unknown): void {
    const thread = [...this.threads].find((t) => t.job === job);
    if (thread) void this.end(thread, () => reason);
    else {
      this.queue = this.queue.filter((other) => other !== job);
      job.reject(reason);
    }
  }

  /** Ends a thread. Its job rejects at once; its place is free when the thread is gone. */
  private async end(thread: Thread, error?: (job: Job) => unknown): Promise<void> {
    const { job } = thread;
    if (!thread.ended) {
      thread.ended = true;
      clearTimeout(thread.timer);
      thread.job = undefined;
      job?.reject(error?.(job));
    }
    await thread.worker.terminate();
  }
}

/** The error of a job, with its class and its fields. */
function restored(sent: Error, { code, ...fields }: ErrorFields): SensoriumError {
  const error = new SensoriumError(code, sent.message, sent.cause === undefined ? {} : { cause: sent.cause });
  return Object.assign(error, fields);
}

const timeError = ({ message, timeoutMs }: Job): SensoriumError =>
  new SensoriumError('job.time', 'the work took too long and was ended', {
    place: message.name,
    expected: `at most ${timeoutMs} ms`,
    got: 'more',
  });

const memoryError = ({ message, memory }: Job): SensoriumError =>
  new SensoriumError('job.memory', 'the work took too much memory and was ended', {
    place: message.name,
    expected: `at most ${memory} MiB`,
    got: 'more',
  });

const failedError = ({ message }: Job, cause: unknown): SensoriumError =>
  new SensoriumError('job.failed', 'a worker thread ended before its work was done', { place: message.name, cause });

const closedError = ({ name }: JobMessage): SensoriumError =>
  new SensoriumError('job.closed', 'the pool of worker threads takes no more work', { place: name });
