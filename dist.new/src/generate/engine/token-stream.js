// The events of one request on their way to its reader: a bounded buffer that says when it is full, and what happens to a reader that stops.
/** The reply to one request; read it once, with `for await`. */
export class TokenStream {
    id;
    limits;
    hooks;
    events = [];
    waiting = [];
    ended = false;
    failure;
    timer;
    constructor(
    /** Number of the request within its engine. */
    id, limits, hooks) {
        this.id = id;
        this.limits = limits;
        this.hooks = hooks;
    }
    /** True when nothing more will come. */
    get over() {
        return this.ended;
    }
    /** True when the reader must read before more is made. */
    get full() {
        return this.events.length >= this.limits.buffer;
    }
    [Symbol.asyncIterator]() {
        return this;
    }
    next() {
        if (this.failure) {
            const { error } = this.failure;
            this.failure = undefined; // once; then the stream is over
            return Promise.reject(error);
        }
        const wasFull = this.full;
        const event = this.events.shift();
        if (event) {
            if (wasFull && this.full)
                this.timer?.refresh();
            else if (wasFull) {
                clearTimeout(this.timer);
                this.hooks.onRoom();
            }
            return Promise.resolve({ value: event, done: false });
        }
        if (this.ended)
            return Promise.resolve({ value: undefined, done: true });
        return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
    }
    /** Cancels the request: its row is free at once. */
    return() {
        if (!this.ended)
            this.hooks.onLeave();
        this.end();
        this.events.length = 0;
        return Promise.resolve({ value: undefined, done: true });
    }
    /** Engine's side: one more event. */
    push(event) {
        if (this.ended)
            return;
        const reader = this.waiting.shift();
        if (reader) {
            reader.resolve({ value: event, done: false });
            return;
        }
        this.events.push(event);
        if (!this.full || this.events.length > this.limits.buffer)
            return;
        this.timer = setTimeout(() => this.hooks.onTimeout(), this.limits.timeout);
        this.timer.unref();
    }
    /** Engine's side: nothing more will come. */
    end() {
        if (this.ended)
            return;
        this.ended = true;
        clearTimeout(this.timer);
        this.hooks.onEnd();
        for (const { resolve } of this.waiting)
            resolve({ value: undefined, done: true });
        this.waiting = [];
    }
    /** Engine's side: the request failed; what was not read yet is dropped. */
    fail(error) {
        if (this.ended)
            return;
        this.ended = true;
        clearTimeout(this.timer);
        this.hooks.onEnd();
        this.events.length = 0;
        const reader = this.waiting.shift();
        if (reader)
            reader.reject(error);
        else
            this.failure = { error };
        for (const { resolve } of this.waiting)
            resolve({ value: undefined, done: true });
        this.waiting = [];
    }
}
//# sourceMappingURL=token-stream.js.map