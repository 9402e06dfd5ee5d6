// Scenes that captions tell of in place of the one in the image: with one thing changed, with what is likely added, without what cannot be seen.

import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { absentCategory, type CategoryGroup, groupsOf } from './facts.js';
import { type Box, overlap, type Scene, type SceneObject, sceneWidth } from './scene.js';
import { BACKGROUNDS, PARTNER, SAME_THEME, TINTS, WORDS } from './vocabulary.js';

/** What a hallucination is wrong about. */
export const CHANGES = ['existence', 'object', 'color', 'count', 'relation', 'text', 'background'] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** Those that captions of any length tell of; relations, printed words and backgrounds are in long ones alone. */
export const TOLD_CHANGES: readonly ChangeKind[] = ['existence', 'object', 'color', 'count'];

/** A scene with one thing changed, and what. */
export interface Change {
  scene: Scene;
  kind: ChangeKind;
}

type Edit = (scene: Scene, groups: readonly CategoryGroup[], rng: Rng) => Scene | undefined;

const isIn = (group: CategoryGroup) => (_: SceneObject, i: number) => group.objects.includes(i);

/** The scene without some objects; indices of containers follow. */
function without(scene: Scene, gone: (object: SceneObject, i: number) => boolean): Scene {
  const kept = scene.objects.flatMap((object, i) => (gone(object, i) ? [] : [i]));
  const objects = kept.map((i): SceneObject => {
    const { inside, ...object } = scene.objects[i] as SceneObject;
    const at = inside === undefined ? -1 : kept.indexOf(inside);
    return at < 0 ? object : { ...object, inside: at };
  });
  return { ...scene, objects };
}

const replaced = (scene: Scene, group: CategoryGroup, by: Partial<SceneObject>): Scene => ({
  ...scene,
  objects: scene.objects.map((object, i) => (isIn(group)(object, i) ? { ...object, ...by } : object)),
});

/** A box of the size of another, somewhere in the image. */
function anywhere(scene: Scene, [x0, y0, x1, y1]: Box, rng: Rng): Box {
  const x = rng.int(sceneWidth(scene) - (x1 - x0) + 1);
  const y = rng.int(scene.size - (y1 - y0) + 1);
  return [x, y, x + x1 - x0, y + y1 - y0];
}

/** One more object of a category that is not there. */
function added(scene: Scene, category: number, rng: Rng): Scene {
  const like = rng.pick(scene.objects);
  const { inside: _, ...object } = like;
  return {
    ...scene,
    objects: [...scene.objects, { ...object, category, tint: rng.int(TINTS.length), box: anywhere(scene, like.box, rng) }],
  };
}

/** Another one than `given`. */
function other<T>(all: readonly T[], given: T, rng: Rng): T {
  return rng.pick(all.filter((one) => one !== given));
}

const edits: Record<ChangeKind, Edit> = {
  existence(scene, groups, rng) {
    if (groups.length === 0) return undefined;
    const present = groups.map((g) => g.category);
    return added(scene, absentCategory(present, rng), rng);
  },
  object(scene, groups, rng) {
    if (groups.length === 0) return undefined;
    const present = groups.map((g) => g.category);
    return replaced(scene, rng.pick(groups), { category: absentCategory(present, rng) });
  },
  color(scene, groups, rng) {
    if (groups.length === 0) return undefined;
    const group = rng.pick(groups);
    const tints = TINTS.map((_, i) => i);
    return replaced(scene, group, { tint: other(tints, group.tint, rng) });
  },
  count(scene, groups, rng) {
    if (groups.length === 0) return undefined;
    const group = rng.pick(groups);
    const last = group.objects.at(-1) as number;
    if (group.objects.length > 1 && rng.bool()) return without(scene, (_, i) => i === last);
    const { inside: _, ...like } = scene.objects[last] as SceneObject;
    return { ...scene, objects: [...scene.objects, { ...like, box: anywhere(scene, like.box, rng) }] };
  },
  relation(scene, groups, rng) {
    const single = groups.filter((g) => g.objects.length === 1);
    if (single.length < 2) return undefined;
    const [a, b] = rng.sample(single, 2).map((g) => g.objects[0] as number) as [number, number];
    const [one, two] = [scene.objects[a] as SceneObject, scene.objects[b] as SceneObject];
    const moved = (object: SceneObject, box: Box): SceneObject => {
      const { inside: _, ...rest } = object;
      return { ...rest, box };
    };
    return {
      ...scene,
      objects: scene.objects.map((object, i) => (i === a ? moved(one, two.box) : i === b ? moved(two, one.box) : object)),
    };
  },
  text(scene, _groups, rng) {
    return scene.text && { ...scene, text: { ...scene.text, word: other(WORDS, scene.text.word, rng) } };
  },
  background(scene, _groups, rng) {
    const kinds = BACKGROUNDS.map(({ id }) => id);
    return { ...scene, background: { ...scene.background, kind: other(kinds, scene.background.kind, rng) } };
  },
};

/**
 * A scene that differs from the one given in one thing, of the kinds that it allows, with equal chances. Captions of relations need not name
 * what changed. Errors: `world.option` for kinds of which it allows none.
 */
export function changed(scene: Scene, { rng, kinds = CHANGES }: { rng: Rng; kinds?: readonly ChangeKind[] }): Change {
  const groups = groupsOf(scene);
  for (const kind of rng.shuffle([...kinds])) {
    const made = edits[kind]?.(scene, groups, rng);
    if (made) return { scene: made, kind };
  }
  throw new SensoriumError('world.option', 'the scene has nothing of these kinds to change', {
    place: 'changes',
    expected: CHANGES.join(', '),
    got: kinds.join(', ') || 'none',
  });
}

/** The scene with one or two objects more that often stand beside those that are there. */
export function withLikely(scene: Scene, rng: Rng): Scene {
  let told = scene;
  for (let n = rng.bool() ? 2 : 1; n > 0; n--) {
    const present = groupsOf(told).map((g) => g.category);
    const likely = present.flatMap((c) => [PARTNER[c] as number, ...(SAME_THEME[c] as readonly number[])]);
    const absent = likely.filter((c) => !present.includes(c));
    if (absent.length > 0) told = added(told, rng.pick(absent), rng);
  }
  return told;
}

/** Least share of an object that shows, and least size in blocks of what degraded pixels resolve. */
const [SHOWS, BLOCKS] = [0.6, 9];

/** The objects that can still be made out: enough of them shows, and they are large enough for what blur and low resolution leave. */
export function onlyShown(scene: Scene): Scene {
  const { patches, lowResolution, blur } = scene.degrade;
  const block = Math.max(lowResolution, scene.size / 64 + blur);
  return without(scene, ({ box, size }) => {
    const area = (box[2] - box[0]) * (box[3] - box[1]);
    const covered = patches.reduce((sum, patch) => sum + overlap(box, patch), 0);
    return covered > (1 - SHOWS) * area || size < BLOCKS * block;
  });
}
