// `node:fs` of a tab: the calls that shared code makes, on the tab's disk.

import { disk, diskError } from '../disk.js';

export * as promises from './fs-promises.js';

/** As text or bytes. */
export function readFileSync(path: string | URL, encoding?: string | { encoding?: string }): string | Uint8Array {
  const bytes = Buffer.from(disk.file(path).sliceNow());
  const named = typeof encoding === 'string' ? encoding : encoding?.encoding;
  return named === undefined ? bytes : bytes.toString(named as BufferEncoding);
}

/** Whether anything stands there. */
export const existsSync = (path: string | URL): boolean => disk.find(path) !== undefined;

/** Names in a folder. */
export const readdirSync = (path: string | URL): string[] => [...disk.folder(path).entries.keys()];

/** Throws ENOENT for what is not there; what is there may be read. Nothing can be executed. */
export function accessSync(path: string | URL, mode = 0): void {
  disk.entry(path);
  if (mode === constants.X_OK) throw diskError('EACCES', String(path));
}

export const constants = { F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4 } as const;

/** A file in pieces. */
export async function* createReadStream(path: string | URL, { highWaterMark = 4 << 20 } = {}): AsyncGenerator<Uint8Array> {
  const file = disk.file(path);
  for (let at = 0; at < file.size; at += highWaterMark) yield file.slice(at, at + highWaterMark);
}

const notHere = (name: string) => (): never => {
  throw diskError('ENOSYS', name);
};
export const readSync = notHere('readSync');
export const openSync = notHere('openSync');
export const closeSync = notHere('closeSync');
export const createWriteStream = notHere('createWriteStream');
