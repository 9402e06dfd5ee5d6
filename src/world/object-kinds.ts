// What things are: the kinds that everybody would put the world's categories under, for questions that need knowledge of the world.

import { CATEGORIES, categoryIndex } from './vocabulary.js';

/** A kind of things. */
export type ObjectKind = 'animal' | 'vehicle' | 'food' | 'clothing';
/** All of them. */
export const OBJECT_KINDS: readonly ObjectKind[] = ['animal', 'vehicle', 'food', 'clothing'];

const members: Record<ObjectKind, string> = {
  animal: 'dog cat rabbit cow pig elephant giraffe turtle butterfly snail fish crab',
  vehicle: 'boat car bus bicycle airplane rocket',
  food: 'cake pizza apple pineapple mushroom',
  clothing: 'hat shoe shirt dress',
};

const kinds = new Map(OBJECT_KINDS.flatMap((kind) => members[kind].split(' ').map((name) => [categoryIndex(name), kind] as const)));

/** The kind of a category; undefined for things that are of none of them, such as a cup. */
export const kindOf = (category: number): ObjectKind | undefined => kinds.get(category);

/** The categories of a kind. */
export const categoriesOf = (kind: ObjectKind): number[] => CATEGORIES.flatMap((_, c) => (kindOf(c) === kind ? [c] : []));
