// Scenes to draw: one or two objects with the words that someone would ask for them in, such as "a red apple left of a dog".

import type { Rng } from '../util/rng.js';
import { list, phrase, place, relationWords, statements } from './captions.js';
import { type CategoryGroup, groupsOf } from './facts.js';
import type { Scene, SceneObject } from './scene.js';
import { article, nameOf } from './vocabulary.js';

/** "two red cups", or without the tint "two cups". */
function named(group: CategoryGroup, tinted: boolean): string {
  const whole = phrase(group, 'en');
  if (tinted) return whole;
  const n = group.objects.length;
  const name = nameOf(group.category, 'en', n);
  return `${n === 1 ? article(name) : whole.split(' ')[0]} ${name}`;
}

/**
 * What a scene is asked for with: what is there, most of it with its tint, and of two kinds of objects often where one stands to the other, if that
 * is clear; `placed`: in its place where single objects are in the image. Without `rng` everything is said, in the order of the scene.
 */
export function drawingText(scene: Scene, { rng, placed = false }: { rng?: Rng; placed?: boolean } = {}): string {
  const groups = groupsOf(scene);
  const told = (group: CategoryGroup): string => named(group, !rng || rng.bool(0.8));
  const where = (group: CategoryGroup): string => {
    const [only, ...others] = group.objects.map((i) => scene.objects[i] as SceneObject);
    return placed && only && others.length === 0 ? `${told(group)} at the ${place(scene, only, 'en')}` : told(group);
  };
  const relation = placed || groups.length !== 2 ? undefined : statements(scene, groups)[0];
  if (relation && (!rng || rng.bool(0.7))) return `${told(relation.a)} ${relationWords[relation.relation].en} ${told(relation.b)}`;
  const all = rng ? rng.shuffle([...groups]) : groups;
  return list(all.map(where), 'en');
}
