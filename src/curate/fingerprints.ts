// What deduplication keeps of every row, on disk: the pHash of its image, its caption in comparable form, a key for each band of its MinHash.

import { readSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { type Bits64, hexToBits } from './image-hash.js';
import { BandKeys, type Bands, shinglesOf } from './minhash.js';
import type { Position } from './run-folder.js';
import { hash64 } from './text.js';

/** One row. */
export interface Fingerprint {
  pHash?: Bits64;
  /** In comparable form; empty where there is none. */
  text: string;
}

/** How far the rows have been read. */
interface ScanState {
  next: Position;
  rows: number;
  textBytes: number;
  broken: number;
}

/** Words of a row in `rows.bin`: flags, pHash, hash of the text, bytes of the text. */
const WORDS = 6;
const [HAS_IMAGE, HAS_TEXT] = [1, 2];

/** Writes rows; goes on where an earlier process stopped. */
export class FingerprintWriter {
  private pending: { rows: number[]; texts: Buffer[]; keys: number[][] };
  private readonly keys: BandKeys;

  private constructor(
    private readonly dir: string,
    private readonly bands: Bands,
    private readonly shingle: number,
    private readonly files: { rows: FileHandle; text: FileHandle; bands: FileHandle[] },
    private state: ScanState,
  ) {
    this.keys = new BandKeys(bands);
    this.pending = { rows: [], texts: [], keys: Array.from({ length: bands.bands }, () => []) };
  }

  /** Opens the files in a folder and cuts off what was written after the last place that was noted. */
  static async open(dir: string, { bands, shingle }: { bands: Bands; shingle: number }): Promise<FingerprintWriter> {
    await mkdir(dir, { recursive: true });
    const state = (await ifThere(() => readJson<ScanState>(join(dir, 'scan.json')))) ?? {
      next: { unit: 0, row: 0, ordinal: 0 },
      rows: 0,
      textBytes: 0,
      broken: 0,
    };
    const append = async (name: string, bytes: number): Promise<FileHandle> => {
      const handle = await open(join(dir, name), 'a');
      await handle.truncate(bytes);
      return handle;
    };
    const files = {
      rows: await append('rows.bin', state.rows * WORDS * 4),
      text: await append('text.bin', state.textBytes),
      bands: [] as FileHandle[],
    };
    for (let band = 0; band < bands.bands; band++) files.bands.push(await append(`band-${band}.bin`, state.rows * 4));
    return new FingerprintWriter(dir, bands, shingle, files, state);
  }

  get next(): Position {
    return this.state.next;
  }

  get rows(): number {
    return this.state.rows;
  }

  get broken(): number {
    return this.state.broken;
  }

  /** Adds a row; undefined for one that cannot be read, which repeats none. */
  add(row: Fingerprint | undefined): void {
    const { pending, bands } = this;
    const bytes = Buffer.from(row?.text ?? '');
    const image = row?.pHash;
    const hash = hash64(row?.text ?? '');
    const flags = (image ? HAS_IMAGE : 0) | (bytes.length > 0 ? HAS_TEXT : 0);
    pending.rows.push(flags, image?.high ?? 0, image?.low ?? 0, hash.high, hash.low, bytes.length);
    if (bytes.length > 0) pending.texts.push(bytes);
    const keys = new Uint32Array(bands.bands);
    if (bytes.length > 0) this.keys.of(shinglesOf(row?.text ?? '', this.shingle), keys);
    for (let band = 0; band < bands.bands; band++) pending.keys[band]?.push(keys[band] as number);
    this.state = {
      ...this.state,
      rows: this.state.rows + 1,
      textBytes: this.state.textBytes + bytes.length,
      broken: this.state.broken + (row ? 0 : 1),
    };
  }

  /** Writes what was added and notes how far the rows are. */
  async save(next: Position): Promise<void> {
    const { files, pending } = this;
    const bytesOf = (words: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);
    await files.rows.appendFile(bytesOf(pending.rows));
    await files.text.appendFile(Buffer.concat(pending.texts));
    for (const [band, handle] of files.bands.entries()) await handle.appendFile(bytesOf(pending.keys[band] as number[]));
    for (const handle of [files.rows, files.text, ...files.bands]) await handle.sync();
    this.pending = { rows: [], texts: [], keys: pending.keys.map(() => []) };
    this.state = { ...this.state, next };
    await writeAtomic(join(this.dir, 'scan.json'), JSON.stringify(this.state));
  }

  async close(): Promise<void> {
    for (const handle of [this.files.rows, this.files.text, ...this.files.bands]) await handle.close();
  }
}

/** Fingerprints of all rows: 32 bytes a row in memory, texts and keys of bands on disk. */
export class Fingerprints {
  private constructor(
    private readonly dir: string,
    readonly length: number,
    private readonly flags: Uint8Array,
    readonly high: Uint32Array,
    readonly low: Uint32Array,
    readonly textHigh: Uint32Array,
    readonly textLow: Uint32Array,
    private readonly ends: Float64Array,
    private readonly text: FileHandle,
  ) {}

  static async open(dir: string): Promise<Fingerprints> {
    const { rows } = await readJson<ScanState>(join(dir, 'scan.json'));
    const columns = [0, 1, 2, 3].map(() => new Uint32Array(rows)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
    const [flags, ends] = [new Uint8Array(rows), new Float64Array(rows + 1)];
    const handle = await open(join(dir, 'rows.bin'), 'r');
    try {
      const some = 2 ** 14;
      for (let from = 0; from < rows; from += some) {
        const count = Math.min(some, rows - from);
        const words = new Uint32Array(count * WORDS);
        await handle.read(new Uint8Array(words.buffer), 0, words.byteLength, from * WORDS * 4);
        for (let i = 0; i < count; i++) {
          const at = i * WORDS;
          flags[from + i] = words[at] as number;
          for (const [k, column] of columns.entries()) column[from + i] = words[at + 1 + k] as number;
          ends[from + i + 1] = (ends[from + i] as number) + (words[at + 5] as number);
        }
      }
    } finally {
      await handle.close();
    }
    return new Fingerprints(dir, rows, flags, ...columns, ends, await open(join(dir, 'text.bin'), 'r'));
  }

  hasImage(row: number): boolean {
    return ((this.flags[row] as number) & HAS_IMAGE) !== 0;
  }

  hasText(row: number): boolean {
    return ((this.flags[row] as number) & HAS_TEXT) !== 0;
  }

  /** The text of a row in comparable form. */
  textOf(row: number): string {
    const [from, to] = [this.ends[row] as number, this.ends[row + 1] as number];
    const bytes = Buffer.alloc(to - from);
    readSync(this.text.fd, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  }

  /** Keys of a band, one for each row. */
  async band(band: number): Promise<Uint32Array> {
    const bytes = await readFile(join(this.dir, `band-${band}.bin`));
    // A Buffer may begin anywhere; words may not.
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  }

  async close(): Promise<void> {
    await this.text.close();
  }
}

/** Bits of a stored hash. */
export const storedHash = (hex: unknown): Bits64 | undefined =>
  typeof hex === 'string' && /^[0-9a-f]{16}$/i.test(hex) ? hexToBits(hex) : undefined;
