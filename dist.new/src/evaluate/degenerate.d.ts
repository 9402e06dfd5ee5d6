import { type Benchmark, type Row } from './benchmark.js';
import type { Responder } from './responder.js';
/** Replies to every conversation with the same words. */
export declare function constant(words: string): Responder;
/** The type of a question: its first two English words and the topic words after them, or the question words of a Chinese one. */
export declare function questionKey(question: string): string;
/**
 * The language prior: the most frequent answer among questions of the same key (Goyal et al. 2017), the most frequent of all where the key
 * is new. Ties go to the answer that comes first.
 */
export declare function mostFrequent(known: Iterable<{
    question: string;
    answer: string;
}>, key?: (question: string) => string): Responder;
/** Replies to the rows of a benchmark that need no model, by the name of the responder; undefined for one that is not for this benchmark. */
export interface Degenerate {
    name: string;
    replies(benchmark: Benchmark, rows: readonly Row[], seed: number): string[] | undefined | Promise<string[]>;
}
/** Whether a judge has to rate some of the rows. */
export declare const needsJudge: ({ judge }: Benchmark, rows: readonly Row[]) => boolean;
/** The degenerate responders, in the order of a table. What they reply depends on the rows, never on the images. */
export declare const DEGENERATE: readonly Degenerate[];
