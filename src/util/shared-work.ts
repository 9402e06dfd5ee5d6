// Work that several ask for at once and that is done once: it ends when the last of them has left.

interface Running<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  users: number;
}

/** Runs of one kind of work, by what they are about. */
export class SharedWork<T> {
  private readonly running = new Map<string, Running<T>>();

  /** Things that are worked on. */
  get size(): number {
    return this.running.size;
  }

  /**
   * The result of `start`, or of the same work under way. Rejects with the reason of `signal` as soon as it aborts; the work itself is aborted
   * when nobody waits for it any more.
   */
  async run(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const work = this.running.get(key) ?? this.begin(key, start);
    work.users++;
    try {
      return await abortable(work.result, signal);
    } finally {
      if (--work.users === 0) {
        this.forget(key, work);
        work.stop.abort();
      }
    }
  }

  private begin(key: string, start: (signal: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const work: Running<T> = { result: start(stop.signal), stop, users: 0 };
    this.running.set(key, work);
    const over = (): void => this.forget(key, work);
    work.result.then(over, over);
    return work;
  }

  private forget(key: string, work: Running<T>): void {
    if (this.running.get(key) === work) this.running.delete(key);
  }
}

/** The same, but it rejects with the reason of the signal when that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
