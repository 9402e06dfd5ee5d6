// Walks over the trie of a vocabulary: which tokens a configuration reads, made once for each state of a grammar.
import { Walker } from './walk.js';
/**
 * Steps of one walk over the vocabulary; a walk that would take more follows one configuration at a time, which narrows what can be
 * written there and never spoils it.
 */
const MOST_STEPS = 600_000;
/** What is walked in one step of making a mask. */
const WALKED = 3000;
/** Bytes of walks that are kept. */
const MOST_BYTES = 64 * 2 ** 20;
/** The walks of a grammar. Several may be under way at a time. */
export class VocabularyWalks {
    grammar;
    trie;
    /** Of the walks that are kept. */
    bytes = 0;
    walks = new Map();
    walked = 0;
    /** Walkers that no walk uses: what a walk costs is noted in the sets of its walker. */
    wide = [];
    /** For walks that would take too long. */
    narrow = [];
    words;
    constructor(grammar, trie) {
        this.grammar = grammar;
        this.trie = trie;
        this.words = Math.ceil(trie.vocabSize / 32);
    }
    /** Bytes that they take, about. */
    get size() {
        return [...this.wide, ...this.narrow].reduce((sum, walker) => sum + walker.size, this.bytes);
    }
    /** Forgets all walks. */
    clear() {
        this.walks = new Map();
        this.bytes = 0;
        this.wide.length = 0;
        this.narrow.length = 0;
    }
    /** Everything below `node` that a configuration reads, whatever calls are open. */
    *from(from, node) {
        const { grammar, trie } = this;
        const state = grammar.like(from.state, trie.reach);
        const depth = grammar.depthKey(from);
        const key = `${node}.${state}.${depth}`;
        const known = this.walks.get(key);
        if (known)
            return known;
        const alone = { state, frame: undefined, depth };
        let walk = yield* this.walk(this.wide, Number.POSITIVE_INFINITY, { from: alone, node, most: MOST_STEPS });
        walk ??= yield* this.walk(this.narrow, 1, { from: alone, node, most: Number.POSITIVE_INFINITY });
        this.keep(key, walk);
        return walk;
    }
    keep(key, walk) {
        const bytes = 64 + (walk.bits?.byteLength ?? 0) + 8 * (walk.tokens?.length ?? 0) + 8 * walk.exits.length;
        if (this.bytes + bytes > MOST_BYTES) {
            this.walks = new Map();
            this.bytes = 0;
        }
        this.bytes += bytes;
        this.walks.set(key, walk);
    }
    /** A walk that takes at most `most` steps, or undefined. */
    *walk(idle, width, { from, node, most }) {
        const walker = idle.pop() ?? (width === 1 ? new Walker(this.grammar, 1) : new Walker(this.grammar));
        walker.tidy();
        const { byte, depth, end, first, tokens } = this.trie;
        const stop = end[node];
        const base = depth[node];
        const bits = node === 0 ? new Uint32Array(this.words) : undefined;
        const list = [];
        const exits = [];
        const path = [walker.set({ configs: [from], exits: false })];
        const number = ++this.walked;
        let cost = 0;
        let since = 0;
        try {
            for (let n = node + 1; n < stop;) {
                const at = depth[n] - base;
                const before = path[at - 1];
                const charge = walker.charge(before, byte[n], number);
                cost += charge;
                if (cost > most)
                    return undefined;
                since += 1 + charge;
                if (since > WALKED) {
                    since = 0;
                    yield;
                }
                const set = walker.step(before, byte[n]);
                if (set === null) {
                    n = end[n];
                    continue;
                }
                path[at] = set;
                const until = first[n + 1];
                // Tokens of this node itself: its first child, the next node, was made by the token after them.
                for (let t = first[n]; t < until; t++) {
                    const id = tokens[t];
                    if (bits)
                        bits[id >>> 5] = bits[id >>> 5] | (1 << (id & 31));
                    else
                        list.push(id);
                }
                if (set.exits && end[n] > n + 1)
                    exits.push(n);
                n++;
            }
            return { bits, tokens: list, exits, cost };
        }
        finally {
            idle.push(walker);
        }
    }
}
//# sourceMappingURL=vocabulary-walks.js.map