// Memory given back after a burst: V8 collects garbage when it allocates and the C library keeps what is freed, so a process that has become
// quiet would stay as large as it was when it was busy.
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { trimHeapAside } from '../runtime/trim.js';
import { systemClock } from './clock.js';
/** Milliseconds between two readings. */
const EVERY = 5000;
/** Readings that are so near to each other are those of a quiet process. */
const CALM = 0.05;
/** Growth over the smallest reading that is worth a search: a share, and bytes. */
const GROWTH = 0.08;
const LEAST = 16 * 2 ** 20;
/**
 * Gives memory back whenever the process has grown and then become quiet; returns how to stop. What stays after that is taken for needed, so
 * a cache that is full costs one search. A search takes some tens of milliseconds of the main thread.
 */
export function keepTidy(options = {}) {
    const { clock = systemClock, resident = () => process.memoryUsage.rss(), collect = collectAll } = options;
    let [least, last] = [resident(), resident()];
    let cancel = () => { };
    let stopped = false;
    const look = async () => {
        const now = resident();
        const isCalm = Math.abs(now - last) <= CALM * last;
        least = Math.min(least, now);
        last = now;
        if (isCalm && now > least * (1 + GROWTH) + LEAST) {
            await collect();
            least = last = resident();
        }
        if (!stopped)
            next();
    };
    const next = () => {
        cancel = clock.after(EVERY, () => void look());
    };
    next();
    return () => {
        stopped = true;
        cancel();
    };
}
let collector;
/** Collects garbage, then hands what is free to the operating system. */
async function collectAll() {
    if (!collector) {
        setFlagsFromString('--expose-gc'); // holds for contexts that are made from now on
        collector = runInNewContext('gc');
    }
    await collector({ type: 'major', execution: 'async' });
    await setImmediate(); // what is outside of V8 is let go in a turn of its own, and may hold more
    await collector({ type: 'major', execution: 'async' });
    await trimHeapAside();
}
//# sourceMappingURL=tidy.js.map