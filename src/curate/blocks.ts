// The rows of a data set in blocks of a fixed size: what is computed together never depends on how many are computed at once.

import { resolve } from 'node:path';
import type { Table } from '../data/dataset.js';
import type { Position } from './run-folder.js';
import type { Unit } from './source.js';

/** Rows of a block. Vectors of a CLIP are computed for the rows of one together. */
export const BLOCK_ROWS = 64;

/** Some rows that follow each other in one file. */
export interface Block {
  unit: Unit;
  table: Table;
  /** Folder that the names of images are relative to. */
  root: string;
  /** Rows of the table, the last excluded. */
  start: number;
  end: number;
  /** Number of the first row among all rows. */
  ordinal: number;
  /** Where the next block begins. */
  next: Position;
  /** Must be called when nothing of the block is read any more. */
  release(): void;
}

/** Which rows are read. */
export interface BlockOptions {
  from?: Position;
  /** Share `index` (from 0) of `count`: of every `count` blocks one. */
  share?: { index: number; count: number };
  /** At most so many rows of the whole data set. */
  limit?: number;
  /** Folder that the names of images are relative to. Default: that of the table. */
  images?: string;
  /** Called with every table that is opened. */
  onTable?: (table: Table, unit: number) => void;
}

/** Blocks in order. Tables are opened one after the other and closed when their last block has been released. */
export async function* blocksOf(units: readonly Unit[], options: BlockOptions = {}): AsyncGenerator<Block> {
  const { from = { unit: 0, row: 0, ordinal: 0 }, share = { index: 0, count: 1 }, limit = Number.POSITIVE_INFINITY } = options;
  let { ordinal } = from;
  for (let u = from.unit; u < units.length && ordinal < limit; u++) {
    const unit = units[u] as Unit;
    const table = await unit.open();
    options.onTable?.(table, u);
    let [open, isLast] = [0, false];
    const close = (): void => {
      if (isLast && open === 0) table.dispose();
    };
    const root = resolve(options.images ?? table.root);
    try {
      for (let row = u === from.unit ? from.row : 0; row < table.length && ordinal < limit; ) {
        const end = Math.min(table.length, row + BLOCK_ROWS, row + limit - ordinal);
        const next: Position =
          end < table.length ? { unit: u, row: end, ordinal: ordinal + end - row } : { unit: u + 1, row: 0, ordinal: ordinal + end - row };
        const isMine = (Math.floor(row / BLOCK_ROWS) + u) % share.count === share.index;
        if (isMine) {
          open++;
          const release = (): void => {
            open--;
            close();
          };
          yield { unit, table, root, start: row, end, ordinal, next, release };
        }
        ordinal = next.ordinal;
        row = end;
      }
    } finally {
      isLast = true;
      close();
    }
  }
}

/** Estimates the number of all rows: of files that are not open yet by their bytes. */
export class RowEstimate {
  private readonly known = new Map<number, number>();
  constructor(
    private readonly units: readonly Unit[],
    private readonly limit = Number.POSITIVE_INFINITY,
  ) {}

  opened(unit: number, rows: number): void {
    this.known.set(unit, rows);
  }

  get total(): number {
    let [rows, bytes, rest] = [0, 0, 0];
    for (const [i, unit] of this.units.entries()) {
      const found = this.known.get(i);
      if (found === undefined) rest += unit.bytes;
      else {
        rows += found;
        bytes += unit.bytes;
      }
    }
    return Math.min(this.limit, rows + (bytes > 0 ? Math.round((rest * rows) / bytes) : 0));
  }
}

/** Items that are worked on `ahead` at a time, results in their order. The first fault ends it. */
export async function* inOrder<T, R>(items: AsyncIterable<T>, ahead: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for await (const item of items) {
    const next = work(item);
    // One that fails while an earlier one is waited for is thrown in its turn.
    next.catch(() => {});
    waiting.push(next);
    if (waiting.length >= ahead) yield await (waiting.shift() as Promise<R>);
  }
  for (const next of waiting) yield await next;
}
