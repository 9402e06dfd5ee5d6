// Counts and distributions of a data set: rows, images, turns, lengths, sizes of pictures, duplicates by content.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { conversations, nothingUsable } from './conversations.js';
import { type Conversation, mediaOf } from './dataset.js';
import type { FormatOptions } from './format.js';
import { markedText } from './marks.js';
import { mediaBytes } from './media-writer.js';
import type { BadRow } from './row.js';
import { scanRows } from './scan.js';

/** Smallest, middle, 95th of a hundred, largest, mean and sum. */
export interface Distribution {
  min: number;
  median: number;
  p95: number;
  max: number;
  mean: number;
  total: number;
}

/** Statistics of the rows that can be used. */
export interface DataStats {
  format: string;
  rows: number;
  badRows: number;
  bad: BadRow[];
  /** Number of rows with so many images, and of rows with so many videos. */
  imagesPerRow: Record<string, number>;
  videosPerRow: Record<string, number>;
  /** Replies per row. */
  turns: Distribution;
  /** Messages of each role. */
  roles: Record<string, number>;
  /** Messages that call tools. */
  toolCalls: number;
  /** Characters of questions, replies and whole conversations. */
  questionLength: Distribution;
  replyLength: Distribution;
  rowLength: Distribution;
  /** Of the pictures, each counted once for every row that shows it. */
  pictures?: { width: Distribution; height: Distribution; bytes: Distribution; types: Record<string, number> };
  /** Pictures with the bytes of an earlier one, and rows with the words and pictures of an earlier one, which they follow. */
  duplicateImages: number;
  duplicateRows: number;
  /** The first duplicate rows: numbers from 0, and that of the row they repeat. */
  repeated: { row: number; of: number }[];
}

/** Options of `dataStats`. */
export interface StatsOptions extends FormatOptions {
  format?: string;
  images?: string;
  /** Called after each row. */
  onRow?: (rows: number, total: number, faults: number) => void;
}

/** Repeated rows that are listed. */
const LISTED = 20;

/** The distribution of some numbers; all zero for none. */
export function distribution(values: readonly number[]): Distribution {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const total = values.reduce((a, b) => a + b, 0);
  return { min: at(0), median: at(0.5), p95: at(0.95), max: at(1), mean: values.length ? total / values.length : 0, total };
}

const add = (counts: Record<string, number>, key: string | number): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};
const shortHash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64').slice(0, 22);

/** Reads every row and picture once. Throws `data.read` for what is not a data set, `data.bad` where no row can be used. */
export async function dataStats(path: string, options: StatsOptions = {}): Promise<DataStats> {
  const { onRow, signal, ...reading } = options;
  const set = await conversations(path, reading).open(signal);
  try {
    const bad: BadRow[] = [];
    const imagesPerRow: Record<string, number> = {};
    const videosPerRow: Record<string, number> = {};
    const roles: Record<string, number> = {};
    const types: Record<string, number> = {};
    const lengths = { question: [] as number[], reply: [] as number[], row: [] as number[], turns: [] as number[] };
    const sizes = { width: [] as number[], height: [] as number[], bytes: [] as number[] };
    const pictures = new Set<string>();
    const rowsSeen = new Map<string, number>();
    const repeated: DataStats['repeated'] = [];
    let [badRows, toolCalls, duplicateImages, duplicateRows] = [0, 0, 0, 0];
    for await (const { row, conversation, faults } of scanRows(set, { signal })) {
      onRow?.(row + 1, set.rows, bad.length);
      if (faults) {
        bad.push(...faults);
        badRows++;
        continue;
      }
      const media = mediaOf(conversation);
      const images = media.filter(({ type }) => type === 'image');
      add(imagesPerRow, images.length);
      add(videosPerRow, media.length - images.length);
      const hashes: string[] = [];
      for (const image of images) {
        const bytes = await mediaBytes(image, conversation);
        const { width, height, format } = await sharp(bytes, { limitInputPixels: false })
          .metadata()
          .catch(() => BMP);
        add(types, format);
        if (width > 0) {
          sizes.width.push(width);
          sizes.height.push(height);
        }
        sizes.bytes.push(bytes.length);
        const hash = shortHash(bytes);
        hashes.push(hash);
        if (pictures.has(hash)) duplicateImages++;
        pictures.add(hash);
      }
      for (const message of conversation.messages) {
        add(roles, message.role);
        if (message.tool_calls !== undefined) toolCalls++;
        const length = wordsOf(message).length;
        if (message.role === 'user') lengths.question.push(length);
        if (message.role === 'assistant') lengths.reply.push(length);
      }
      lengths.row.push(conversation.messages.reduce((n, message) => n + wordsOf(message).length, 0));
      lengths.turns.push(conversation.messages.filter(({ role }) => role === 'assistant').length);
      const text = JSON.stringify([hashes, conversation.messages.map((m) => [m.role, wordsOf(m), m.tool_calls ?? null])]);
      const key = shortHash(
        `${text}${media
          .filter(({ type }) => type === 'video')
          .map(({ source }) => String(source))
          .join()}`,
      );
      const of = rowsSeen.get(key);
      if (of === undefined) rowsSeen.set(key, row);
      else {
        duplicateRows++;
        if (repeated.length < LISTED) repeated.push({ row, of });
      }
    }
    if (badRows === set.rows) throw nothingUsable(path, bad, badRows);
    return {
      format: set.format,
      rows: set.rows,
      badRows,
      bad,
      imagesPerRow,
      videosPerRow,
      turns: distribution(lengths.turns),
      roles,
      toolCalls,
      questionLength: distribution(lengths.question),
      replyLength: distribution(lengths.reply),
      rowLength: distribution(lengths.row),
      ...(sizes.bytes.length
        ? { pictures: { width: distribution(sizes.width), height: distribution(sizes.height), bytes: distribution(sizes.bytes), types } }
        : {}),
      duplicateImages,
      duplicateRows,
      repeated,
    };
  } finally {
    set.dispose();
  }
}

/** BMP, which sharp does not read: its sizes are left out. */
const BMP = { width: 0, height: 0, format: 'bmp' } as const;

const wordsOf = (message: Conversation['messages'][number]): string => markedText(message);
