// Where media come from - a path, a data: or file: URL, bytes - and how they are read: never more than the limit, never from the network.

import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from '../util/errors.js';

/** A path, a `data:` URL, a `file:` URL or the bytes of a file. */
export type MediaSource = string | Uint8Array | URL;

/** What is read, for the words of errors, and how much of it may be. */
export interface ReadOptions {
  kind: 'image' | 'sound' | 'video';
  /** What may be read, such as 'a PNG or JPEG image'. */
  expected: string;
  maxBytes: number;
  /** How to make a file smaller. */
  smaller: string;
}

const DATA_URL = /^data:([^,]*),/i;

/** The bytes of a source, and what to call it. Errors: `media.file`, `media.limit`, and `media.format` for nothing at all. */
export async function readSource(source: MediaSource, options: ReadOptions): Promise<{ bytes: Uint8Array; place: string }> {
  const given = givenBytes(source, options);
  if (given) return given;
  const path = await checkedPath(source as string | URL, options);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause, options);
  });
  return { bytes: checkLength(bytes, path, options), place: path };
}

/** Bytes that need no file: those given, or those of a data: URL. Errors as `readSource`. */
export function givenBytes(source: MediaSource, options: ReadOptions): { bytes: Uint8Array; place: string } | undefined {
  if (source instanceof Uint8Array) {
    const place = `${options.kind} bytes`;
    return { bytes: checkLength(source, place, options), place };
  }
  const data = typeof source === 'string' ? DATA_URL.exec(source.slice(0, 256)) : null;
  return data ? { bytes: readDataUrl(source as string, data, options), place: 'data URL' } : undefined;
}

/** The path of a regular file that is not larger than allowed. Errors: `media.file`, `media.limit`. */
export async function checkedPath(source: string | URL, options: ReadOptions): Promise<string> {
  const path = localPath(source, options);
  let size: number;
  try {
    const info = await stat(path);
    if (info.isDirectory())
      throw new SensoriumError('media.file', 'this is a folder', {
        place: path,
        expected: `${article(options.kind)} file`,
        hint: `Name one ${options.kind} file inside it`,
      });
    if (!info.isFile())
      throw new SensoriumError('media.file', 'this is not a regular file', { place: path, expected: `${article(options.kind)} file` });
    size = info.size;
  } catch (cause) {
    throw cause instanceof SensoriumError ? cause : unreadable(path, cause, options);
  }
  if (size > options.maxBytes) throw tooManyBytes(path, size, options);
  return path;
}

/** How many bytes and how they begin, for errors about files of another kind. */
export function describeBytes(bytes: Uint8Array): string {
  return `${bytes.length} bytes that start with ${quoteStart(bytes)}`;
}

/** The beginning of a file in quotes. */
export function quoteStart(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, 12)).toString('latin1'));
}

const article = (kind: ReadOptions['kind']): string => (kind === 'image' ? 'an image' : `a ${kind}`);

function localPath(source: string | URL, { kind }: ReadOptions): string {
  if (typeof source !== 'string' || source.startsWith('file:')) {
    try {
      return fileURLToPath(source);
    } catch (cause) {
      throw new SensoriumError('media.file', 'this URL does not name a local file', {
        place: String(source),
        expected: 'a file: URL',
        hint: `Download the ${kind} first`,
        cause,
      });
    }
  }
  if (/^https?:\/\//i.test(source))
    throw new SensoriumError('media.file', `${kind}s are not fetched from the network`, {
      place: source,
      expected: 'a path, a file: or data: URL, or bytes',
      hint: `Download the ${kind} first`,
    });
  return source;
}

function readDataUrl(url: string, match: RegExpExecArray, options: ReadOptions): Uint8Array {
  const payload = url.slice(match[0].length);
  if (!/;base64$/i.test(match[1] ?? '')) {
    const type = options.kind === 'sound' ? 'audio' : options.kind;
    throw new SensoriumError('media.format', 'unsupported data URL', { expected: `data:${type}/…;base64,…`, got: match[0] });
  }
  // Four characters carry three bytes: refuse before the copy is made.
  const size = Math.floor((payload.length * 3) / 4);
  if (size - 2 > options.maxBytes) throw tooManyBytes('data URL', size, options);
  return checkLength(Buffer.from(payload, 'base64'), 'data URL', options);
}

function checkLength(bytes: Uint8Array, place: string, options: ReadOptions): Uint8Array {
  if (bytes.length === 0)
    throw new SensoriumError('media.format', `the ${options.kind} is empty`, {
      place,
      expected: options.expected,
      got: '0 bytes',
      hint: 'Download or export it again',
    });
  if (bytes.length > options.maxBytes) throw tooManyBytes(place, bytes.length, options);
  return bytes;
}

function tooManyBytes(place: string, size: number, { kind, maxBytes, smaller }: ReadOptions): SensoriumError {
  return new SensoriumError('media.limit', `the ${kind} file is too large`, {
    place,
    expected: `at most ${maxBytes} bytes`,
    got: `${size}`,
    hint: `${smaller}, or raise maxBytes if the file is trusted`,
  });
}

function unreadable(path: string, cause: unknown, { kind, expected }: ReadOptions): SensoriumError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SensoriumError('media.file', `no such ${kind} file`, { place: path, expected, hint: 'Check the path', cause });
  return new SensoriumError('media.file', `the ${kind} file cannot be read`, {
    place: path,
    got: code ?? String(cause),
    hint: 'Check its permissions',
    cause,
  });
}
