// Scenes: what is where, drawn from a seed alone.

import { SensoriumError } from '../util/errors.js';
import { hash32, Rng } from '../util/rng.js';
import { HELD_OUT_PAIRS, isHeldOutPair, TEST_TINT_CATEGORIES, TEST_TINTS, TRAIN_TINTS } from './holdout.js';
import { type ResolvedOptions, resolveOptions, type Split, type WorldOptions } from './scene-options.js';
import { SHAPES } from './shapes.js';
import { BACKGROUNDS, type BackgroundKind, CATEGORIES, CONTAINERS, PARTNER, SAME_THEME, type StyleId, WORDS } from './vocabulary.js';

export * from './scene-options.js';

/** Left, top, right, bottom in pixels; right and bottom are exclusive. */
export type Box = [number, number, number, number];

export interface SceneObject {
  category: number;
  tint: number;
  /** Longest side in pixels. */
  size: number;
  /** Tight around the whole drawing, also where something covers it. */
  box: Box;
  style: StyleId;
  mirror: boolean;
  /** Drawn with its top down, as things in films turn over. */
  upsideDown?: true;
  /** Index in `objects` of the container this one is drawn in. */
  inside?: number;
}

export interface SceneText {
  /** In lower case; printed in capitals. */
  word: string;
  box: Box;
  ink: [number, number, number];
  paper: [number, number, number];
  /** Pixels per font dot. */
  dot: number;
}

export interface Background {
  kind: BackgroundKind;
  from: [number, number, number];
  to: [number, number, number];
  /** Pixels per period of a pattern. */
  period: number;
  /** Radians, gradients only. */
  angle: number;
}

export interface Degradation {
  /** Gaussian sigma in pixels. */
  blur: number;
  /** Standard deviation of additive noise in grey levels. */
  noise: number;
  /** Share of the image under `patches`. */
  occlusion: number;
  patches: Box[];
  /** 1 = full resolution; k averages blocks of k x k pixels. */
  lowResolution: number;
}

export interface Scene {
  seed: number;
  index: number;
  split: Split;
  /** Pixels per side; of an image that is not square its height. */
  size: number;
  /** Pixels across, of an image that is not square. */
  width?: number;
  style: StyleId;
  background: Background;
  /** In drawing order: later ones cover earlier ones. */
  objects: SceneObject[];
  text?: SceneText;
  degrade: Degradation;
  /** Seeds the pixel noise. */
  noiseSeed: number;
}

/** The stream behind one scene; 128 bits of state from (seed, split, index), so that no two scenes share it. */
export function sceneRng(seed: number, split: string, index: number, purpose = 'scene'): Rng {
  const key = `${purpose}/${seed}/${split}/${index}`;
  return new Rng([hash32(key, 1), hash32(key, 2), hash32(key, 3), hash32(key, 4) | 1]);
}

/** Pixels across. */
export const sceneWidth = ({ size, width = size }: Pick<Scene, 'size' | 'width'>): number => width;

/** Options with the width of one scene. */
export type SceneOptions = ResolvedOptions & { width: number };

/** The scene number `index` of a split: the same options and index always give the same scene. */
export function makeScene(index: number, options: WorldOptions = {}): Scene {
  if (!Number.isInteger(index) || index < 0)
    throw new SensoriumError('world.option', 'scene index must be a non-negative integer', { got: String(index) });
  const o = ofShape(index, resolveOptions(options));
  const { seed, split, size } = o;
  const rng = sceneRng(seed, split, index);
  const style = rng.pick(o.styles);
  const { groups, nested } = planGroups(rng, o);
  const withText = !o.single && rng.bool(o.text);
  const text = withText ? placeText(rng, o) : undefined;
  const objects = placeObjects(rng, o, { groups, nested, style, text });
  return {
    seed,
    index,
    split,
    size,
    ...(o.width === size ? {} : { width: o.width }),
    style,
    background: makeBackground(rng, o),
    objects,
    ...(text ? { text } : {}),
    degrade: degradation(rng, o),
    noiseSeed: rng.u32(),
  };
}

/** The options of one scene: of a shape that comes from a stream of its own, since what is in a scene does not depend on it. */
export function ofShape(index: number, options: ResolvedOptions): SceneOptions {
  const { seed, split, size, aspects } = options;
  const aspect = aspects.length === 1 ? (aspects[0] as number) : sceneRng(seed, split, index, 'aspect').pick(aspects);
  return { ...options, width: Math.max(32, Math.round(size * aspect)) };
}

interface Group {
  category: number;
  tint: number;
  count: number;
  style: StyleId;
}

/** Which categories, tints and counts; `nested` says that group 1 is one object inside the container of group 0. */
function planGroups(rng: Rng, o: ResolvedOptions): { groups: Group[]; nested: boolean } {
  const limit = o.single ? 1 : 1 + Math.round((o.maxObjects - 1) * o.curriculum);
  const forced = o.split === 'test-pairs' && !o.single ? rng.pick(HELD_OUT_PAIRS) : undefined;
  const wanted = forced ? 2 + rng.weighted([4, 3, 1.5]) : 1 + rng.weighted([2, 3.5, 3, 1.5]);
  const count = Math.max(forced ? 2 : 1, Math.min(wanted, limit));
  const nested = count > 1 && !forced && rng.bool(0.22);
  const categories: number[] = forced ? [...forced] : [firstCategory(rng, o, nested)];
  for (let tries = 0; categories.length < count && tries < 200; tries++) {
    const c = nextCategory(rng, o, categories);
    if (nested && categories.length === 1 && CATEGORIES[c]?.container) continue;
    if (!categories.includes(c) && !categories.some((x) => isHeldOutPair(x, c))) categories.push(c);
  }
  let left = Math.max(limit, categories.length);
  const mixed = rng.bool(0.25);
  const style = mixed ? undefined : rng.pick(o.styles);
  let container = -1;
  const groups = categories.map((category, i): Group => {
    const most = Math.min(4, left - (categories.length - 1 - i));
    const n = nested && i < 2 ? 1 : Math.min(most, 1 + rng.weighted([5, 2.2, 1.6, 1.2]));
    left -= n;
    const special = o.split === 'test-tints' ? (TEST_TINTS[category] as readonly number[]) : [];
    let tint = rng.pick(special.length ? special : (TRAIN_TINTS[category] as readonly number[]));
    // What lies inside a container of its own tint could not be seen.
    while (nested && i === 1 && tint === container && special.length !== 1) tint = rng.pick(TRAIN_TINTS[category] as readonly number[]);
    if (i === 0) container = tint;
    return { category, tint, count: n, style: style ?? rng.pick(o.styles) };
  });
  return { groups, nested: nested && groups.length > 1 };
}

function firstCategory(rng: Rng, o: ResolvedOptions, container: boolean): number {
  if (o.split === 'test-tints') {
    const fit = container ? TEST_TINT_CATEGORIES.filter((c) => CATEGORIES[c]?.container) : TEST_TINT_CATEGORIES;
    return rng.pick(fit.length ? fit : container ? CONTAINERS : TEST_TINT_CATEGORIES);
  }
  return container ? rng.pick(CONTAINERS) : rng.int(CATEGORIES.length);
}

function nextCategory(rng: Rng, o: ResolvedOptions, present: readonly number[]): number {
  if (!rng.bool(o.prior)) return rng.int(CATEGORIES.length);
  const anchor = rng.pick(present);
  return rng.bool(0.5) ? (PARTNER[anchor] as number) : rng.pick(SAME_THEME[anchor] as readonly number[]);
}

/** Width and height of a drawing whose longest side is `size`. */
export function extent(style: StyleId, category: number, size: number): [number, number] {
  const [w, h] = SHAPES[style][category] as readonly [number, number];
  const k = size / Math.max(w, h);
  return [Math.max(1, Math.round(w * k)), Math.max(1, Math.round(h * k))];
}

/** Longest sides at 64 px of square drawings, by number of objects: crowded scenes have smaller ones. */
const sizeRange: readonly [number, number][] = [
  [22, 30],
  [22, 30],
  [20, 27],
  [18, 24],
  [16, 21],
  [15, 19],
  [14, 18],
];

/** Long thin drawings are made longer, so that their area keeps up with that of square ones: at most by this factor. */
const LONGEST = 1.25;

interface Layout {
  groups: Group[];
  nested: boolean;
  style: StyleId;
  text: SceneText | undefined;
}

function placeObjects(rng: Rng, o: SceneOptions, layout: Layout): SceneObject[] {
  const { groups, nested, text } = layout;
  const unit = o.size / 64;
  const total = groups.reduce((n, g) => n + g.count, 0);
  const [lo, hi] = o.single ? [20, 40] : (sizeRange[Math.min(total, 6)] as [number, number]);
  let best: SceneObject[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    const placed: SceneObject[] = [];
    const shrink = 1 - 0.06 * attempt;
    groups.forEach((g, gi) => {
      for (let i = 0; i < g.count; i++) {
        const isContainer = nested && gi === 0;
        const isContent = nested && gi === 1;
        const base = isContainer ? 28 + rng.int(5) : isContent ? 13 + rng.int(3) : lo + rng.int(hi - lo + 1);
        const square = Math.max(12, isContainer ? base : base * shrink) * unit * o.scale;
        const [a, b] = extent(g.style, g.category, 100);
        const stretch = isContainer || isContent ? 1 : Math.min(LONGEST, Math.sqrt(Math.max(a, b) / Math.min(a, b)));
        const size = Math.round(square * stretch);
        const [w, h] = extent(g.style, g.category, size);
        const object = { category: g.category, tint: g.tint, size, style: g.style, mirror: rng.bool() };
        const c = placed[0];
        if (isContent && c) {
          const x = Math.round((c.box[0] + c.box[2] - w) / 2 + rng.uniform(-2, 2) * unit * o.scale);
          const y = Math.round((c.box[1] + c.box[3] - h) / 2 + rng.uniform(-2, 2) * unit * o.scale);
          placed.push({ ...object, box: [x, y, x + w, y + h], inside: 0 });
          continue;
        }
        const box = freeBox(rng, { w, h, size: o.size, width: o.width, placed, text });
        if (box) placed.push({ ...object, box });
      }
    });
    if (placed.length > best.length) best = placed;
    if (best.length === total) break;
  }
  return best;
}

interface Room {
  w: number;
  h: number;
  size: number;
  width: number;
  placed: readonly SceneObject[];
  text: SceneText | undefined;
}

/** A random place that keeps clear of the sign and overlaps other objects by at most 5 % of the smaller box. */
export function freeBox(rng: Rng, { w, h, size, width, placed, text }: Room): Box | undefined {
  for (let i = 0; i < 80; i++) {
    const x = rng.int(width - w + 1);
    const y = rng.int(size - h + 1);
    const box: Box = [x, y, x + w, y + h];
    if (text && overlap(box, text.box, 1) > 0) continue;
    let clear = true;
    for (const p of placed) {
      const area = Math.min(w * h, (p.box[2] - p.box[0]) * (p.box[3] - p.box[1]));
      if (overlap(box, p.box) > 0.05 * area) {
        clear = false;
        break;
      }
    }
    if (clear) return box;
  }
  return undefined;
}

/** Area in px^2 that two boxes share after growing the second by `margin`. */
export function overlap(a: Box, b: Box, margin = 0): number {
  const w = Math.min(a[2], b[2] + margin) - Math.max(a[0], b[0] - margin);
  const h = Math.min(a[3], b[3] + margin) - Math.max(a[1], b[1] - margin);
  return w > 0 && h > 0 ? w * h : 0;
}

function placeText(rng: Rng, { size, width, scale }: SceneOptions): SceneText {
  const word = rng.pick(WORDS);
  const dot = Math.max(1, Math.floor((Math.min(size, width) / 64) * scale));
  const w = (word.length * 6 + 3) * dot;
  const h = 11 * dot;
  const x = rng.int(width - w + 1);
  const y = rng.int(size - h + 1);
  const dark = rng.pick([
    [20, 20, 24],
    [16, 32, 92],
    [84, 16, 22],
    [14, 60, 34],
  ] as const);
  const light = [250, 250, 246] as const;
  const [ink, paper] = rng.bool() ? [dark, light] : [light, dark];
  return { word, box: [x, y, x + w, y + h], ink: [...ink], paper: [...paper], dot };
}

/** A background of the split. */
export function makeBackground(rng: Rng, o: ResolvedOptions): Background {
  const kinds = BACKGROUNDS.filter((b) => b.heldOut === (o.split === 'test-backgrounds'));
  const grey = 214 + rng.int(32);
  const pale = (): [number, number, number] =>
    [grey, grey, grey].map((v) => Math.min(252, v + rng.int(17) - 8)) as [number, number, number];
  const from = pale();
  const to = from.map((v) => Math.max(190, v - 10 - rng.int(16))) as [number, number, number];
  const unit = o.size / 64;
  return {
    kind: rng.pick(kinds).id,
    from,
    to,
    period: Math.max(2, Math.round((6 + rng.int(11)) * unit)),
    angle: rng.uniform(0, 2 * Math.PI),
  };
}

/** What the evidence dial takes away. */
export function degradation(rng: Rng, o: SceneOptions): Degradation {
  const loss = 1 - o.evidence;
  const strength = (): number => loss * rng.uniform(0.5, 1);
  const unit = o.size / 64;
  const blur = 2.2 * unit * strength();
  const noise = 45 * strength();
  const lowResolution = 1 + Math.floor(3 * unit * strength());
  const patches: Box[] = [];
  const count = Math.floor(6 * strength());
  for (let i = 0; i < count; i++) {
    const w = Math.round((7 + rng.int(8)) * unit);
    const h = Math.round((7 + rng.int(8)) * unit);
    const x = rng.int(o.width - w + 1);
    const y = rng.int(o.size - h + 1);
    patches.push([x, y, x + w, y + h]);
  }
  const covered = patches.reduce((a, [x0, y0, x1, y1]) => a + (x1 - x0) * (y1 - y0), 0);
  return { blur, noise, occlusion: Math.min(1, covered / (o.width * o.size)), patches, lowResolution };
}
