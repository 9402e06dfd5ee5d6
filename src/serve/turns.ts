// A number of places that are taken in turn: work that may wait, without a bound on how many wait.

import { Rounds } from './rounds.js';

interface Waiter {
  readonly owner: string;
  /** The place is the waiter's; `leave` gives it back. */
  go(leave: () => void): void;
}

/** Gives out places: owners take turns, and of one owner who came first is first. */
export class Turns {
  private free: number;
  private readonly waiting: Waiter[] = [];
  private readonly rounds = new Rounds();

  constructor(places: number) {
    this.free = places;
  }

  /** Waits for a place. Resolves with what gives it back, which may be called more than once. Throws the reason of `signal`. */
  async take(signal?: AbortSignal, owner = ''): Promise<() => void> {
    signal?.throwIfAborted();
    let leave: () => void;
    if (this.free > 0) {
      this.free--;
      leave = this.rounds.enter(owner);
    } else leave = await this.wait(owner, signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      leave();
      const next = this.rounds.next(this.waiting);
      if (next) next.go(this.rounds.enter(next.owner));
      else this.free++;
    };
  }

  private wait(owner: string, signal: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        owner,
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
