import type { Embedder } from '../evaluate/retrieval-run.js';
import type { RgbImage } from '../media/index.js';
import type { CaptionLoop } from './captioner.js';
import type { FilterChoice } from './filter.js';
import type { SinkName } from './sinks/index.js';
import type { UnitSource } from './source.js';
/** A CLIP, and how large the images are that it takes. */
export interface CurateEmbedder extends Embedder {
    readonly name: string;
    readonly side: number;
}
/** Finds the labels of images that have none. */
export interface Labeler {
    readonly name: string;
    labels(image: RgbImage, signal?: AbortSignal): Promise<readonly string[]>;
}
/** Options of `curate`. */
export interface CurateOptions {
    /** Folder of the output. */
    out: string;
    filters: readonly FilterChoice[];
    /** Names of what is done to captions that stay. */
    transforms?: readonly string[];
    /** Kind of the output. Default WebDataset shards. */
    to?: SinkName;
    /** Name of the recipe, which is written with every row. */
    recipe?: string;
    format?: string;
    /** Folder that the names of images are relative to. */
    images?: string;
    /** Note all reasons of a row, not only the first. */
    explain?: boolean;
    share?: {
        index: number;
        count: number;
    };
    limit?: number;
    /** Rows in one file of the output. Default 10,000. */
    rowsPerFile?: number;
    embedder?: CurateEmbedder;
    labeler?: Labeler;
    /** Writes the captions of the rows whose filters of text and image let them pass; the filter `clip` looks at these. */
    caption?: CaptionLoop;
    /** Rows that are read and decoded at once. Default 8. */
    concurrency?: number;
    /** Largest image file and picture. Default 20 MiB and 50 million pixels. */
    maxBytes?: number;
    maxPixels?: number;
    resume?: boolean;
    force?: boolean;
    signal?: AbortSignal;
    onProgress?: (progress: {
        stage: 'captions' | 'rows';
        done: number;
        total: number;
        kept: number;
    }) => void;
    /** Instead of filters: the row that a row repeats, by their numbers, or the row itself. Used by `dedup`. */
    leader?: (ordinal: number) => number;
    /** With `leader`: whether the image of a row has been decoded before. */
    isWhole?: (ordinal: number) => boolean;
    /** Part of what makes a run what it is, beside the options above. */
    about?: Readonly<Record<string, unknown>>;
}
/** What came of a run. Equal runs have equal reports. */
export interface CurateReport {
    rows: number;
    kept: number;
    dropped: number;
    /** Rows by the first reason that dropped them, in the order of the filters; faults (`row`, `caption`, `image`) first. */
    first: Record<string, number>;
    /** With `explain`: rows by every reason. */
    all?: Record<string, number>;
    filters: {
        name: string;
        settings: Readonly<Record<string, unknown>>;
    }[];
    transforms: readonly string[];
    recipe?: string;
    /** Where word classes and names are from, if a filter or transform asked. */
    lexicon?: string;
    clip?: string;
    detector?: string;
    /** Who wrote the captions, and how one was chosen. */
    captions?: Readonly<Record<string, unknown>>;
    to: SinkName;
    format: string;
}
/** How captions were made, by names and numbers. */
export declare const loopOf: ({ captioner, selectors, ...how }: CaptionLoop) => Record<string, unknown>;
/** What makes a run what it is, as plain JSON. */
export declare function curateIdentity(path: string, source: UnitSource, options: Omit<CurateOptions, 'onProgress'>): Record<string, unknown>;
/** Cosine of two unit vectors, to four digits: the last ones depend on the machine. */
export declare function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number;
