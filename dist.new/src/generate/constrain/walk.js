// Reading bytes over a grammar: configurations (a state and the calls that are open), and lazily built sets of them.
import { moveOn } from './automaton.js';
import { left, opened, withByte } from './distinct.js';
/**
 * More configurations than this are forgotten, the last found first. What stays is sound (each of them can be finished); only grammars
 * with very many overlapping alternatives lose texts by it.
 */
const MOST_CONFIGS = 128;
const MOST_SETS = 8000;
/** Of a set with its successors, about. */
const SET_BYTES = 4096;
const SET_COST = 40;
const STEP_COST = 4;
const MOST_FRAMES = 100_000;
/** Text for use as a key. */
export const keyOf = (c) => `${c.state}.${c.frame?.id ?? 0}.${c.depth}`;
/** Steps through a grammar byte by byte. Everything it remembers is a bounded cache. */
export class Walker {
    grammar;
    width;
    sets = new Map();
    roots = new Map();
    frames = 0;
    /** Ways to finish an item from a set: at least so many, or exactly. */
    ways = new WeakMap();
    made = 0;
    /** `width`: configurations that are kept at once. */
    constructor(grammar, width = MOST_CONFIGS) {
        this.grammar = grammar;
        this.width = width;
    }
    /** Bytes that it takes, about. */
    get size() {
        return this.sets.size * SET_BYTES;
    }
    /** Forgets sets when there are many. Called between walks, so that what a walk costs does not depend on what was kept before it. */
    tidy() {
        if (this.sets.size >= MOST_SETS)
            this.sets.clear();
    }
    /**
     * What a step costs the walk with this number, as if nothing had been known before it: a reply must not depend on what is in the caches.
     * A step that this walk took before is free.
     */
    charge(set, byte, walk) {
        const visit = set.visit === walk ? 0 : SET_COST;
        set.visit = walk;
        if (set.taken[byte] === walk)
            return visit;
        set.taken[byte] = walk;
        return visit + STEP_COST + 2 * set.configs.length;
    }
    /** Configurations after entering `state` below `frame`. `watched`: items that must differ do. */
    closure(seeds, watched = false) {
        const { grammar } = this;
        const { maxDepth } = grammar;
        const configs = [];
        const seen = new Set();
        let exits = false;
        // A queue, so that the order is that of nearness; pruning keeps the nearest.
        const queue = [...seeds];
        for (let i = 0; i < queue.length && configs.length < this.width; i++) {
            const c = queue[i];
            // The array and its items follow from the bytes that were read, and from where it began.
            const key = c.items ? `${keyOf(c)}.${c.items.read}` : keyOf(c);
            if (seen.has(key))
                continue;
            seen.add(key);
            const s = grammar.at(c.state);
            if (c.depth + s.need > maxDepth)
                continue;
            if (c.depth + s.reads <= maxDepth)
                configs.push(c);
            if (s.accepts)
                if (c.frame) {
                    const items = watched ? left(c.items, c.frame.role) : undefined;
                    if (items !== 'again')
                        queue.push({ state: c.frame.after, frame: c.frame.parent, depth: c.frame.depth, items });
                }
                else
                    exits = true;
            for (const call of s.calls) {
                const depth = c.depth + (call.deeper ? 1 : 0);
                const after = grammar.at(call.after);
                if (depth + grammar.at(call.start).need > maxDepth || c.depth + after.need > maxDepth)
                    continue;
                const items = watched ? opened(c.items, call.role) : undefined;
                queue.push({ state: call.start, frame: call.last ? c.frame : this.frame(call.after, c.frame, c.depth, call.role), depth, items });
            }
        }
        return { configs, exits };
    }
    /** The set of exactly these configurations, which read. */
    set(closure) {
        const key = `${closure.exits ? '!' : ''}${closure.configs.map(keyOf).join()}`;
        let set = this.sets.get(key);
        if (!set) {
            const next = new Array(256).fill(undefined);
            set = { ...closure, next, visit: 0, taken: new Int32Array(256) };
            this.sets.set(key, set);
        }
        return set;
    }
    /** The set after a byte; null when no configuration reads it. */
    step(set, byte) {
        const known = set.next[byte];
        if (known !== undefined)
            return known;
        const seeds = [];
        for (const c of set.configs) {
            const target = moveOn(this.grammar.at(c.state).moves, byte);
            if (target >= 0)
                seeds.push({ state: target, frame: c.frame, depth: c.depth });
        }
        const closure = this.closure(seeds);
        const next = closure.configs.length > 0 || closure.exits ? this.set(closure) : null;
        set.next[byte] = next;
        return next;
    }
    /** What configurations with their frames become by a byte, where items that must differ are watched. */
    read(configs, byte) {
        const seeds = [];
        for (const c of configs) {
            const state = moveOn(this.grammar.at(c.state).moves, byte);
            if (state >= 0)
                seeds.push({ ...c, state, ...(c.items ? { items: withByte(c.items, byte) } : {}) });
        }
        const { configs: reached, exits } = this.closure(seeds, true);
        return { configs: reached.filter((c) => !c.items?.near.length || this.hasMore(c, c.items.near.length)), exits };
    }
    /** Whether an item can be finished from here in more than `count` ways. `budget` pays for looking. */
    hasMore(c, count, budget) {
        const cut = (frame) => !frame || frame.role === 'item' ? undefined : this.frame(frame.after, cut(frame.parent), frame.depth, frame.role);
        const start = this.set(this.closure([{ state: c.state, frame: cut(c.frame), depth: c.depth }]));
        const known = this.ways.get(start);
        if (known && (known.least > count || known.exact))
            return known.least > count;
        const enough = Math.max(64, 2 * count);
        let ended = 0;
        // Ways to come to a set, by different texts: each can be finished, or the set would not be there.
        let open = new Map([[start, 1]]);
        const least = () => [...open.values()].reduce((sum, ways) => sum + ways, ended);
        while (open.size > 0 && least() <= enough) {
            const next = new Map();
            for (const [set, ways] of open) {
                budget?.spend(100);
                if (set.exits)
                    ended += ways;
                for (let byte = 0; set.configs.length > 0 && byte < 256; byte++) {
                    const after = this.step(set, byte);
                    if (after)
                        next.set(after, (next.get(after) ?? 0) + ways);
                }
            }
            open = next;
        }
        const found = { least: least(), exact: open.size === 0 };
        this.ways.set(start, found);
        return found.least > count;
    }
    /** What comes after the call of `frame` returns. */
    returned(frame) {
        frame.returned ??= this.closure([{ state: frame.after, frame: frame.parent, depth: frame.depth }]);
        return frame.returned;
    }
    frame(after, parent, depth, role) {
        const siblings = parent ? parent.children : this.roots;
        const key = (after * 4096 + depth) * 3 + (role === undefined ? 0 : role === 'array' ? 1 : 2);
        let frame = siblings.get(key);
        if (!frame) {
            // Frames of before live on where they are in use; they only are not shared with new ones.
            if (++this.frames > MOST_FRAMES) {
                this.roots = new Map();
                this.frames = 0;
                this.sets.clear();
            }
            frame = { after, parent, depth, role, id: ++this.made, children: new Map() };
            siblings.set(key, frame);
        }
        return frame;
    }
}
//# sourceMappingURL=walk.js.map