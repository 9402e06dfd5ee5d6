// Keys and values of replies of an encoder-decoder that decode together: of their sources, and of what they said.
import { SensoriumError } from '../../util/errors.js';
import { KvSlots } from './kv-slots.js';
/** Rows are no narrower: products over few positions take as long, and the program meets fewer shapes. */
const NARROWEST = 64;
/**
 * Two memories of one budget. All rows of one are as wide as the longest of them needs, doubled from 64: a step goes over the width of
 * all its rows, and short rows leave room for more of them.
 */
export class Seq2SeqMemory {
    budget;
    /** Most tokens of a source and of a reply: those of the model, or fewer where the budget does not hold one row of them. */
    most;
    sources;
    replies;
    /** Positions of all rows together. */
    room;
    /** Throws `generate.option` for a budget that does not hold one short row. */
    constructor(program, budget) {
        this.budget = budget;
        const { slots, kvBytes, most } = budget;
        const [perSource, perReply] = [KvSlots.bytesPerPosition(program, 'cross'), KvSlots.bytesPerPosition(program, 'past')];
        const row = most.source * perSource + most.reply * perReply;
        const share = Math.min(slots, kvBytes / row);
        const part = (n) => Math.floor(n * share);
        this.room = { source: part(most.source), reply: part(most.reply) };
        this.most = { source: Math.min(most.source, this.room.source), reply: Math.min(most.reply, this.room.reply) };
        const least = { source: Math.min(NARROWEST, most.source), reply: Math.min(NARROWEST, most.reply) };
        if (this.most.source < least.source || this.most.reply < least.reply)
            throw new SensoriumError('generate.option', 'kvBytes holds too little', {
                place: 'kvBytes',
                expected: `at least ${Math.ceil(row * Math.max(least.source / most.source, least.reply / most.reply))}`,
                got: String(kvBytes),
                hint: 'Give more bytes',
            });
        this.sources = new KvSlots(program, 1, this.room.source, 'cross');
        this.replies = new KvSlots(program, 1, this.room.reply, 'past');
    }
    get bytes() {
        return this.sources.bytes + this.replies.bytes;
    }
    /** Positions of every row as they are laid out now. */
    get width() {
        return { source: this.sources.capacity, reply: this.replies.capacity };
    }
    /** Whether rows of at most this many positions each have room together. */
    fits(rows) {
        if (rows.length > this.budget.slots)
            return false;
        const { source, reply } = this.widthFor(rows);
        return rows.length * source <= this.room.source && rows.length * reply <= this.room.reply;
    }
    /** Makes the rows as wide as they must be. `filled` is what the used rows hold, `wanted` what all rows will hold. */
    layOut(filled, wanted) {
        const { source, reply } = this.widthFor(wanted);
        const { width } = this;
        const of = (what) => filled.map((row) => row[what]);
        if (source !== width.source)
            this.sources.layOut(source, of('source'));
        if (reply !== width.reply)
            this.replies.layOut(reply, of('reply'));
    }
    /** A row for a source with these keys and values (`cross.LAYER.key`, `.value`), with nothing said yet. */
    begin(slot, cross) {
        this.sources.put(slot, cross);
        this.replies.clear(slot);
    }
    /** Copies a row that holds this much to another place. */
    move(from, to, { source, reply }) {
        this.sources.move(from, to, source);
        this.sources.clear(to, source);
        this.replies.move(from, to, reply);
        this.replies.clear(to, reply);
    }
    /** What the program is fed for the first `count` rows, and where it writes. */
    view(count) {
        const { past, present } = this.replies.view(0, count);
        return { past: { ...this.sources.view(0, count).past, ...past }, present };
    }
    widthFor(rows) {
        const wide = (what) => {
            const longest = rows.reduce((n, row) => Math.max(n, row[what]), NARROWEST);
            return Math.min(this.most[what], 2 ** Math.ceil(Math.log2(longest)));
        };
        return { source: wide('source'), reply: wide('reply') };
    }
}
//# sourceMappingURL=seq2seq-memory.js.map