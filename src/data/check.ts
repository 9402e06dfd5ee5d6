// Checks a whole data set before training: every row is read, every image of it decoded, and all faults are reported.

import { conversations } from './conversations.js';
import { type Conversation, mediaOf } from './dataset.js';
import type { FormatOptions } from './format.js';
import type { BadRow } from './row.js';
import { findBad } from './scan.js';

/** What a check found. */
export interface DataCheck {
  /** Name of the format. */
  format: string;
  /** Rows that can be used, their images and videos, and their replies. */
  samples: number;
  images: number;
  videos: number;
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
  /** Rows whose images are decoded at once. Default 4. */
  parallel?: number;
  /** Called after each row with the number of rows and of faults so far. */
  onRow?: (rows: number, bad: number) => void;
}

/** Reads every row of a data set and decodes every image as training does. Throws `data.read` only for what cannot be read as a data set at all. */
export async function checkData(path: string, options: CheckOptions = {}): Promise<DataCheck> {
  const { keep = 0, parallel, onRow, signal, ...reading } = options;
  const set = await conversations(path, reading).open(signal);
  try {
    const found: DataCheck = { format: set.format, samples: 0, images: 0, videos: 0, turns: 0, bad: [], badRows: 0, first: [] };
    const kept: { conversation: Conversation; row: number }[] = [];
    const onGood = (conversation: Conversation, row: number): void => {
      const media = mediaOf(conversation);
      found.samples++;
      found.images += media.filter(({ type }) => type === 'image').length;
      found.videos += media.filter(({ type }) => type === 'video').length;
      found.turns += conversation.messages.filter(({ role }) => role === 'assistant').length;
      // The first rows by their number, not by when their images were decoded.
      if (keep === 0 || (kept.length === keep && row > (kept.at(-1) as { row: number }).row)) return;
      kept.push({ conversation, row });
      kept.sort((a, b) => a.row - b.row);
      kept.length = Math.min(kept.length, keep);
    };
    const { bad, badRows } = await findBad(set, { parallel, signal, onGood, onRow: (rows, _, faults) => onRow?.(rows, faults) });
    return { ...found, bad, badRows: badRows.size, first: kept.map(({ conversation }) => conversation) };
  } finally {
    set.dispose();
  }
}
