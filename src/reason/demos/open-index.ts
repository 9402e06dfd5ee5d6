// Opens the index of a folder as demonstrations to choose from, and to look things up in.

import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { RgbImage } from '../../media/index.js';
import type { ContentPart } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { errno } from '../../util/io.js';
import { type BankVectors, bestOf, cosines, type DemoBank, nothingToShow } from './bank.js';
import type { IndexModel } from './build-index.js';
import { type Demo, makeDemo } from './demo.js';
import { fileState, type IndexHeader, type IndexPart, type IndexRow, indexPlace, readHeader, readRows } from './index-file.js';
import { type DemoSource, openDemoSource } from './source.js';
import type { DemoEmbedder } from './vectors.js';

/** How an index is opened. */
export interface OpenIndexOptions {
  /** Opens the CLIP that made the index, by the name in it. It is closed with the bank where it can be disposed of. */
  model: (name: string) => Promise<IndexModel>;
  /** Pictures without answers are enough: to look things up. Default false. */
  lookUp?: boolean;
  signal?: AbortSignal;
}

/** An index that is open. */
export interface IndexBank extends DemoBank {
  readonly header: IndexHeader;
  readonly vectors: BankVectors;
  readonly embedder: DemoEmbedder;
  dispose(): Promise<void>;
}

/** The place of an index by what a user names: the folder or file that was indexed, or the index itself; undefined where there is none. */
export async function findIndex(path: string): Promise<string | undefined> {
  const info = await stat(path).catch((error: unknown) => {
    if (errno(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!info) return undefined;
  for (const place of info.isDirectory() ? [path, indexPlace(path, true)] : [indexPlace(path, false)])
    if (await stat(join(place, 'index.json')).catch(() => undefined)) return place;
  return undefined;
}

/**
 * Opens an index. Errors: `demos.index` where there is none or it is damaged, `demos.stale` where the model has changed since, `demos.empty`
 * where no row has an answer. `demo` throws `demos.stale` for a file that has changed or is gone.
 */
export async function openIndex(path: string, { model: openModel, lookUp = false, signal }: OpenIndexOptions): Promise<IndexBank> {
  const place = await findIndex(path);
  const header = place === undefined ? undefined : await readHeader(place);
  if (place === undefined || !header)
    throw new SensoriumError('demos.index', 'there is no index', { place: path, hint: `Make one: sensorium index ${path}` });
  const { rows, image, text } = await readRows(place, header);
  const usable = rows.flatMap(({ answer }, i) => (answer === '' ? [] : [i]));
  if (usable.length === 0 && !lookUp) throw nothingToShow(path, rows.length);
  const model = await openModel(header.model.name);
  const close = async (): Promise<void> => (model.embedder as Partial<{ dispose(): Promise<void> }>).dispose?.();
  if (model.hash !== header.model.hash) {
    await close();
    throw new SensoriumError('demos.stale', 'the index was made with another model', {
      place,
      expected: `${header.model.name} as it was then`,
      got: model.name === header.model.name ? 'a model of this name with other weights' : model.name,
      hint: 'Make it anew: sensorium index DATA --force',
    });
  }
  const data = resolve(place, header.data);
  const root = resolve(place, header.root);
  let source: Promise<DemoSource> | undefined;
  const fromData = async ({ row, at }: IndexRow): Promise<Demo> => {
    source ??= openDemoSource(data, { ...(header.format === 'folder' ? {} : { format: header.format }), images: root, signal });
    const opened = await source;
    if (JSON.stringify(opened.describe) !== JSON.stringify(header.describe))
      throw stale(data, 'the data set has changed since it was indexed', 'another data set under its name');
    return (await opened.demos(row))[at] as Demo;
  };
  return {
    ...{ name: path, length: rows.length, usable, header, embedder: model.embedder },
    vectors: { width: header.width, image, text, keys: rows.map(({ key }) => key) },
    async demo(index) {
      const row = rows[index] as IndexRow;
      if (row.content.some((part) => 'embedded' in part)) return fromData(row);
      const content: ContentPart[] = [];
      for (const part of row.content) content.push(await contentPart(part, root));
      return makeDemo(content, row.answer, row.source);
    },
    async dispose() {
      (await source)?.dispose();
      await close();
    },
  };
}

const stale = (place: string, summary: string, got: string): SensoriumError =>
  new SensoriumError('demos.stale', summary, { place, got, hint: 'Renew the index: sensorium index DATA' });

/** A part of a row as messages have it: a file only as it was, and only below the folder of the images. */
async function contentPart(part: IndexPart, root: string): Promise<ContentPart> {
  if (part.type === 'text') return part;
  if ('embedded' in part) throw new Error('embedded parts are read from the data');
  const source = resolve(root, part.file);
  const inside = relative(root, source);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new SensoriumError('demos.index', 'the index names a file outside its folder', {
      place: part.file,
      expected: `a file in ${root}`,
    });
  const state = await fileState(source).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'util.missing') throw stale(source, 'a file of the index is gone', 'no such file');
    throw error;
  });
  if (state.size !== part.size || state.changed !== part.changed)
    throw stale(source, 'a file has changed since it was indexed', `${state.size} bytes of ${new Date(state.changed).toISOString()}`);
  return { type: part.type, source };
}

/** One thing that was found. */
export interface Found {
  index: number;
  cosine: number;
  demo: Demo;
}

/**
 * Looks in a bank: by a picture, its images are compared; by words, its images too (`by` image), or its words (`by` text). Errors:
 * `demos.option` for a bank without vectors.
 */
export async function lookUp(
  bank: DemoBank,
  query: RgbImage | string,
  { k = 10, by = 'image', signal }: { k?: number; by?: 'image' | 'text'; signal?: AbortSignal } = {},
): Promise<Found[]> {
  const { vectors, embedder } = bank;
  if (!vectors || !embedder) throw new SensoriumError('demos.option', 'there are no vectors to look in', { place: bank.name });
  const made =
    typeof query === 'string' ? await embedder.texts([query], signal, { truncate: true }) : await embedder.images([query], signal);
  const block = typeof query === 'string' && by === 'text' ? vectors.text : vectors.image;
  const scores = cosines(block, made.vectors[0] as Float32Array);
  const has = (i: number): boolean => block.subarray(i * vectors.width, (i + 1) * vectors.width).some((value) => value !== 0);
  const all = Array.from(scores.keys()).filter(has);
  const found: Found[] = [];
  for (const index of bestOf(scores, all, k))
    found.push({ index, cosine: Number((scores[index] as number).toFixed(4)), demo: await bank.demo(index) });
  return found;
}
