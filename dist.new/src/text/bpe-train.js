// Trains a byte-level BPE tokenizer and returns it as a Hugging Face tokenizer.json: word counts first, then merges with incremental pair counts.
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { BYTE_TO_CHAR } from './bytes.js';
/**
 * GPT-2's pre-tokenisation with every digit on its own, so that numbers have one spelling.
 * Written for Oniguruma, as tokenizer.json wants it; `\s` there is Unicode white space, hence `splitter` below.
 */
export const PRE_TOKENIZE = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const splitter = new RegExp(PRE_TOKENIZE.replace('[^\\s', '[^\\p{White_Space}').replaceAll('\\s', '\\p{White_Space}').replace('\\S', '\\P{White_Space}'), 'gu');
/** Splits text into the pieces inside which merges may happen. Concatenated they are the text. */
export function preTokenize(text) {
    return text.match(splitter) ?? [];
}
/** Keeps vocabSize ** 2 exact. */
const MOST = 2 ** 26;
/** Max-heap over (count, then smaller key) with lazy deletion: an entry is stale when its count is no longer the pair's. */
class PairHeap {
    keys = [];
    counts = [];
    get size() {
        return this.keys.length;
    }
    before(i, j) {
        const a = this.counts[i];
        const b = this.counts[j];
        return a > b || (a === b && this.keys[i] < this.keys[j]);
    }
    swap(i, j) {
        const { keys, counts } = this;
        [keys[i], keys[j]] = [keys[j], keys[i]];
        [counts[i], counts[j]] = [counts[j], counts[i]];
    }
    push(key, count) {
        let i = this.keys.push(key) - 1;
        this.counts.push(count);
        while (i > 0) {
            const parent = (i - 1) >> 1;
            if (!this.before(i, parent))
                break;
            this.swap(i, parent);
            i = parent;
        }
    }
    pop() {
        const top = [this.keys[0], this.counts[0]];
        this.swap(0, this.keys.length - 1);
        this.keys.pop();
        this.counts.pop();
        for (let i = 0;;) {
            let best = i;
            for (const child of [2 * i + 1, 2 * i + 2])
                if (child < this.keys.length && this.before(child, best))
                    best = child;
            if (best === i)
                return top;
            this.swap(i, best);
            i = best;
        }
    }
}
/** Distinct pieces of the corpus with their counts, as arrays of symbol ids. */
function countWords(texts, byteId, signal) {
    const tally = new Map();
    let seen = 0;
    for (const text of texts) {
        if ((seen++ & 255) === 0)
            throwIfAborted(signal);
        for (const piece of preTokenize(text))
            tally.set(piece, (tally.get(piece) ?? 0) + 1);
    }
    const encoder = new TextEncoder();
    const words = [];
    const counts = [];
    for (const [piece, count] of tally) {
        words.push(Array.from(encoder.encode(piece), (b) => byteId[b]));
        counts.push(count);
    }
    return { words, counts };
}
/**
 * Trains byte-level BPE (Sennrich et al. 2016; bytes after Radford et al. 2019) and returns a complete tokenizer.json.
 * Deterministic: of equally frequent pairs the one with the smaller (left id, right id) is merged first.
 * Throws `text.vocab` when `vocabSize` cannot hold the special tokens and the 256 bytes.
 */
export function trainByteLevelBpe(texts, options) {
    const { vocabSize, specialTokens, minFrequency = 2, wholeCharacters = false, signal } = options;
    const base = specialTokens.length + 256;
    if (!Number.isInteger(vocabSize) || vocabSize < base || vocabSize > MOST)
        throw new SensoriumError('text.vocab', 'vocabulary size does not work', {
            expected: `an integer from ${base} (${specialTokens.length} special tokens and 256 bytes) to ${MOST}`,
            got: String(vocabSize),
        });
    if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes(''))
        throw new SensoriumError('text.vocab', 'special tokens must be distinct and not empty', { got: JSON.stringify(specialTokens) });
    const vocab = [...specialTokens];
    const ids = new Map(vocab.map((token, id) => [token, id]));
    const byteId = [];
    for (const char of [...BYTE_TO_CHAR].sort()) {
        if (ids.has(char))
            throw new SensoriumError('text.vocab', 'a special token is a single byte', { got: JSON.stringify(char) });
        const id = vocab.push(char) - 1;
        byteId[BYTE_TO_CHAR.indexOf(char)] = id;
        ids.set(char, id);
    }
    const { words, counts } = countWords(texts, byteId, signal);
    // Pairs are keyed left * vocabSize + right: small integers, which Map hashes fast, and in the order of the tie-break.
    const pairCount = new Map();
    const pairWords = new Map(); // words that held the pair at some time; a superset of those that hold it now
    const delta = new Map();
    const change = (left, right, weight, w) => {
        const key = left * vocabSize + right;
        delta.set(key, (delta.get(key) ?? 0) + weight);
        if (weight < 0)
            return;
        const list = pairWords.get(key);
        if (list === undefined)
            pairWords.set(key, [w]);
        else if (list[list.length - 1] !== w)
            list.push(w);
    };
    const heap = new PairHeap();
    const settle = () => {
        for (const [key, by] of delta) {
            if (by === 0)
                continue;
            const now = (pairCount.get(key) ?? 0) + by;
            if (now > 0) {
                pairCount.set(key, now);
                heap.push(key, now);
            }
            else {
                pairCount.delete(key);
                pairWords.delete(key);
            }
        }
        delta.clear();
    };
    words.forEach((word, w) => {
        for (let i = 0; i + 1 < word.length; i++)
            change(word[i], word[i + 1], counts[w], w);
    });
    settle();
    const merges = [];
    const special = new Set(specialTokens);
    while (vocab.length < vocabSize && heap.size > 0) {
        if ((merges.length & 15) === 0)
            throwIfAborted(signal);
        const [key, count] = heap.pop();
        if (pairCount.get(key) !== count)
            continue;
        if (count < minFrequency)
            break;
        const left = Math.floor(key / vocabSize);
        const right = key % vocabSize;
        const merged = `${vocab[left]}${vocab[right]}`;
        // Text that spells a special token must not become that token.
        if (special.has(merged) || (wholeCharacters && !keepsCharacters(merged))) {
            pairCount.delete(key);
            continue;
        }
        const known = ids.get(merged); // the same string by another route keeps its id
        const id = known ?? vocab.push(merged) - 1;
        ids.set(merged, id);
        merges.push(`${vocab[left]} ${vocab[right]}`);
        const holders = pairWords.get(key);
        pairWords.delete(key); // the merges below may list the pair anew, where it overlaps itself
        for (const w of new Set(holders))
            mergePair(words[w], left, right, id, (l, r, sign) => change(l, r, sign * counts[w], w));
        settle();
    }
    return tokenizerJson(vocab, merges, specialTokens);
}
/** True for whole characters, and for the beginning of a single one. `token` is written in byte-level characters. */
function keepsCharacters(token) {
    const bytes = Array.from(token, (c) => BYTE_TO_CHAR.indexOf(c));
    let i = 0;
    while (i < bytes.length) {
        const lead = bytes[i];
        const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
        if (length === 0)
            return false;
        if (i + length > bytes.length)
            return i === 0;
        i += length;
    }
    return true;
}
/**
 * Replaces left,right by `id` in place, from the left, reporting each pair that goes (-1) or comes (+1). Each step is exact
 * for the word as it stands then, so overlaps (aaaa) need no special case.
 */
function mergePair(word, left, right, id, change) {
    let out = 0;
    for (let i = 0; i < word.length; i++) {
        const symbol = word[i];
        if (symbol !== left || word[i + 1] !== right) {
            word[out++] = symbol;
            continue;
        }
        change(left, right, -1);
        const previous = out > 0 ? word[out - 1] : undefined;
        const next = word[i + 2];
        if (previous !== undefined) {
            change(previous, left, -1);
            change(previous, id, 1);
        }
        if (next !== undefined) {
            change(right, next, -1);
            change(id, next, 1);
        }
        word[out++] = id;
        i++;
    }
    word.length = out;
}
/** Assembles the file: byte-level BPE without a normaliser, so that decoding gives the text back exactly. */
function tokenizerJson(vocab, merges, specialTokens) {
    return {
        version: '1.0',
        truncation: null,
        padding: null,
        added_tokens: specialTokens.map((content, id) => ({
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
        })),
        normalizer: null,
        pre_tokenizer: {
            type: 'Sequence',
            pretokenizers: [
                { type: 'Split', pattern: { Regex: PRE_TOKENIZE }, behavior: 'Isolated', invert: false },
                { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
            ],
        },
        post_processor: null,
        decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        model: {
            type: 'BPE',
            dropout: null,
            unk_token: null,
            continuing_subword_prefix: null,
            end_of_word_suffix: null,
            fuse_unk: false,
            byte_fallback: false,
            ignore_merges: false,
            vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
            merges,
        },
    };
}
//# sourceMappingURL=bpe-train.js.map