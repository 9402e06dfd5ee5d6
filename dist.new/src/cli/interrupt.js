// Ctrl-C in two steps: the first stops gracefully through an AbortSignal, the second ends the process at once.
import { launchOf } from '../runtime/launch.js';
import { EXIT } from './report.js';
/** npm passes on a Ctrl-C that the terminal has already delivered; what follows within this time is the same key. */
const SAME_KEY_MS = 600;
/**
 * Runs `work` with a signal that SIGINT or SIGTERM aborts. A second signal ends the process (130 or 143).
 * The abort's reason is a DOMException named AbortError.
 */
export async function withInterrupt(work, options = {}) {
    const { onStop, exit = (code) => process.exit(code), now = () => performance.now() } = options;
    const controller = new AbortController();
    // mpirun passes SIGUSR1 on; after Ctrl-C it gives its processes a second.
    const signals = ['SIGINT', 'SIGTERM', ...(launchOf() ? ['SIGUSR1'] : [])];
    let first;
    const stop = (signal) => {
        const time = now();
        if (first === undefined) {
            first = time;
            onStop?.();
            controller.abort(new DOMException(`stopped by ${signal}`, 'AbortError'));
        }
        else if (time - first > SAME_KEY_MS)
            exit(signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
    };
    for (const signal of signals)
        process.on(signal, stop);
    try {
        return await work(controller.signal);
    }
    finally {
        for (const signal of signals)
            process.off(signal, stop);
    }
}
//# sourceMappingURL=interrupt.js.map