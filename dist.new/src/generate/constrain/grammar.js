// A compiled grammar: the automata of its rules in one table, whose states are read as they are needed.
import { Counted } from './counted.js';
import { listAt } from './packed.js';
/** Bits of `PackedGrammar`: of states, and of calls. */
export const FLAGS = { accepts: 1, deep: 2, last: 1, deeper: 2, array: 4, item: 8 };
/** The automata of all rules. States are numbers; they are read from their arrays, or made, when they are asked for. */
export class Grammar {
    packed;
    table;
    made = new Map();
    counted;
    constructor(packed) {
        this.packed = packed;
        this.table = new Array(packed.flags.length);
        this.counted = packed.counted.map(({ base, rule }) => ({ base, rule: new Counted(rule) }));
    }
    get start() {
        return this.packed.start;
    }
    /** Recursive calls that may be open at once. */
    get maxDepth() {
        return this.packed.maxDepth;
    }
    /** What compiling left out: see `ConstraintWarning`. */
    get warnings() {
        return this.packed.warnings;
    }
    /** Where each rule begins. */
    get starts() {
        return this.packed.starts;
    }
    /** Whether there are arrays whose items differ. */
    get distinct() {
        return this.packed.distinct;
    }
    /** A state by its number. */
    at(id) {
        const { table } = this;
        if (id < table.length) {
            let state = table[id];
            if (!state) {
                state = this.read(id);
                table[id] = state;
            }
            return state;
        }
        const state = this.made.get(id);
        if (state)
            return state;
        const { base, rule } = this.ruleOf(id);
        const moves = rule.moves(id - base, base);
        const reads = moves.length > 0 ? 0 : Number.POSITIVE_INFINITY;
        const made = { moves, calls: [], accepts: rule.accepts(id - base), need: 0, reads, deep: false };
        if (this.made.size >= MOST_MADE)
            this.made.clear();
        this.made.set(id, made);
        return made;
    }
    /** The depth that what may follow a configuration depends on: none where no recursive rule can come. */
    depthKey({ state, depth }) {
        return this.at(state).deep ? depth : 0;
    }
    /** A state in place of this one for tokens of at most `reach` bytes: lengths far from their bounds are alike. */
    like(id, reach) {
        if (id < this.table.length)
            return id;
        const { base, rule } = this.ruleOf(id);
        return base + rule.like(id - base, reach);
    }
    read(id) {
        const { moves, calls: lists, flags, need, reads } = this.packed;
        const list = listAt(lists, id);
        const calls = [];
        for (let i = 0; i < list.length; i += 3) {
            const flag = list[i + 2];
            const role = flag & FLAGS.array ? 'array' : flag & FLAGS.item ? 'item' : undefined;
            calls.push({
                start: list[i],
                after: list[i + 1],
                last: (flag & FLAGS.last) !== 0,
                deeper: (flag & FLAGS.deeper) !== 0,
                role,
            });
        }
        const flag = flags[id];
        return {
            moves: listAt(moves, id),
            calls,
            accepts: (flag & FLAGS.accepts) !== 0,
            need: need[id],
            reads: reads[id],
            deep: (flag & FLAGS.deep) !== 0,
        };
    }
    ruleOf(id) {
        let [lo, hi] = [0, this.counted.length - 1];
        while (lo < hi) {
            const middle = (lo + hi + 1) >> 1;
            if (this.counted[middle].base <= id)
                lo = middle;
            else
                hi = middle - 1;
        }
        return this.counted[lo];
    }
}
const MOST_MADE = 20_000;
//# sourceMappingURL=grammar.js.map