// Scenes to draw: one or two objects with the words that someone would ask for them in, such as "a red apple left of a dog".

import type { Rng } from '../util/rng.js';
import { list, phrase, relationWords, statements } from './captions.js';
import { type CategoryGroup, groupsOf } from './facts.js';
import type { Scene } from './scene.js';
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
 * What a scene is asked for with: what is there, most of it with its tint, and of two kinds of objects where one stands to the other, if that is clear. Without
 * `rng` everything is said.
 */
export function drawingText(scene: Scene, rng?: Rng): string {
  const groups = groupsOf(scene);
  const told = (group: CategoryGroup): string => named(group, !rng || rng.bool(0.8));
  const relation = groups.length === 2 ? statements(scene, groups)[0] : undefined;
  if (!relation) return list(groups.map(told), 'en');
  return `${told(relation.a)} ${relationWords[relation.relation].en} ${told(relation.b)}`;
}
