// Opens files and folders of a data set.

import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { errno, mapIoError } from '../util/io.js';
import { pathHint } from '../util/near-path.js';

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
export function cannotOpen(place: string, cause: unknown, what = 'the data set'): SensoriumError {
  const known = mapIoError(cause, place);
  const hint = errno(cause) === 'ENOENT' ? pathHint(place) : known instanceof SensoriumError ? known.hint : undefined;
  const got = known instanceof SensoriumError ? known.summary : (errno(cause) ?? String(cause));
  return new SensoriumError('data.read', `cannot open ${what}`, { place, got, hint, cause });
}

/** Throws `data.read` where the folder of the images that is given is not one. */
export async function checkImageFolder(images: string | undefined): Promise<void> {
  if (images === undefined) return;
  const info = await stat(images).catch((cause: unknown) => {
    throw cannotOpen(images, cause, 'the folder of the images (--images)');
  });
  if (!info.isDirectory())
    throw new SensoriumError('data.read', 'the place of the images (--images) is not a folder', {
      place: images,
      expected: 'the folder that the names of images in rows begin at',
      hint: 'Name the folder, not a file in it',
    });
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
