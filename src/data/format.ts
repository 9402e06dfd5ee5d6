// The interface of a data format: how it is recognized, opened, read and written. One file of `formats/` each, one row in its index.

import type { Conversation, Table } from './dataset.js';
import type { RowContext } from './media-entry.js';
import type { RecordOptions } from './record.js';

/** What lies at a path, as far as formats are told apart by it. */
export interface Found {
  path: string;
  /** A file's kind by its first bytes (`formatOf`), or `folder`. */
  kind: string;
  /** The first bytes of a file as text. */
  head: string;
  /** What a folder holds. */
  names: readonly string[];
  /** The first row of a JSON file that has one. */
  first?: Record<string, unknown>;
}

/** Options of reading a format. */
export interface FormatOptions extends RecordOptions {
  signal?: AbortSignal;
  /** COCO instances: the reply lists the names of objects, or also their boxes. Default `names`. */
  objects?: 'names' | 'boxes';
  /** ScienceQA in its folder: the list of problems. Default `train`. */
  split?: string;
}

/** What was written. */
export interface Written {
  /** Rows. */
  rows: number;
  /** What the format has no place for: keys of rows, with the number of rows that had them. */
  lost: Readonly<Record<string, number>>;
}

/** Options of writing. */
export interface FormatWriteOptions {
  /** Replace a data set that is already there. */
  force?: boolean;
  signal?: AbortSignal;
  /** Called after each row with the number written so far. */
  onRow?: (written: number) => void;
  /** Is given a conversation that the format cannot hold, which is then left out. Without it the first one throws. */
  onBad?: (error: unknown, conversation: Conversation) => void;
}

/** Conversations to write. */
export type Conversations = Iterable<Conversation> | AsyncIterable<Conversation>;

/** One format. */
export interface Format {
  readonly name: string;
  /** One line for `--help` and the documentation. */
  readonly summary: string;
  /** Is written as a file with this ending, or as a folder. */
  readonly target: 'folder' | `.${string}`;
  detect(found: Found): boolean;
  /** Throws `data.read` for what is not of this format. */
  open(path: string, options: FormatOptions): Promise<Table>;
  /** Default: `readRecord`, by the keys of the record. */
  read?(record: Record<string, unknown>, context: RowContext, options: FormatOptions): Conversation;
  /** Atomic; replaces nothing without `force`. Throws `data.row` for a conversation that the format cannot hold. */
  write?(target: string, conversations: Conversations, options: FormatWriteOptions): Promise<Written>;
}
