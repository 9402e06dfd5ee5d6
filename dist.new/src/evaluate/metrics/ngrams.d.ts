/** Longest n-gram that is counted. */
export declare const LONGEST = 4;
/** The n-grams of one text: ids in ascending order, each with its number of occurrences. */
export interface Ngrams {
    /** Words of the text. */
    length: number;
    ids: Int32Array;
    counts: Int32Array;
}
/** Gives every word and every n-gram of up to four words a number, in the order in which they come. */
export declare class NgramIndex {
    /** Numbers of words, and the ids of words as n-grams by these numbers. */
    private readonly words;
    private readonly unigrams;
    /** Ids by the id of the n-gram without its last word and that word's number. */
    private readonly longer;
    private readonly orders;
    /** Distinct n-grams so far. */
    get size(): number;
    /** Words in the n-gram `id`, 1 to 4. */
    order(id: number): number;
    /** The number of a word. */
    word(text: string): number;
    /** The n-grams of a text. */
    of(tokens: readonly string[]): Ngrams;
}
/** Calls `both` for each n-gram that two texts share, with its places in the two lists. */
export declare function shared(a: Ngrams, b: Ngrams, both: (i: number, j: number) => void): void;
