// Phrases about the groups of a scene, and the pools that wrong options are drawn from.

import {
  absentCategory,
  article,
  BACKGROUNDS,
  CATEGORIES,
  type CategoryGroup,
  groupRelates,
  nameOf,
  phrase,
  type Relation,
  relationWords,
  TINTS,
  WORDS,
} from '../../../world/index.js';
import type { Language, SourceQuestion } from '../../scenes.js';
import type { Drawn } from './draw.js';

/** "dog", "dogs". */
export const noun = (group: CategoryGroup): string => nameOf(group.category, 'en', group.objects.length);
/** "dogs", whatever their number. */
export const plural = ({ category }: Pick<CategoryGroup, 'category'>): string => nameOf(category, 'en', 2);
/** "a dog". */
export const one = (category: number): string => `${article(nameOf(category, 'en'))} ${nameOf(category, 'en')}`;
/** "is" or "are". */
export const be = (group: CategoryGroup): string => (group.objects.length === 1 ? 'is' : 'are');
/** The same at the beginning of a question. */
export const Be = (group: CategoryGroup): string => (group.objects.length === 1 ? 'Is' : 'Are');
/** The color of a group. */
export const tint = ({ tint: t }: CategoryGroup): string => TINTS[t]?.en ?? '';
/** Another color. */
export const otherTint = (group: CategoryGroup, { rng }: Drawn): string => rng.pick(COLORS.filter((color) => color !== tint(group)));
/** A category that is not there, half the time one that often comes with what is. */
export const absent = ({ groups, rng }: Drawn): number =>
  absentCategory(
    groups.map(({ category }) => category),
    rng,
  );
/** A group, by the stream of the draw. */
export const anyGroup = ({ groups, rng }: Drawn): CategoryGroup | undefined => (groups.length ? rng.pick(groups) : undefined);
/** Two groups. */
export const twoGroups = ({ groups, rng }: Drawn): [CategoryGroup, CategoryGroup] | undefined =>
  groups.length < 2 ? undefined : (rng.sample(groups, 2) as [CategoryGroup, CategoryGroup]);
/** Another printed word. */
export const otherWord = (word: string, { rng }: Drawn, suits: (other: string) => boolean = () => true): string =>
  rng.pick(WORDS.filter((other) => other !== word && suits(other)));

/** All colors by name. */
export const COLORS = TINTS.map(({ en }) => en);

const OPPOSITE = { left: 'right', right: 'left', above: 'below', below: 'above' } as const;
type Direction = keyof typeof OPPOSITE;

/** That one group is left of, right of, above or below another, and the opposite, which it is not. */
export function direction(drawn: Drawn): { a: CategoryGroup; b: CategoryGroup; holds: string; opposite: string } | undefined {
  const pair = twoGroups(drawn);
  const found = pair && (Object.keys(OPPOSITE) as Direction[]).find((d) => groupRelates(drawn.scene, ...pair, d as Relation));
  return pair && found && { a: pair[0], b: pair[1], holds: relationWords[found].en, opposite: relationWords[OPPOSITE[found]].en };
}

/** The pattern of the background, and another one. */
export function backgrounds({ scene, rng }: Drawn): { own: string; other: string } {
  const own = BACKGROUNDS.find(({ id }) => id === scene.background.kind)?.en ?? '';
  return { own, other: rng.pick(BACKGROUNDS.filter(({ en, heldOut }) => en !== own && !heldOut)).en };
}

/** What may be the answer to a question: the wrong options are drawn from it. Things of the picture that it does not name come first. */
export function pool({ groups, rng }: Drawn, { type, question, answer }: SourceQuestion, language: Language = 'en'): string[] {
  if (type === 'color') return TINTS.map((t) => t[language]);
  if (type === 'count') return ['1', '2', '3', '4', '5'];
  if (type === 'text') return [...WORDS];
  const free = (name: string): boolean => name !== answer && !question.includes(name);
  const there = groups.map(({ category }) => nameOf(category, language)).filter(free);
  const others = CATEGORIES.map((_, c) => nameOf(c, language)).filter((name) => free(name) && !there.includes(name));
  return [...there, ...rng.sample(others, Math.max(0, 3 - there.length))];
}

/** Every group in words with its boxes, and the printed word: what a judge without eyes is told. */
export function inventory({ scene, groups }: Drawn): string[] {
  return [
    ...groups.map((group) => phrase(group, 'en')),
    ...(scene.text ? [`a sign that says ${scene.text.word}`] : []),
    `a ${BACKGROUNDS.find(({ id }) => id === scene.background.kind)?.en} background`,
  ];
}
