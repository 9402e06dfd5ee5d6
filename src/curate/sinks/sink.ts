// The interface of a sink, which writes the rows that stay; and files that are written up to a place from which a run goes on.

import { type FileHandle, open, rename, rm, truncate } from 'node:fs/promises';
import { errno } from '../../util/io.js';

/** A row that stays. */
export interface KeptRow {
  /** Unique in the output, in its order. */
  key: string;
  id: string;
  caption?: string;
  /** The image file as it was. */
  image?: { bytes: Uint8Array; ending: string; name: string };
  /** Everything else that is written: the other keys of the row, and `curation`. */
  meta: Readonly<Record<string, unknown>>;
  /** Where it is from. */
  from: { file: string; row: number };
}

/** Where a sink stands: plain JSON. */
export type SinkState = Readonly<Record<string, number>>;

/** Writes rows. */
export interface Sink {
  add(row: KeptRow): Promise<void>;
  /** Flushes what was added; the place to go on from, or undefined where this kind cannot stop here. */
  checkpoint(): Promise<SinkState | undefined>;
  /** Completes the last file. */
  finish(): Promise<void>;
  /** Closes files and leaves them as they are. */
  close(): Promise<void>;
}

/** How a sink is opened. */
export interface SinkOptions {
  dir: string;
  /** Rows in one file. */
  rowsPerFile: number;
  /** Where an earlier run stopped; what was written after it is removed. */
  state?: SinkState;
}

/** Bytes that are kept before they are written. */
const KEPT_BYTES = 2 ** 20;

/** What of some pieces comes after so many bytes of them. */
function behind(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const from = Math.min(skip, piece.length);
    skip -= from;
    return from < piece.length ? [piece.subarray(from)] : [];
  });
}

/** A file that is appended to under a name of its own until it is complete. Small pieces are written together. */
export class PartFile {
  private closed = false;
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Bytes so far. */
    public bytes: number,
  ) {}

  /** Opens a part of `bytes` bytes, which may have been completed since: whatever stands behind them is cut off. */
  static async open(path: string, bytes: number): Promise<PartFile> {
    const part = `${path}.part`;
    if (bytes === 0) await rm(path, { force: true });
    else
      await rename(path, part).catch((error: unknown) => {
        if (errno(error) !== 'ENOENT') throw error;
      });
    const handle = await open(part, bytes === 0 ? 'w' : 'r+');
    if (bytes > 0) await truncate(part, bytes);
    return new PartFile(path, handle, bytes);
  }

  /** Adds pieces, which must not change any more. They are in the file after `sync` or `close`. */
  async append(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.waiting.push(piece);
      this.waitingBytes += piece.length;
      this.bytes += piece.length;
    }
    if (this.waitingBytes >= KEPT_BYTES) await this.flush();
  }

  /** Pieces go to the file as they are: copies of whole images would cost more than the writing. */
  private async flush(): Promise<void> {
    let left = this.waiting;
    let at = this.bytes - this.waitingBytes;
    this.waiting = [];
    this.waitingBytes = 0;
    // A write may stop in the middle.
    while (left.length > 0) {
      const { bytesWritten } = await this.handle.writev(left, at);
      at += bytesWritten;
      left = behind(left, bytesWritten);
    }
  }

  async sync(): Promise<void> {
    await this.flush();
    await this.handle.sync();
  }

  /** Closes the file, complete or not; calling it twice does no harm. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    try {
      await this.flush();
    } finally {
      await this.handle.close();
    }
  }

  /** Gives the file its name. */
  async complete(): Promise<void> {
    await this.handle.sync();
    await this.close();
    await rename(`${this.path}.part`, this.path);
  }
}
