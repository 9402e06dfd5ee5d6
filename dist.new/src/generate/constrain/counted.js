// Strings of a counted length without a state for every length: an automaton over characters, times a counter that is a number.
import { automatonOf, minimal, product } from './automaton.js';
import { bytes, seq, text } from './node.js';
import { listAt, packLists } from './packed.js';
const QUOTE = [0x22, 0x22];
/**
 * A state is a pair of a state of the automaton and a count, written as the number `state * width + count`. Which pairs can come to an end
 * is the same for long runs of counts, so that it is kept once for each run, a level.
 */
export class Counted {
    packed;
    /** Counts from 0 to `top`; without a maximum the last one stands for all from it on. */
    width;
    top;
    constructor(packed) {
        this.packed = packed;
        this.top = topOf(packed);
        this.width = this.top + 1;
    }
    /** Strings in quotes whose content is of `content` (all there are without it) and of `count.unit`s. `spell` drops bytes that cannot be written. */
    static of(content, count, spell, limit, budget) {
        const unit = minimal(automatonOf(count.unit, limit, budget), budget);
        // 0 the opening quote, 1 between characters, then the inside of characters, last the end.
        const inside = unit.accepts.map((accept, s) => (accept || s === 0 ? 1 : s + 1));
        const end = unit.accepts.length + 1;
        const frame = { moves: [[...QUOTE, 1]], calls: [], accepts: [] };
        for (let s = 1; s <= end; s++)
            frame.moves.push([]);
        for (const [s, moves] of unit.moves.entries())
            for (let i = 0; i < moves.length; i += 3)
                frame.moves[s + 1].push(moves[i], moves[i + 1], inside[moves[i + 2]]);
        frame.moves[1] = sorted([...frame.moves[1], ...QUOTE, end]);
        frame.accepts.push(...frame.moves.map((_, s) => s === end));
        frame.calls.push(...frame.moves.map(() => []));
        let [dfa, whole] = [frame, Uint8Array.from(frame.moves, (_, s) => Number(s === 1))];
        if (content) {
            const quoted = minimal(automatonOf(seq(bytes([QUOTE]), content, text('"')), limit, budget), budget);
            const pairs = [];
            dfa = product(quoted, frame, true, { limit, budget, pairs });
            whole = Uint8Array.from(pairs, ([, state]) => Number(state === 1));
        }
        return new Counted(leveled(dfa.moves.map(spell), dfa.accepts, { min: count.min, max: count.max, whole }, budget));
    }
    /** Ids that there are. */
    get size() {
        return this.packed.accepts.length * this.width;
    }
    /** Whether the string can be ended from an id. */
    alive(id) {
        return this.isAlive(this.levelOf(id % this.width), Math.floor(id / this.width));
    }
    accepts(id) {
        const { accepts, min } = this.packed;
        return accepts[Math.floor(id / this.width)] === 1 && id % this.width >= min;
    }
    /** Transitions to ids that can come to an end, `base` added to each: lo, hi, target, ... */
    moves(id, base) {
        const { packed, top } = this;
        const [state, count] = [Math.floor(id / this.width), id % this.width];
        const moves = listAt(packed.moves, state);
        const out = [];
        for (let i = 0; i < moves.length; i += 3) {
            const target = moves[i + 2];
            const after = countAfter(packed, top, { state, target, count });
            if (after < 0 || !this.isAlive(this.levelOf(after), target))
                continue;
            out.push(moves[i], moves[i + 1], base + target * this.width + after);
        }
        return out;
    }
    /** An id of a state that reads the same texts of up to `reach` characters; the id itself where there is no simpler one. */
    like(id, reach) {
        const { from, to, max } = this.packed;
        const count = id % this.width;
        const level = this.levelOf(count);
        const last = to[level];
        const far = count + reach <= last || (last === this.top && max === Number.POSITIVE_INFINITY);
        return far ? id - count + from[level] : id;
    }
    isAlive(level, state) {
        const { alive, accepts } = this.packed;
        return alive[level * accepts.length + state] === 1;
    }
    levelOf(count) {
        const { from } = this.packed;
        let [lo, hi] = [0, from.length - 1];
        while (lo < hi) {
            const middle = (lo + hi) >> 1;
            if (from[middle] > count)
                lo = middle + 1;
            else
                hi = middle;
        }
        return lo;
    }
}
const topOf = ({ min, max }) => (max === Number.POSITIVE_INFINITY ? min : max);
/** The count after a move; -1 past the maximum. */
function countAfter({ whole, max }, top, { state, target, count }) {
    if (state === 0 || whole[target] !== 1)
        return count;
    if (count < top)
        return count + 1;
    return max === Number.POSITIVE_INFINITY ? count : -1;
}
/** Fills the levels from the last count down. A level depends on the one above alone, so that two equal ones make a run. */
function leveled(moves, accepts, about, budget) {
    const { min } = about;
    const top = topOf(about);
    const levels = [];
    const edges = moves.reduce((sum, m) => sum + 1 + m.length / 3, 0);
    for (let count = top; count >= 0;) {
        const above = levels.at(-1);
        const ends = count >= min;
        const alive = Uint8Array.from(accepts, (accept) => Number(accept && ends));
        // Inside one count nothing leads in a circle, save where the last count stands for more.
        for (let changed = true; changed;) {
            changed = false;
            budget.spend(edges);
            for (let s = moves.length - 1; s >= 0; s--) {
                if (alive[s])
                    continue;
                const own = moves[s];
                for (let i = 2; i < own.length; i += 3) {
                    const target = own[i];
                    const after = countAfter(about, top, { state: s, target, count });
                    if (after < 0 || !(after === count ? alive : above.alive)[target])
                        continue;
                    alive[s] = 1;
                    changed = true;
                    break;
                }
            }
        }
        // The level above must allow ends as this one does, or the next ones may differ still.
        const alike = above !== undefined && above.from >= min === ends;
        if (alike && alive.every((v, s) => v === above.alive[s])) {
            // From here on all are the same, as far as ends are allowed alike.
            const from = ends ? min : 0;
            levels[levels.length - 1] = { ...above, from };
            count = from - 1;
        }
        else {
            levels.push({ from: count, to: count, alive });
            count--;
        }
    }
    const alive = new Uint8Array(levels.length * accepts.length);
    for (const [i, level] of levels.entries())
        alive.set(level.alive, i * accepts.length);
    return {
        ...about,
        moves: packLists(moves),
        accepts: Uint8Array.from(accepts, Number),
        from: Float64Array.from(levels, (level) => level.from),
        to: Float64Array.from(levels, (level) => level.to),
        alive,
    };
}
function sorted(moves) {
    const triples = [];
    for (let i = 0; i < moves.length; i += 3)
        triples.push(moves.slice(i, i + 3));
    return triples.sort((a, b) => a[0] - b[0]).flat();
}
//# sourceMappingURL=counted.js.map