// What Node has as globals and shared code uses: `process`, `Buffer`, `setImmediate`. Put into the bundle wherever they are named.

import { Buffer as Bytes } from 'buffer/';
import { diskError } from '../disk.js';

export const Buffer = Bytes;

/** A process that is alone, has no environment but what its page gives it, and never ends by itself. */
export const process = {
  env: { SENSORIUM_WORKERS: '0' } as Record<string, string | undefined>,
  pid: 1,
  platform: 'browser',
  arch: 'wasm32',
  argv: [] as string[],
  versions: { node: 'browser' },
  cwd: () => '/',
  uptime: () => performance.now() / 1000,
  memoryUsage: Object.assign(() => ({ rss: heap(), heapTotal: heap(), heapUsed: heap(), external: 0, arrayBuffers: 0 }), { rss: heap }),
  resourceUsage: () => ({ maxRSS: heap() / 1024 }),
  kill(): never {
    throw diskError('ESRCH', 'process');
  },
  emitWarning: (warning: unknown): void => console.warn(warning),
  nextTick: (work: (...args: unknown[]) => void, ...args: unknown[]): void => queueMicrotask(() => work(...args)),
  on: () => process,
  once: () => process,
  off: () => process,
};

/** Bytes of JavaScript objects, where the browser tells them. */
function heap(): number {
  return (performance as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0;
}

const turns: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => turns.shift()?.();

/** A turn of the event loop: timers of browsers wait for at least four milliseconds. */
export function setImmediate(work: (...args: unknown[]) => void, ...args: unknown[]): void {
  turns.push(() => work(...args));
  channel.port2.postMessage(0);
}
(globalThis as { setImmediate?: unknown }).setImmediate ??= setImmediate;
