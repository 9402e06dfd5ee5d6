// A number of places that are taken in turn: work that may wait, without a bound on how many wait.
import { Rounds } from './rounds.js';
/** Gives out places: owners take turns, and of one owner who came first is first. */
export class Turns {
    total;
    free;
    waiting = [];
    /** Whose turn it is, while there are too few places for it: nobody overtakes it. */
    first;
    rounds = new Rounds();
    constructor(total) {
        this.total = total;
        this.free = total;
    }
    /**
     * Waits for so many places, of which there are never more than `total`. Resolves with what gives them back, which may be called more than
     * once. Throws the reason of `signal`.
     */
    async take(signal, owner = '', wanted = 1) {
        signal?.throwIfAborted();
        const places = Math.min(wanted, this.total);
        const leave = this.free >= places && !this.first && this.waiting.length === 0
            ? this.enter(owner, places)
            : await this.wait({ owner, places }, signal);
        let held = true;
        return () => {
            if (!held)
                return;
            held = false;
            leave();
            this.next();
        };
    }
    enter(owner, places) {
        this.free -= places;
        const leave = this.rounds.enter(owner);
        return () => {
            this.free += places;
            leave();
        };
    }
    next() {
        for (;;) {
            this.first ??= this.rounds.next(this.waiting);
            if (!this.first || this.first.places > this.free)
                return;
            const { owner, places, go } = this.first;
            this.first = undefined;
            go(this.enter(owner, places));
        }
    }
    wait(who, signal) {
        return new Promise((resolve, reject) => {
            const abort = () => {
                if (this.first === waiter) {
                    this.first = undefined;
                    this.next();
                }
                else
                    this.waiting.splice(this.waiting.indexOf(waiter), 1);
                reject(signal?.reason);
            };
            const waiter = {
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
//# sourceMappingURL=turns.js.map