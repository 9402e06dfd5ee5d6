// A WebDataset archive as a table: one pass finds where the files of the tar are; those of one key are a row.

import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { parseJson } from '../util/fs.js';
import type { Table } from './dataset.js';
import { openDataFile } from './open-file.js';
import { RowError, type RowPlace } from './row.js';
import { formatHint, formatName, formatOf, HEAD } from './sniff.js';

/** A file of the archive: its ending is what stands behind the first point of its base name. */
interface Member {
  ending: string;
  name: string;
  at: number;
  size: number;
}

const BLOCK = 512;
/** Largest file of an archive that is read, in bytes. */
const MAX_MEMBER = 512 * 2 ** 20;
/** Bytes of a sample that are read in one go; larger ones are read file by file. */
const MAX_SAMPLE = 4 * 2 ** 20;
/** Read at once while headers are looked for: small files pass without a read of their own. */
const WINDOW = 256 * 2 ** 10;

/** Opens a tar file of samples. Throws `data.read` for what is not one or is cut off. */
export async function openTar(file: string, options: { signal?: AbortSignal } = {}): Promise<TarTable> {
  const handle = await openDataFile(file);
  try {
    const { size } = await handle.stat();
    return new TarTable(file, handle, size, await indexTar(handle, { file, size, signal: options.signal }));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface TarIndex {
  rows: { key: string; members: Member[] }[];
  hash: string;
}

async function indexTar(
  handle: FileHandle,
  { file, size, signal }: { file: string; size: number; signal?: AbortSignal },
): Promise<TarIndex> {
  const rows: TarIndex['rows'] = [];
  const keys = new Set<string>();
  const hash = createHash('sha256');
  const window = Buffer.alloc(WINDOW);
  let [from, filled] = [0, 0];
  const block = (at: number): Buffer => {
    if (at < from || at + BLOCK > from + filled) {
      from = at;
      filled = readSync(handle.fd, window, 0, WINDOW, at);
    }
    return window.subarray(at - from, at - from + BLOCK);
  };
  const fail = (summary: string, at: number, details: { expected?: string; got?: string; hint?: string } = {}): SensoriumError =>
    new SensoriumError('data.read', summary, { place: `${file}, byte ${at}`, ...details });
  let longName: string | undefined;
  let longSize: number | undefined;
  for (let at = 0; ; ) {
    if (at + BLOCK > size)
      throw fail(at === 0 ? 'this is not a tar file' : 'the tar file is cut off', at, {
        expected: 'a block of zeros at the end of the archive',
        got: 'the end of the file',
        hint: 'Download or write it again',
      });
    if (rows.length % 1024 === 0) throwIfAborted(signal);
    const header = block(at);
    if (header.every((byte) => byte === 0)) break;
    if (!isHeader(header)) {
      const kind = at === 0 ? formatOf(header.subarray(0, Math.min(HEAD, header.length))) : 'tar';
      throw fail(at === 0 ? 'this is not a tar file' : 'the tar file is damaged', at, {
        expected: 'the header of a file',
        got: at === 0 ? formatName(kind) : 'something else',
        hint: at === 0 ? formatHint(kind) : 'Download or write it again',
      });
    }
    const length = longSize ?? sizeOf(header);
    const type = String.fromCharCode(header[156] as number);
    const body = at + BLOCK;
    if (body + length > size)
      throw fail('the tar file is cut off', at, { expected: `${length} bytes`, got: `${size - body}`, hint: 'Download or write it again' });
    at = body + Math.ceil(length / BLOCK) * BLOCK;
    if (type === 'L' || type === 'x') {
      const text = Buffer.alloc(Math.min(length, 2 ** 20));
      readSync(handle.fd, text, 0, text.length, body);
      if (type === 'L') longName = text.toString('utf8').replace(/\0.*$/s, '');
      else {
        const records = paxRecords(text);
        longName = records.get('path') ?? longName;
        longSize = records.has('size') ? Number(records.get('size')) : undefined;
      }
      continue;
    }
    const name = longName ?? nameOf(header);
    [longName, longSize] = [undefined, undefined];
    if (type !== '0' && type !== '\0') continue; // folders, links
    const base = name.replace(/^.*\//, '');
    const point = base.indexOf('.', 1);
    if (point < 0 || base.startsWith('.')) continue; // notes beside the samples, as other readers leave them
    const key = name.slice(0, name.length - base.length + point);
    hash.update(`${name}\0${length}\0${header.subarray(136, 148).toString('latin1')}`);
    let row = rows.at(-1);
    if (row?.key !== key) {
      if (keys.has(key))
        throw fail('the files of one sample do not follow each other', body - BLOCK, {
          expected: `all files of "${key}" together`,
          got: name,
          hint: 'Sort the archive by name',
        });
      keys.add(key);
      row = { key, members: [] };
      rows.push(row);
    }
    row.members.push({ ending: base.slice(point + 1), name, at: body, size: length });
  }
  return { rows, hash: hash.digest('hex') };
}

/** The check sum is the sum of all bytes, with blanks in its own place. */
function isHeader(header: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number);
  return sum === Number.parseInt(header.subarray(148, 156).toString('latin1').trim() || '-1', 8);
}

const textAt = (header: Buffer, start: number, length: number): string =>
  header
    .subarray(start, start + length)
    .toString('utf8')
    .replace(/\0.*$/s, '');

/** Octal, or base 256 where the first bit is set. */
function sizeOf(header: Buffer): number {
  if (((header[124] as number) & 0x80) !== 0) return header.subarray(128, 136).reduce((n, byte) => n * 256 + byte, 0);
  return Number.parseInt(textAt(header, 124, 12).trim() || '0', 8);
}

function nameOf(header: Buffer): string {
  const prefix = textAt(header, 257, 6).startsWith('ustar') && header[262] === 0 ? textAt(header, 345, 155) : '';
  return (prefix ? `${prefix}/` : '') + textAt(header, 0, 100);
}

/** Extended headers: `length key=value\n` again and again, lengths in bytes. */
function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(bytes.subarray(at, space).toString('latin1'));
    if (space < 0 || !Number.isInteger(length) || length <= 0) break;
    const [key = '', ...value] = bytes
      .subarray(space + 1, at + length - 1)
      .toString('utf8')
      .split('=');
    records.set(key, value.join('='));
    at += length;
  }
  return records;
}

const IMAGE = /(?:^|\.)(?:jpe?g|png|webp|gif|bmp|tiff?|avif)$/i;
const VIDEO = /(?:^|\.)(?:mp4|webm|mov|mkv|avi)$/i;

/** Samples of one tar file. */
export class TarTable implements Table {
  readonly root: string;
  readonly length: number;
  readonly fingerprint: Readonly<Record<string, unknown>>;

  constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    size: number,
    private readonly index: TarIndex,
  ) {
    this.root = dirname(file);
    this.length = index.rows.length;
    this.fingerprint = { bytes: size, rows: this.length, hash: index.hash };
  }

  at(index: number): RowPlace {
    return { file: this.file, row: index };
  }

  /** Pictures and videos as bytes in order, the keys of `json`, `txt` as caption, `cls` as label. */
  async record(index: number): Promise<Record<string, unknown>> {
    const { key, members } = this.index.rows[index] as TarIndex['rows'][number];
    const record: Record<string, unknown> = { id: key.replace(/^\.\//, '') };
    const images: { bytes: Uint8Array; path: string }[] = [];
    const videos: typeof images = [];
    const whole = await this.sample(members);
    const read = (member: Member): Buffer | Promise<Buffer> =>
      whole ? whole.bytes.subarray(member.at - whole.at, member.at - whole.at + member.size) : this.read(index, member);
    for (const member of members) {
      const { ending } = member;
      const last = ending.toLowerCase().replace(/^.*\./, '');
      const media = IMAGE.test(ending) ? images : VIDEO.test(ending) ? videos : undefined;
      if (media) media.push({ bytes: await read(member), path: member.name });
      else if (last === 'json' && ending.length > 4) record[ending.slice(0, -5)] = this.value(member, await read(member));
      else if (last === 'json') Object.assign(record, this.json(index, member, await read(member)));
      else if (last === 'txt')
        record[ending.toLowerCase() === 'txt' ? 'caption' : ending.slice(0, -4)] = (await read(member)).toString('utf8').trim();
      else if (last === 'cls') record.label = (await read(member)).toString('utf8').trim();
    }
    for (const [name, found] of [
      ['image', images],
      ['video', videos],
    ] as const)
      if (found.length > 0) {
        delete record[name];
        record[`${name}s`] = found;
      }
    return record;
  }

  /** The bytes of all files of a sample, which lie one after the other. */
  private async sample(members: readonly Member[]): Promise<{ bytes: Buffer; at: number } | undefined> {
    const [at, last] = [members[0]?.at ?? 0, members.at(-1)];
    const size = (last?.at ?? 0) + (last?.size ?? 0) - at;
    if (members.length < 2 || size > MAX_SAMPLE) return undefined;
    const bytes = Buffer.allocUnsafe(size);
    const { bytesRead } = await this.handle.read(bytes, 0, size, at);
    return bytesRead === size ? { bytes, at } : undefined;
  }

  private value(member: Member, bytes: Buffer): unknown {
    return parseJson(bytes.toString('utf8'), `${this.file}: ${member.name}`);
  }

  private json(index: number, member: Member, bytes: Buffer): Record<string, unknown> {
    const value = this.value(member, bytes);
    if (Array.isArray(value)) return { conversations: value };
    if (typeof value !== 'object' || value === null)
      throw new RowError(this.at(index), member.name, 'malformed JSON of a sample', { expected: 'an object', got: value });
    return value as Record<string, unknown>;
  }

  private async read(index: number, { name, at, size }: Member): Promise<Buffer> {
    if (size > MAX_MEMBER)
      throw new RowError(this.at(index), name, 'a file of the archive is too large', {
        expected: `at most ${MAX_MEMBER} bytes`,
        got: `${size}`,
      });
    const bytes = Buffer.alloc(size);
    await this.handle.read(bytes, 0, size, at);
    return bytes;
  }

  dispose(): void {
    void this.handle.close();
  }
}
