// Server-sent events over a reader that may be slow, stall or leave.

/** The data of an event, with its name where it has one. */
export type SseEvent = string | { event: string; data: string };

/** Options of `sseStream`. */
export interface SseOptions {
  /** Milliseconds that the reader may take nothing while something waits for it. */
  stallMs: number;
  /** The reader stalled: its connection should be cut. */
  onStall: () => void;
  /** All is written, or the reader is gone (`left`). Called once. */
  onEnd: (left: boolean) => void;
}

/** A body of `data:` events. The source is asked for the next one only when the connection has taken the last. Never errors. */
export function sseStream(events: AsyncIterator<SseEvent>, options: SseOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stall: NodeJS.Timeout | undefined;
  let ended = false;
  const end = (left: boolean): void => {
    clearTimeout(stall);
    if (ended) return;
    ended = true;
    options.onEnd(left);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        const next = await events.next();
        if (ended) return;
        if (next.done) {
          controller.close();
          end(false);
          return;
        }
        controller.enqueue(encoder.encode(written(next.value)));
        stall = setTimeout(options.onStall, options.stallMs);
        stall.unref();
      },
      async cancel() {
        end(true);
        await events.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function written(event: SseEvent): string {
  return typeof event === 'string' ? `data: ${event}\n\n` : `event: ${event.event}\ndata: ${event.data}\n\n`;
}
