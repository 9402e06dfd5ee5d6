// Requests in, streams out: the queue before the rows of an engine, and the loop that steps while there is anything to do.
import { SensoriumError } from '../../util/errors.js';
import { SharedSignals } from '../../util/shared-signals.js';
import { TokenStream } from './token-stream.js';
/** Takes requests, gives them rows in the order in which they came, and steps the rows. */
export class Intake {
    parts;
    /** Requests that are over. */
    finished = 0;
    tickets = new Set();
    queue = [];
    count = 0;
    closed = false;
    running = false;
    kicked = false;
    idle = [];
    signals = new SharedSignals((ticket, reason) => this.cancel(ticket, reason));
    constructor(parts) {
        this.parts = parts;
    }
    /** Requests that have no row yet. */
    get waiting() {
        return this.queue.length;
    }
    /** Throws `generate.closed` after `drain` or `dispose`, and the reason of a request that is aborted already. */
    checkOpen(request) {
        if (this.closed)
            throw closedError();
        request.signal?.throwIfAborted();
    }
    /** Takes a request that was checked; its reply streams. Throws `generate.queue` when no more may wait. */
    take(request) {
        const { rows, settings } = this.parts;
        const { maxQueue, slots, buffer, readerTimeout } = settings;
        if (this.waiting >= maxQueue + rows.freeRows)
            throw new SensoriumError('generate.queue', 'the queue is full', {
                expected: `at most ${maxQueue} waiting requests beside ${slots} running`,
                hint: 'Try again later, or raise maxQueue',
            });
        const stream = new TokenStream(++this.count, { buffer, timeout: readerTimeout }, {
            onRoom: () => this.kick(),
            onLeave: () => this.cancel(ticket),
            onTimeout: () => this.cancel(ticket, slowReader(readerTimeout)),
            onEnd: () => {
                this.signals.leave(request.signal, ticket);
                this.tickets.delete(ticket);
                this.finished++;
            },
        });
        const ticket = { request, stream, started: false };
        this.tickets.add(ticket);
        this.signals.join(request.signal, ticket);
        this.queue.push(ticket);
        this.kick();
        return stream;
    }
    /** Takes no more requests; resolves when those it has are over. */
    async drain() {
        this.closed = true;
        while (this.tickets.size > 0 || this.running)
            await new Promise((resolve) => this.idle.push(resolve));
    }
    /** Ends all requests with `generate.closed`; resolves when no step runs. */
    async dispose() {
        this.closed = true;
        for (const ticket of [...this.tickets])
            this.cancel(ticket, closedError());
        await this.drain();
    }
    /** Never rejects. */
    async prepare(ticket) {
        ticket.started = true;
        try {
            const reply = await this.parts.prepare(ticket.request, ticket.stream);
            if (!this.tickets.has(ticket))
                return;
            ticket.reply = reply;
        }
        catch (error) {
            this.cancel(ticket, error);
        }
        this.kick();
    }
    cancel(ticket, error) {
        if (!this.tickets.has(ticket))
            return;
        this.queue = this.queue.filter((t) => t !== ticket);
        if (ticket.reply)
            this.parts.rows.remove(ticket.reply);
        if (error === undefined)
            ticket.stream.end();
        else
            ticket.stream.fail(error);
        this.kick();
    }
    /** Steps go on where there was nothing to do. */
    kick() {
        this.kicked = true;
        if (!this.running)
            void this.run();
    }
    /** Steps until nothing can be done. Never rejects. */
    async run() {
        this.running = true;
        try {
            for (;;) {
                this.kicked = false;
                this.admit();
                if (!(await this.parts.rows.step()) && !this.kicked)
                    break;
            }
        }
        catch (error) {
            for (const ticket of [...this.tickets])
                this.cancel(ticket, error);
        }
        finally {
            this.running = false;
        }
        for (const resolve of this.idle.splice(0))
            resolve();
    }
    /** Requests whose prompt is ready take rows in the order in which they came; the next ones are made ready. */
    admit() {
        const { rows, ahead } = this.parts;
        for (const ticket of [...this.queue]) {
            if (!ticket.reply)
                continue;
            if (!rows.fits(ticket.reply))
                break;
            this.queue = this.queue.filter((t) => t !== ticket);
            rows.add(ticket.reply);
        }
        for (const ticket of this.queue.slice(0, ahead()))
            if (!ticket.started)
                void this.prepare(ticket);
    }
}
const closedError = () => new SensoriumError('generate.closed', 'the engine takes no more requests');
const slowReader = (milliseconds) => new SensoriumError('generate.reader', 'the reply was not read', { expected: `an event taken within ${milliseconds} ms` });
/** Lets everything run that is ready. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
//# sourceMappingURL=intake.js.map