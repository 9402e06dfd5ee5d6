/** Hashes of a signature. */
export declare const HASHES = 64;
/** A signature cut into `bands` of `rows` hashes. */
export interface Bands {
    bands: number;
    rows: number;
}
/** The chance that two texts of a Jaccard similarity share a band: 1 - (1 - s^rows)^bands. */
export declare const shareChance: ({ bands, rows }: Bands, similarity: number) => number;
/** The longest bands, which compare the fewest unlike texts, that miss fewer than one in a thousand at the threshold. */
export declare function bandsFor(threshold: number): Bands;
/** 32-bit hashes of the shingles of a text of `length` characters each, sorted, each once; a shorter text is one shingle. */
export declare function shinglesOf(text: string, length: number): Uint32Array;
/** Jaccard similarity of two sorted sets. */
export declare function jaccard(a: Uint32Array, b: Uint32Array): number;
/** Computes the keys of bands; keeps its arrays from text to text. */
export declare class BandKeys {
    private readonly bands;
    private readonly signature;
    constructor(bands: Bands);
    /** A 32-bit key for each band of a set of shingles, written into `out`. */
    of(shingles: Uint32Array, out: Uint32Array): void;
}
