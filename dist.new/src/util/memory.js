// The memory of the machine, against which sizes are checked before anything is allocated.
import os from 'node:os';
import { SensoriumError } from './errors.js';
import { formatBytes } from './progress.js';
/** Throws `util.memory` where `bytes` are more than the machine has. `place`: what would take them; `hint`: what to make smaller. */
export function assertMemory(bytes, { place, hint }) {
    const total = os.totalmem();
    if (bytes <= total)
        return;
    throw new SensoriumError('util.memory', 'this needs more memory than the machine has', {
        place,
        expected: `at most ${formatBytes(total)}`,
        got: `at least ${formatBytes(bytes)}`,
        hint,
    });
}
//# sourceMappingURL=memory.js.map