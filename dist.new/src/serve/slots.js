// Who may run: a limited number at a time, a limited number waiting, in turns by owner; everybody else is sent away at once.
import { ApiError } from './errors.js';
import { Rounds } from './rounds.js';
/**
 * A semaphore with a bounded queue. Owners take turns (`Rounds`), and where the queue is full one with many places in it gives one up. Of one
 * owner, who comes first is served first.
 */
export class Slots {
    limits;
    onStart;
    rounds = new Rounds();
    waiting = [];
    taken = 0;
    /** Moving average of how long a slot is held, in milliseconds. */
    held = 1000;
    /** `onStart` is called when a request gets its slot, with the milliseconds that it waited. */
    constructor(limits, onStart = () => { }) {
        this.limits = limits;
        this.onStart = onStart;
    }
    get running() {
        return this.taken;
    }
    get queued() {
        return this.waiting.length;
    }
    /** Throws an `ApiError` 429 with the time after which it is worth coming back when the queue is full. */
    enter(signal, owner = '') {
        signal?.throwIfAborted();
        const { slots, maxQueue } = this.limits;
        if (this.taken < slots && this.waiting.length === 0) {
            this.onStart(0);
            return { ready: Promise.resolve(), release: this.take(owner) };
        }
        if (this.waiting.length >= maxQueue && !this.makeRoom(owner))
            throw this.full();
        let release;
        let leave = () => { };
        const since = performance.now();
        const ready = new Promise((resolve, reject) => {
            const waiter = {
                owner,
                start: () => {
                    signal?.removeEventListener('abort', aborted);
                    release = this.take(owner);
                    this.onStart(performance.now() - since);
                    resolve();
                },
                refuse: (error) => {
                    remove();
                    reject(error);
                },
            };
            const remove = () => {
                const at = this.waiting.indexOf(waiter);
                if (at >= 0)
                    this.waiting.splice(at, 1);
                signal?.removeEventListener('abort', aborted);
            };
            const aborted = () => {
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
    retryAfter() {
        const { slots } = this.limits;
        return Math.min(60, Math.max(1, Math.ceil((this.held * (this.waiting.length + 1)) / slots / 1000)));
    }
    full() {
        return new ApiError(429, 'The server is busy: its queue is full', {
            code: 'queue_full',
            retryAfter: this.retryAfter(),
            hint: 'Retry after the time in the Retry-After header.',
        });
    }
    /** Sends away the last request of the owner with the most waiting, if that one then still has more than the newcomer would have. */
    makeRoom(newcomer) {
        const counts = new Map();
        for (const { owner } of this.waiting)
            counts.set(owner, (counts.get(owner) ?? 0) + 1);
        const [most = '', count = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
        if (count - 1 <= (counts.get(newcomer) ?? 0))
            return false;
        this.waiting.findLast(({ owner }) => owner === most)?.refuse(this.full());
        return true;
    }
    take(owner) {
        this.taken++;
        const leave = this.rounds.enter(owner);
        const since = performance.now();
        let done = false;
        return () => {
            if (done)
                return;
            done = true;
            this.taken--;
            leave();
            this.held = 0.8 * this.held + 0.2 * (performance.now() - since);
            if (this.taken < this.limits.slots)
                this.rounds.next(this.waiting)?.start();
        };
    }
}
//# sourceMappingURL=slots.js.map