// Regions of an image for a message: a box, a point, a scribble or a free-form mask, and the pixels of a square picture that they cover.

import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import type { Placement } from './placement.js';

type Place = readonly [x: number, y: number];

/** Pixels of an image of any size that has the shape of the one asked about: 1 inside. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** [height, width] of 0 and 1. */
  readonly data: Uint8Array;
}

/** What is pointed at, in 0..1 of the image's width and height. */
export type RegionShape =
  | { readonly box: readonly [x0: number, y0: number, x1: number, y1: number] }
  | { readonly point: Place }
  | { readonly scribble: readonly Place[] }
  | { readonly mask: Mask };

/** The region part of a message: it stands in the prompt where it stands among the parts. */
export type RegionPart = { readonly type: 'region'; readonly image?: number } & RegionShape;

/**
 * A region of an image for a message. `image`: which image of the conversation, from 0; default: the last one before it.
 * @example model.generate([image('kitchen.png'), region({ box: [0.1, 0.2, 0.4, 0.5] }), 'What is it?'])
 * Errors: `media.region` for places outside the image.
 */
export function region(shape: RegionShape, { image }: { image?: number } = {}): RegionPart {
  checkRegion(shape);
  return { type: 'region', ...shape, ...(image === undefined ? {} : { image }) };
}

const EXPECTED = 'one of box [x0, y0, x1, y1], point [x, y], scribble [[x, y], …], all in 0..1, and mask { width, height, data }';
/** Places of a scribble, and pixels of a mask. */
const MOST_PLACES = 10_000;
const MOST_PIXELS = 1 << 26;

/** The shape of a part, checked. Errors: `media.region`, naming what is wrong. */
export function checkRegion(part: unknown, place = 'region'): RegionShape {
  const given = (part ?? {}) as { box?: unknown; point?: unknown; scribble?: unknown; mask?: unknown };
  const fail = (expected: string, got: unknown): SensoriumError =>
    new SensoriumError('media.region', 'this is not a region of an image', { place, expected, got: show(got) });
  const kinds = (['box', 'point', 'scribble', 'mask'] as const).filter((kind) => given[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) throw fail(EXPECTED, kinds.length > 1 ? kinds : part);
  const within = (v: unknown): boolean => typeof v === 'number' && v >= 0 && v <= 1;
  const numbers = (v: unknown, n: number): boolean => Array.isArray(v) && v.length === n && v.every(within);
  if (kind === 'box') {
    const box = given.box as readonly [number, number, number, number];
    if (!numbers(box, 4) || box[0] > box[2] || box[1] > box[3])
      throw fail('box: [x0, y0, x1, y1] in 0..1, the upper left corner first', box);
  } else if (kind === 'point') {
    if (!numbers(given.point, 2)) throw fail('point: [x, y] in 0..1', given.point);
  } else if (kind === 'scribble') {
    const all = given.scribble;
    if (!Array.isArray(all) || all.length === 0 || all.length > MOST_PLACES || !all.every((one) => numbers(one, 2)))
      throw fail(`scribble: 1 to ${MOST_PLACES} places [x, y] in 0..1`, all);
  } else {
    const { width = 0, height = 0, data } = (given.mask ?? {}) as Partial<Mask>;
    if (!(width > 0 && height > 0 && width * height <= MOST_PIXELS && data instanceof Uint8Array && data.length === width * height))
      throw fail('mask: { width, height, data: Uint8Array of width x height }', { width, height, data: data?.length });
    if (!data.some((v) => v !== 0)) throw fail('mask: at least one pixel inside', 'none');
  }
  return given as RegionShape;
}

/** How thick a point or scribble is: the share of the side that its radius is (Ferret's 5 pixels of 336). */
const RADIUS = 5 / 336;

/**
 * The pixels that a region covers of the picture that a model is shown, `side` pixels square: [side, side] of 0 and 1, at least one of them 1
 * (the nearest, where a crop leaves the region out).
 */
export function regionPixels(shape: RegionShape, { side, placement }: { side: number; placement?: Placement }): Uint8Array {
  const onto = (place: Place): Place => placement?.point(place) ?? place;
  const inside = insideOf(shape, onto, placement, Math.max(RADIUS, 0.75 / side));
  const out = new Uint8Array(side * side);
  let any = false;
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      if (inside((x + 0.5) / side, (y + 0.5) / side)) {
        out[y * side + x] = 1;
        any = true;
      }
  if (!any) {
    const clamp = (v: number): number => Math.min(side - 1, Math.max(0, Math.floor(v * side)));
    const [x, y] = onto(middleOf(shape));
    out[clamp(y) * side + clamp(x)] = 1;
  }
  return out;
}

type Inside = (x: number, y: number) => boolean;

function insideOf(shape: RegionShape, onto: (place: Place) => Place, placement: Placement | undefined, radius: number): Inside {
  if ('box' in shape) {
    const [x0, y0, x1, y1] = shape.box;
    const [[left, top], [right, bottom]] = [onto([x0, y0]), onto([x1, y1])];
    return (x, y) => x >= left && x < right && y >= top && y < bottom;
  }
  if ('mask' in shape) {
    const { width, height, data } = shape.mask;
    return (x, y) => {
      const [u, v] = placement?.pointBack([x, y]) ?? [x, y];
      if (u < 0 || v < 0 || u >= 1 || v >= 1) return false;
      return data[Math.floor(v * height) * width + Math.floor(u * width)] !== 0;
    };
  }
  const places = ('point' in shape ? [shape.point] : shape.scribble).map(onto);
  const lines = places.length === 1 ? [[places[0], places[0]]] : places.slice(1).map((b, i) => [places[i], b]);
  return (x, y) => lines.some(([a, b]) => distance([x, y], a as Place, b as Place) <= radius);
}

/** From a place to the line between two others. */
function distance([x, y]: Place, [ax, ay]: Place, [bx, by]: Place): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

function middleOf(shape: RegionShape): Place {
  if ('box' in shape) return [(shape.box[0] + shape.box[2]) / 2, (shape.box[1] + shape.box[3]) / 2];
  if ('point' in shape) return shape.point;
  if ('scribble' in shape) return shape.scribble[Math.floor(shape.scribble.length / 2)] as Place;
  const { width, height, data } = shape.mask;
  const at = data.findIndex((v) => v !== 0);
  return [((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height];
}
