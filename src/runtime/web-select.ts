// In place of `select.ts` in a browser: the one runtime that the worker of a tab has begun.

import { SensoriumError } from '../util/errors.js';
import type { Runtime, RuntimeName } from './runtime.js';

export type RuntimeChoice = RuntimeName | 'auto';

let begun: Runtime | undefined;

/** Makes a runtime the one of this worker. */
export function useRuntime(runtime: Runtime): void {
  begun = runtime;
}

/** The runtime of this worker, by whatever name it is asked for. */
export async function selectRuntime(): Promise<Runtime> {
  if (begun) return begun;
  throw new SensoriumError('runtime.choice', 'no runtime has begun in this worker', { hint: 'Load a model first' });
}

/** What Node's probe says, for a tab. */
export async function runtimeProbe(): Promise<{ chosen: 'web'; reason: string }> {
  return { chosen: 'web', reason: 'this is a browser' };
}
