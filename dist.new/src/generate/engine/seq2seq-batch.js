// Rows of an encoder-decoder that decode together: between two steps they join and leave, and a step is one token for each of them.
import { Pace } from '../../runtime/pace.js';
import { hostTensor } from '../../util/host.js';
import { stepTensors } from '../step-tensors.js';
import { turn } from './intake.js';
import { Reply } from './reply.js';
/** A reply to a source, and its rows. */
export class SourceReply extends Reply {
    needed;
    o;
    rows = [];
    constructor(
    /** Rows that it takes. */
    needed, stream, o, wake) {
        super(stream, { ...o, promptIds: [o.startId] }, wake);
        this.needed = needed;
        this.o = o;
    }
    usage() {
        const promptTokens = this.rows[0]?.sourceTokens ?? 0;
        return { promptTokens, cachedTokens: 0, completionTokens: this.generated.length, lookupTokens: 0 };
    }
}
/** A source in a row, and the tokens of the reply to it. */
export class SourceRow {
    reply;
    turn;
    /** Tokens whose keys and values are in the row. */
    filled = 0;
    /** Keys and values of the source until they are in the row. */
    cross;
    sourceTokens;
    constructor(source, reply, 
    /** Of a row that a method steps. */
    turn) {
        this.reply = reply;
        this.turn = turn;
        this.cross = source.cross;
        this.sourceTokens = source.mask.shape[1];
    }
    get done() {
        return this.reply.done;
    }
    /** Its reader is slow, its method has no token for it, or its next token cannot be chosen yet. */
    get paused() {
        return (this.turn ? !this.turn.waits : this.reply.ready !== undefined) || this.reply.stream.full;
    }
    /** The token whose key and value are still missing. */
    get next() {
        const { generated } = this.turn ?? this.reply;
        return generated[generated.length - 1] ?? this.reply.o.startId;
    }
    /** Positions that it holds. */
    get holds() {
        return { source: this.sourceTokens, reply: this.filled };
    }
    /** Positions that the next step takes. */
    get needs() {
        return { source: this.sourceTokens, reply: this.filled + 1 };
    }
    /** Positions that it may come to. */
    get wants() {
        return { source: this.sourceTokens, reply: this.reply.o.options.limit };
    }
    /** Takes the logits [vocab] after the last token. */
    accept(logits, logSum) {
        if (this.turn)
            this.turn.give(logits, logSum);
        else
            this.reply.accept(logits, logSum);
    }
}
/** The running replies of an encoder-decoder, in the first rows of the memory. */
export class Seq2SeqBatch {
    o;
    counts = { decodes: 0, decodeTokens: 0, moves: 0 };
    /** By row; those that are done leave before the next step. */
    rows = [];
    shapes = new Map();
    logits = new Float32Array();
    constructor(o) {
        this.o = o;
    }
    get running() {
        return [...new Set(this.rows.map((r) => r.reply))].filter((reply) => !reply.done);
    }
    get freeRows() {
        return this.o.slots - this.rows.filter((r) => !r.done).length;
    }
    /** Bytes of logits kept between steps. */
    get bytes() {
        return this.logits.byteLength;
    }
    /** Whether a reply has room beside the running ones, however long they all become. */
    fits(reply) {
        return this.o.memory.fits([...this.rows.filter((r) => !r.done), ...reply.rows].map((r) => r.wants));
    }
    add(reply) {
        this.closeGaps();
        for (const row of reply.rows) {
            this.layOut([...this.rows, row]);
            this.o.memory.begin(this.rows.length, row.cross);
            row.cross = undefined;
            this.rows.push(row);
        }
    }
    /** A step that is running does not mind: no row is given away before it is over. */
    remove(reply) {
        reply.done = true;
        for (const row of reply.rows)
            row.turn?.stop();
    }
    /** One token for every row that is not paused. */
    async step() {
        this.closeGaps();
        const top = this.rows.findLastIndex((r) => !r.paused);
        if (top < 0)
            return false;
        this.layOut(this.rows);
        // A paused row goes along; its token is computed again when it may go on.
        const rows = this.rows.slice(0, top + 1);
        const paused = rows.map((r) => r.paused);
        try {
            const { logits, logSum } = await this.run(rows);
            const { vocab } = this.o;
            rows.forEach((r, b) => {
                if (r.done || paused[b])
                    return;
                r.filled++;
                this.counts.decodeTokens++;
                this.accept(r, logits.data.subarray(b * vocab, (b + 1) * vocab), logSum.data[b]);
            });
        }
        catch (error) {
            for (const r of rows)
                if (!r.done)
                    this.fail(r, error);
        }
        // What a method was given it answers before the next step, so that its rows are in it.
        if (rows.some((r) => r.turn))
            await turn();
        return true;
    }
    async run(rows) {
        const t = this.shapeFor(rows.length);
        const { source } = this.o.memory.width;
        t.mask.data.fill(0);
        rows.forEach((r, b) => {
            t.ids.data[b] = r.next;
            t.lengths.data[b] = r.filled;
            t.mask.data.fill(1, b * source, b * source + r.needs.source);
        });
        t.total.data[0] = rows.reduce((n, r) => Math.max(n, r.filled), 0) + 1;
        this.counts.decodes++;
        await t.pace.run(this.o.program, t.feeds, t.into);
        return t;
    }
    /** What the row's own processors throw is the row's own failure. */
    accept(row, logits, logSum) {
        try {
            row.accept(logits, logSum);
        }
        catch (error) {
            this.fail(row, error);
        }
    }
    fail({ reply }, error) {
        this.remove(reply);
        reply.stream.fail(error);
    }
    /** Moves the last rows into those that are done. */
    closeGaps() {
        for (let i = 0; i < this.rows.length;) {
            if (!this.rows[i]?.done) {
                i++;
                continue;
            }
            const last = this.rows.pop();
            if (last.done)
                continue;
            this.o.memory.move(this.rows.length, i, last.holds);
            this.rows[i] = last;
            this.counts.moves++;
        }
    }
    /** Makes the rows as wide as these need, the next step included. */
    layOut(rows) {
        this.o.memory.layOut(this.rows.map((r) => r.holds), rows.map((r) => r.needs));
    }
    shapeFor(count) {
        const { memory, vocab } = this.o;
        const { source, reply } = memory.width;
        const key = `${count}:${source}:${reply}`;
        const known = this.shapes.get(key);
        if (known)
            return known;
        if (this.logits.length < count * vocab) {
            this.logits = hostTensor('float32', [count, vocab]).data;
            this.shapes.clear();
        }
        const { past, present } = memory.view(count);
        const t = stepTensors(count, 1);
        for (let b = 0; b < count; b++)
            t.last.data[b] = b;
        const mask = hostTensor('int32', [count, source]);
        const logits = hostTensor('float32', [count, vocab], this.logits.subarray(0, count * vocab));
        const logSum = hostTensor('float32', [count]);
        const shape = {
            ...t,
            mask,
            logits,
            logSum,
            feeds: { ...past, ...t, source_mask: mask },
            into: { ...present, logits, log_sum: logSum },
            pace: new Pace(),
        };
        this.shapes.set(key, shape);
        return shape;
    }
}
//# sourceMappingURL=seq2seq-batch.js.map