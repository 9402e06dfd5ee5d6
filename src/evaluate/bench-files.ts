// Where the files of a benchmark are read: from disk, or from memory, where the scene world makes them in the form of the official files.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { RgbImage } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { readJson, readText } from '../util/fs.js';
import { base64Image, type FileImage, type FileRecord, type RecordOptions, recordsIn, recordsOf } from './file-benchmark.js';
import { imagePath } from './file-rows.js';

/** What a benchmark reads of its files. Folders and names are those of the official files. */
export interface BenchFiles {
  /** The names in a folder; none where there is no such folder. */
  names(folder: string): Promise<string[]>;
  /** A file of text. */
  text(file: string): Promise<string>;
  /** A file of one JSON value. */
  json<T>(file: string): Promise<T>;
  /** The records of a file, as `recordsOf` reads them. */
  records(file: string, options?: RecordOptions): AsyncIterable<FileRecord>;
  /** An image that a row names. Errors: `evaluate.row`. */
  image(folder: string, name: string, place: string): FileImage;
  /** An image that stands in a row as base64. Errors: `evaluate.row`. */
  embedded(text: string, place: string): FileImage;
  /** A video that a row names, as parts of a message. Errors: `evaluate.images`. */
  video(folder: string, name: string, place: string): ContentPart[];
}

const VIDEOS = ['.mp4', '.webm', '.mkv', '.avi', '.mov'];

/** Files on disk. */
export const DISK: BenchFiles = {
  names: (folder) =>
    readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    }),
  text: readText,
  json: readJson,
  records: recordsOf,
  image: imagePath,
  embedded: base64Image,
  video(folder, name, place) {
    const path = VIDEOS.map((ending) => imagePath(folder, name.endsWith(ending) ? name : `${name}${ending}`, place)).find((file) =>
      existsSync(file),
    );
    if (path) return [{ type: 'video', source: path }];
    throw new SensoriumError('evaluate.images', 'a video of the rows is not there', {
      place,
      expected: `${join(folder, name)}${VIDEOS[0]} or another ending`,
      got: 'missing',
      hint: 'Give the folder of the videos with --images',
    });
  },
};

/** Pictures of files in memory, by the names that rows give them. */
export interface MemoryPictures {
  image(name: string): RgbImage;
  /** A video as its frames, in order. */
  frames(name: string): RgbImage[];
}

/** The official name of each file and what it holds: a list of records, an object, or text. */
export type MadeFiles = Readonly<Record<string, unknown>>;

/** Files in memory. Folders count only in `names`; images are found by name. Errors: `evaluate.rows` for a file that was not made. */
export function memoryFiles(made: MadeFiles, pictures: MemoryPictures): BenchFiles {
  const read = (file: string): unknown => {
    const name = file.replaceAll('\\', '/');
    if (name in made) return made[name];
    throw new SensoriumError('evaluate.rows', 'there is no such file in memory', { expected: Object.keys(made).join(', '), got: file });
  };
  return {
    names: async (folder) =>
      Object.keys(made).flatMap((name) => (posix.dirname(name) === folder.replaceAll('\\', '/') ? [posix.basename(name)] : [])),
    text: async (file) => String(read(file)),
    json: async <T>(file: string) => read(file) as T,
    async *records(file, { list } = {}) {
      const value = read(file);
      const rows = Array.isArray(value) ? value : [value];
      for (const [i, row] of rows.entries()) yield* recordsIn(file, { value: row, line: i + 1, lines: !Array.isArray(value) }, list);
    },
    image: (_, name) => pictures.image(name),
    embedded: (name) => pictures.image(name),
    // Frames are images in order: every model that takes images can be asked.
    video: (_, name) => pictures.frames(name).map((source) => ({ type: 'image', source })),
  };
}
