// A constraint over tokens: states that follow a reply, and for each state the mask of tokens that may come next.
import { SensoriumError } from '../../util/errors.js';
import { allSteps, inSlices } from '../../util/slices.js';
import { packedBytes } from './packed.js';
import { VocabularyWalks } from './vocabulary-walks.js';
import { keyOf, Walker } from './walk.js';
/** Steps and walks of one mask; configurations that would take more are left out of it, the first one never. */
const MOST_MASK_STEPS = 2_000_000;
const MOST_MASK_WALKS = 50_000;
/** Bytes of masks and walks that are kept; beyond it all are forgotten and made anew as they are needed. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_STATES = 4096;
/** Walks that are looked up, and tokens that are followed, in one step of making a mask. */
const LOOKED_UP = 256;
const FOLLOWED = 16;
/** The token-mask automaton of a grammar over a vocabulary. One serves any number of replies; it never reaches a dead end. */
export class Constraint {
    trie;
    start;
    /** Keywords of the schema that were read over. */
    warnings;
    walker;
    walks;
    words;
    /** Whether there are arrays whose items differ. */
    distinct;
    packed;
    making = new WeakMap();
    states = new Map();
    bytes = 0;
    lists;
    constructor(grammar, trie) {
        this.trie = trie;
        this.walker = new Walker(grammar);
        this.walks = new VocabularyWalks(grammar, trie);
        this.packed = packedBytes(grammar.packed);
        this.warnings = grammar.warnings;
        this.words = Math.ceil(trie.vocabSize / 32);
        this.distinct = grammar.distinct;
        this.start = this.state(this.walker.closure([{ state: grammar.start, frame: undefined, depth: 0 }], this.distinct));
    }
    /** Bytes that it takes, about. */
    get size() {
        return this.packed + this.bytes + this.walks.size + this.walker.size;
    }
    /** The state after a token; undefined when the token is not allowed. */
    advance(state, id) {
        const token = this.trie.bytes[id];
        if (!token?.length)
            return undefined;
        this.walker.tidy();
        if (this.distinct)
            return this.watched(state, token);
        const configs = new Map();
        let ends = false;
        const seen = new Set();
        const collect = (closure) => {
            for (const c of closure.configs)
                configs.set(keyOf(c), c);
            ends ||= closure.exits;
        };
        const read = (from, at) => {
            const key = `${at}.${keyOf(from)}`;
            if (seen.has(key))
                return;
            seen.add(key);
            const shift = from.depth - this.walker.grammar.depthKey(from);
            let set = this.alone(from);
            for (let i = at; i < token.length; i++) {
                set = this.walker.step(set, token[i]);
                if (!set)
                    return;
                if (i + 1 < token.length && set.exits && from.frame)
                    for (const c of this.walker.returned(from.frame).configs)
                        read(c, i + 1);
            }
            collect({ configs: set.configs.map((c) => this.onto(c, from.frame, shift)), exits: false });
            if (set.exits)
                collect(from.frame ? this.walker.returned(from.frame) : { configs: [], exits: true });
        };
        for (const c of state.configs)
            read(c, 0);
        return configs.size > 0 || ends ? this.state({ configs: [...configs.values()], exits: ends }) : undefined;
    }
    /** The same where items that must differ are watched: byte by byte, with all frames. */
    watched(state, token) {
        let at = { configs: state.configs, exits: state.ends };
        for (const byte of token) {
            at = this.walker.read(at.configs, byte);
            if (at.configs.length === 0 && !at.exits)
                return undefined;
        }
        return this.state(at);
    }
    /** The state after several tokens; undefined when they are not allowed. */
    follow(ids, from = this.start) {
        let state = from;
        for (const id of ids)
            if (state)
                state = this.advance(state, id);
        return state;
    }
    /** One bit a token, 32 to a word: set where the token may come next. End tokens are not in it: see `ends`. */
    mask(state) {
        return state.mask ?? allSteps(this.masking(state));
    }
    /**
     * The same, at once where it takes a few milliseconds at most; otherwise in slices between which everything else runs. Resolves with undefined
     * when `over` says that nobody wants it any more.
     */
    prepare(state, over) {
        if (state.mask)
            return state.mask;
        const known = this.making.get(state);
        if (known) {
            known.over.push(over);
            return known.done;
        }
        const all = [over];
        const made = inSlices(this.masking(state), () => all.every((one) => one()));
        if ('value' in made)
            return made.value;
        const forget = () => this.making.delete(state);
        made.then(forget, forget);
        this.making.set(state, { done: made, over: all });
        return made;
    }
    /** Makes a mask in steps. */
    *masking(state) {
        const mask = new Uint32Array(this.words);
        /** Tokens that are taken only if the items they end or begin differ from those before. */
        const unsure = new Uint32Array(this.distinct ? this.words : 0);
        const seen = new Set();
        let cost = 0;
        let looked = 0;
        const branches = [{ exits: [0], configs: state.configs, sure: undefined, next: 0 }];
        for (let branch = branches.at(-1); branch; branch = branches.at(-1)) {
            const { exits, configs } = branch;
            if (branch.next >= exits.length * configs.length || cost > MOST_MASK_STEPS || seen.size > MOST_MASK_WALKS) {
                branches.pop();
                continue;
            }
            const from = configs[branch.next % configs.length];
            const node = exits[Math.floor(branch.next / configs.length)];
            branch.next++;
            const sure = branch.sure ?? (!from.items || from.items.item !== undefined);
            const key = `${node}.${keyOf(from)}${sure}`;
            if (seen.has(key))
                continue;
            seen.add(key);
            if (++looked % LOOKED_UP === 0)
                yield;
            const walk = yield* this.walks.from(from, node);
            cost += walk.cost;
            const into = sure ? mask : unsure;
            if (walk.bits)
                for (let w = 0; w < mask.length; w++)
                    into[w] = into[w] | walk.bits[w];
            for (const id of walk.tokens ?? [])
                into[id >>> 5] = into[id >>> 5] | (1 << (id & 31));
            const still = sure && from.frame?.role !== 'item';
            if (from.frame && walk.exits.length > 0)
                branches.push({ exits: walk.exits, configs: this.walker.returned(from.frame).configs, sure: still, next: 0 });
        }
        if (this.distinct)
            yield* this.settle(state, mask, unsure);
        if (state.configs.length > 0 && mask.every((word) => word === 0))
            throw new SensoriumError('constrain.empty', 'no token can go on', { hint: 'This is a defect of the constraint: please report it.' });
        // What follows items that must differ comes but once.
        if (state.configs.some((c) => c.items))
            return mask;
        this.spend(mask.byteLength);
        state.mask = mask;
        return mask;
    }
    /** Moves tokens from `unsure` to the mask, and takes them out of it, by following them. */
    *settle(state, mask, unsure) {
        const { trie } = this;
        let followed = 0;
        const check = (id) => {
            const bit = 1 << (id & 31);
            const word = id >>> 5;
            const wanted = (mask[word] | unsure[word]) & bit;
            if (wanted === 0)
                return false;
            if (this.advance(state, id))
                mask[word] = mask[word] | bit;
            else
                mask[word] = mask[word] & ~bit;
            return ++followed % FOLLOWED === 0;
        };
        // A token that begins before the array and holds several of its items.
        for (const id of this.several())
            if (check(id))
                yield;
        const near = new Set();
        for (const { items } of state.configs)
            for (const text of items?.near ?? [])
                near.add(text.slice(items?.item?.length));
        for (const rest of near) {
            let node = 0;
            for (let i = 0; i < rest.length && node >= 0; i++) {
                node = below(trie, node, rest.charCodeAt(i));
                // Past the end of the item all tokens are looked at, before it those that end there.
                const last = i + 1 === rest.length ? trie.end[Math.max(node, 0)] : node + 1;
                if (node >= 0)
                    for (let t = trie.first[node]; t < trie.first[last]; t++)
                        if (check(trie.tokens[t]))
                            yield;
            }
        }
        const whole = near.has('');
        for (let word = 0; word < mask.length; word++) {
            const open = whole ? mask[word] | unsure[word] : unsure[word] & ~mask[word];
            for (let bit = 0; open !== 0 && bit < 32; bit++)
                if ((open >>> bit) & 1 && check(word * 32 + bit))
                    yield;
        }
    }
    /** Tokens that open an array and have more than one item in them. */
    several() {
        this.lists ??= this.trie.bytes.flatMap((token, id) => {
            const from = token?.indexOf(0x5b) ?? -1;
            return from >= 0 && token?.includes(0x2c, from) ? [id] : [];
        });
        return this.lists;
    }
    /** The set of one configuration by itself, its frame forgotten. */
    alone(from) {
        const depth = this.walker.grammar.depthKey(from);
        return this.walker.set({ configs: [{ state: from.state, frame: undefined, depth }], exits: false });
    }
    /** Puts a configuration that was found without its frames back onto them. */
    onto(c, base, shift) {
        const rebase = (frame) => frame ? this.walker.frame(frame.after, rebase(frame.parent), frame.depth + shift, frame.role) : base;
        return { state: c.state, frame: rebase(c.frame), depth: c.depth + shift };
    }
    state({ configs, exits }) {
        const kept = configs.slice(0, MOST_KEPT);
        if (kept.some((c) => c.items))
            return { configs: kept, ends: exits };
        const key = `${exits ? '!' : ''}${kept.map(keyOf).join()}`;
        let state = this.states.get(key);
        if (!state) {
            if (this.states.size >= MOST_STATES)
                this.states = new Map();
            state = { configs: kept, ends: exits };
            this.states.set(key, state);
        }
        return state;
    }
    /** Forgets what was made when there is too much of it. */
    spend(bytes) {
        this.bytes += bytes;
        if (this.bytes + this.walks.bytes <= MOST_BYTES)
            return;
        this.bytes = bytes;
        this.walks.clear();
        this.states = new Map();
    }
}
/** The child of a trie node by its byte, or -1. */
function below(trie, node, byte) {
    for (let n = node + 1; n < trie.end[node]; n = trie.end[n])
        if (trie.byte[n] === byte)
            return n;
    return -1;
}
/** Configurations that a state keeps; as in `Walker`, what is dropped narrows the language and never spoils it. */
const MOST_KEPT = 128;
//# sourceMappingURL=constraint.js.map