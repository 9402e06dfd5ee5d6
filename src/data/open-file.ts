// Opens files and folders of a data set.

import { type FileHandle, open, readdir } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { errno, mapIoError } from '../util/io.js';

/** Opens a file for reading; the caller closes it. Throws `data.read` for what is missing, may not be read or is a folder. */
export async function openDataFile(file: string): Promise<FileHandle> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw cannotOpen(file, cause);
  });
  const isFile = (await handle.stat()).isFile();
  if (isFile) return handle;
  await handle.close();
  throw new SensoriumError('data.read', 'cannot open the data set', {
    place: file,
    expected: 'a file',
    got: 'a folder, or something else',
    hint: 'Give one of its files, or leave the format to its content',
  });
}

/** `data.read` for what cannot be opened, with the reason: missing, not permitted, … */
export function cannotOpen(place: string, cause: unknown): SensoriumError {
  const known = mapIoError(cause, place);
  const { hint = 'Check the path.' } = known instanceof SensoriumError ? known : {};
  const got = known instanceof SensoriumError ? (known.message.split(' (in ')[0] as string) : (errno(cause) ?? String(cause));
  return new SensoriumError('data.read', 'cannot open the data set', { place, got, hint, cause });
}

/** Names in a folder, in order; none where the path is a file or leads nowhere. Throws `data.read` for a folder that may not be read. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (cause) {
    if (['ENOTDIR', 'ENOENT', 'ELOOP'].includes(errno(cause) ?? '')) return [];
    throw cannotOpen(path, cause);
  }
}
