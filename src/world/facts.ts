// Exact facts of a scene that captions, questions and probes are made from: groups, relations and where things are.

import type { Rng } from '../util/rng.js';
import { type Box, type Scene, type SceneObject, sceneWidth } from './scene.js';
import { CATEGORIES, PARTNER, RELATIONS, type Relation, SAME_THEME } from './vocabulary.js';

/** All objects of one category; within a scene they share one tint. */
export interface CategoryGroup {
  category: number;
  tint: number;
  /** Indices in `scene.objects`. */
  objects: number[];
}

/** The categories of a scene in drawing order. */
export function groupsOf(scene: Scene): CategoryGroup[] {
  const groups: CategoryGroup[] = [];
  scene.objects.forEach((o, i) => {
    const g = groups.find((x) => x.category === o.category);
    if (g) g.objects.push(i);
    else groups.push({ category: o.category, tint: o.tint, objects: [i] });
  });
  return groups;
}

const centre = (b: Box): [number, number] => [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2];

/** Pixels between two boxes; 0 when they touch or overlap. */
export function gap(a: Box, b: Box): number {
  const dx = Math.max(0, a[0] - b[2], b[0] - a[2]);
  const dy = Math.max(0, a[1] - b[3], b[1] - a[3]);
  return Math.sqrt(dx * dx + dy * dy);
}

/** `yes`: holds with a clear margin; `no`: clearly does not; `unclear`: between, never asked about. */
export type Verdict = 'yes' | 'no' | 'unclear';

/**
 * Does `relation` hold from object `a` to object `b` ("a is left of b")?
 * Directions go by the dominant axis between box centres: clear beyond a ratio of 1.25 and 6 px at 64 px; `near` is a gap of at
 * most 4 px against more than 9 px; `inside` is what the scene was built with, and excludes every other relation between the two.
 */
export function relates(scene: Scene, a: number, b: number, relation: Relation): Verdict {
  const from = scene.objects[a] as SceneObject;
  const to = scene.objects[b] as SceneObject;
  if (relation === 'inside') return from.inside === b ? 'yes' : 'no';
  if (from.inside === b || to.inside === a) return 'no';
  const unit = scene.size / 64;
  if (relation === 'near') {
    const d = gap(from.box, to.box);
    return d <= 4 * unit ? 'yes' : d > 9 * unit ? 'no' : 'unclear';
  }
  const [ax, ay] = centre(from.box);
  const [bx, by] = centre(to.box);
  const [along, across] =
    relation === 'left'
      ? [bx - ax, ay - by]
      : relation === 'right'
        ? [ax - bx, ay - by]
        : relation === 'above'
          ? [by - ay, ax - bx]
          : [ay - by, ax - bx];
  const side = Math.abs(across);
  if (along >= 6 * unit && along >= 1.25 * side) return 'yes';
  return along <= 0 || along <= 0.8 * side ? 'no' : 'unclear';
}

/** The category of which something stands in `relation` to object `b`, when exactly one does and no other comes close. */
export function onlyCategory(scene: Scene, b: number, relation: Relation): { category: number; objects: number[] } | undefined {
  const referent = scene.objects[b] as SceneObject;
  let category = -1;
  const objects: number[] = [];
  const unclear = new Set<number>();
  for (let a = 0; a < scene.objects.length; a++) {
    const o = scene.objects[a] as SceneObject;
    if (a === b || o.category === referent.category) continue;
    const verdict = relates(scene, a, b, relation);
    if (verdict === 'unclear') unclear.add(o.category);
    if (verdict !== 'yes') continue;
    if (category !== -1 && category !== o.category) return undefined;
    category = o.category;
    objects.push(a);
  }
  unclear.delete(category);
  return category === -1 || unclear.size ? undefined : { category, objects };
}

/** That exactly one category stands in `relation` to the only object of a category; `weight`: how often to ask, next to the others. */
export interface RelationFact {
  referent: CategoryGroup;
  relation: Relation;
  category: number;
  objects: number[];
  weight: number;
}

/** Every relation that a question can ask for: the referent is unique and so is the answer. */
export function relationFacts(scene: Scene, groups: readonly CategoryGroup[]): RelationFact[] {
  const out: RelationFact[] = [];
  for (const referent of groups) {
    if (referent.objects.length !== 1) continue;
    for (const relation of RELATIONS) {
      const found = onlyCategory(scene, referent.objects[0] as number, relation);
      if (found) out.push({ referent, relation, ...found, weight: relation === 'inside' ? 2 : relation === 'near' ? 0.3 : 1 });
    }
  }
  return out;
}

/** True when whole group `a` stands in a direction to whole group `b`: each object of one to each of the other. */
export function groupRelates(scene: Scene, a: CategoryGroup, b: CategoryGroup, relation: Relation): boolean {
  return a.objects.every((i) => b.objects.every((j) => relates(scene, i, j, relation) === 'yes'));
}

/** Column and row (0..grid-1) of the centre of an object. */
export function cellOf(scene: Scene, object: SceneObject | { box: Box }, grid: number): [number, number] {
  const [x, y] = centre(object.box);
  const clamp = (v: number, side: number): number => Math.max(0, Math.min(grid - 1, Math.floor((v * grid) / side)));
  return [clamp(x, sceneWidth(scene)), clamp(y, scene.size)];
}

/** A category that is not in the scene; with chance one half a partner or theme mate of one that is. */
export function absentCategory(present: readonly number[], rng: Rng): number {
  for (;;) {
    const anchor = present.length && rng.bool() ? rng.pick(present) : undefined;
    const c =
      anchor === undefined
        ? rng.int(CATEGORIES.length)
        : rng.bool()
          ? (PARTNER[anchor] as number)
          : rng.pick(SAME_THEME[anchor] as readonly number[]);
    if (!present.includes(c)) return c;
  }
}
