// What benchmarks that read files share: where they read, image files by name, and a seeded choice of rows.

import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';

/** Files of a benchmark, and the folder of their images (default: that of each file). */
export interface FileSource {
  data: readonly string[];
  images?: string;
}

/** The path of an image that a row names. Errors: `evaluate.row` for one outside the folder. */
export function imagePath(folder: string, name: string, place: string): string {
  const path = resolve(folder, name);
  const inside = relative(resolve(folder), path);
  if (!inside.startsWith('..') && !isAbsolute(inside)) return path;
  throw new SensoriumError('evaluate.row', 'an image lies outside the image folder', { place, expected: `a file in ${folder}`, got: name });
}

/** How many missing images an error lists. */
const LISTED = 5;

/** Throws `evaluate.images` with the files that are not there, each with the place of the row that names it. */
export async function checkImages(images: Iterable<{ path: string; place: string }>): Promise<void> {
  const places = new Map<string, string>();
  for (const { path, place } of images) if (!places.has(path)) places.set(path, place);
  const missing: string[] = [];
  for (const [path, place] of places) {
    const fault = await stat(path).then(
      (info) => (info.isFile() ? (info.size === 0 ? 'empty' : undefined) : 'not a file'),
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'missing' : error.code),
    );
    if (fault) missing.push(`${path} (${fault}, ${place})`);
  }
  if (missing.length === 0) return;
  throw new SensoriumError('evaluate.images', 'images of the rows are not there', {
    expected: `${places.size} image files`,
    got: `${missing.length} that cannot be read: ${missing.slice(0, LISTED).join(', ')}${missing.length > LISTED ? ', …' : ''}`,
    hint: 'Give the folder that holds the images with --images',
  });
}

/** `n` rows drawn with a seed, in their order; all of them where there are no more. */
export function drawRows<R>(
  rows: readonly R[],
  { n = rows.length, seed = 0, kind = '' }: { n?: number; seed?: number; kind?: string },
): R[] {
  if (n >= rows.length) return [...rows];
  const order = new Rng(`evaluate/${seed}/${kind}`).shuffle(rows.map((_, i) => i));
  return order
    .slice(0, n)
    .sort((a, b) => a - b)
    .map((i) => rows[i] as R);
}
