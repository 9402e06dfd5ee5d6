// Makes the index of a folder or data set: vectors of every demonstration by a CLIP, in a folder beside the data.

import { mkdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { type ImageSource, isRgbImage, openImage } from '../../media/index.js';
import type { ContentPart } from '../../text/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { acquireLock } from '../../util/fs.js';
import { io } from '../../util/io.js';
import type { Demo } from './demo.js';
import {
  fileState,
  hash,
  type IndexHeader,
  type IndexPart,
  type IndexRow,
  indexPlace,
  Journal,
  readHeader,
  readRows,
  rowId,
  writeIndex,
} from './index-file.js';
import { type DemoSourceOptions, openDemoSource } from './source.js';
import { type DemoEmbedder, type DemoVectors, embedDemos } from './vectors.js';

/** A CLIP with its name and the hash of its folder, by which a stale index is known. */
export interface IndexModel {
  name: string;
  hash: string;
  embedder: DemoEmbedder;
}

/** How an index is made. */
export interface BuildIndexOptions extends DemoSourceOptions {
  model: IndexModel;
  /** Folder of the index. Default: `.sensorium-index` in the folder that is indexed, or beside the file. */
  out?: string;
  /** Replace an index that another model has made. */
  force?: boolean;
  onProgress?: (done: number, total: number) => void;
}

/** What was made. */
export interface IndexReport {
  place: string;
  /** Demos in the index, those with an answer, and those that were embedded now. */
  demos: number;
  answered: number;
  embedded: number;
  /** Rows and pictures that could not be read, with the reason; they are not in the index. */
  bad: { row: number; problem: string }[];
  model: string;
}

/** Demos that are embedded together, and after which the journal is written. */
const BATCH = 32;

/**
 * Makes or renews an index. What an earlier run has embedded and has not changed is taken over, whether it came to its end or was stopped.
 * Errors: `demos.stale` where another model made the index that is there, `demos.index`, `util.locked`, those of the data.
 */
export async function buildIndex(path: string, options: BuildIndexOptions): Promise<IndexReport> {
  const { model, force = false, signal, onProgress } = options;
  const isFolder = (await io(path, () => stat(path))).isDirectory();
  const place = resolve(options.out ?? indexPlace(path, isFolder));
  const old = force ? await readHeader(place).catch(() => undefined) : await readHeader(place);
  if (old && old.model.hash !== model.hash && !force)
    throw new SensoriumError('demos.stale', 'another model made the index that is there', {
      place,
      expected: old.model.name,
      got: model.name,
      hint: 'Name the same model, or make the index anew with --force',
    });
  await io(place, () => mkdir(place, { recursive: true }));
  const lock = await acquireLock(place);
  try {
    const source = await openDemoSource(path, options);
    const journal = await Journal.open(place, model.hash);
    try {
      const known = new Map(journal.known);
      if (old?.model.hash === model.hash) for (const [id, vectors] of await oldVectors(place, old)) known.set(id, vectors);
      const root = resolve(options.images ?? (isFolder ? path : dirname(path)));
      const rows: IndexRow[] = [];
      const bad: IndexReport['bad'] = [];
      let [batch, embedded]: [Waiting[], number] = [[], 0];
      const flush = async (): Promise<void> => {
        const vectors = await embedDemos(batch, model.embedder, { images: true, texts: true, signal });
        await journal.add(vectors.map((one, i) => ({ ...one, id: (batch[i] as Waiting).id })));
        for (const [i, one] of vectors.entries()) known.set((batch[i] as Waiting).id, one);
        embedded += batch.length;
        batch = [];
      };
      for (let row = 0; row < source.rows; row++) {
        throwIfAborted(signal);
        try {
          for (const [at, demo] of (await source.demos(row)).entries()) {
            const content = await indexParts(demo.content, root);
            const id = rowId(content, demo.answer);
            if (!known.has(id) && !batch.some((one) => one.id === id))
              batch.push({ ...demo, id, content: await opened(demo.content, signal) });
            rows.push({ id, row, at, content, answer: demo.answer, source: demo.source, key: '' });
          }
        } catch (error) {
          throwIfAborted(signal);
          if (!(error instanceof SensoriumError)) throw error;
          bad.push({ row, problem: [error.place, error.summary].filter(Boolean).join(': ') });
        }
        if (batch.length >= BATCH) await flush();
        onProgress?.(row + 1, source.rows);
      }
      if (batch.length > 0) await flush();
      const vectors = rows.map(({ id }) => known.get(id) as DemoVectors);
      const width = vectors.find(({ image, text }) => image ?? text);
      const size = (width?.image ?? width?.text)?.length;
      if (size === undefined)
        throw new SensoriumError('demos.empty', 'there is nothing to index', {
          place: path,
          expected: 'pictures, or rows with questions',
          got: bad.length > 0 ? `${bad.length} rows that cannot be read: ${bad[0]?.problem}` : 'none',
        });
      await writeIndex(place, {
        data: portable(relative(place, resolve(path))) || '.',
        root: portable(relative(place, root)) || '.',
        format: options.format ?? source.format,
        describe: source.describe as Record<string, unknown>,
        model: { name: model.name, hash: model.hash },
        width: size,
        rows: rows.map((one, i) => ({ ...one, key: (vectors[i] as DemoVectors).key })),
        vectors,
      });
      const answered = rows.filter(({ answer }) => answer !== '').length;
      return { place, demos: rows.length, answered, embedded, bad, model: model.name };
    } finally {
      await journal.close();
      source.dispose();
    }
  } finally {
    await lock.release();
  }
}

/** A demo that waits for its vectors, its images decoded. */
type Waiting = Demo & { id: string };

const portable = (path: string): string => path.split(sep).join('/');

/** The vectors of an index by the names of its rows. */
async function oldVectors(place: string, header: IndexHeader): Promise<[string, DemoVectors][]> {
  const { rows, image, text } = await readRows(place, header);
  const { width } = header;
  const of = (block: Float32Array, i: number): Float32Array | undefined => {
    const vector = block.slice(i * width, (i + 1) * width);
    return vector.some((value) => value !== 0) ? vector : undefined;
  };
  return rows.map(({ id, key }, i) => {
    const [a, b] = [of(image, i), of(text, i)];
    return [id, { key, ...(a ? { image: a } : {}), ...(b ? { text: b } : {}) }];
  });
}

/** Content as rows have it: files by their names below `root`, embedded media by the hash of their bytes. */
async function indexParts(content: readonly ContentPart[], root: string): Promise<IndexPart[]> {
  const parts: IndexPart[] = [];
  for (const part of content) {
    if (part.type === 'text') parts.push({ type: 'text', text: String(part.text) });
    else if (part.type === 'image' || part.type === 'video') {
      const { type, source } = part;
      const file = typeof source === 'string' ? portable(relative(root, source)) : undefined;
      if (file !== undefined && !file.startsWith('../') && !isAbsolute(file))
        parts.push({ type, file, ...(await fileState(source as string)) });
      else parts.push({ type, embedded: typeof source === 'string' ? source : hash(source as Uint8Array) });
    }
  }
  return parts;
}

/** Content with its images decoded, so that a damaged one is known before a batch is embedded. */
async function opened(content: readonly ContentPart[], signal?: AbortSignal): Promise<ContentPart[]> {
  const parts: ContentPart[] = [];
  for (const part of content)
    parts.push(
      part.type === 'image' && !isRgbImage(part.source)
        ? { type: 'image', source: await openImage(part.source as ImageSource, {}, signal) }
        : part,
    );
  return parts;
}
