// The rows of a JSON file of any size, one at a time: an array of rows, or JSON lines. Node's longest string is no limit.

import { readSync } from 'node:fs';
import { SensoriumError } from '../util/errors.js';
import { describeJsonError, jsonErrorAt } from '../util/json.js';
import { type Chunk, chunks, unclosed } from './json-file.js';
import { openDataFile } from './open-file.js';
import { countKeys, repeatedKey } from './repeated-keys.js';
import { encodingOf, HEAD } from './sniff.js';

/** One row as it stands in the file. */
export interface JsonRow {
  value: unknown;
  /** From 0. */
  index: number;
  /** Line on which it begins, from 1. */
  line: number;
  /** The file has JSON lines, not an array. */
  lines: boolean;
  /** Offsets of its first byte and of the byte after its last, in the text as UTF-8. */
  start: number;
  end: number;
}

export interface JsonRowsOptions {
  signal?: AbortSignal;
  /** Bytes read at once. Default 1 MiB. */
  chunkBytes?: number;
  /** Largest row in bytes. Default 256 MiB. */
  maxRowBytes?: number;
  /** Given a row that is not valid JSON but whose end is known; reading goes on after it. Without it such a row throws. */
  onBad?: (error: SensoriumError, index: number) => void;
}

const [TAB, LF, CR, SPACE, QUOTE, COMMA, SLASH, BACKSLASH, COLON] = [9, 10, 13, 32, 34, 44, 47, 92, 58];
const [OPEN, CLOSE, BRACE, UNBRACE] = [91, 93, 123, 125];

/** Where in the file: the line from 1, and the offsets of its first byte and of the place. */
interface Place {
  line: number;
  lineStart: number;
  at: number;
}

/** Characters between two offsets of the file; lines longer than this many bytes have their columns in bytes. */
const COUNTED = 64 * 2 ** 20;

/**
 * Yields the rows of an array, or of JSON lines, whichever the file holds, in UTF-8 or UTF-16 with or without a byte-order mark. Errors are
 * `data.read` with file, line, column and row; a file of another kind is named.
 */
export async function* jsonRows(file: string, options: JsonRowsOptions = {}): AsyncGenerator<JsonRow> {
  const handle = await openDataFile(file);
  try {
    const head = new Uint8Array(HEAD);
    const { bytesRead } = await handle.read(head, 0, HEAD, 0);
    const encoding = encodingOf(head.subarray(0, bytesRead));
    const mark = head[0] === 0xef && head[1] === 0xbb ? 3 : 0;
    const characters = (start: number, to: number): number => {
      const from = Math.max(start, mark);
      if (encoding !== 'utf-8' || to - from > COUNTED) return to - from;
      const bytes = new Uint8Array(to - from);
      readSync(handle.fd, bytes, 0, bytes.length, from);
      return bytes.reduce((n, byte) => n + ((byte & 0xc0) === 0x80 ? 0 : 1), 0);
    };
    const scan = (given: JsonRowsOptions): AsyncGenerator<JsonRow> =>
      new RowScanner(file, characters, given).rows(chunks(handle, head.subarray(0, bytesRead), file, options));
    // A file that was cut off is refused before its first row: the place is found by reading all of it.
    if (await unclosed(handle)) for await (const _ of scan({ ...options, onBad: undefined }));
    yield* scan(options);
  } finally {
    await handle.close();
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A row alone: what stands in the file at `start`, its number, its line and whether the file has JSON lines. */
export interface LoneRow extends Omit<JsonRow, 'value' | 'end'> {
  file: string;
  bytes: Uint8Array;
  /** Offset of the first byte of its line; called for a fault only. */
  lineStart(): number;
}

/** The value of one row of a file whose index is known. Errors as `jsonRows`. */
export function parseRow(row: LoneRow): unknown {
  try {
    const value: unknown = JSON.parse(strict.decode(row.bytes));
    if (countKeys(value) >= countColons(row.bytes)) return value;
  } catch {
    // The scanner finds the fault and its place.
  }
  const text = (from: number, to: number): number =>
    strict.decode(row.bytes.subarray(Math.max(0, from - row.start), to - row.start)).length + Math.max(0, row.start - from);
  return RowScanner.alone(row, text);
}

function countColons(bytes: Uint8Array): number {
  let colons = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === COLON) colons++;
    else if (bytes[i] === QUOTE) for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
  }
  return colons;
}

/** Finds where rows begin and end; each is then parsed by itself. */
class RowScanner {
  /** The bytes of the row that is being read, or undefined between rows. */
  private pieces: Uint8Array[] | undefined;
  private size = 0;
  private depth = 0;
  private inString = false;
  /** Colons of the row outside strings: as many as it has keys, unless a key stands there twice. */
  private colons = 0;
  /** Backslashes at the end of the last chunk, inside a string. */
  private slashes = 0;
  private line = 1;
  private lineStart = 0;
  private begin: Place = { line: 1, lineStart: 0, at: 0 };
  private index = 0;
  /** The file is one array; undefined until its first character. */
  private array: boolean | undefined;
  /** A row has ended, and no comma has followed; a comma has come, and no row has followed; the array is closed. */
  private state: 'start' | 'row' | 'comma' | 'closed' = 'start';
  private lastLine = 0;

  constructor(
    private readonly file: string,
    private readonly characters: (from: number, to: number) => number,
    private readonly options: JsonRowsOptions,
  ) {}

  /** Reads a row by itself; the one it gives, or its fault thrown. */
  static alone({ file, bytes, index, line, lines, start, lineStart }: LoneRow, characters: (from: number, to: number) => number): unknown {
    const scanner = new RowScanner(file, characters, {});
    Object.assign(scanner, { index, line, lineStart: lineStart(), array: !lines, state: lines || index === 0 ? 'start' : 'comma' });
    for (const { value } of scanner.scan({ bytes: Buffer.from(bytes), base: start })) return value;
    for (const { value } of scanner.finish(start + bytes.length)) return value;
    throw scanner.fault('the row is not valid JSON', scanner.begin, { row: index });
  }

  async *rows(source: AsyncIterable<Chunk>): AsyncGenerator<JsonRow> {
    let size = 0;
    for await (const chunk of source) {
      size = chunk.base + chunk.bytes.length;
      yield* this.scan(chunk);
    }
    yield* this.finish(size);
  }

  private *scan({ bytes, base }: Chunk): Generator<JsonRow> {
    let from = 0;
    let nextLine = bytes.indexOf(LF);
    for (let i = 0; i < bytes.length; i++) {
      if (this.inString) {
        // Strings are most of a file: jump to the next quote, unless the line ends before it.
        const quote = bytes.indexOf(QUOTE, i);
        const stop = quote < 0 ? bytes.length : quote;
        while (nextLine >= 0 && nextLine < i) nextLine = bytes.indexOf(LF, nextLine + 1);
        if (nextLine >= 0 && nextLine < stop) {
          // A string never closed would run to the end of the file: the row is over here.
          i = nextLine;
          this.line++;
          this.lineStart = base + i + 1;
          this.slashes = 0;
          yield* this.end(bytes, from, i + 1, base, true);
          continue;
        }
        let slashes = 0;
        while (stop - slashes > i && bytes[stop - slashes - 1] === BACKSLASH) slashes++;
        if (stop - slashes === i) slashes += this.slashes;
        this.slashes = quote < 0 ? slashes : 0;
        if (quote >= 0 && slashes % 2 === 0) this.inString = false;
        i = stop;
        continue;
      }
      const byte = bytes[i] as number;
      if (byte === LF) {
        this.line++;
        this.lineStart = base + i + 1;
      }
      if (!this.pieces) {
        if (byte === SPACE || byte === TAB || byte === LF || byte === CR || this.between(byte, base + i)) continue;
        this.start(byte, base + i);
        from = i;
      } else if (byte === BRACE && this.array === false && this.depth > 0 && this.lineStart === base + i) {
        // JSON lines: a row that was not closed ends where the next begins.
        yield* this.end(bytes, from, i, base, true);
        this.start(byte, base + i);
        from = i;
      } else if (byte === QUOTE) this.inString = true;
      else if (byte === COLON) this.colons++;
      else if (byte === OPEN || byte === BRACE) this.depth++;
      else if (byte === CLOSE || byte === UNBRACE) {
        this.depth--;
        if (this.depth === 0) yield* this.end(bytes, from, i + 1, base);
        // The bracket of the array itself, after a row that is a bare number or word.
        else if (this.depth < 0) {
          yield* this.end(bytes, from, i, base);
          this.between(byte, base + i);
        }
      } else if (this.depth === 0 && (byte === COMMA || byte === LF)) {
        yield* this.end(bytes, from, i, base);
        this.between(byte, base + i);
      }
    }
    if (this.pieces) this.keep(bytes.subarray(this.pieces.length ? 0 : from));
  }

  private start(byte: number, at: number): void {
    this.pieces = [];
    this.size = 0;
    this.colons = 0;
    this.begin = { line: this.line, lineStart: this.lineStart, at };
    this.depth = byte === OPEN || byte === BRACE ? 1 : 0;
    this.inString = byte === QUOTE;
    this.slashes = 0;
  }

  private keep(piece: Uint8Array): void {
    this.pieces?.push(piece);
    this.size += piece.length;
    const most = this.options.maxRowBytes ?? 256 * 2 ** 20;
    if (this.size > most)
      throw this.fault('a row is too large', this.begin, {
        expected: `at most ${most} bytes`,
        hint: 'Is the array of samples inside an object? Give the array itself, or JSON lines',
      });
  }

  /** What stands between rows. Returns false where a row begins. */
  private between(byte: number, at: number): boolean {
    const here = { line: this.line, lineStart: this.lineStart, at };
    if (byte === SLASH && this.array !== false)
      throw this.fault('a comment stands in the file, and JSON has none', here, { got: char(byte), hint: 'Remove the comments' });
    if (this.array === undefined) {
      this.array = byte === OPEN;
      if (byte !== OPEN && byte !== BRACE)
        throw this.fault('wrong JSON at the top', here, { expected: 'an array of samples, or JSON lines' });
      if (this.array) return true;
      return false;
    }
    if (byte === SPACE || byte === TAB || byte === LF || byte === CR) return true;
    if (this.state === 'closed')
      throw this.fault('something follows the end of the array', here, {
        expected: 'the end of the file',
        got: char(byte),
        hint: 'Are these two files in one? Split them',
      });
    if (this.array && byte === CLOSE) {
      if (this.state === 'comma')
        throw this.fault('a comma stands before a closing bracket', here, { got: '"]"', hint: 'Remove the comma' });
      this.state = 'closed';
      return true;
    }
    if (byte === COMMA) {
      if (!this.array)
        throw this.fault('a comma stands between two JSON lines', here, {
          expected: 'one JSON value on each line',
          got: '","',
          hint: 'Remove the commas, or put the rows in [ ]',
        });
      if (this.state !== 'row') throw this.fault('a comma without a row before it', here, { got: '","', hint: 'Remove the comma' });
      this.state = 'comma';
      return true;
    }
    if (this.state === 'row' && this.array)
      throw this.fault('a comma is missing between two rows', here, { got: char(byte), hint: 'Put a comma before this' });
    if (this.state === 'row' && this.line === this.lastLine)
      throw this.fault('two values on one line', here, { expected: 'one JSON value on each line', got: char(byte) });
    return false;
  }

  /** A row is complete, or broken where its end is known. */
  private *end(chunk: Uint8Array, from: number, to: number, base: number, broken = false): Generator<JsonRow> {
    this.keep(chunk.subarray(this.pieces?.length ? 0 : from, to));
    const pieces = this.pieces as Uint8Array[];
    this.pieces = undefined;
    this.state = 'row';
    // A line that has just begun is not the row's.
    this.lastLine = this.lineStart >= base + to ? this.line - 1 : this.line;
    const index = this.index++;
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    let text: string;
    try {
      text = strict.decode(bytes);
    } catch (cause) {
      this.bad(
        this.fault('the text is not UTF-8', this.begin, { row: index, expected: 'UTF-8 or UTF-16', hint: 'Save the file as UTF-8', cause }),
        index,
        false,
      );
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      // JSON lines resume on the next line; in an array a broken string leaves no place to resume at.
      this.bad(this.inside(text, index, cause), index, broken && this.array === true);
      if (broken) [this.inString, this.depth] = [false, 0];
      return;
    }
    const twice = countKeys(value) < this.colons ? repeatedKey(text) : undefined;
    if (twice) {
      const details = { row: index, got: JSON.stringify(twice), hint: 'Remove one of the two; lists take several values' };
      this.bad(this.fault('a key stands twice in one object', this.begin, details), index, false);
      return;
    }
    const start = this.begin.at;
    yield { value, index, line: this.begin.line, lines: !this.array, start, end: start + bytes.length };
  }

  private bad(error: SensoriumError, index: number, fatal: boolean): void {
    if (fatal || !this.options.onBad) throw error;
    this.options.onBad(error, index);
  }

  private *finish(size: number): Generator<JsonRow> {
    if (this.pieces && this.depth === 0 && !this.inString) yield* this.end(new Uint8Array(0), 0, 0, size);
    else if (this.pieces) {
      const error = this.inside(new TextDecoder().decode(Buffer.concat(this.pieces)), this.index, undefined);
      this.bad(error, this.index, this.array === true);
    }
    if (this.array && this.state !== 'closed')
      throw this.fault(
        'the array is not closed',
        { line: this.line, lineStart: this.lineStart, at: size },
        {
          expected: '"]"',
          got: 'the end of the file',
          hint: 'The file is cut off: write or download it again',
        },
      );
  }

  /** The fault inside the text of a row, at its line and column. */
  private inside(text: string, index: number, cause: unknown): SensoriumError {
    const at = Math.min(jsonErrorAt(text), text.length);
    const before = text.slice(0, at).split('\n');
    const last = [...(before.at(-1) as string)].length;
    const { summary, got, hint } = describeJsonError(text, at);
    const { line, lineStart, at: start } = this.begin;
    const column = (before.length === 1 ? this.characters(lineStart, start) : 0) + last + 1;
    return this.error(summary, line + before.length - 1, column, { row: index, got, hint, cause });
  }

  private fault(summary: string, { line, lineStart, at }: Place, details: FaultDetails): SensoriumError {
    return this.error(summary, line, this.characters(lineStart, at) + 1, details);
  }

  private error(summary: string, line: number, column: number, { row = this.index, ...details }: FaultDetails): SensoriumError {
    return new SensoriumError('data.read', summary, { place: `${this.file}, line ${line}, column ${column} (row ${row})`, ...details });
  }
}

interface FaultDetails {
  row?: number;
  expected?: string;
  got?: string;
  hint?: string;
  cause?: unknown;
}

const char = (byte: number): string => JSON.stringify(String.fromCharCode(byte));
