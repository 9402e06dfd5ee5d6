// How an image processor was made, so that a worker thread can make the same one.

/** A maker in `pixel-jobs.ts`, and what it was given. All of it can be sent. */
export interface Origin {
  readonly make: string;
  readonly config: unknown;
  readonly place: string;
}

const origins = new WeakMap<object, Origin>();

/** Notes how a processor was made, and returns it. */
export function made<P extends object>(processor: P, make: string, config: unknown, place: string): P {
  origins.set(processor, { make, config, place });
  return processor;
}

/** How a processor was made; undefined for one that is not of this library. */
export const originOf = (processor: object): Origin | undefined => origins.get(processor);
