// Ctrl-C in two steps: the first stops gracefully through an AbortSignal, the second ends the process at once.

import { launchOf } from '../runtime/launch.js';
import { EXIT } from './report.js';

/** npm passes on a Ctrl-C that the terminal has already delivered; what follows within this time is the same key. */
const SAME_KEY_MS = 600;

/** Options of `withInterrupt`. */
export interface InterruptOptions {
  /** Told at the first signal. */
  onStop?: () => void;
  /** Ends the process at the second signal (replaceable in tests). */
  exit?: (code: number) => void;
  /** A clock in milliseconds. */
  now?: () => number;
}

/**
 * Runs `work` with a signal that SIGINT or SIGTERM aborts. A second signal ends the process (130 or 143).
 * The abort's reason is a DOMException named AbortError.
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>, options: InterruptOptions = {}): Promise<T> {
  const { onStop, exit = (code) => process.exit(code), now = () => performance.now() } = options;
  const controller = new AbortController();
  // mpirun passes SIGUSR1 on; after Ctrl-C it gives its processes a second.
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', ...(launchOf() ? (['SIGUSR1'] as const) : [])];
  let first: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const time = now();
    if (first === undefined) {
      first = time;
      onStop?.();
      controller.abort(new DOMException(`stopped by ${signal}`, 'AbortError'));
    } else if (time - first > SAME_KEY_MS) exit(signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
