// LLaVA's data format: one JSON array of conversations beside a folder of images.

import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { DataSample, SampleImage, Samples, SampleTurn, WriteOptions } from './sample.js';
import { writeDataFolder } from './target.js';

/** Name of the JSON file inside a folder written by `writeLlava`. */
export const LLAVA_FILE = 'data.json';
const TOKEN = '<image>';

/**
 * Writes `dir/data.json`, `[{id, image, conversations: [{from: 'human', value: '<image>\n…'}, {from: 'gpt', value}]}]`, and the images
 * as real files under `dir/images`. Atomic; refuses to replace anything without `force`. Returns the number of samples.
 */
export function writeLlava(dir: string, samples: Samples, options: WriteOptions = {}): Promise<number> {
  return writeDataFolder(dir, { force: options.force, marks: [LLAVA_FILE] }, async (temporary) => {
    await mkdir(join(temporary, 'images'));
    const json = await open(join(temporary, LLAVA_FILE), 'w');
    let written = 0;
    try {
      for await (const sample of samples) {
        throwIfAborted(options.signal);
        const paths: string[] = [];
        for (const [i, image] of sample.images.entries()) {
          const suffix = sample.images.length > 1 ? `-${i}` : '';
          const path = `images/${safeName(sample.id)}${suffix}${extension(image.path)}`;
          // 'wx': two samples with one id must not overwrite each other's image.
          await writeFile(join(temporary, path), image.bytes, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
            if (error.code !== 'EEXIST') throw error;
            throw new SensoriumError('data.row', 'two samples have the same id', { place: `sample ${written}`, got: sample.id });
          });
          paths.push(path);
        }
        const row = {
          id: sample.id,
          ...(paths.length === 1 ? { image: paths[0] } : paths.length ? { image: paths } : {}),
          conversations: sample.turns.flatMap((t, i) => [
            { from: 'human', value: i === 0 ? `${`${TOKEN}\n`.repeat(paths.length)}${t.user}` : t.user },
            { from: 'gpt', value: t.assistant },
          ]),
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

const safeName = (id: string): string => id.replace(/[^\w.-]+/g, '_').replace(/^\.+/, '_');
const extension = (path: string): string => /\.(png|jpe?g|webp|gif)$/i.exec(path)?.[0].toLowerCase() ?? '.png';

export interface LlavaOptions {
  /** Folder that the `image` entries are relative to. Default: the folder of the JSON file. */
  images?: string;
  signal?: AbortSignal;
}

/**
 * Reads a LLaVA JSON file, or a folder with `data.json`, sample by sample with its images. Malformed rows throw `data.row` with file,
 * row and key; missing image files and entries that leave the image folder do too.
 */
export async function* readLlava(path: string, options: LlavaOptions = {}): AsyncGenerator<DataSample> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: path, hint: 'Check the path.', cause });
  });
  const file = info.isDirectory() ? join(path, LLAVA_FILE) : path;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot read the data set', {
      place: file,
      expected: `a folder with ${LLAVA_FILE}, or a JSON file`,
      cause,
    });
  });
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new SensoriumError('data.read', 'the file is not valid JSON, perhaps cut off', { place: file, hint: 'Write it again.', cause });
  }
  if (!Array.isArray(rows))
    throw new SensoriumError('data.read', 'wrong JSON at the top', {
      place: file,
      expected: 'an array of samples',
      got: rows === null ? 'null' : typeof rows,
    });
  const root = resolve(options.images ?? dirname(file));
  for (const [index, row] of rows.entries()) {
    throwIfAborted(options.signal);
    yield await readRow(row, { place: `${file}, row ${index}`, index, root });
  }
}

async function readRow(row: unknown, at: { place: string; index: number; root: string }): Promise<DataSample> {
  const bad = (key: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('data.row', `malformed "${key}"`, {
      place: at.place,
      expected,
      got: (JSON.stringify(got) ?? 'nothing').slice(0, 80),
    });
  if (typeof row !== 'object' || row === null) throw bad('row', 'an object', row);
  const { id, image, conversations } = row as Record<string, unknown>;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') throw bad('id', 'a string', id);
  const names: unknown[] = image === undefined || image === null ? [] : Array.isArray(image) ? image : [image];
  if (!Array.isArray(conversations) || !conversations.length || conversations.length % 2)
    throw bad('conversations', 'an even, non-zero number of turns', conversations);
  const turns: SampleTurn[] = [];
  const values = conversations.map((c: unknown, i) => {
    const { from, value } = (c ?? {}) as Record<string, unknown>;
    const who = i % 2 ? 'gpt' : 'human';
    if (from !== who) throw bad(`conversations[${i}].from`, `"${who}"`, from);
    if (typeof value !== 'string') throw bad(`conversations[${i}].value`, 'a string', value);
    return value;
  });
  const tokens = values.reduce((n, v, i) => n + (i % 2 ? 0 : v.split(TOKEN).length - 1), 0);
  if (tokens !== names.length) throw bad('conversations', `${names.length} times ${TOKEN}, one for each image`, `${tokens} times`);
  for (let i = 0; i < values.length; i += 2)
    turns.push({ user: (values[i] as string).replaceAll(TOKEN, '').trim(), assistant: values[i + 1] as string });
  const images: SampleImage[] = [];
  for (const name of names) {
    if (typeof name !== 'string' || !name) throw bad('image', 'a file name', name);
    const full = resolve(at.root, name);
    const inside = relative(at.root, full);
    if (inside.startsWith('..') || isAbsolute(inside)) throw bad('image', `a path inside ${at.root}`, name);
    const bytes = await readFile(full).catch((cause: unknown) => {
      throw new SensoriumError('data.row', 'cannot read the image', { place: at.place, got: full, hint: 'Check the image folder.', cause });
    });
    images.push({ bytes, path: name });
  }
  return { id: id === undefined ? String(at.index) : String(id), images, turns };
}
