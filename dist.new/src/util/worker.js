// Where jobs run: the program of a worker thread of the pool. It imports the function of a job, runs it and moves the result back.
import os from 'node:os';
import { parentPort } from 'node:worker_threads';
import { SensoriumError } from './errors.js';
/** The buffers of a value that can be moved: those that a typed array of it covers as a whole. */
export function movable(value, found = new Set()) {
    if (ArrayBuffer.isView(value)) {
        if (value.buffer instanceof ArrayBuffer && value.buffer.byteLength === value.byteLength)
            found.add(value.buffer);
    }
    else if (Array.isArray(value))
        for (const item of value)
            movable(item, found);
    else if (typeof value === 'object' && value !== null)
        for (const item of Object.values(value))
            movable(item, found);
    return found;
}
function failure(error) {
    if (!(error instanceof SensoriumError))
        return { error };
    const { code, place, expected, got, hint } = error;
    return { error, details: { code, place, expected, got, hint } };
}
async function run(port, { url, name, input }) {
    let answer;
    let moved = [];
    try {
        const value = await (await import(url))[name]?.(input);
        moved = [...movable(value)];
        answer = { value };
    }
    catch (error) {
        answer = failure(error);
    }
    try {
        port.postMessage(answer, moved);
    }
    catch (error) {
        port.postMessage({ error: new Error(`the answer of ${name} cannot be sent: ${String(error)}`) });
    }
}
/** Steps by which the main thread goes before the threads of the pool. */
const NICE = 10;
/** Where there are fewer cores than threads, the main thread has the first: replies under way go on. On Linux a priority is a thread's own. */
function yieldToMain() {
    if (process.platform === 'linux')
        os.setPriority(Math.min(os.constants.priority.PRIORITY_LOW, os.getPriority() + NICE));
}
if (parentPort) {
    const port = parentPort;
    yieldToMain();
    port.on('message', (message) => void run(port, message));
    port.postMessage({ ready: true });
}
//# sourceMappingURL=worker.js.map