import { asyncBufferFromFile, type FileMetaData } from 'hyparquet';
import type { Table } from './dataset.js';
/** Opens a parquet file: its metadata are read, no rows. Throws `data.read` for what is not one, and for other columns than a data set has unless `anyColumns`. */
export declare function openParquet(file: string, { anyColumns }?: {
    anyColumns?: boolean | undefined;
}): Promise<ParquetTable>;
type Source = Awaited<ReturnType<typeof asyncBufferFromFile>>;
type Row = Record<string, unknown>;
/** Rows of one parquet file. */
export declare class ParquetTable implements Table {
    readonly file: string;
    private readonly source;
    private readonly metadata;
    readonly root: string;
    readonly length: number;
    readonly columns: readonly string[];
    readonly fingerprint: Readonly<Record<string, unknown>>;
    /** First row of every group, and the number of rows at the end. */
    private readonly starts;
    /** Decoded groups, the last used one last. */
    private readonly kept;
    private readonly names;
    constructor(file: string, source: Source, metadata: FileMetaData);
    at(index: number): {
        file: string;
        row: number;
    };
    record(index: number): Promise<Row>;
    private group;
    private decode;
    /** Integers of 64 bits as numbers where they are exact, classes by their names. */
    private named;
    dispose(): void;
}
export {};
