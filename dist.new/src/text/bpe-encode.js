// Applies the merges of a BPE model to one word: what tokenizers computes, on ids instead of strings and in n log n however long the word.
import { SensoriumError } from '../util/errors.js';
import { PairTable } from './pair-table.js';
/** Words up to this many symbols are searched linearly for the next merge; longer ones are kept in a heap. */
const SHORT = 48;
const CACHED_WORDS = 50_000;
const CACHED_LENGTH = 64;
/** Stands for a space in sentence pieces. */
const SPACE = '▁';
const encoder = new TextEncoder();
/** Encodes words, of byte-level models in the byte alphabet. Words seen before come from a cache. */
export class BpeEncoder {
    parts;
    cache = new Map();
    constructor(parts) {
        this.parts = parts;
    }
    /** A byte-level model. undefined for models that need more than merges: dropout, affixes, unknown tokens, merges to strings without an id. */
    static from(model, place) {
        if (model.continuing_subword_prefix || model.end_of_word_suffix || model.unk_token || model.byte_fallback)
            return undefined;
        return BpeEncoder.build(model, place, { lenient: false });
    }
    /**
     * Any BPE model but those with dropout or with merges to strings without an id: undefined for these.
     */
    static build(model, place, { lenient = true, special, ids = new Map(Object.entries(model.vocab)) } = {}) {
        if (model.dropout)
            return undefined;
        const prefix = model.continuing_subword_prefix ?? '';
        const merges = model.merges;
        const ranks = new PairTable(merges.length);
        const merged = [];
        let splits = ids.has(SPACE) && prefix === '' && !model.end_of_word_suffix;
        for (const merge of merges) {
            const [left, right] = typeof merge === 'string' ? merge.split(' ') : merge;
            const token = left + right.slice(prefix.length);
            const id = ids.get(token);
            if (id === undefined)
                return undefined;
            splits &&= !(right.startsWith(SPACE) && !left.endsWith(SPACE));
            ranks.set(ids.get(left), ids.get(right), merged.push(id) - 1);
        }
        const unknown = typeof model.unk_token === 'string' ? ids.get(model.unk_token) : undefined;
        return new BpeEncoder({
            ids,
            ranks,
            merged,
            whole: model.ignore_merges ? (special ? new Map([...ids].filter(([token]) => !special.has(token))) : ids) : undefined,
            bytes: model.byte_fallback ? byteIds(ids) : undefined,
            unknown,
            fuse: Boolean(model.fuse_unk),
            prefix,
            suffix: model.end_of_word_suffix ?? '',
            lenient,
            splits,
            place,
        });
    }
    /** Ids of one word. Throws `text.unknown` when a byte has no token. */
    encode(word) {
        const whole = this.parts.whole?.get(word);
        if (whole !== undefined)
            return [whole];
        if (!this.parts.splits || word.length <= CACHED_LENGTH)
            return this.word(word);
        const ids = [];
        let start = 0;
        for (let i = word.indexOf(SPACE, 1); i > 0; i = word.indexOf(SPACE, i + 1)) {
            if (word[i - 1] === SPACE)
                continue;
            for (const id of this.word(word.slice(start, i)))
                ids.push(id);
            start = i;
        }
        for (const id of this.word(word.slice(start)))
            ids.push(id);
        return ids;
    }
    word(word) {
        const known = this.cache.get(word);
        if (known !== undefined)
            return known;
        const result = this.merge(word);
        if (word.length <= CACHED_LENGTH) {
            // Starting over is cheaper than keeping an order of use, and frequent words are back at once.
            if (this.cache.size >= CACHED_WORDS)
                this.cache = new Map();
            this.cache.set(word, result);
        }
        return result;
    }
    merge(word) {
        const symbols = this.symbols(word);
        return symbols.length <= SHORT ? this.mergeShort(symbols) : this.mergeLong(symbols);
    }
    /** Ids of the characters, or of their bytes, or of the unknown token. */
    symbols(word) {
        const { ids, prefix, suffix, bytes, unknown, fuse, lenient, place } = this.parts;
        const plain = prefix === '' && suffix === '';
        const symbols = [];
        let at = 0;
        // As in tokenizers: an unknown token is put down when the next known character comes, behind bytes that were spelled meanwhile.
        let pending = false;
        for (const char of word) {
            at += char.length;
            const first = at === char.length;
            const symbol = plain ? char : (first ? '' : prefix) + char + (at === word.length ? suffix : '');
            const id = ids.get(symbol);
            if (id !== undefined) {
                if (pending)
                    symbols.push(unknown);
                pending = false;
                symbols.push(id);
                continue;
            }
            const spelled = bytes && bytesOf(symbol, bytes);
            if (spelled)
                symbols.push(...spelled);
            else if (unknown !== undefined) {
                if (pending && !fuse)
                    symbols.push(unknown);
                pending = true;
            }
            else if (!lenient)
                throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place, got: JSON.stringify(char) });
        }
        if (pending)
            symbols.push(unknown);
        return symbols;
    }
    /** -1 where the pair is not merged. */
    rank(left, right) {
        return this.parts.ranks.get(left, right);
    }
    /** Lowest rank first, leftmost of equals; quadratic. */
    mergeShort(symbols) {
        const ranks = [];
        for (let i = 0; i + 1 < symbols.length; i++)
            ranks.push(this.rank(symbols[i], symbols[i + 1]));
        for (;;) {
            let best = Number.POSITIVE_INFINITY;
            let at = -1;
            for (let i = 0; i < ranks.length; i++)
                if (ranks[i] >= 0 && ranks[i] < best) {
                    best = ranks[i];
                    at = i;
                }
            if (at < 0)
                return symbols;
            const id = this.parts.merged[best];
            symbols.splice(at, 2, id);
            ranks.splice(at, 1);
            if (at > 0)
                ranks[at - 1] = this.rank(symbols[at - 1], id);
            if (at < ranks.length)
                ranks[at] = this.rank(id, symbols[at + 1]);
        }
    }
    /** The same with a linked list and a heap of (rank, position); n log n. */
    mergeLong(symbols) {
        const n = symbols.length;
        const next = Int32Array.from(symbols, (_, i) => i + 1);
        const previous = Int32Array.from(symbols, (_, i) => i - 1);
        const heap = []; // rank * n + position, so that numbers order them
        const push = (at) => {
            const right = next[at];
            if (right >= n)
                return;
            const rank = this.rank(symbols[at], symbols[right]);
            if (rank >= 0)
                heapPush(heap, rank * n + at);
        };
        for (let i = 0; i + 1 < n; i++)
            push(i);
        while (heap.length > 0) {
            const entry = heapPop(heap);
            const at = entry % n;
            const rank = (entry - at) / n;
            const right = next[at];
            // Out of date: the symbol was merged away, or it or its neighbour has changed since.
            if (symbols[at] < 0 || right >= n || this.rank(symbols[at], symbols[right]) !== rank)
                continue;
            symbols[at] = this.parts.merged[rank];
            symbols[right] = -1;
            const after = next[right];
            next[at] = after;
            if (after < n)
                previous[after] = at;
            if (previous[at] >= 0)
                push(previous[at]);
            push(at);
        }
        return symbols.filter((id) => id >= 0);
    }
}
/** Ids of `<0x00>` to `<0xFF>`. */
export function byteIds(ids) {
    return Array.from({ length: 256 }, (_, byte) => ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));
}
/** Ids of the bytes of a text; undefined where one has none. */
export function bytesOf(text, bytes) {
    const out = [];
    for (const byte of encoder.encode(text)) {
        const id = bytes[byte];
        if (id === undefined)
            return undefined;
        out.push(id);
    }
    return out;
}
function heapPush(heap, value) {
    let i = heap.push(value) - 1;
    while (i > 0) {
        const parent = (i - 1) >> 1;
        if (heap[parent] <= value)
            break;
        heap[i] = heap[parent];
        i = parent;
    }
    heap[i] = value;
}
function heapPop(heap) {
    const top = heap[0];
    const last = heap.pop();
    const n = heap.length;
    if (n === 0)
        return top;
    let i = 0;
    for (let child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= last)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}
//# sourceMappingURL=bpe-encode.js.map