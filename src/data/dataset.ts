// The interfaces of data sets: random access to samples, conversations with the places of their rows, tables of records.

import type { ChatMessage } from '../text/index.js';
import type { BadRow, RowPlace } from './row.js';

/** Random access to samples: a run's position is a number. */
export interface Dataset<S> {
  readonly length: number;
  /** The sample at an index from 0. Throws `data.row` (`RowError`) with file, row and key for a row that cannot be used. */
  get(index: number): Promise<S>;
  /** Where the sample at an index stands; the index itself is not its row where others were left out. */
  at?(index: number): RowPlace;
  /** The identity of the data, equal wherever the files lie: what was read, sizes and hashes, the options that change samples. Plain JSON. */
  readonly describe: Readonly<Record<string, unknown>>;
  /** Closes files. */
  dispose?(): void;
}

/** Where a picture or video of a message comes from and how its data set spells it. */
export interface MediaOrigin {
  /** File name as the data set has it. */
  name?: string;
  /** Key of the row that names it, such as `image[1]`. */
  key: string;
  /** White space of the text between a mark such as `<image>` and the words before or after it; it is not part of the message. */
  before?: string;
  after?: string;
}

/** A picture or video of a message: a part that chat templates and processors take. Files are not read until something decodes them. */
export interface MediaContent {
  type: 'image' | 'video';
  /** Absolute path of a file, or the bytes of one that is embedded in the data set. */
  source: string | Uint8Array;
  origin: MediaOrigin;
  [key: string]: unknown;
}

/** One conversation of a data set, in the form that chat templates and processors take. */
export interface Conversation {
  /** As the data set has it, else the number of the row. */
  id: string;
  /** `content` is a string, a list of text, image and video parts where media stand in it, or null for a message that only calls tools. */
  messages: ChatMessage[];
  /** Tools that the model may call, as the chat API has them. */
  tools?: unknown[];
  /** Other keys of the row, as they stand there. */
  extra?: Record<string, unknown>;
  at: RowPlace;
}

/** Records of a file or folder with random access; what they mean is another matter. */
export interface Table {
  readonly length: number;
  /** The record at an index from 0. Throws `data.read` or `data.row` with its place. */
  record(index: number): Promise<Record<string, unknown>>;
  /** Where it stands. */
  at(index: number): RowPlace;
  /** Folder that the file names of its records are relative to. */
  readonly root: string;
  /** Sizes and hashes of what was read. */
  readonly fingerprint: Readonly<Record<string, unknown>>;
  dispose(): void;
}

/** The picture and video parts of a conversation, in order. */
export function mediaOf(conversation: Pick<Conversation, 'messages'>): MediaContent[] {
  return conversation.messages.flatMap(({ content }) =>
    Array.isArray(content)
      ? (content as { type: string }[]).filter((part): part is MediaContent => part.type !== 'text' && part.type !== 'region')
      : [],
  );
}

/** A data set named in a recipe: nothing is read before `open`. */
export interface DataSource {
  readonly path: string;
  /** Reads the index; see `conversations`. */
  open(signal?: AbortSignal): Promise<ConversationSet>;
}

/** An open data set of conversations. */
export interface ConversationSet extends Dataset<Conversation> {
  /** The name of the format that was read. */
  readonly format: string;
  /** Rows of the files, used or not. */
  readonly rows: number;
  /** A row by its number among all rows. */
  row(row: number): Promise<Conversation>;
  /** Where a row stands. */
  place(row: number): RowPlace;
  /** Faults of rows that were left out, in order. */
  readonly bad: readonly BadRow[];
  dispose(): void;
}
