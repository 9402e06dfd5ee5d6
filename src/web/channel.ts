// Calls from a page to its worker: each has a number, may say things before it is over, and can be aborted.

import { SensoriumError } from '../util/errors.js';
import type { Asked, CallEvent, Calls, Told, WireError } from './protocol.js';

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onEvent?: (event: CallEvent) => void;
}

interface CallOptions {
  signal?: AbortSignal;
  onEvent?: (event: CallEvent) => void;
}

/** A worker, and who uses it. */
export class Channel {
  private readonly calls = new Map<number, Call>();
  private next = 0;
  private users = 1;
  private ended: SensoriumError | undefined;

  constructor(private readonly worker: Worker) {
    this.worker.onmessage = ({ data }: MessageEvent<Told>) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.end(
        new SensoriumError('web.worker', 'the worker of the model has ended, or cannot start', {
          got: event.message || 'no word from the browser',
          hint: 'It may have run out of memory; on an isolated page its program needs the same headers as the page',
        }),
      );
    };
  }

  /** Asks the worker. Errors: those of the worker, `web.worker`, and an AbortError where the signal is aborted. */
  call<K extends keyof Calls>(
    call: K,
    input: Parameters<Calls[K]>[0],
    { signal, onEvent }: CallOptions = {},
  ): Promise<ReturnType<Calls[K]>> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.ended) throw this.ended;
      const id = ++this.next;
      const abort = (): void => this.worker.postMessage({ id, abort: true } satisfies Asked);
      const over = (): void => {
        this.calls.delete(id);
        signal?.removeEventListener('abort', abort);
      };
      this.calls.set(id, {
        onEvent,
        resolve: (value) => {
          over();
          resolve(value as ReturnType<Calls[K]>);
        },
        reject: (error) => {
          over();
          reject(signal?.aborted ? signal.reason : error);
        },
      });
      signal?.addEventListener('abort', abort);
      this.worker.postMessage({ id, call, input } satisfies Asked);
    });
  }

  /** The same as a stream of what the worker says meanwhile. A reader that stops early ends the call. */
  async *events<K extends keyof Calls>(call: K, input: Parameters<Calls[K]>[0], { signal }: CallOptions = {}): AsyncGenerator<CallEvent> {
    const waiting: CallEvent[] = [];
    const stop = new AbortController();
    let wake: () => void = () => {};
    let failure: { error: unknown } | undefined;
    let over = false;
    const onEvent = (event: CallEvent): void => {
      waiting.push(event);
      wake();
    };
    const any = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const done = this.call(call, input, { signal: any, onEvent })
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        over = true;
        wake();
      });
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as CallEvent;
        if (over) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure) throw failure.error;
    } finally {
      stop.abort();
      await done;
    }
  }

  /** One more model uses the worker. */
  join(): void {
    this.users++;
  }

  /** One fewer: `last` is done first, and with nobody left the worker ends. */
  async leave(last: () => Promise<unknown>): Promise<void> {
    if (this.ended) return;
    await last();
    if (--this.users === 0) this.close();
  }

  close(): void {
    this.end(new SensoriumError('web.worker', 'the model has been disposed of', { hint: 'Load it again' }));
  }

  private end(error: SensoriumError): void {
    this.ended ??= error;
    this.worker.terminate();
    for (const { reject } of [...this.calls.values()]) reject(error);
  }

  private hear(told: Told): void {
    const call = this.calls.get(told.id);
    if (!call) return;
    if ('event' in told) call.onEvent?.(told.event);
    else if ('error' in told) call.reject(restored(told.error));
    else call.resolve(told.value);
  }
}

/** The error of a worker with its class and fields. */
function restored({ name, code, summary, place, expected, got, hint }: WireError): Error {
  if (name === 'AbortError') return new DOMException(summary, name);
  return new SensoriumError(code, summary, { place, expected, got, hint });
}
