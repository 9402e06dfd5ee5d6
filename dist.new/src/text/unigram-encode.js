// Encodes words with a unigram model: the segmentation with the largest sum of scores, found in one pass over a trie (Kudo 2018).
import { SensoriumError } from '../util/errors.js';
import { byteIds, bytesOf } from './bpe-encode.js';
import { PairTable } from './pair-table.js';
/** What an unknown character costs beyond the least probable token, as in sentencepiece. */
const UNKNOWN_PENALTY = 10;
const CACHED_WORDS = 50_000;
const CACHED_LENGTH = 64;
/** Equal to tokenizers' Unigram model, in time linear in the text. */
export class UnigramEncoder {
    place;
    edges;
    /** Of each node of the trie, the token that ends there, or -1. */
    ends = [-1];
    scores;
    unknownScore;
    unknown;
    bytes;
    ids;
    cache = new Map();
    /** `special`: tokens that text never becomes. */
    constructor({ vocab, unk_id, byte_fallback }, place, special = new Set()) {
        this.place = place;
        this.scores = Float64Array.from(vocab, ([, score]) => score);
        this.ids = new Map(vocab.map(([token], id) => [token, id]));
        this.edges = new PairTable(vocab.reduce((n, [token]) => n + token.length, 0));
        for (const [token, id] of this.ids)
            if (!special.has(token) && token !== '')
                this.insert(token, id);
        this.unknownScore = this.scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - UNKNOWN_PENALTY;
        this.unknown = unk_id ?? undefined;
        this.bytes = byte_fallback ? byteIds(this.ids) : undefined;
    }
    /** Ids of one word. Throws `text.unknown` for a character without a token where the model has no unknown token either. */
    encode(word) {
        const known = this.cache.get(word);
        if (known !== undefined)
            return known;
        const result = this.best(word);
        if (word.length <= CACHED_LENGTH) {
            if (this.cache.size >= CACHED_WORDS)
                this.cache = new Map();
            this.cache.set(word, result);
        }
        return result;
    }
    insert(token, id) {
        let node = 0;
        for (let i = 0; i < token.length; i++) {
            const code = token.charCodeAt(i);
            let next = this.edges.get(node, code);
            if (next < 0) {
                next = this.ends.push(-1) - 1;
                this.edges.set(node, code, next);
            }
            node = next;
        }
        this.ends[node] = id;
    }
    /** The best path that ends at each position; of equals the one whose last token begins first. */
    best(word) {
        const n = word.length;
        const scores = new Float64Array(n + 1);
        const starts = new Int32Array(n + 1).fill(-1);
        const tokens = new Int32Array(n + 1);
        const reach = (to, from, score, id) => {
            if (starts[to] !== -1 && score <= scores[to])
                return;
            scores[to] = score;
            starts[to] = from;
            tokens[to] = id;
        };
        for (let from = 0, length = 0; from < n; from += length) {
            length = word.codePointAt(from) > 0xffff ? 2 : 1;
            const before = scores[from];
            let single = false;
            let node = 0;
            for (let to = from; to < n;) {
                node = this.edges.get(node, word.charCodeAt(to++));
                if (node < 0)
                    break;
                const id = this.ends[node];
                if (id < 0)
                    continue;
                reach(to, from, before + this.scores[id], id);
                single ||= to - from === length;
            }
            if (!single)
                reach(from + length, from, before + this.unknownScore, this.unknown ?? -1);
        }
        return this.path(word, starts, tokens);
    }
    path(word, starts, tokens) {
        const parts = [];
        for (let end = word.length; end > 0;) {
            const start = starts[end];
            const id = tokens[end];
            const last = parts.at(-1);
            // A run of unknown characters is one unknown token.
            if (this.isUnknown(id) && last && this.isUnknown(last[2]))
                last[0] = start;
            else
                parts.push([start, end, id]);
            end = start;
        }
        return parts.reverse().flatMap(([start, end, id]) => (this.isUnknown(id) ? this.spell(word.slice(start, end)) : [id]));
    }
    isUnknown(id) {
        return id === -1 || id === this.unknown;
    }
    spell(text) {
        const bytes = this.bytes && bytesOf(text, this.bytes);
        if (bytes)
            return bytes;
        if (this.unknown !== undefined)
            return [this.unknown];
        throw new SensoriumError('text.unknown', 'the vocabulary cannot spell this text', { place: this.place, got: JSON.stringify(text) });
    }
}
//# sourceMappingURL=unigram-encode.js.map