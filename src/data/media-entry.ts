// Pictures and videos as rows name them: a file, a data: URL, embedded bytes.

import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { type Conversation, type MediaContent, mediaOf } from './dataset.js';
import { RowError, type RowPlace, shorten } from './row.js';

/** Where a row stands, and the folder that its file names are relative to. */
export interface RowContext {
  at: RowPlace;
  root: string;
}

/** A picture or video of a row before it has its place in the text. */
export type MediaEntry = Pick<MediaContent, 'source'> & { name?: string };

/**
 * Reads what a row gives for a picture or video: a file name inside the folder, a `data:` URL, bytes, `{bytes, path}`, `{path}` or `{url}`.
 * `key`: where it stands, for errors. Nothing is opened. Throws `RowError`.
 */
export function mediaEntry(entry: unknown, kind: MediaContent['type'], key: string, context: RowContext): MediaEntry {
  const { at, root } = context;
  const bad = (expected: string, got: unknown, hint?: string): RowError =>
    new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got), hint });
  if (entry instanceof Uint8Array) return mediaEntry({ bytes: entry }, kind, key, context);
  if (typeof entry === 'object' && entry !== null) {
    const { bytes, path, url } = entry as Record<string, unknown>;
    if (bytes instanceof Uint8Array) {
      if (!bytes.length)
        throw new RowError(at, `${key}.bytes`, `malformed "${key}.bytes"`, { expected: `the bytes of a file`, got: 'none' });
      return { source: bytes, ...(typeof path === 'string' && path ? { name: path } : {}) };
    }
    if (typeof path === 'string' || typeof url === 'string') return mediaEntry(path ?? url, kind, key, context);
    throw bad('a file name', entry);
  }
  if (typeof entry !== 'string' || !entry) throw bad('a file name', entry);
  const data = /^data:(image|video)\/[\w.+-]+;base64,/.exec(entry);
  if (data) {
    if (data[1] !== kind) throw bad(`${kind === 'image' ? 'an image' : 'a video'}`, data[0]);
    return { source: Buffer.from(entry.slice(data[0].length), 'base64') };
  }
  if (/^https?:/i.test(entry)) throw bad(`a file in the ${kind} folder`, entry, 'Nothing is downloaded: save the files and name them');
  const source = resolve(root, entry.replace(/^file:\/\//, ''));
  const inside = relative(root, source);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw bad(`a path inside ${root}`, entry, 'Give the folder that holds all images with --images');
  return { source, name: entry };
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ELOOP: ', a link that leads to itself',
  EACCES: ', which may not be read',
};

/** Throws `RowError` with the key of the first picture or video whose file is missing, empty or a folder. Files are not read. */
export async function checkFiles(conversation: Conversation): Promise<void> {
  for (const { type, source, origin } of mediaOf(conversation)) {
    if (typeof source !== 'string') continue;
    const fail = (summary: string, got: string, cause?: unknown): RowError =>
      new RowError(conversation.at, origin.key, summary, { got, hint: 'Check the image folder (--images).', cause });
    const info = await stat(source).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') throw fail(`the ${type} file is missing`, source, cause);
      throw fail(`cannot read the ${type}`, `${source}${UNREADABLE[cause.code ?? ''] ?? `: ${cause.code ?? cause.message}`}`, cause);
    });
    if (info.isDirectory()) throw fail(`cannot read the ${type}`, `${source}, a folder`);
    if (!info.isFile()) throw fail(`cannot read the ${type}`, `${source}, which is not a regular file`);
    if (info.size === 0) throw fail(`the ${type} file is empty`, `${origin.name ?? source}, 0 bytes`);
  }
}
