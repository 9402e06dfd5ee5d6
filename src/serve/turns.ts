// A number of places that are taken in turn: work that may wait, without a bound on how many wait.

import { Rounds } from './rounds.js';

interface Waiter {
  readonly owner: string;
  readonly places: number;
  /** The places are the waiter's; `leave` gives them back. */
  go(leave: () => void): void;
}

/** Gives out places: owners take turns, and of one owner who came first is first. */
export class Turns {
  private free: number;
  private readonly waiting: Waiter[] = [];
  /** Whose turn it is, while there are too few places for it: nobody overtakes it. */
  private first: Waiter | undefined;
  private readonly rounds = new Rounds();

  constructor(readonly total: number) {
    this.free = total;
  }

  /**
   * Waits for so many places, of which there are never more than `total`. Resolves with what gives them back, which may be called more than
   * once. Throws the reason of `signal`.
   */
  async take(signal?: AbortSignal, owner = '', wanted = 1): Promise<() => void> {
    signal?.throwIfAborted();
    const places = Math.min(wanted, this.total);
    const leave =
      this.free >= places && !this.first && this.waiting.length === 0
        ? this.enter(owner, places)
        : await this.wait({ owner, places }, signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      leave();
      this.next();
    };
  }

  private enter(owner: string, places: number): () => void {
    this.free -= places;
    const leave = this.rounds.enter(owner);
    return () => {
      this.free += places;
      leave();
    };
  }

  private next(): void {
    for (;;) {
      this.first ??= this.rounds.next(this.waiting);
      if (!this.first || this.first.places > this.free) return;
      const { owner, places, go } = this.first;
      this.first = undefined;
      go(this.enter(owner, places));
    }
  }

  private wait(who: Pick<Waiter, 'owner' | 'places'>, signal: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        if (this.first === waiter) {
          this.first = undefined;
          this.next();
        } else this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        ...who,
        go: (leave) => {
          signal?.removeEventListener('abort', abort);
          resolve(leave);
        },
      };
      this.waiting.push(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
