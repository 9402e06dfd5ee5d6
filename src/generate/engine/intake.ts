// Requests in, streams out: the queue before the rows of an engine, and the loop that steps while there is anything to do.

import { SensoriumError } from '../../util/errors.js';
import { SharedSignals } from '../../util/shared-signals.js';
import type { Reply } from './reply.js';
import type { Settled } from './request.js';
import { TokenStream } from './token-stream.js';

/** Rows that are computed together. */
export interface Rows<R extends Reply> {
  readonly running: readonly R[];
  /** Requests that could have a row beside the running ones. */
  readonly freeRows: number;
  /** Whether this request can have a row now. */
  fits(reply: R): boolean;
  /** Gives a request a row. Only between two steps, and only when it fits. */
  add(reply: R): void;
  /** Frees the row of a request, if it has one. At any time, also during a step. */
  remove(reply: R): void;
  /** One step. Resolves with false when no row can do anything. */
  step(): Promise<boolean>;
}

/** What an engine asks of a request: a signal that ends it. */
interface Abortable {
  signal?: AbortSignal;
}

/** What stands behind a queue. */
export interface IntakeParts<Q extends Abortable, R extends Reply> {
  rows: Rows<R>;
  settings: Pick<Settled, 'slots' | 'maxQueue' | 'buffer' | 'readerTimeout'>;
  /** Prompts that may be encoded, or be encoded already, in the queue: what they take is in memory. */
  ahead(): number;
  /** Encodes the prompt of a request, which keeps its place in the queue meanwhile. */
  prepare(request: Q, stream: TokenStream): Promise<R>;
}

/** A request that is not over. */
interface Ticket<Q, R> {
  readonly request: Q;
  readonly stream: TokenStream;
  /** Its prompt is being encoded, or is. */
  started: boolean;
  reply?: R;
}

/** Takes requests, gives them rows in the order in which they came, and steps the rows. */
export class Intake<Q extends Abortable, R extends Reply> {
  /** Requests that are over. */
  finished = 0;
  private readonly tickets = new Set<Ticket<Q, R>>();
  private queue: Ticket<Q, R>[] = [];
  private count = 0;
  private closed = false;
  private running = false;
  private kicked = false;
  private idle: (() => void)[] = [];
  private readonly signals = new SharedSignals<Ticket<Q, R>>((ticket, reason) => this.cancel(ticket, reason));

  constructor(private readonly parts: IntakeParts<Q, R>) {}

  /** Requests that have no row yet. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Throws `generate.closed` after `drain` or `dispose`, and the reason of a request that is aborted already. */
  checkOpen(request: Q): void {
    if (this.closed) throw closedError();
    request.signal?.throwIfAborted();
  }

  /** Takes a request that was checked; its reply streams. Throws `generate.queue` when no more may wait. */
  take(request: Q): TokenStream {
    const { rows, settings } = this.parts;
    const { maxQueue, slots, buffer, readerTimeout } = settings;
    if (this.waiting >= maxQueue + rows.freeRows)
      throw new SensoriumError('generate.queue', 'the queue is full', {
        expected: `at most ${maxQueue} waiting requests beside ${slots} running`,
        hint: 'Try again later, or raise maxQueue',
      });
    const stream: TokenStream = new TokenStream(
      ++this.count,
      { buffer, timeout: readerTimeout },
      {
        onRoom: () => this.kick(),
        onLeave: () => this.cancel(ticket),
        onTimeout: () => this.cancel(ticket, slowReader(readerTimeout)),
        onEnd: () => {
          this.signals.leave(request.signal, ticket);
          this.tickets.delete(ticket);
          this.finished++;
        },
      },
    );
    const ticket: Ticket<Q, R> = { request, stream, started: false };
    this.tickets.add(ticket);
    this.signals.join(request.signal, ticket);
    this.queue.push(ticket);
    this.kick();
    return stream;
  }

  /** Takes no more requests; resolves when those it has are over. */
  async drain(): Promise<void> {
    this.closed = true;
    while (this.tickets.size > 0 || this.running) await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Ends all requests with `generate.closed`; resolves when no step runs. */
  async dispose(): Promise<void> {
    this.closed = true;
    for (const ticket of [...this.tickets]) this.cancel(ticket, closedError());
    await this.drain();
  }

  /** Never rejects. */
  private async prepare(ticket: Ticket<Q, R>): Promise<void> {
    ticket.started = true;
    try {
      const reply = await this.parts.prepare(ticket.request, ticket.stream);
      if (!this.tickets.has(ticket)) return;
      ticket.reply = reply;
    } catch (error) {
      this.cancel(ticket, error);
    }
    this.kick();
  }

  private cancel(ticket: Ticket<Q, R>, error?: unknown): void {
    if (!this.tickets.has(ticket)) return;
    this.queue = this.queue.filter((t) => t !== ticket);
    if (ticket.reply) this.parts.rows.remove(ticket.reply);
    if (error === undefined) ticket.stream.end();
    else ticket.stream.fail(error);
    this.kick();
  }

  /** Steps go on where there was nothing to do. */
  kick(): void {
    this.kicked = true;
    if (!this.running) void this.run();
  }

  /** Steps until nothing can be done. Never rejects. */
  private async run(): Promise<void> {
    this.running = true;
    try {
      for (;;) {
        this.kicked = false;
        this.admit();
        if (!(await this.parts.rows.step()) && !this.kicked) break;
      }
    } catch (error) {
      for (const ticket of [...this.tickets]) this.cancel(ticket, error);
    } finally {
      this.running = false;
    }
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Requests whose prompt is ready take rows in the order in which they came; the next ones are made ready. */
  private admit(): void {
    const { rows, ahead } = this.parts;
    for (const ticket of [...this.queue]) {
      if (!ticket.reply) continue;
      if (!rows.fits(ticket.reply)) break;
      this.queue = this.queue.filter((t) => t !== ticket);
      rows.add(ticket.reply);
    }
    for (const ticket of this.queue.slice(0, ahead())) if (!ticket.started) void this.prepare(ticket);
  }
}

const closedError = (): SensoriumError => new SensoriumError('generate.closed', 'the engine takes no more requests');

const slowReader = (milliseconds: number): SensoriumError =>
  new SensoriumError('generate.reader', 'the reply was not read', { expected: `an event taken within ${milliseconds} ms` });

/** Lets everything run that is ready. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
