// Leakage: rows of training data that show the images, or say the words, of a benchmark.

import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { type Conversation, type Dataset, mediaOf, pairsOf, wordsOf } from '../data/index.js';
import { isRgbImage, openImage, type RgbImage } from '../media/index.js';
import { mediaParts } from '../text/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Benchmark, questionOf, type Row } from './benchmark.js';

/** A picture for comparison: the hash of its pixels, and 64 bits that hardly change when it is resized or compressed again. */
export interface PictureHash {
  pixels: string;
  near: bigint;
}

/** Bits that may differ between two pictures that are taken to be the same. */
export const NEAR_BITS = 3;
const SIDE = 8;

/** The hashes of a picture; `near` is its difference hash: which of 8 × 8 places is brighter than the one to its right. */
export async function pictureHash(image: RgbImage): Promise<PictureHash> {
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  const pixels = createHash('sha256').update(`${image.width}x${image.height}/`).update(image.data).digest('hex');
  const small = await sharp(image.data, { raw })
    .greyscale()
    .resize(SIDE + 1, SIDE, { fit: 'fill' })
    .raw()
    .toBuffer();
  const channels = small.length / (SIDE * (SIDE + 1));
  let near = 0n;
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const at = (y * (SIDE + 1) + x) * channels;
      near = (near << 1n) | ((small[at] as number) > (small[at + channels] as number) ? 1n : 0n);
    }
  return { pixels, near };
}

const bitsOf = (x: bigint): number => {
  let n = 0;
  for (let rest = x; rest > 0n; rest &= rest - 1n) n++;
  return n;
};

/** Pictures of training data by their hashes. Of two that differ in at most three bits, one of four bands is equal. */
class Pictures {
  private readonly exact = new Map<string, number>();
  private readonly bands = Array.from({ length: NEAR_BITS + 1 }, () => new Map<number, [bigint, number][]>());

  add({ pixels, near }: PictureHash, row: number): void {
    if (!this.exact.has(pixels)) this.exact.set(pixels, row);
    else return;
    for (const [band, own] of this.bands.entries()) {
      const key = bandOf(near, band);
      const list = own.get(key);
      if (list) list.push([near, row]);
      else own.set(key, [[near, row]]);
    }
  }

  find({ pixels, near }: PictureHash): { row: number; same: boolean } | undefined {
    const row = this.exact.get(pixels);
    if (row !== undefined) return { row, same: true };
    for (const [band, own] of this.bands.entries())
      for (const [other, at] of own.get(bandOf(near, band)) ?? []) if (bitsOf(near ^ other) <= NEAR_BITS) return { row: at, same: false };
    return undefined;
  }
}

const bandOf = (near: bigint, band: number): number => Number((near >> BigInt(16 * band)) & 0xffffn);

/** What of a benchmark stands in the data. */
export interface LeakResult {
  bench: string;
  /** Rows that were compared. */
  rows: number;
  /** Rows whose image has the pixels of one of the data, and those whose image looks the same. */
  images: number;
  nearImages: number;
  /** Rows of whose question and answer a run of `words` words, or the whole where it is shorter, stands in one row of the data. */
  texts: number;
  /** Rows whose image and text both stand in the data: what a model can have learned by heart. */
  both: number;
  /** The first few rows of which anything was found. */
  examples: { row: string; image?: number; text?: number }[];
}

export interface LeakOptions {
  data: Dataset<Conversation>;
  benchmarks: readonly Benchmark[];
  /** Words of a run that counts as the same text. Default 13 (Brown et al. 2020). */
  words?: number;
  /** Rows of each kind of a benchmark. Default: the benchmark's own number. */
  n?: number;
  signal?: AbortSignal;
  onRow?: (done: number, total: number) => void;
}

const SHOWN = 5;

/**
 * Compares every row of some benchmarks with data to train on, by image (pixels, and a difference hash) and by text (runs of words over question and
 * answer together). Errors: `data.option`; those of reading rows and images.
 */
export async function findLeaks({ data, benchmarks, words = 13, n, signal, onRow }: LeakOptions): Promise<LeakResult[]> {
  if (!Number.isSafeInteger(words) || words < 1)
    throw new SensoriumError('data.option', 'a run needs words', {
      place: 'words',
      expected: 'a positive whole number',
      got: String(words),
    });
  const pictures = new Pictures();
  const runs = new Map<string, number>();
  const wholes = new Map<string, number>();
  for (let i = 0; i < data.length; i++) {
    throwIfAborted(signal);
    const row = await data.get(i);
    for (const { source, type } of mediaOf(row)) if (type === 'image') pictures.add(await pictureHash(await openImage(source as never)), i);
    for (const { question, answer } of pairsOf(row)) {
      const text = wordsOf(`${question} ${answer}`);
      if (!wholes.has(text.join(' '))) wholes.set(text.join(' '), i);
      for (const run of runsOf(text, words)) if (!runs.has(run)) runs.set(run, i);
    }
    onRow?.(i + 1, data.length);
  }
  const out: LeakResult[] = [];
  for (const benchmark of benchmarks) out.push(await compare(benchmark, { pictures, runs, wholes, words, n, signal }));
  return out;
}

function* runsOf(text: readonly string[], words: number): Generator<string> {
  for (let i = 0; i + words <= text.length; i++) yield text.slice(i, i + words).join(' ');
}

interface Known {
  pictures: Pictures;
  runs: ReadonlyMap<string, number>;
  wholes: ReadonlyMap<string, number>;
  words: number;
  n?: number;
  signal?: AbortSignal;
}

async function compare(benchmark: Benchmark, { pictures, runs, wholes, words, n, signal }: Known): Promise<LeakResult> {
  const result: LeakResult = { bench: benchmark.name, rows: 0, images: 0, nearImages: 0, texts: 0, both: 0, examples: [] };
  const seen = new Map<unknown, PictureHash>();
  for await (const row of benchmark.rows({ n, signal })) {
    throwIfAborted(signal);
    result.rows++;
    const image = await pictureOf(row, seen).then((hashes) => hashes.map((hash) => pictures.find(hash)).find((found) => found));
    const text = wordsOf(`${questionOf(row.messages)} ${row.truth}`);
    const run =
      text.length < words
        ? wholes.get(text.join(' '))
        : [...runsOf(text, words)].map((key) => runs.get(key)).find((at) => at !== undefined);
    if (image?.same) result.images++;
    else if (image) result.nearImages++;
    if (run !== undefined) result.texts++;
    if (image && run !== undefined) result.both++;
    if ((image || run !== undefined) && result.examples.length < SHOWN)
      result.examples.push({
        row: row.id ?? String(result.rows - 1),
        ...(image ? { image: image.row } : {}),
        ...(run === undefined ? {} : { text: run }),
      });
  }
  return result;
}

/** Hashes of the images of a row; those of a benchmark that asks several times about one image are made once. */
async function pictureOf({ messages }: Row, seen: Map<unknown, PictureHash>): Promise<PictureHash[]> {
  const hashes: PictureHash[] = [];
  for (const { type, source } of mediaParts(messages) as { type: string; source?: unknown }[]) {
    if (type !== 'image' || source === undefined) continue;
    const known = seen.get(source);
    const hash = known ?? (await pictureHash(isRgbImage(source) ? source : await openImage(source as string)));
    if (!known) seen.set(source, hash);
    hashes.push(hash);
  }
  return hashes;
}
