// Who may run: a limited number at a time, a limited number waiting in order, everybody else is sent away at once.

import { ApiError } from './errors.js';

/** A place in the queue, later a slot. */
export interface Ticket {
  /** Resolves when it is this one's turn; rejects with the signal's reason when it is aborted before. */
  readonly ready: Promise<void>;
  /** Gives the slot, or the place in the queue, to the next. May be called more than once. */
  release(): void;
}

/** Limits of `Slots`. */
export interface SlotLimits {
  /** At least 1. */
  slots: number;
  /** May be 0. */
  maxQueue: number;
}

/** A semaphore with a bounded, first-come-first-served queue. */
export class Slots {
  private active = 0;
  private readonly waiting: { start: () => void }[] = [];
  /** Moving average of how long a slot is held, in milliseconds. */
  private held = 1000;

  /** `onStart` is called when a request gets its slot, with the milliseconds that it waited. */
  constructor(
    readonly limits: SlotLimits,
    private readonly onStart: (waitedMs: number) => void = () => {},
  ) {}

  get running(): number {
    return this.active;
  }

  get queued(): number {
    return this.waiting.length;
  }

  /** Throws an `ApiError` 429 with the time after which it is worth coming back when the queue is full. */
  enter(signal?: AbortSignal): Ticket {
    signal?.throwIfAborted();
    const { slots, maxQueue } = this.limits;
    if (this.active < slots && this.waiting.length === 0) {
      this.onStart(0);
      return { ready: Promise.resolve(), release: this.take() };
    }
    if (this.waiting.length >= maxQueue)
      throw new ApiError(429, 'The server is busy: its queue is full', {
        code: 'queue_full',
        retryAfter: this.retryAfter(),
        hint: 'Retry after the time in the Retry-After header.',
      });
    let release: (() => void) | undefined;
    let leave = (): void => {};
    const since = performance.now();
    const ready = new Promise<void>((resolve, reject) => {
      const waiter = {
        start: (): void => {
          signal?.removeEventListener('abort', aborted);
          release = this.take();
          this.onStart(performance.now() - since);
          resolve();
        },
      };
      const remove = (): void => {
        const at = this.waiting.indexOf(waiter);
        if (at >= 0) this.waiting.splice(at, 1);
        signal?.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        remove();
        reject(signal?.reason);
      };
      leave = remove;
      this.waiting.push(waiter);
      signal?.addEventListener('abort', aborted, { once: true });
    });
    return { ready, release: () => (release ? release() : leave()) };
  }

  /** Seconds until a place in the queue is likely free, 1 to 60. */
  retryAfter(): number {
    const { slots } = this.limits;
    return Math.min(60, Math.max(1, Math.ceil((this.held * (this.waiting.length + 1)) / slots / 1000)));
  }

  private take(): () => void {
    this.active++;
    const since = performance.now();
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.active--;
      this.held = 0.8 * this.held + 0.2 * (performance.now() - since);
      if (this.active < this.limits.slots) this.waiting.shift()?.start();
    };
  }
}
