import type { Pair } from './facts.js';
/** Pairs of lines `Question:` and `Answer:`, each of which may go on over several lines; undefined where there is none, or a question stays open. */
export declare function parsePairs(reply: string): Pair[] | undefined;
/** A reply that is one text: without quotes around it; undefined where nothing is left. */
export declare function parseText(reply: string): string | undefined;
/** Whether a reply refuses instead of answering. */
export declare const isRefusal: (reply: string) => boolean;
/** Words of a text; a Chinese character is one. */
export declare const wordsOf: (text: string) => string[];
/**
 * Whether a text repeats itself, as small models and broken decoding do: a sentence of four words or more that comes twice, or a run of up to
 * eight words that comes four times on end (MiniGPT-4's second curation step).
 */
export declare function repeats(text: string): boolean;
/** ROUGE-L of two lists of words, precision and recall alike: what self-instruct compares instructions by. */
export declare function likeness(a: readonly string[], b: readonly string[]): number;
/** Instructions that were kept, which new ones must differ from. */
export declare class Instructions {
    /** From this likeness on two are the same: 0.7 in self-instruct (Wang et al. 2023, arXiv:2212.10560). */
    private readonly most;
    private readonly kept;
    /** Of each occurrence of a word (`dog`, the second `dog` …) the kept instructions that have it: what two share bounds their common subsequence. */
    private readonly having;
    constructor(
    /** From this likeness on two are the same: 0.7 in self-instruct (Wang et al. 2023, arXiv:2212.10560). */
    most?: number);
    /** Keeps an instruction unless it is like one that was kept; whether it was. */
    add(text: string): boolean;
}
