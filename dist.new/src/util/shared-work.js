// Work that several ask for at once and that is done once: it ends when the last of them has left.
/** Runs of one kind of work, by what they are about. */
export class SharedWork {
    running = new Map();
    /** Things that are worked on. */
    get size() {
        return this.running.size;
    }
    /**
     * The result of `start`, or of the same work under way. Rejects with the reason of `signal` as soon as it aborts; the work itself is aborted
     * when nobody waits for it any more.
     */
    async run(key, signal, start) {
        signal?.throwIfAborted();
        const work = this.running.get(key) ?? this.begin(key, start);
        work.users++;
        try {
            return await abortable(work.result, signal);
        }
        finally {
            if (--work.users === 0) {
                this.forget(key, work);
                work.stop.abort();
            }
        }
    }
    begin(key, start) {
        const stop = new AbortController();
        const work = { result: start(stop.signal), stop, users: 0 };
        this.running.set(key, work);
        const over = () => this.forget(key, work);
        work.result.then(over, over);
        return work;
    }
    forget(key, work) {
        if (this.running.get(key) === work)
            this.running.delete(key);
    }
}
/** The same, but it rejects with the reason of the signal when that comes first. */
function abortable(promise, signal) {
    if (!signal)
        return promise;
    return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
}
//# sourceMappingURL=shared-work.js.map