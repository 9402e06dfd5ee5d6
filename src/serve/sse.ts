// Server-sent events over a reader that may be slow, stall or leave, and a source that may be silent for long.

import type { Clock } from './clock.js';

/** The data of an event, with its name where it has one. */
export type SseEvent = string | { event: string; data: string };

/** Options of `sseStream`. */
export interface SseOptions {
  clock: Clock;
  /** Milliseconds that the reader may take nothing while something waits for it. */
  stallMs: number;
  /** Milliseconds of silence after which a comment is sent. */
  quietMs: number;
  /** The source has been silent for so long already. */
  late?: boolean;
  /** The reader stalled: its connection should be cut. */
  onStall: () => void;
  /** All is written, or the reader is gone (`left`). Called once. */
  onEnd: (left: boolean) => void;
}

/** What clients skip, by the standard; proxies count it as life. */
const COMMENT = ': waiting\n\n';

/** A body of `data:` events. The source is asked for the next one only when the connection has taken the last. Never errors. */
export function sseStream(events: AsyncIterator<SseEvent>, options: SseOptions): ReadableStream<Uint8Array> {
  const { clock, stallMs, quietMs, onStall } = options;
  let { late = false } = options;
  const encoder = new TextEncoder();
  let cancelStall = (): void => {};
  let asked: Promise<IteratorResult<SseEvent>> | undefined;
  let ended = false;
  const end = (left: boolean): void => {
    cancelStall();
    if (ended) return;
    ended = true;
    options.onEnd(left);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        cancelStall();
        asked ??= events.next();
        const next = late ? undefined : await within(asked, quietMs, clock);
        late = false;
        if (ended) return;
        if (next) asked = undefined;
        if (next?.done) {
          controller.close();
          end(false);
          return;
        }
        controller.enqueue(encoder.encode(next ? written(next.value) : COMMENT));
        cancelStall = clock.after(stallMs, onStall);
      },
      async cancel() {
        end(true);
        await events.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What comes of `work`, or undefined if it does not come in time. */
export async function within<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

function written(event: SseEvent): string {
  return typeof event === 'string' ? `data: ${event}\n\n` : `event: ${event.event}\ndata: ${event.data}\n\n`;
}
