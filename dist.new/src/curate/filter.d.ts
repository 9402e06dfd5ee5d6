import type { ChosenCaption } from './captioner.js';
import type { Bits64 } from './image-hash.js';
import type { Pair } from './pair.js';
/** What filters look at, cheapest first: a caption, the header of an image, its pixels, labels of a detector, both in one space of a CLIP. */
export declare const NEEDS: readonly ['text', 'header', 'pixels', 'labels', 'clip', 'order'];
export type Need = (typeof NEEDS)[number];
/** A row as far as it is known. What a filter does not need may be missing. */
export interface Candidate {
    pair: Pair;
    /** Cleaned; changed by transforms. */
    caption: string;
    /** Of the caption. */
    words: readonly string[];
    header?: {
        bytes: number;
        width: number;
        height: number;
        format: string;
    };
    pHash?: Bits64;
    /** Of the row, or found by a detector. */
    labels?: readonly string[];
    /** Cosine of image and caption. */
    clip?: number;
    /** The caption of a captioner, which stands in place of the row's own. */
    written?: ChosenCaption;
    /** ISO 639-1, where a filter asked for it. */
    language?: string;
}
/** Settings of a filter by name; numbers are thresholds. */
export type Settings = Readonly<Record<string, number | string | boolean>>;
/** What filters may ask of the whole data set and of the machine. */
export interface FilterContext {
    /** Whether a caption stands more than `most` times in the data set. */
    repeats(caption: string): boolean;
    /** A number for each row in order, such as the place of the row that it repeats. */
    leader?: (ordinal: number) => number;
    /** ISO 639-1 of a text and whether the guess can be believed. */
    languageOf(text: string): {
        language: string;
        reliable: boolean;
    };
    /** Whether a word can be a noun. */
    isNoun(word: string): boolean;
}
/** A filter with its settings. */
export interface Test {
    /** Why the row is dropped, in a few words; undefined for one that stays. */
    why(row: Candidate): string | undefined;
    /** Of filters that compare rows with earlier ones: the row is kept. */
    kept?(row: Pick<Candidate, 'caption' | 'pHash'>): void;
}
/** A row of the registry. */
export interface FilterRow {
    readonly name: string;
    /** One line for `--help` and the documentation. */
    readonly about: string;
    readonly needs: Need;
    /** Whether it also needs the pHash of the image. */
    readonly hash?: boolean;
    /** Settings with their defaults. */
    readonly settings: Settings;
    make(settings: Settings, context: FilterContext): Test;
}
/** A chosen filter: its name, with the settings that differ from the defaults. */
export interface FilterChoice {
    name: string;
    settings?: Settings;
}
/** The numbers of settings, by name. */
export declare const numberOf: (settings: Settings, key: string) => number;
