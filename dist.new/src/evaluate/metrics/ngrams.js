// n-grams of tokenized texts as numbers, so that BLEU and CIDEr count a hundred thousand captions in seconds.
/** Longest n-gram that is counted. */
export const LONGEST = 4;
/** Bound of the numbers of words: a key below is exact in a double up to 2^27 n-grams, more than memory holds. */
const WORDS = 2 ** 26;
/** Gives every word and every n-gram of up to four words a number, in the order in which they come. */
export class NgramIndex {
    /** Numbers of words, and the ids of words as n-grams by these numbers. */
    words = new Map();
    unigrams = [];
    /** Ids by the id of the n-gram without its last word and that word's number. */
    longer = new Map();
    orders = [];
    /** Distinct n-grams so far. */
    get size() {
        return this.orders.length;
    }
    /** Words in the n-gram `id`, 1 to 4. */
    order(id) {
        return this.orders[id];
    }
    /** The number of a word. */
    word(text) {
        let number = this.words.get(text);
        if (number === undefined) {
            number = this.unigrams.push(this.orders.push(1) - 1) - 1;
            this.words.set(text, number);
        }
        return number;
    }
    /** The n-grams of a text. */
    of(tokens) {
        const words = tokens.map((token) => this.word(token));
        const all = new Int32Array(words.length * LONGEST);
        let n = 0;
        for (let i = 0; i < words.length; i++) {
            let id = this.unigrams[words[i]];
            all[n++] = id;
            for (let k = 1; k < LONGEST && i + k < words.length; k++) {
                const key = id * WORDS + words[i + k];
                let next = this.longer.get(key);
                if (next === undefined) {
                    next = this.orders.push(k + 1) - 1;
                    this.longer.set(key, next);
                }
                id = next;
                all[n++] = id;
            }
        }
        const sorted = all.subarray(0, n).sort();
        let distinct = 0;
        for (let i = 0; i < n; i++)
            if (i === 0 || sorted[i] !== sorted[i - 1])
                distinct++;
        const ids = new Int32Array(distinct);
        const counts = new Int32Array(distinct);
        for (let i = 0, at = -1; i < n; i++) {
            if (i === 0 || sorted[i] !== sorted[i - 1])
                ids[++at] = sorted[i];
            counts[at] = counts[at] + 1;
        }
        return { length: words.length, ids, counts };
    }
}
/** Calls `both` for each n-gram that two texts share, with its places in the two lists. */
export function shared(a, b, both) {
    for (let i = 0, j = 0; i < a.ids.length && j < b.ids.length;) {
        const difference = a.ids[i] - b.ids[j];
        if (difference === 0)
            both(i++, j++);
        else if (difference < 0)
            i++;
        else
            j++;
    }
}
//# sourceMappingURL=ngrams.js.map