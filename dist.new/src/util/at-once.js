// A few pieces of work at once, in order.
/**
 * Results of `work` over all items, in their order, at most `most` at once. The first fault ends the others: their signal is aborted, and they
 * are waited for. Errors: that fault; the reason of `signal` reaches the work, which throws it.
 */
export async function atOnce(items, most, work, signal) {
    const out = new Array(items.length);
    const stop = new AbortController();
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    let next = 0;
    const worker = async () => {
        while (next < items.length) {
            const place = next++;
            out[place] = await work(items[place], place, either);
        }
    };
    const workers = Array.from({ length: Math.min(most, items.length) }, worker);
    try {
        await Promise.all(workers);
    }
    catch (error) {
        stop.abort(error);
        await Promise.allSettled(workers);
        throw error;
    }
    return out;
}
//# sourceMappingURL=at-once.js.map