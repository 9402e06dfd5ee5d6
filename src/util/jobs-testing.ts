// Jobs of the pool's own tests.

import os from 'node:os';
import { threadId } from 'node:worker_threads';
import { SensoriumError } from './errors.js';

/** The thread that it runs in, and bytes to be moved. */
export function answer(size: number): { thread: number; bytes: Uint8Array; floats: Float32Array } {
  return { thread: threadId, bytes: new Uint8Array(size).fill(7), floats: new Float32Array(size).fill(0.5) };
}

/** Priority of the thread that it runs in. */
export function priority(): number {
  return os.getPriority();
}

/** Never ends, and lets nothing else happen on its thread. */
export function spin(): void {
  for (;;);
}

/** Takes memory until there is none. */
export function hoard(): number {
  const kept: object[] = [];
  for (;;) kept.push({ n: kept.length });
}

/** Fails as the library does. */
export function fail(place: string): never {
  throw new SensoriumError('util.shape', 'it failed', { place, expected: 'success', got: 'failure', hint: 'Try again' });
}

/** Fails as everything else does. */
export function crash(): never {
  throw new TypeError('not a function');
}

/** Ends its thread. */
export function exit(): never {
  process.exit(3);
}

/** The sum of bytes. */
export const sum = ({ bytes }: { bytes: Uint8Array }): number => bytes.reduce((a, b) => a + b, 0);

/** Writes into shared memory. */
export function mark(shared: Int32Array): number {
  return Atomics.add(shared, 0, 1);
}
