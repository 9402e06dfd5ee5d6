// Several tables as one: the shards of a data set in the order of their names.

import { basename } from 'node:path';
import type { Table } from './dataset.js';
import type { RowPlace } from './row.js';

/** Rows of several tables, one after the other. */
export class ConcatTable implements Table {
  readonly length: number;
  readonly root: string;
  readonly fingerprint: Readonly<Record<string, unknown>>;
  private readonly starts: number[] = [0];

  constructor(private readonly tables: readonly (Table & { file: string })[]) {
    for (const table of tables) this.starts.push((this.starts.at(-1) as number) + table.length);
    this.length = this.starts.at(-1) as number;
    this.root = tables[0]?.root ?? '.';
    this.fingerprint = { shards: tables.map((table) => ({ name: basename(table.file), ...table.fingerprint })) };
  }

  private find(index: number): [Table, number] {
    const k = this.starts.findLastIndex((start) => start <= index);
    return [this.tables[k] as Table, index - (this.starts[k] as number)];
  }

  record(index: number): Promise<Record<string, unknown>> {
    const [table, row] = this.find(index);
    return table.record(row);
  }

  at(index: number): RowPlace {
    const [table, row] = this.find(index);
    return table.at(row);
  }

  dispose(): void {
    for (const table of this.tables) table.dispose();
  }
}
