// How many threads a CPU-bound operator should use: physical cores, within what this process may use.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { launchOf } from './launch.js';
let cached;
/**
 * Physical cores available to this process (hyper-threads share one multiplier, so more threads than that only cost); of the machine's, its
 * share where a launcher started several processes on it. SENSORIUM_THREADS overrides.
 */
export function physicalCores() {
    const wanted = Number(process.env.SENSORIUM_THREADS);
    if (Number.isInteger(wanted) && wanted > 0)
        return wanted;
    cached ??= countCores();
    return cached;
}
function countCores() {
    const share = launchOf()?.localSize ?? 1;
    const logical = Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.cpus().length / share)));
    if (process.platform !== 'linux')
        return logical;
    const siblings = new Set();
    for (let cpu = 0; cpu < os.cpus().length; cpu++) {
        try {
            siblings.add(readFileSync(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`, 'utf8').trim());
        }
        catch {
            return logical; // containers may hide the topology; then logical is all there is to know
        }
    }
    return Math.max(1, Math.min(logical, Math.floor(siblings.size / share)));
}
//# sourceMappingURL=cores.js.map