// Small data sets for tests: tar, folders and JSON lines with pictures that differ.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { TAR_BLOCK, tarHeader, tarPadding } from '../data/tar-header.js';
import { Rng } from '../util/rng.js';

/** A picture of soft blobs of color, always the same for a seed. */
export async function blobs(
  seed: number,
  { width = 96, height = 64, format = 'jpeg' as 'jpeg' | 'png', quality = 90 } = {},
): Promise<Uint8Array> {
  const rng = new Rng(seed);
  const few = Uint8Array.from({ length: 8 * 6 * 3 }, () => Math.floor(rng.float() * 256));
  const picture = sharp(few, { raw: { width: 8, height: 6, channels: 3 } }).resize(width, height, { fit: 'fill', kernel: 'cubic' });
  return format === 'png' ? picture.png().toBuffer() : picture.jpeg({ quality }).toBuffer();
}

/** Writes an archive with these files. */
export async function writeTar(file: string, members: readonly (readonly [name: string, content: Uint8Array | string])[]): Promise<string> {
  const pieces = members.flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)];
  });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.concat([...pieces, Buffer.alloc(2 * TAR_BLOCK)]));
  return file;
}

/** Writes files into a folder. */
export async function writeFiles(dir: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  return dir;
}

/** Filters of texts, for runs in several processes. */
export const SHARED_FILTERS = [{ name: 'words' }, { name: 'banned' }];
