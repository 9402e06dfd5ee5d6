// LLaVA's data format: one JSON array of conversations (or JSON lines) beside a folder of images.

import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { jsonRows } from './json-rows.js';
import { badRow, type PlacedSample, type ReadOptions, readRow } from './row.js';
import { type DataSample, inOrder, type Samples, textOf, type WriteOptions } from './sample.js';
import { formatOf, HEAD } from './sniff.js';
import { writeDataFolder } from './target.js';

/** Name of the JSON file inside a folder written by `writeLlava`. */
export const LLAVA_FILE = 'data.json';
const NAMES = { user: 'human', assistant: 'gpt', system: 'system' } as const;

/**
 * Writes `dir/data.json`, `[{id, image, conversations: [{from: 'human', value: '<image>\n…'}, {from: 'gpt', value}]}]`, and the images
 * as real files under `dir/images`, each under a name of its own: ids may repeat. `<image>` stands where the image stood. Atomic; refuses
 * to replace anything without `force`. Returns the number of samples.
 */
export function writeLlava(dir: string, samples: Samples, options: WriteOptions = {}): Promise<number> {
  return writeDataFolder(dir, { force: options.force, marks: [LLAVA_FILE] }, async (temporary) => {
    await mkdir(join(temporary, 'images'));
    const json = await open(join(temporary, LLAVA_FILE), 'w');
    const name = uniqueNames();
    let written = 0;
    try {
      for await (const sample of samples) {
        throwIfAborted(options.signal);
        const paths: string[] = [];
        for (const [i, image] of sample.images.entries()) {
          const suffix = sample.images.length > 1 ? `-${i}` : '';
          const path = `images/${name(`${safeName(sample.id)}${suffix}`, extension(image))}`;
          // 'wx': no image may overwrite another, whatever the file system makes of their names.
          await writeFile(join(temporary, path), image.bytes, { flag: 'wx' });
          paths.push(path);
        }
        const { messages, order } = inOrder(sample);
        const files = order.map((i) => paths[i]);
        const row = {
          id: sample.id,
          ...(files.length === 1 ? { image: files[0] } : files.length ? { image: files } : {}),
          conversations: messages.map((message) => ({ from: NAMES[message.role], value: textOf(message) })),
        };
        await json.write(`${written ? ',\n' : '[\n'}${JSON.stringify(row)}`);
        written++;
        options.onSample?.(written);
      }
      await json.write(written ? '\n]\n' : '[]\n');
    } finally {
      await json.close();
    }
    return written;
  });
}

const safeName = (id: string): string =>
  id
    .replace(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 120) || '_';

/** Gives every file a name that no other has, also where upper and lower case are one. */
function uniqueNames(): (stem: string, extension: string) => string {
  const taken = new Set<string>();
  return (stem, extension) => {
    let name = `${stem}${extension}`;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${stem}~${n}${extension}`;
    taken.add(name.toLowerCase());
    return name;
  };
}

const extensions: Record<string, string> = {
  png: '.png',
  jpeg: '.jpg',
  webp: '.webp',
  gif: '.gif',
  bmp: '.bmp',
  tiff: '.tif',
  avif: '.avif',
};

/** The ending of the path where it is one of an image, else that of the content. */
const extension = ({ path, bytes }: { path: string; bytes: Uint8Array }): string =>
  /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.exec(path)?.[0].toLowerCase() ?? extensions[formatOf(bytes.subarray(0, HEAD))] ?? '.png';

/** Options of `readLlava`. */
export type LlavaOptions = ReadOptions;

/**
 * Reads a LLaVA JSON file of any size (an array, or JSON lines), or a folder with `data.json`, sample by sample with its images. Files that
 * are not JSON throw `data.read` with line and column; malformed rows throw `data.row` with file, row and key, and so do image files that
 * are missing, empty or outside the image folder.
 */
export async function* readLlava(path: string, options: LlavaOptions = {}): AsyncGenerator<DataSample> {
  for await (const { sample } of llavaRows(path, options)) yield sample;
}

/** `readLlava` with the place of every row. */
export async function* llavaRows(path: string, options: ReadOptions = {}): AsyncGenerator<PlacedSample> {
  const file = await llavaFile(path);
  const { signal, onBad } = options;
  const root = resolve(options.images ?? dirname(file));
  const rows = jsonRows(file, { signal, ...(onBad ? { onBad: (error, row) => onBad(badRow(error, file, row)) } : {}) });
  for await (const { value, index, line, lines } of rows) {
    throwIfAborted(signal);
    if (lines && index === 0) checkTop(value, file);
    try {
      const at = { file, row: index, line };
      yield { sample: await readRow(value, at, { root }), at };
    } catch (error) {
      if (!onBad || !(error instanceof SensoriumError)) throw error;
      onBad(badRow(error, file, index));
    }
  }
}

/** The JSON file of a data set that is a folder. */
async function llavaFile(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: path, hint: 'Check the path.', cause });
  });
  if (!info.isDirectory()) return path;
  const names = await readdir(path);
  if (names.includes(LLAVA_FILE)) return join(path, LLAVA_FILE);
  const others = names.filter((name) => /\.(?:jsonl?|parquet)$/i.test(name));
  throw new SensoriumError('data.read', 'the folder has no data set', {
    place: path,
    expected: `${LLAVA_FILE} in it, or the path of a file`,
    hint: others.length ? `Give one of its files: ${others.slice(0, 5).join(', ')}` : 'Check the path.',
  });
}

/** A file that is one object, such as {"data": [...]}, is not JSON lines of one row. */
function checkTop(value: unknown, file: string): void {
  if (
    typeof value !== 'object' ||
    value === null ||
    ['conversations', 'messages', 'conversation', 'image', 'images'].some((key) => key in value)
  )
    return;
  const inner = Object.entries(value).find(([, item]) => Array.isArray(item))?.[0];
  throw new SensoriumError('data.read', 'wrong JSON at the top', {
    place: file,
    expected: 'an array of samples, or JSON lines',
    got: `an object with the keys ${Object.keys(value).slice(0, 8).join(', ') || '(none)'}`,
    hint: inner ? `Write the array under "${inner}" to a file of its own` : 'Put the samples in [ ]',
  });
}
