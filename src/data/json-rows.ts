// The rows of a JSON file of any size, one at a time: an array of rows, or JSON lines. Node's longest string is no limit.

import { type FileHandle, open } from 'node:fs/promises';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { describeJsonError, jsonErrorAt } from '../util/json.js';
import { encodingOf, formatHint, formatName, formatOf, HEAD } from './sniff.js';

/** One row as it stands in the file. */
export interface JsonRow {
  value: unknown;
  /** From 0. */
  index: number;
  /** Line on which it begins, from 1. */
  line: number;
  /** The file has JSON lines, not an array. */
  lines: boolean;
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

const [TAB, LF, CR, SPACE, QUOTE, COMMA, BACKSLASH] = [9, 10, 13, 32, 34, 44, 92];
const [OPEN, CLOSE, BRACE, UNBRACE] = [91, 93, 123, 125];

/** Where in the file: lines and columns count from 1, columns in characters. */
interface Place {
  line: number;
  column: number;
}

/**
 * Yields the rows of an array, or of JSON lines, whichever the file holds, in UTF-8 or UTF-16 with or without a byte-order mark. Errors are
 * `data.read` with file, line, column and row; a file of another kind is named.
 */
export async function* jsonRows(file: string, options: JsonRowsOptions = {}): AsyncGenerator<JsonRow> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: file, hint: 'Check the path.', cause });
  });
  try {
    // A file that was cut off is refused before its first row: the place is found by reading all of it.
    if (await unclosed(handle))
      for await (const _ of new RowScanner(file, { ...options, onBad: undefined }).rows(chunks(handle, file, options)));
    yield* new RowScanner(file, options).rows(chunks(handle, file, options));
  } finally {
    await handle.close();
  }
}

/** True for an array whose last character is not its closing bracket. */
async function unclosed(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  const read = async (position: number): Promise<Buffer> => {
    const buffer = Buffer.alloc(Math.min(HEAD, size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  };
  const start = await read(0);
  if (
    encodingOf(start) !== 'utf-8' ||
    !start
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimStart()
      .startsWith('[')
  )
    return false;
  const end = (await read(Math.max(0, size - HEAD))).toString('latin1').trimEnd();
  return end !== '' && !end.endsWith(']');
}

/** The file in UTF-8, piece by piece, without its byte-order mark. */
async function* chunks(handle: FileHandle, file: string, { signal, chunkBytes = 2 ** 20 }: JsonRowsOptions): AsyncGenerator<Uint8Array> {
  const head = new Uint8Array(HEAD);
  const { bytesRead } = await handle.read(head, 0, HEAD, 0);
  const start = head.subarray(0, bytesRead);
  const format = formatOf(start);
  if (format !== 'json' && format !== 'blank')
    throw new SensoriumError('data.read', 'this is not a JSON data set', {
      place: file,
      expected: 'an array of samples in JSON, or JSON lines',
      got: formatName(format),
      hint: formatHint(format),
    });
  const encoding = encodingOf(start);
  const decoder = encoding === 'utf-8' ? undefined : new TextDecoder(encoding);
  const mark = !decoder && start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0;
  for (let position = mark; ; ) {
    throwIfAborted(signal);
    const buffer = new Uint8Array(chunkBytes);
    const { bytesRead: n } = await handle.read(buffer, 0, chunkBytes, position);
    if (n === 0) break;
    position += n;
    const bytes = buffer.subarray(0, n);
    yield decoder ? Buffer.from(decoder.decode(bytes, { stream: true })) : bytes;
  }
  if (decoder) yield Buffer.from(decoder.decode());
}

/** Finds where rows begin and end; each is then parsed by itself. */
class RowScanner {
  /** The bytes of the row that is being read, or undefined between rows. */
  private pieces: Uint8Array[] | undefined;
  private size = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private line = 1;
  /** Characters of this line so far. */
  private column = 0;
  private begin: Place = { line: 1, column: 1 };
  private index = 0;
  /** The file is one array; undefined until its first character. */
  private array: boolean | undefined;
  /** A row has ended, and no comma has followed; a comma has come, and no row has followed; the array is closed. */
  private state: 'start' | 'row' | 'comma' | 'closed' = 'start';
  private lastLine = 0;

  constructor(
    private readonly file: string,
    private readonly options: JsonRowsOptions,
  ) {}

  async *rows(source: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRow> {
    for await (const chunk of source) yield* this.scan(chunk);
    yield* this.finish();
  }

  private *scan(chunk: Uint8Array): Generator<JsonRow> {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === LF) {
        this.line++;
        this.column = 0;
      } else if ((byte & 0xc0) !== 0x80) this.column++;
      if (this.pieces) {
        if (this.inString) {
          if (this.escaped) this.escaped = false;
          else if (byte === BACKSLASH) this.escaped = true;
          else if (byte === QUOTE) this.inString = false;
          // A string never closed would run to the end of the file: the row is over here.
          else if (byte === LF) yield* this.end(chunk, from, i + 1, true);
          continue;
        }
        if (byte === BRACE && this.array === false && this.depth > 0 && this.column === 1) {
          // JSON lines: a row that was not closed ends where the next begins.
          yield* this.end(chunk, from, i, true);
          this.start(byte);
          from = i;
        } else if (byte === QUOTE) this.inString = true;
        else if (byte === OPEN || byte === BRACE) this.depth++;
        else if (byte === CLOSE || byte === UNBRACE) {
          this.depth--;
          if (this.depth === 0) yield* this.end(chunk, from, i + 1);
          // The bracket of the array itself, after a row that is a bare number or word.
          else if (this.depth < 0) {
            yield* this.end(chunk, from, i);
            this.between(byte);
          }
        } else if (this.depth === 0 && (byte === COMMA || byte === LF)) {
          yield* this.end(chunk, from, i);
          this.between(byte);
        }
        continue;
      }
      if (byte === SPACE || byte === TAB || byte === LF || byte === CR) continue;
      if (this.between(byte)) continue;
      this.start(byte);
      from = i;
    }
    if (this.pieces) {
      this.keep(chunk.subarray(from));
    }
  }

  private start(byte: number): void {
    this.pieces = [];
    this.size = 0;
    this.begin = { line: this.line, column: this.column };
    this.depth = byte === OPEN || byte === BRACE ? 1 : 0;
    this.inString = byte === QUOTE;
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
  private between(byte: number): boolean {
    const here = { line: this.line, column: this.column };
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
  private *end(chunk: Uint8Array, from: number, to: number, broken = false): Generator<JsonRow> {
    this.keep(chunk.subarray(this.pieces?.length ? 0 : from, to));
    const pieces = this.pieces as Uint8Array[];
    this.pieces = undefined;
    this.state = 'row';
    this.lastLine = this.column === 0 ? this.line - 1 : this.line;
    const index = this.index++;
    const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
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
      if (broken) [this.inString, this.escaped, this.depth] = [false, false, 0];
      return;
    }
    yield { value, index, line: this.begin.line, lines: !this.array };
  }

  private bad(error: SensoriumError, index: number, fatal: boolean): void {
    if (fatal || !this.options.onBad) throw error;
    this.options.onBad(error, index);
  }

  private *finish(): Generator<JsonRow> {
    if (this.pieces) {
      if (this.depth === 0 && !this.inString) {
        yield* this.end(new Uint8Array(0), 0, 0);
      } else {
        const text = new TextDecoder().decode(Buffer.concat(this.pieces));
        throw this.inside(text, this.index, undefined);
      }
    }
    if (this.array && this.state !== 'closed')
      throw this.fault(
        'the array is not closed',
        { line: this.line, column: this.column + 1 },
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
    const place = { line: this.begin.line + before.length - 1, column: before.length === 1 ? this.begin.column + last : last + 1 };
    return this.fault(summary, place, { row: index, got, hint, cause });
  }

  private fault(
    summary: string,
    { line, column }: Place,
    { row = this.index, ...details }: { row?: number; expected?: string; got?: string; hint?: string; cause?: unknown },
  ): SensoriumError {
    return new SensoriumError('data.read', summary, { place: `${this.file}, line ${line}, column ${column} (row ${row})`, ...details });
  }
}

const char = (byte: number): string => JSON.stringify(String.fromCharCode(byte));
