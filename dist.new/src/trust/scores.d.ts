import type { Score } from '../evaluate/benchmark.js';
import type { Verdict } from './truth.js';
/** A text about an image with the verdicts on its claims. */
export interface JudgedText {
    text: string;
    verdicts: readonly Verdict[];
    /** Ids of the objects that are there, each once: coverage is of these. */
    present: readonly string[];
}
/** What `trustScores` may be told. */
export interface TrustScoreOptions {
    /** The frequent objects: existence is then scored for them (head) and for all others (tail) apart. */
    head?: ReadonlySet<string>;
}
/** Mean of numbers with its 95 % interval (normal). */
export declare function meanScore(values: readonly number[]): {
    value: number;
    low: number;
    high: number;
    n: number;
};
/** Words of a text: runs of letters, and each Chinese character. */
export declare const wordCount: (text: string) => number;
/** Counts over one text, which the scores add up. */
export interface TextCounts {
    mentions: number;
    hallucinated: number;
    /** Sentences, and those with a made-up object. */
    sentences: number;
    wrongSentences: number;
    present: number;
    covered: number;
    words: number;
}
/** The counts of one text. */
export declare function textCounts({ text, verdicts, present }: JudgedText): TextCounts;
/**
 * Scores of judged texts. First CHAIR-i, CHAIR-s and coverage, then the share of false claims of each type among those with a verdict, then
 * what every one of them must be read with: share of claims without a verdict, objects and words in a text. Claims about objects that are
 * not there count once, as existence.
 */
export declare function trustScores(texts: readonly JudgedText[], { head }?: TrustScoreOptions): Score[];
/** The ids that make up the first half of all occurrences, most frequent first: the head of a distribution. */
export declare function headOf(occurrences: Iterable<string>): Set<string>;
