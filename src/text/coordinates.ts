// How models write boxes and points: one row for each convention, with its tokens and how far a round trip moves a coordinate.

import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import type { NewToken } from './add-tokens.js';
import type { Box } from './boxes.js';
import { patchBox } from './grounding.js';

/** A place in 0..1 of width and height. */
export type Point = readonly [x: number, y: number];

/** One way to write places of an image, all of them in 0..1 of width and height. */
export interface Convention {
  readonly name: string;
  /** Tokens that a vocabulary needs, ordinary ones, for they stand in replies; none where coordinates are plain text. */
  readonly tokens: readonly NewToken[];
  /** Most that a coordinate moves between `write` and `parse`. */
  readonly error: number;
  /** The text of a box. Errors: `text.box` for what is not a box in 0..1. */
  write(box: Box): string;
  /** All well-formed boxes of a text, in order, and where they stand. */
  find(text: string): Found<Box>[];
  /** The boxes alone. */
  parse(text: string): Box[];
  /** The same for points, in conventions that have them. */
  readonly points?: { write(point: Point): string; find(text: string): Found<Point>[]; parse(text: string): Point[] };
}

/** A place in a text. */
export interface Found<T> {
  readonly value: T;
  readonly start: number;
  readonly end: number;
}

/** Boxes and points of one text that are read. */
const MOST = 1000;

/** Throws `text.box` for corners that are not in 0..1, or not in order. */
export function checkBox(box: Box, place = 'box'): Box {
  const [x0, y0, x1, y1] = box;
  const fits = Array.isArray(box) && box.length === 4 && x0 >= 0 && y0 >= 0 && x1 <= 1 && y1 <= 1 && x0 <= x1 && y0 <= y1;
  if (fits) return box;
  throw new SensoriumError('text.box', 'this is not a box within the image', {
    place,
    expected: '[x0, y0, x1, y1] in 0..1 of width and height, the upper left corner first',
    got: show(box),
  });
}

/** A reader of texts that match, each as numbers, which `read` makes a box of or refuses. */
const reader =
  <T>(pattern: RegExp, read: (numbers: readonly number[]) => T | undefined) =>
  (text: string): Found<T>[] => {
    const found: Found<T>[] = [];
    for (const match of text.matchAll(pattern)) {
      const value = read(match.slice(1).map(Number));
      if (value !== undefined) found.push({ value, start: match.index, end: match.index + match[0].length });
      if (found.length === MOST) break;
    }
    return found;
  };

const valuesOf = <T>(find: (text: string) => Found<T>[]) => ({
  find,
  parse: (text: string): T[] => find(text).map(({ value }) => value),
});

const inOrder = (numbers: readonly number[]): Box | undefined => {
  const [x0, y0, x1, y1] = numbers as [number, number, number, number];
  return x0 <= x1 && y0 <= y1 && x1 <= 1 && y1 <= 1 ? [x0, y0, x1, y1] : undefined;
};

const DECIMAL = '\\s*(\\d*\\.?\\d+)\\s*';
const list = (n: number): RegExp => new RegExp(`\\[${new Array<string>(n).fill(DECIMAL).join(',')}\\]`, 'g');

/** Shikra: decimals in brackets, plain text (Chen et al. 2023, arXiv:2306.15195). `digits`: published 3. */
export function decimals({ digits = 3 }: { digits?: number } = {}): Convention {
  const write = (numbers: readonly number[]): string => `[${numbers.map((v) => v.toFixed(digits)).join(',')}]`;
  return {
    name: 'shikra',
    tokens: [],
    error: 0.5 / 10 ** digits,
    write: (box) => write(checkBox(box)),
    ...valuesOf(reader(list(4), inOrder)),
    points: {
      write: ([x, y]) => write(checkBox([x, y, x, y], 'point').slice(0, 2)),
      ...valuesOf(reader(list(2), ([x = 0, y = 0]) => (x <= 1 && y <= 1 ? ([x, y] as Point) : undefined))),
    },
  };
}

/** The bin of a coordinate, and what a bin is read as. */
interface Bins {
  bin(v: number): number;
  value(bin: number): number;
  error: number;
}

/** Bins of equal width, of which the lower edge is read; a coordinate takes the nearest edge, so the last bin holds the most. */
const edges = (bins: number): Bins => ({
  bin: (v) => Math.min(bins - 1, Math.round(v * bins)),
  value: (bin) => bin / bins,
  error: 1 / bins,
});

/** Numbers 0 to bins - 1 that divide the side into bins - 1 parts, both ends included. */
const ticks = (bins: number): Bins => ({
  bin: (v) => Math.round(v * (bins - 1)),
  value: (bin) => bin / (bins - 1),
  error: 0.5 / (bins - 1),
});

/** Bins of equal width, of which the middle is read. */
const middles = (bins: number): Bins => ({
  bin: (v) => Math.min(bins - 1, Math.floor(v * bins)),
  value: (bin) => (bin + 0.5) / bins,
  error: 0.5 / bins,
});

const binned = ({ value }: Bins, bins: number) => {
  const read = (numbers: readonly number[]): number[] | undefined => (numbers.every((n) => n < bins) ? numbers.map(value) : undefined);
  return {
    box: (numbers: readonly number[]): Box | undefined => {
      const values = read(numbers);
      return values && inOrder(values);
    },
    point: (numbers: readonly number[]): Point | undefined => read(numbers) as Point | undefined,
  };
};

/** Qwen-VL: whole thousandths between tags, plain text but for them (Bai et al. 2023, arXiv:2308.12966). */
export function boxTags({ bins = 1000 }: { bins?: number } = {}): Convention {
  const scale = edges(bins);
  const { box, point } = binned(scale, bins);
  const pair = (x: number, y: number): string => `(${scale.bin(x)},${scale.bin(y)})`;
  const place = '\\((\\d+),(\\d+)\\)';
  return {
    name: 'qwen-vl',
    tokens: [{ content: '<box>' }, { content: '</box>' }],
    error: scale.error,
    write: (given) => {
      const [x0, y0, x1, y1] = checkBox(given);
      return `<box>${pair(x0, y0)},${pair(x1, y1)}</box>`;
    },
    ...valuesOf(reader(new RegExp(`<box>${place},${place}</box>`, 'g'), box)),
    points: {
      write: ([x, y]) => `<box>${pair(...(checkBox([x, y, x, y], 'point').slice(0, 2) as [number, number]))}</box>`,
      ...valuesOf(reader(new RegExp(`<box>${place}</box>`, 'g'), point)),
    },
  };
}

/** CogVLM and CogAgent: whole thousandths of three digits in two brackets, plain text (Hong et al. 2023, arXiv:2312.08914). */
export function thousandths(): Convention {
  const scale = edges(1000);
  const { box, point } = binned(scale, 1000);
  const write = (numbers: readonly number[]): string => `[[${numbers.map((v) => String(scale.bin(v)).padStart(3, '0')).join(',')}]]`;
  const of = (n: number): RegExp => new RegExp(`\\[\\[${new Array<string>(n).fill('(\\d{3})').join(',')}\\]\\]`, 'g');
  return {
    name: 'cogvlm',
    tokens: [],
    error: scale.error,
    write: (given) => write(checkBox(given)),
    ...valuesOf(reader(of(4), box)),
    points: {
      write: ([x, y]) => write(checkBox([x, y, x, y], 'point').slice(0, 2)),
      ...valuesOf(reader(of(2), point)),
    },
  };
}

/** How location tokens are written. */
interface LocationForm {
  name: string;
  token(bin: number): string;
  /** One token, its number in a group. */
  pattern: string;
  scale: Bins;
  bins: number;
  /** Rows before columns. */
  swapped?: boolean;
}

/** One token for each bin of a coordinate, four for a box. */
function locationTokens({ name, token, pattern, scale, bins, swapped = false }: LocationForm): Convention {
  const order = <T>(numbers: readonly T[]): T[] => (swapped ? pairs(numbers).flatMap(([a, b]) => [b, a] as T[]) : [...numbers]);
  const { box, point } = binned(scale, bins);
  const write = (numbers: readonly number[]): string =>
    order(numbers)
      .map((v) => token(scale.bin(v)))
      .join('');
  const of = (n: number): RegExp => new RegExp(new Array<string>(n).fill(pattern).join('\\s*'), 'g');
  return {
    name,
    tokens: Array.from({ length: bins }, (_, bin) => ({ content: token(bin), at: [bin / Math.max(1, bins - 1)] })),
    error: scale.error,
    write: (given) => write(checkBox(given)),
    ...valuesOf(reader(of(4), (numbers) => box(order(numbers)))),
    points: {
      write: ([x, y]) => write(checkBox([x, y, x, y], 'point').slice(0, 2)),
      ...valuesOf(reader(of(2), (numbers) => point(order(numbers)))),
    },
  };
}

const pairs = <T>(list: readonly T[]): [T, T][] => list.flatMap((a, i) => (i % 2 === 0 ? [[a, list[i + 1] as T] as [T, T]] : []));

/** OFA: a location token for each of 1000 bins (Wang et al. 2022, arXiv:2202.03052). */
export const locations = ({ bins = 1000 }: { bins?: number } = {}): Convention =>
  locationTokens({ name: 'ofa', token: (bin) => `<bin_${bin}>`, pattern: '<bin_(\\d+)>', scale: ticks(bins), bins });

/** PaliGemma: 1024 location tokens, rows before columns (Beyer et al. 2024, arXiv:2407.07726). */
export const locYx = ({ bins = 1024 }: { bins?: number } = {}): Convention =>
  locationTokens({
    name: 'paligemma',
    token: (bin) => `<loc${String(bin).padStart(4, '0')}>`,
    pattern: '<loc(\\d{4})>',
    scale: edges(bins),
    bins,
    swapped: true,
  });

/** Florence-2: a location token for each of 1000 bins, of which the middle is read (Xiao et al. 2024, arXiv:2311.06242). */
export const locMiddles = ({ bins = 1000 }: { bins?: number } = {}): Convention =>
  locationTokens({ name: 'florence-2', token: (bin) => `<loc_${bin}>`, pattern: '<loc_(\\d+)>', scale: middles(bins), bins });

/** Kosmos-2: the two patches in which the corners lie, of a grid of 32 by 32 (Peng et al. 2023, arXiv:2306.14824). */
export function patches({ side = 32 }: { side?: number } = {}): Convention {
  const token = (index: number): string => `<patch_index_${String(index).padStart(4, '0')}>`;
  const first = (v: number): number => Math.min(side - 1, Math.floor(v * side));
  const last = (v: number): number => Math.max(0, Math.ceil(v * side - 1));
  return {
    name: 'kosmos-2',
    tokens: [
      ...['<object>', '</object>'].map((content) => ({ content })),
      ...Array.from({ length: side ** 2 }, (_, i) => ({
        content: token(i),
        at: [i % side, Math.floor(i / side)].map((v) => v / Math.max(1, side - 1)),
      })),
    ],
    error: 1 / side,
    write: (given) => {
      const [x0, y0, x1, y1] = checkBox(given);
      const [left, top] = [first(x0), first(y0)];
      // A box without width or height ends in the patch in which it begins.
      const [right, bottom] = [Math.max(left, last(x1)), Math.max(top, last(y1))];
      return `<object>${token(top * side + left)}${token(bottom * side + right)}</object>`;
    },
    ...valuesOf(
      reader(/(?:<object>)?<patch_index_(\d+)><patch_index_(\d+)>(?:<\/object>)?/g, ([a = 0, b = 0]) =>
        a < side ** 2 && b < side ** 2 ? inOrder(patchBox(a, b, side)) : undefined,
      ),
    ),
  };
}

/** Qwen2.5-VL: pixels of the image as the model sees it, after its resize. */
export function pixelBoxes({ width, height }: { width: number; height: number }): Convention {
  const sides = [width, height, width, height] as const;
  return {
    name: 'pixels',
    tokens: [],
    error: 0.5 / Math.min(width, height),
    write: (box) => `[${checkBox(box).map((v, i) => Math.round(v * (sides[i] as number)))}]`,
    ...valuesOf(
      reader(/\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]/g, (numbers) => inOrder(numbers.map((n, i) => n / (sides[i] as number)))),
    ),
  };
}

/** What a row of the table may be made with. */
export interface ConventionOptions {
  digits?: number;
  bins?: number;
  side?: number;
  width?: number;
  height?: number;
}

/** The conventions by name. All but `pixels`, which needs the size of the image, have the published options as defaults. */
export const CONVENTIONS = {
  shikra: decimals,
  'qwen-vl': boxTags,
  cogvlm: thousandths,
  'kosmos-2': patches,
  ofa: locations,
  paligemma: locYx,
  'florence-2': locMiddles,
  pixels: ({ width = 1, height = width }: ConventionOptions = {}) => pixelBoxes({ width, height }),
} as const satisfies Readonly<Record<string, (o?: ConventionOptions) => Convention>>;
/** The name of a convention. */
export type ConventionName = keyof typeof CONVENTIONS;

/** A convention as recipes and sources name it: plain data. */
export interface ConventionSpec extends ConventionOptions {
  readonly name: ConventionName;
}

/** The convention of a spec. Errors: `text.box` for a name that no row has, or options out of range. */
export function conventionOf({ name, ...options }: ConventionSpec): Convention {
  const fail = (place: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('text.box', 'boxes cannot be written in this way', { place, expected, got: show(got) });
  if (!Object.hasOwn(CONVENTIONS, name)) throw fail('name', Object.keys(CONVENTIONS).join(', '), name);
  const most = { digits: 12, bins: 10_000, side: 128, width: 1e5, height: 1e5 };
  for (const [key, value] of Object.entries(options)) {
    const limit = most[key as keyof typeof most];
    if (limit === undefined || !Number.isInteger(value) || value < 1 || value > limit)
      throw fail(key, limit === undefined ? Object.keys(most).join(', ') : `a whole number from 1 to ${limit}`, value);
  }
  return CONVENTIONS[name](options);
}

/** Conventions whose text no other one writes, in the order in which a reply is searched for them. */
const TELLING: readonly (() => Convention)[] = [boxTags, thousandths, locations, locYx, locMiddles, decimals];

/** The boxes of a reply, by the first convention in whose form any are written; `own`, the one of the model, comes first. */
export function readBoxes(text: string, own?: Convention): Box[] {
  for (const make of own ? [() => own, ...TELLING] : TELLING) {
    const found = make().parse(text);
    if (found.length > 0) return found;
  }
  return [];
}

/** A text with its boxes written in another convention. */
export function rewriteBoxes(text: string, from: Convention, to: Convention): string {
  let out = '';
  let at = 0;
  for (const { value, start, end } of from.find(text)) {
    out += text.slice(at, start) + to.write(value);
    at = end;
  }
  return out + text.slice(at);
}

/** How many tokens a vocabulary has of a numbered kind. */
function countTokens(has: (token: string) => boolean, token: (n: number) => string, most: number): number {
  let n = 0;
  while (n < most && has(token(n))) n++;
  return n;
}

/** The convention whose location tokens a vocabulary has; undefined for one without, whose models write plain text. */
export function conventionOfVocabulary(vocabulary: { tokenId(token: string): number | undefined }): Convention | undefined {
  const has = (token: string): boolean => vocabulary.tokenId(token) !== undefined;
  const bins = countTokens(has, (n) => `<bin_${n}>`, 10_000);
  if (bins > 1) return locations({ bins });
  const patchCount = countTokens(has, (n) => `<patch_index_${String(n).padStart(4, '0')}>`, 128 ** 2);
  if (patchCount > 1) return patches({ side: Math.floor(Math.sqrt(patchCount)) });
  const middle = countTokens(has, (n) => `<loc_${n}>`, 10_000);
  if (middle > 1) return locMiddles({ bins: middle });
  const locs = countTokens(has, (n) => `<loc${String(n).padStart(4, '0')}>`, 10_000);
  return locs > 1 ? locYx({ bins: locs }) : undefined;
}
