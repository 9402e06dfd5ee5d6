import { SensoriumError } from '../util/errors.js';
import type { FormatOptions, Written } from './format.js';
import { type BadRow } from './row.js';
/** Options of `convertData`. */
export interface ConvertOptions extends FormatOptions {
    /** Name of the format to write. */
    to: string;
    /** Name of the format to read. Default: by content. */
    format?: string;
    /** Folder that the file names of rows are relative to. Default: the folder of the data set. */
    images?: string;
    /** Leave bad rows out, and rows that the format cannot hold; they are in `bad`. Default: any of them is an error, and nothing is written. */
    skipBad?: boolean;
    /** Replace a data set that is already there. */
    force?: boolean;
    /** Called after each row with the number of rows, of all rows, and of faults so far. */
    onRow?: (rows: number, total: number, faults: number) => void;
}
/** What was converted. */
export interface Converted extends Written {
    /** Names of the formats. */
    from: string;
    to: string;
    /** Images and videos of the rows written. */
    media: number;
    bad: BadRow[];
    /** Number of rows among them. */
    badRows: number;
}
/** The error of bad rows, with all of them. */
export declare class BadRowsError extends SensoriumError {
    readonly bad: readonly BadRow[];
    constructor(place: string, bad: readonly BadRow[], rows: {
        bad: number;
        all: number;
    });
}
/**
 * Reads a data set of any format and writes it in another, streaming. Every image is decoded on the way. Atomic: with a bad row and without
 * `skipBad` nothing is written, after all of them have been found. Errors: `data.read`, `data.format`, `data.exists`, `data.bad`.
 */
export declare function convertData(input: string, output: string, options: ConvertOptions): Promise<Converted>;
