// Demonstrations to choose from, with the vectors that they are found by.

import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import type { Demo } from './demo.js';
import { type DemoSourceOptions, openDemoSource } from './source.js';
import { type DemoEmbedder, type DemoVectors, embedDemos } from './vectors.js';

/** Unit vectors of all demos, row by row; a row of zeros where there is nothing. */
export interface BankVectors {
  width: number;
  /** [demos, width] */
  image: Float32Array;
  text: Float32Array;
  /** Hashes of the pixels of each demo's images. */
  keys: readonly string[];
}

/** Demos by number. */
export interface DemoBank {
  readonly name: string;
  readonly length: number;
  /** Numbers of those that have an answer and so can be shown. */
  readonly usable: readonly number[];
  demo(index: number): Promise<Demo>;
  /** Present where the demos were embedded. */
  readonly vectors?: BankVectors;
  /** Embeds what a selector compares with them; the CLIP of the vectors. */
  readonly embedder?: DemoEmbedder;
  dispose?(): void | Promise<void>;
}

/** Cosines of a unit vector with all rows of `rows`: [n, width]. */
export function cosines(rows: Float32Array, vector: Float32Array): Float32Array {
  const width = vector.length;
  const out = new Float32Array(rows.length / width);
  for (let row = 0, at = 0; row < out.length; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += (rows[at++] as number) * (vector[i] as number);
    out[row] = sum;
  }
  return out;
}

/** Places of the `k` greatest scores among `from`, best first; equals in order. */
export function bestOf(scores: ArrayLike<number>, from: readonly number[], k: number): number[] {
  const score = (i: number): number => scores[i] as number;
  if (k >= from.length) return [...from].sort((a, b) => score(b) - score(a) || a - b);
  const best: number[] = [];
  for (const i of from) {
    if (best.length === k && score(i) <= score(best[k - 1] as number)) continue;
    let at = best.length;
    while (at > 0 && score(best[at - 1] as number) < score(i)) at--;
    best.splice(at, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** The rows of vectors as one block. */
export function packVectors(vectors: readonly DemoVectors[], width: number): BankVectors {
  const [image, text] = [new Float32Array(vectors.length * width), new Float32Array(vectors.length * width)];
  for (const [i, one] of vectors.entries()) {
    if (one.image) image.set(one.image, i * width);
    if (one.text) text.set(one.text, i * width);
  }
  return { width, image, text, keys: vectors.map(({ key }) => key) };
}

/** Demos that are embedded together. */
const BATCH = 32;

/** How a bank in memory is made. */
export interface BankOptions {
  name?: string;
  /** Embeds the demos; without it they can be chosen at random alone. */
  embedder?: DemoEmbedder;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** Demos in memory as a bank. Errors: `demos.empty` where none has an answer. */
export async function bankOf(
  demos: readonly Demo[],
  { name = 'demos', embedder, signal, onProgress }: BankOptions = {},
): Promise<DemoBank> {
  const usable = demos.flatMap(({ answer }, i) => (answer === '' ? [] : [i]));
  if (usable.length === 0) throw nothingToShow(name, demos.length);
  const found: DemoVectors[] = [];
  for (let at = 0; embedder && at < demos.length; at += BATCH) {
    throwIfAborted(signal);
    found.push(...(await embedDemos(demos.slice(at, at + BATCH), embedder, { images: true, texts: true, signal })));
    onProgress?.(found.length, demos.length);
  }
  const width = found.find(({ image, text }) => image ?? text);
  const size = (width?.image ?? width?.text)?.length ?? 0;
  return {
    name,
    length: demos.length,
    usable,
    demo: async (index) => demos[index] as Demo,
    ...(embedder && size > 0 ? { vectors: packVectors(found, size), embedder } : {}),
  };
}

/** The error of a bank without demos to show. */
export const nothingToShow = (place: string, rows: number): SensoriumError =>
  new SensoriumError('demos.empty', 'there are no demonstrations', {
    place,
    expected: 'rows with a question or a picture and an answer',
    got: rows === 0 ? 'no rows' : `${rows} pictures without captions`,
    hint: 'Put a text beside each picture (KEY.txt), or name a data set of conversations',
  });

/** Most demos that are read into memory; larger data sets are indexed. */
export const MOST_IN_MEMORY = 20_000;

/** The demos of a file or folder as a bank in memory. Errors: `demos.option` for more than `MOST_IN_MEMORY`, `demos.empty`, those of the data. */
export async function openBank(path: string, options: BankOptions & DemoSourceOptions = {}): Promise<DemoBank> {
  const source = await openDemoSource(path, options);
  try {
    if (source.rows > MOST_IN_MEMORY)
      throw new SensoriumError('demos.option', 'there are too many demonstrations to read them at every start', {
        place: path,
        expected: `at most ${MOST_IN_MEMORY}, or an index`,
        got: `${source.rows} rows`,
        hint: `Index them once: sensorium index ${path}`,
      });
    const demos: Demo[] = [];
    for (let row = 0; row < source.rows; row++) {
      throwIfAborted(options.signal);
      demos.push(...(await source.demos(row)));
    }
    return await bankOf(demos, { name: path, ...options });
  } finally {
    source.dispose();
  }
}
