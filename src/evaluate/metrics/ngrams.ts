// n-grams of tokenized texts as numbers, so that BLEU and CIDEr count a hundred thousand captions in seconds.

/** Longest n-gram that is counted. */
export const LONGEST = 4;

/** The n-grams of one text: ids in ascending order, each with its number of occurrences. */
export interface Ngrams {
  /** Words of the text. */
  length: number;
  ids: Int32Array;
  counts: Int32Array;
}

/** Bound of the numbers of words: a key below is exact in a double up to 2^27 n-grams, more than memory holds. */
const WORDS = 2 ** 26;

/** Gives every word and every n-gram of up to four words a number, in the order in which they come. */
export class NgramIndex {
  /** Numbers of words, and the ids of words as n-grams by these numbers. */
  private readonly words = new Map<string, number>();
  private readonly unigrams: number[] = [];
  /** Ids by the id of the n-gram without its last word and that word's number. */
  private readonly longer = new Map<number, number>();
  private readonly orders: number[] = [];

  /** Distinct n-grams so far. */
  get size(): number {
    return this.orders.length;
  }

  /** Words in the n-gram `id`, 1 to 4. */
  order(id: number): number {
    return this.orders[id] as number;
  }

  /** The number of a word. */
  word(text: string): number {
    let number = this.words.get(text);
    if (number === undefined) {
      number = this.unigrams.push(this.orders.push(1) - 1) - 1;
      this.words.set(text, number);
    }
    return number;
  }

  /** The n-grams of a text. */
  of(tokens: readonly string[]): Ngrams {
    const words = tokens.map((token) => this.word(token));
    const all = new Int32Array(words.length * LONGEST);
    let n = 0;
    for (let i = 0; i < words.length; i++) {
      let id = this.unigrams[words[i] as number] as number;
      all[n++] = id;
      for (let k = 1; k < LONGEST && i + k < words.length; k++) {
        const key = id * WORDS + (words[i + k] as number);
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
    for (let i = 0; i < n; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
    const ids = new Int32Array(distinct);
    const counts = new Int32Array(distinct);
    for (let i = 0, at = -1; i < n; i++) {
      if (i === 0 || sorted[i] !== sorted[i - 1]) ids[++at] = sorted[i] as number;
      counts[at] = (counts[at] as number) + 1;
    }
    return { length: words.length, ids, counts };
  }
}

/** Calls `both` for each n-gram that two texts share, with its places in the two lists. */
export function shared(a: Ngrams, b: Ngrams, both: (i: number, j: number) => void): void {
  for (let i = 0, j = 0; i < a.ids.length && j < b.ids.length; ) {
    const difference = (a.ids[i] as number) - (b.ids[j] as number);
    if (difference === 0) both(i++, j++);
    else if (difference < 0) i++;
    else j++;
  }
}
