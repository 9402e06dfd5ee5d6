// Long work on the thread that serves everybody, in slices: all such work takes turns, and between two slices everything else runs.
/** Milliseconds of one slice. */
const SLICE_MS = 3;
const waiting = [];
let running = false;
/** All steps at once. */
export function allSteps(steps) {
    for (;;) {
        const { done, value } = steps.next();
        if (done)
            return value;
    }
}
/**
 * Runs the first slice at once, which may be all there is: then the result is returned as it is. Otherwise the rest runs in turns with other
 * such work, and the promise resolves with the result, or with undefined when `over` says that nobody waits for it any more.
 */
export function inSlices(steps, over = () => false) {
    // Where others wait already, it takes its turn behind them.
    const first = waiting.length === 0 ? slice(steps) : undefined;
    if (first)
        return first;
    return new Promise((resolve, reject) => {
        waiting.push({ steps, over, resolve: resolve, reject });
        if (!running)
            void run();
    });
}
/** Steps for the time of a slice. */
function slice(steps) {
    const end = performance.now() + SLICE_MS;
    do {
        const { done, value } = steps.next();
        if (done)
            return { value };
    } while (performance.now() < end);
    return undefined;
}
async function run() {
    running = true;
    for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const task = waiting.shift();
        if (!task)
            break;
        try {
            if (task.over()) {
                task.steps.return(undefined);
                task.resolve(undefined);
                continue;
            }
            const done = slice(task.steps);
            if (done)
                task.resolve(done.value);
            else
                waiting.push(task);
        }
        catch (error) {
            task.reject(error);
        }
    }
    running = false;
}
//# sourceMappingURL=slices.js.map