import type { Table } from './dataset.js';
import type { RowPlace } from './row.js';
/** Rows of several tables, one after the other. */
export declare class ConcatTable implements Table {
    private readonly tables;
    readonly length: number;
    readonly root: string;
    readonly fingerprint: Readonly<Record<string, unknown>>;
    private readonly starts;
    constructor(tables: readonly (Table & {
        file: string;
    })[]);
    private find;
    record(index: number): Promise<Record<string, unknown>>;
    at(index: number): RowPlace;
    dispose(): void;
}
