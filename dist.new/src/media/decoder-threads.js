// Threads of libvips, which decode images: they go behind the main thread as those of the pool do.
import { readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { isMainThread } from 'node:worker_threads';
/** Threads of this process, by their numbers. */
const TASKS = '/proc/self/task';
/** The name that libvips gives its threads. */
const NAME = 'libvips worker';
/** Milliseconds between two searches: libvips makes a thread when it needs one, and keeps it for some seconds. */
const EVERY = 5;
const own = () => os.getPriority();
const seen = new Set();
/** Gives the threads of libvips the priority of this thread, a worker of the pool: they are made with that of the main thread. */
function lower() {
    const threads = readdirSync(TASKS);
    for (const gone of [...seen].filter((thread) => !threads.includes(thread)))
        seen.delete(gone);
    for (const thread of threads) {
        if (seen.has(thread))
            continue;
        try {
            if (readFileSync(`${TASKS}/${thread}/comm`, 'latin1').trimEnd() === NAME && os.getPriority(Number(thread)) < own())
                os.setPriority(Number(thread), own());
            seen.add(thread);
        }
        catch (error) {
            if (!ENDED.has(error.code ?? '') && !ENDED.has(error.info?.code ?? ''))
                throw error;
        }
    }
}
/** What is said of a thread that has ended meanwhile. */
const ENDED = new Set(['ENOENT', 'ESRCH']);
/** Decodes in a worker of the pool without keeping the main thread waiting: on Linux a priority is a thread's own. */
export async function decodeBehind(decode) {
    if (isMainThread || process.platform !== 'linux')
        return decode();
    const timer = setInterval(lower, EVERY);
    try {
        return await decode();
    }
    finally {
        clearInterval(timer);
    }
}
//# sourceMappingURL=decoder-threads.js.map