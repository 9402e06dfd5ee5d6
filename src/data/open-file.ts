// Opens a file of a data set.

import { type FileHandle, open } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';

/** Opens a file for reading; the caller closes it. Throws `data.read` for what is missing, may not be read or is a folder. */
export async function openDataFile(file: string): Promise<FileHandle> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: file, hint: 'Check the path.', cause });
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
