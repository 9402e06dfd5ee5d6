// A queue between one producer and one consumer: a slow reader never holds up the producer, and a reader that leaves is noticed.
/** Values pushed by one side and iterated by the other. What it holds is bounded by what the producer makes (a reply's tokens). */
export class Channel {
    onLeave;
    values = [];
    outcome;
    wake;
    /** `onLeave` is called when the consumer stops before the end. */
    constructor(onLeave = () => { }) {
        this.onLeave = onLeave;
    }
    /** Adds a value; ignored after the end. */
    push(value) {
        if (this.outcome)
            return;
        this.values.push(value);
        this.wake?.();
    }
    /** No more values. */
    end() {
        this.outcome ??= {};
        this.wake?.();
    }
    /** No more values; the consumer gets the error after those that are there. */
    fail(error) {
        this.outcome ??= { error };
        this.wake?.();
    }
    async *[Symbol.asyncIterator]() {
        let whole = false;
        try {
            for (;;) {
                const next = this.values.shift();
                if (next !== undefined)
                    yield next;
                else if (this.outcome) {
                    whole = true;
                    if ('error' in this.outcome)
                        throw this.outcome.error;
                    return;
                }
                else {
                    await new Promise((resolve) => {
                        this.wake = resolve;
                    });
                    this.wake = undefined;
                }
            }
        }
        finally {
            if (!whole)
                this.onLeave();
        }
    }
}
/** The values of several sources as they come, each with the index of its source. The first error ends all. */
export async function* merge(sources) {
    let left = false;
    const channel = new Channel();
    let open = sources.length;
    if (open === 0)
        return;
    const pump = async (source, index) => {
        try {
            for await (const value of source) {
                if (left)
                    return; // ends the source
                channel.push([index, value]);
            }
            if (--open === 0)
                channel.end();
        }
        catch (error) {
            channel.fail(error);
        }
    };
    for (const [index, source] of sources.entries())
        void pump(source, index);
    try {
        yield* channel;
    }
    finally {
        left = true;
    }
}
//# sourceMappingURL=channel.js.map