import type { z } from 'zod';
import type { RgbImage } from '../media/index.js';
import { type ChatMessage } from '../text/index.js';
import type { Row, RowOptions } from './benchmark.js';
/** A row of a file. */
export interface FileRow extends Row {
    /** Its id, which no other row of the file has. */
    id: string;
    /** File and line, for errors. */
    place: string;
}
/** A value of a file and where it stands. */
export interface FileRecord {
    value: unknown;
    place: string;
    /** Its key, for entries of an object. */
    key?: string;
    /** The object whose list it stands in. */
    whole?: object;
}
/** How the records of a file are read. */
export interface RecordOptions {
    /** The name of the list that holds the records where the file is one object, or `*` for an object whose values are the records. */
    list?: string;
    signal?: AbortSignal;
}
/** The records of a JSON, JSON lines, parquet, CSV or TSV file, or of the first sheet of an XLSX workbook. Errors: `data.read`; `evaluate.row` for an object without the list. */
export declare function recordsOf(file: string, { list, signal }?: RecordOptions): AsyncGenerator<FileRecord>;
/** The records in one row of a JSON file: itself, or those of the list or the values of the object that a file of one object is. */
export declare function recordsIn(file: string, { value, line, lines }: {
    value: unknown;
    line: number;
    lines: boolean;
}, list?: string): Generator<FileRecord>;
/** The version that a file states, as a field of its rows: `{"dataset_version": "0.5.1", …}`, `{"info": {"version": "2.0"}, …}`. */
export declare function editionOf(whole: unknown): Pick<Row, 'edition'>;
/** A record as `schema` has it. Errors: `evaluate.row` with the field that is wrong; `shape` shows a right row. */
export declare function parseRow<T>(schema: z.ZodType<T>, { value, place }: FileRecord, shape: string): T;
/** Source of an image: a path, the bytes of an image file, or pixels. */
export type FileImage = string | Uint8Array | RgbImage;
/** A question about images as a conversation of one message. */
export declare function ask(question: string, ...images: readonly FileImage[]): ChatMessage[];
/** An image in base64, as tables of benchmarks carry them. Errors: `evaluate.row`. */
export declare function base64Image(text: string, place: string): Uint8Array;
/**
 * The rows that `read` gives for each file, `n` groups of each kind drawn with a seed, in their order. With `onBad`, rows whose ids come again
 * and rows whose images are not there are told and left out, these with their groups. Errors without it: `evaluate.row` for an id that comes
 * twice, `evaluate.images` for images that are not there; always `evaluate.rows` for a file without rows, and those of `read`.
 */
export declare function drawRows<R extends FileRow>(files: readonly string[], { n, seed, signal, onBad }: RowOptions, read: (file: string) => AsyncIterable<R> | Iterable<R>): AsyncGenerator<R>;
