// Rows of a policy in the rows of a memory of keys and values: a step with idle rows among them, and rows that fork.
/** Rows of a memory. */
export class SlotRows {
    memory;
    o;
    slots;
    logits;
    /** Fed again and again. */
    next;
    data = new Float32Array();
    constructor(memory, o, 
    /** The row of the memory for each row. */
    slots = Array.from({ length: memory.batch }, (_, i) => i)) {
        this.memory = memory;
        this.o = o;
        this.slots = slots;
        const { vocabSize } = o;
        this.next = Array.from({ length: memory.batch }, () => new Int32Array(1));
        this.logits = {
            at: (i) => this.data.subarray(slots[i] * vocabSize, (slots[i] + 1) * vocabSize),
            logSum: (i) => memory.logSums[slots[i]],
        };
    }
    get count() {
        return this.slots.length;
    }
    /** Takes [batch, vocab]. */
    take({ data }) {
        this.data = data;
        return this.logits;
    }
    /** `Policy.step`. */
    async step(ids) {
        const { memory, slots, next, o } = this;
        let active = 0;
        for (let i = 0; i < slots.length; i++) {
            const id = ids[i];
            next[slots[i]][0] = Math.max(id, 0);
            if (id >= 0)
                active++;
        }
        if (active === memory.batch)
            return this.take(await o.step(memory, next));
        // An idle row computes garbage at a position that nobody reads and that its own next token overwrites.
        const lengths = memory.lengths.slice();
        const isActive = new Set(slots.filter((_, i) => ids[i] >= 0));
        const idle = [...lengths.keys()].filter((slot) => !isActive.has(slot));
        for (const slot of idle)
            memory.lengths[slot] = Math.min(lengths[slot], o.capacity - 1);
        const logits = await o.step(memory, next);
        for (const slot of idle)
            memory.lengths[slot] = lengths[slot];
        return this.take(logits);
    }
    /** `Policy.select`. */
    select(parents, reserve = parents.length) {
        const { memory, slots, o } = this;
        const sources = parents.map((parent) => slots[parent]);
        const most = Math.max(parents.length, reserve);
        if (most > memory.batch) {
            const larger = o.larger(memory, most);
            for (const [slot, source] of sources.entries())
                o.copy(memory, source, larger, slot);
            return new SlotRows(larger, o, [...parents.keys()]);
        }
        // The first that goes on from a row stays where that is, the others get copies in rows that nothing goes on from.
        const free = [...memory.lengths.keys()].filter((slot) => !sources.includes(slot));
        const stayed = new Set();
        const placed = sources.map((source) => {
            if (!stayed.has(source)) {
                stayed.add(source);
                return source;
            }
            const slot = free.shift();
            o.copy(memory, source, memory, slot);
            return slot;
        });
        return new SlotRows(memory, o, placed);
    }
}
//# sourceMappingURL=slot-rows.js.map