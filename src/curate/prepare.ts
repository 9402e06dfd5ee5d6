// One row made ready for its filters: read, its image decoded once and no larger than they need, its faults named.

import { mediaEnding } from '../data/media-writer.js';
import type { RgbImage } from '../media/index.js';
import { readImageFile, reducedImage } from '../media/reduced-image.js';
import { SensoriumError } from '../util/errors.js';
import type { Block } from './blocks.js';
import type { Candidate, Need } from './filter.js';
import type { RunningFilter } from './filters/index.js';
import { pHash } from './image-hash.js';
import { type Pair, pairAt } from './pair.js';
import { cleanCaption, wordsOf } from './text.js';

/** Why a row is dropped: a filter, or what is missing or broken (`row`, `caption`, `image`). */
export interface Why {
  filter: string;
  why: string;
}

/** A row before it is decided. */
export interface Prepared {
  id: string;
  row: number;
  why: Why[];
  /** Missing where the row could not be read. */
  candidate?: Candidate;
  /** The image file, until the row is dropped or written. */
  file?: { bytes: Uint8Array; ending: string; name: string };
  /** Decoded, for a CLIP or a detector. */
  image?: RgbImage;
}

/** How rows are made ready. */
export interface PrepareOptions {
  filters: readonly RunningFilter[];
  /** Look at all filters, not only up to the first that drops the row. */
  explain: boolean;
  /** Shorter side of the decoded image. */
  side: number;
  /** Whether rows without an image or without a caption are dropped. */
  needs: { image: boolean; caption: boolean };
  /** Whether the decoded image is needed afterwards. */
  keepImage: boolean;
  maxBytes: number;
  maxPixels: number;
  /** What is done with the image of a row, by the row's number: decoded, read only (it is known to be whole), or left where it is. Default decoded. */
  look?: (ordinal: number) => 'decode' | 'read' | 'leave';
}

/** The reason of an error in one line. */
const reasonOf = ({ summary, expected, got, key }: SensoriumError & { key?: string }): string =>
  [key === undefined ? summary : `${key}: ${summary}`, expected && `expected ${expected}`, got && `got ${got}`]
    .filter(Boolean)
    .join(', ')
    .replace(/\s+/g, ' ')
    .slice(0, 300);

/** Runs the filters of a need; adds their reasons and says whether the row goes on. */
export function judge(prepared: Prepared, need: Need, { filters, explain }: Pick<PrepareOptions, 'filters' | 'explain'>): boolean {
  const { candidate, why } = prepared;
  if (!candidate) return false;
  for (const filter of filters) {
    if (filter.needs !== need || (why.length > 0 && !explain)) continue;
    const reason = filter.why(candidate);
    if (reason !== undefined) why.push({ filter: filter.name, why: reason });
  }
  return why.length === 0 || explain;
}

/** Reads row `index` and runs the filters of its text, header and pixels. Throws what is not a fault of the row. */
export async function prepareRow({ table, root, start, ordinal }: Block, index: number, options: PrepareOptions): Promise<Prepared> {
  const prepared: Prepared = { id: String(table.at(index).row), row: table.at(index).row, why: [] };
  const fault = (filter: string, error: unknown): Prepared => {
    if (!(error instanceof SensoriumError)) throw error;
    prepared.why.push({ filter, why: reasonOf(error) });
    prepared.file = undefined;
    return prepared;
  };
  let pair: Pair;
  try {
    pair = await pairAt(table, index, root);
  } catch (error) {
    return fault('row', error);
  }
  prepared.id = pair.id;
  const caption = cleanCaption(pair.caption ?? '');
  prepared.candidate = { pair, caption, words: wordsOf(caption), labels: pair.labels };
  if (caption === '' && options.needs.caption)
    prepared.why.push({ filter: 'caption', why: pair.caption === undefined ? 'it has none' : 'it is empty' });
  if (!pair.image && options.needs.image) prepared.why.push({ filter: 'image', why: 'it has none' });
  if (prepared.why.length > 0) return prepared;
  const look = options.look?.(ordinal + index - start) ?? 'decode';
  if (!judge(prepared, 'text', options) || !pair.image || look === 'leave') return prepared;
  try {
    await openImageOf(prepared, pair, { ...options, decode: look === 'decode' });
  } catch (error) {
    return fault('image', error);
  }
  judge(prepared, 'header', options);
  judge(prepared, 'pixels', options);
  if (prepared.why.length > 0) prepared.file = undefined;
  if (!options.keepImage || (prepared.why.length > 0 && !options.explain)) prepared.image = undefined;
  return prepared;
}

async function openImageOf(
  prepared: Prepared,
  { image }: Pair,
  { side, maxBytes, maxPixels, filters, decode }: PrepareOptions & { decode: boolean },
): Promise<void> {
  if (!image || !prepared.candidate) return;
  const { source, name } = image;
  const bytes = await readImageFile(source, { maxBytes });
  const ending = mediaEnding(name, bytes);
  prepared.file = { bytes, ending, name: name ?? `${prepared.id}${ending}` };
  if (!decode) return;
  const { image: pixels, ...header } = await reducedImage(bytes, { side, maxPixels, place: name ?? 'embedded image' });
  prepared.candidate.header = header;
  if (filters.some((filter) => filter.hash)) prepared.candidate.pHash = pHash(pixels);
  prepared.image = pixels;
}
