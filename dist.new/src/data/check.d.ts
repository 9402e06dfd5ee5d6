import { type Conversation } from './dataset.js';
import type { FormatOptions } from './format.js';
import type { BadRow } from './row.js';
/** What a check found. */
export interface DataCheck {
    /** Name of the format. */
    format: string;
    /** Rows that can be used, their images and videos, and their replies. */
    samples: number;
    images: number;
    videos: number;
    /** Rows among them that have neither. */
    bare: number;
    turns: number;
    /** Rows that cannot, in order; a row with several bad images is listed once for each. */
    bad: BadRow[];
    /** Number of rows among them. */
    badRows: number;
    /** The first usable conversations, as many as `keep` asks for. */
    first: Conversation[];
}
/** Options of `checkData`. */
export interface CheckOptions extends FormatOptions {
    /** Name of the format. Default: by content. */
    format?: string;
    /** Folder that the file names of rows are relative to. Default: the folder of the data set. */
    images?: string;
    /** Conversations to keep for a look. Default 0. */
    keep?: number;
    /** Rows that are read and decoded ahead. Default 4. */
    parallel?: number;
    /** Called after each row with the number of rows and of faults so far. */
    onRow?: (rows: number, bad: number) => void;
}
/** Reads every row of a data set and decodes every image as training does. Throws `data.read` only for what cannot be read as a data set at all. */
export declare function checkData(path: string, options?: CheckOptions): Promise<DataCheck>;
