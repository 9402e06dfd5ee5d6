// Healing: a tool that fails, or finds nothing, is tried in another way; what was tried stands in its result, and so in the trace.

import { isAbort, SensoriumError } from '../../util/errors.js';
import type { ToolContext, ToolValue } from '../tool.js';

/** One way to do something. */
export interface Attempt<V> {
  /** As results call it: `centernet`, `enlarged 3 times`. */
  by: string;
  run(signal: AbortSignal): Promise<V> | V;
}

/** What came out, by which way, and what was tried before it. */
export interface Outcome<V> {
  value: V;
  by: string;
  /** One line about each way that did not do, in order. */
  tried: string[];
}

/**
 * The first of some ways whose result is `enough`; each that is left has an equal share of the time that is left. Where none is enough, the first that
 * gave a result. Errors: `agent.tool` when all fail; the caller's own stop.
 */
export async function inTurn<V>(
  attempts: readonly Attempt<V>[],
  { budget, signal }: ToolContext,
  enough: (value: V) => boolean = () => true,
): Promise<Outcome<V>> {
  const tried: string[] = [];
  let spare: Outcome<V> | undefined;
  let last: unknown;
  for (const [i, attempt] of attempts.entries()) {
    signal?.throwIfAborted();
    const share = AbortSignal.timeout(Math.max(1, Math.ceil(budget.leftMs / (attempts.length - i))));
    const either = signal ? AbortSignal.any([signal, share]) : share;
    try {
      const value = await unlessAborted(attempt, either);
      if (enough(value)) return { value, by: attempt.by, tried };
      spare ??= { value, by: attempt.by, tried };
      tried.push(`${attempt.by}: nothing`);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SensoriumError && (error.code === 'agent.argument' || error.code === 'agent.budget')) throw error;
      last = error;
      tried.push(`${attempt.by}: ${share.aborted || isAbort(error) ? 'took too long' : describe(error)}`);
    }
  }
  if (spare) return spare;
  throw new SensoriumError('agent.tool', 'every way to do this failed', { got: tried.join('; ').slice(0, 500), cause: last });
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 160);

function unlessAborted<V>(attempt: Attempt<V>, signal: AbortSignal): Promise<V> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    Promise.resolve()
      .then(() => attempt.run(signal))
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The fields that say which way a result came, for the value of a tool. */
export const wayOf = ({ by, tried }: Pick<Outcome<unknown>, 'by' | 'tried'>): { by: string; tried?: ToolValue } =>
  tried.length > 0 ? { by, tried } : { by };
