// Server-sent events over a reader that may be slow, stall or leave, and a source that may be silent for long.
/** What clients skip, by the standard; proxies count it as life. */
const COMMENT = ': waiting\n\n';
/** A body of `data:` events. The source is asked for the next one only when the connection has taken the last. Never errors. */
export function sseStream(events, options) {
    const { clock, stallMs, quietMs, onStall } = options;
    let { late = false } = options;
    const encoder = new TextEncoder();
    let cancelStall = () => { };
    let asked;
    let ended = false;
    const end = (left) => {
        cancelStall();
        if (ended)
            return;
        ended = true;
        options.onEnd(left);
    };
    return new ReadableStream({
        async pull(controller) {
            cancelStall();
            asked ??= events.next();
            const next = late ? undefined : await within(asked, quietMs, clock);
            late = false;
            if (ended)
                return;
            if (next)
                asked = undefined;
            if (next?.done) {
                controller.close();
                end(false);
                return;
            }
            controller.enqueue(encoder.encode(next ? written(next.value) : COMMENT));
            cancelStall = clock.after(stallMs, onStall);
        },
        async cancel() {
            end(true);
            await events.return?.();
        },
    }, { highWaterMark: 0 });
}
/** What comes of `work`, or undefined if it does not come in time. */
export async function within(work, ms, clock) {
    let cancel = () => { };
    const late = new Promise((resolve) => {
        cancel = clock.after(ms, () => resolve(undefined));
    });
    try {
        return await Promise.race([work, late]);
    }
    finally {
        cancel();
    }
}
function written(event) {
    return typeof event === 'string' ? `data: ${event}\n\n` : `event: ${event.event}\ndata: ${event.data}\n\n`;
}
//# sourceMappingURL=sse.js.map