// Scenes of twins: several objects of one category that differ in tint, size and place, so that only pointing or an exact expression names one.

import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { HELD_OUT_PAIRS, isHeldOutPair, TEST_TINT_CATEGORIES, TEST_TINTS, TRAIN_TINTS } from './holdout.js';
import {
  degradation,
  extent,
  freeBox,
  makeBackground,
  ofShape,
  type ResolvedOptions,
  resolveOptions,
  type Scene,
  type SceneObject,
  type SceneOptions,
  sceneRng,
  type WorldOptions,
} from './scene.js';
import { CATEGORIES } from './vocabulary.js';

/** Longest sides at 64 px: small and large ones are told apart by sight. */
const SIDES = { small: [13, 16], large: [20, 25] } as const;

/** Categories that can stand beside another in a split. */
function beside(rng: Rng, others: readonly number[], o: ResolvedOptions): number | undefined {
  const fit = CATEGORIES.map((_, c) => c).filter(
    (c) => !others.includes(c) && (o.split === 'test-pairs' || !others.some((other) => isHeldOutPair(c, other))),
  );
  return fit.length > 0 ? rng.pick(fit) : undefined;
}

/** The category of the twins and those of up to two more objects. */
function pickCategories(rng: Rng, o: ResolvedOptions, more: number): number[] {
  const pair = o.split === 'test-pairs' ? rng.shuffle([...rng.pick(HELD_OUT_PAIRS)]) : undefined;
  const first = pair?.[0] ?? (o.split === 'test-tints' ? rng.pick(TEST_TINT_CATEGORIES) : rng.int(CATEGORIES.length));
  const all = [first];
  if (pair) all.push(pair[1] as number);
  while (all.length < 1 + more) {
    const next = beside(rng, all, o);
    if (next === undefined) break;
    all.push(next);
  }
  return all;
}

/** Tints of the twins: mostly all different, sometimes with equal ones, which color does not tell apart. In `test-tints` one is held out. */
function pickTints(rng: Rng, category: number, count: number, o: ResolvedOptions): number[] {
  const known = TRAIN_TINTS[category] as readonly number[];
  const tints = rng.bool(0.7) ? rng.sample([...known], Math.min(count, known.length)) : [];
  while (tints.length < count) tints.push(rng.pick(known));
  const held = TEST_TINTS[category] as readonly number[];
  if (o.split === 'test-tints' && held.length > 0) tints[rng.int(count)] = rng.pick(held);
  return tints;
}

/**
 * The scene of twins number `index` of a split: two to four objects of one category and up to two others, none inside another, no printed word.
 * The same options and index always give the same scene. Errors: `world.option`.
 */
export function makeTwins(index: number, options: WorldOptions = {}): Scene {
  if (!Number.isInteger(index) || index < 0)
    throw new SensoriumError('world.option', 'scene index must be a non-negative integer', { got: String(index) });
  const o = ofShape(index, resolveOptions(options));
  const rng = sceneRng(o.seed, o.split, index, 'twins');
  const style = rng.pick(o.styles);
  let objects: SceneObject[] = [];
  // Rarely there is no room for the twins: then other sizes are drawn.
  for (let attempt = 0; attempt < 20 && objects.length < 2; attempt++) objects = placeTwins(rng, o, style);
  return {
    seed: o.seed,
    index,
    split: o.split,
    size: o.size,
    ...(o.width === o.size ? {} : { width: o.width }),
    style,
    background: makeBackground(rng, o),
    objects,
    degrade: degradation(rng, o),
    noiseSeed: rng.u32(),
  };
}

function placeTwins(rng: Rng, o: SceneOptions, style: Scene['style']): SceneObject[] {
  const twins = 2 + rng.weighted([3, 4, 3]);
  const [first, ...others] = pickCategories(rng, o, rng.weighted([2, 4, 4])) as [number, ...number[]];
  const tints = pickTints(rng, first, twins, o);
  const planned = [
    ...tints.map((tint) => ({ category: first, tint })),
    ...others.map((category) => ({ category, tint: rng.pick(TRAIN_TINTS[category] as readonly number[]) })),
  ];
  const placed: SceneObject[] = [];
  for (const { category, tint } of rng.shuffle(planned)) {
    const [lo, hi] = SIDES[rng.bool(0.35) ? 'large' : 'small'];
    const size = Math.round(((lo + rng.int(hi - lo + 1)) * o.size) / 64);
    const [w, h] = extent(style, category, size);
    const box = freeBox(rng, { w, h, size: o.size, width: o.width, placed, text: undefined });
    if (box) placed.push({ category, tint, size, style, mirror: rng.bool(), box });
  }
  // Without its twins an object is not one of several.
  return placed.filter(({ category }) => category === first).length >= 2 ? placed : [];
}

/** Objects of the same category as object `i`, itself left out. */
export function twinsOf({ objects }: Scene, i: number): number[] {
  return objects.flatMap(({ category }, j) => (j !== i && category === objects[i]?.category ? [j] : []));
}
