// Time as the server uses it, so that tests can move it by hand.

/** A monotonic clock with timers. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Runs `action` after `ms`; the returned function cancels it. Timers never keep the process alive. */
  after(ms: number, action: () => void): () => void;
}

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
