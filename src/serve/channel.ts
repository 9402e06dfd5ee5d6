// A queue between one producer and one consumer: a slow reader never holds up the producer, and a reader that leaves is noticed.

/** Values pushed by one side and iterated by the other. What it holds is bounded by what the producer makes (a reply's tokens). */
export class Channel<T> implements AsyncIterable<T> {
  private readonly values: T[] = [];
  private outcome: { error?: unknown } | undefined;
  private wake: (() => void) | undefined;

  /** `onLeave` is called when the consumer stops before the end. */
  constructor(private readonly onLeave: () => void = () => {}) {}

  /** Adds a value; ignored after the end. */
  push(value: T): void {
    if (this.outcome) return;
    this.values.push(value);
    this.wake?.();
  }

  /** No more values. */
  end(): void {
    this.outcome ??= {};
    this.wake?.();
  }

  /** No more values; the consumer gets the error after those that are there. */
  fail(error: unknown): void {
    this.outcome ??= { error };
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    let whole = false;
    try {
      for (;;) {
        const next = this.values.shift();
        if (next !== undefined) yield next;
        else if (this.outcome) {
          whole = true;
          if ('error' in this.outcome) throw this.outcome.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
          this.wake = undefined;
        }
      }
    } finally {
      if (!whole) this.onLeave();
    }
  }
}

/** The values of several sources as they come, each with the index of its source. The first error ends all. */
export async function* merge<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<[index: number, value: T]> {
  let left = false;
  const channel = new Channel<[number, T]>();
  let open = sources.length;
  if (open === 0) return;
  const pump = async (source: AsyncIterable<T>, index: number): Promise<void> => {
    try {
      for await (const value of source) {
        if (left) return; // ends the source
        channel.push([index, value]);
      }
      if (--open === 0) channel.end();
    } catch (error) {
      channel.fail(error);
    }
  };
  for (const [index, source] of sources.entries()) void pump(source, index);
  try {
    yield* channel;
  } finally {
    left = true;
  }
}
