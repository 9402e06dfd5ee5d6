// Compositional questions about scenes: counts with attributes, comparisons, chains of relations, and, or, halves; trees with their words and their truth.

import { hash32, type Rng } from '../util/rng.js';
import { absentCategory, groupsOf, relates } from './facts.js';
import { type Box, type Scene, sceneWidth } from './scene.js';
import { article, CATEGORIES, nameOf, TINTS } from './vocabulary.js';

/** Relations that a picture can be cut by. */
export const DIRECTIONS = ['left', 'right', 'above', 'below'] as const;
export type Direction = (typeof DIRECTIONS)[number];
/** Halves of the picture. */
export const HALVES = ['left', 'right', 'top', 'bottom'] as const;
export type Half = (typeof HALVES)[number];

/** Things that a question speaks of. Without a category it is any object. */
export interface Things {
  category?: number;
  tint?: number;
  half?: Half;
  relation?: { direction: Direction; of: Things };
}

/** A question as a tree. */
export type Composition =
  | { kind: 'count'; a: Things }
  | { kind: 'exist'; a: Things }
  | { kind: 'more' | 'fewer' | 'equal' | 'total' | 'and' | 'or' | 'but'; a: Things; b: Things };
export type CompositionKind = Composition['kind'];
export const COMPOSITION_KINDS: readonly CompositionKind[] = ['count', 'exist', 'more', 'fewer', 'equal', 'total', 'and', 'or', 'but'];

/** Shapes of things: noun, tint and noun, tint and any object, half, relation; relation to something tinted, chain of two. */
export const SHAPES = ['noun', 'tinted', 'objects', 'half', 'related', 'tinted related', 'related tinted', 'chain'] as const;
export type Shape = (typeof SHAPES)[number];

/** The composition of a kind and shapes by name, such as `more: noun, half`. */
export const compositionName = (kind: CompositionKind, shapes: readonly Shape[]): string => `${kind}: ${shapes.join(', ')}`;

/** Whether training never has a composition: a quarter of those of two parts, and two of one part. Each kind and each shape is in training. */
export function isHeldOutComposition(name: string): boolean {
  const [kind = '', shapes = ''] = name.split(': ');
  if (kind === 'count') return shapes === 'related tinted';
  if (kind === 'exist') return shapes === 'tinted related';
  return hash32(`composition/${name}`) % 4 === 0;
}

/** Every composition: kinds with one part have a shape, the others two. */
export const COMPOSITIONS: readonly { name: string; kind: CompositionKind; shapes: readonly Shape[]; heldOut: boolean }[] =
  COMPOSITION_KINDS.flatMap((kind) => {
    const pairs = kind === 'count' || kind === 'exist' ? SHAPES.map((a) => [a]) : SHAPES.flatMap((a) => SHAPES.map((b) => [a, b]));
    return pairs.map((shapes) => {
      const name = compositionName(kind, shapes);
      return { name, kind, shapes, heldOut: isHeldOutComposition(name) };
    });
  });

/** A question with its answer. */
export interface CompositionalQuestion {
  composition: string;
  tree: Composition;
  question: string;
  /** yes, no or a number in digits. */
  answer: string;
}

const middle = (box: Box): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
/** Middles that are closer than this, in pixels of a scene of 64, are on no clear side. */
const CLEAR = 6;

/** Whether an object lies on a side of a place; undefined where that is not clear. */
function side(value: number, border: number, before: boolean, unit: number): boolean | undefined {
  const off = before ? border - value : value - border;
  return off >= CLEAR * unit ? true : off <= -CLEAR * unit ? false : undefined;
}

/**
 * Whether an object stands in a direction to another. It is clear only where the scene's own rule (`relates`) and the plain comparison of middles
 * agree, so that whoever uses either is right.
 */
function stands(scene: Scene, a: number, b: number, direction: Direction): boolean | undefined {
  const unit = scene.size / 64;
  const across = direction === 'left' || direction === 'right' ? 0 : 1;
  const [from, to] = [middle(scene.objects[a]?.box as Box)[across] as number, middle(scene.objects[b]?.box as Box)[across] as number];
  const plain = side(from, to, direction === 'left' || direction === 'above', unit);
  const verdict = relates(scene, a, b, direction);
  if (plain === undefined || verdict === 'unclear' || plain !== (verdict === 'yes')) return undefined;
  return plain;
}

/** Objects of a scene that things mean; undefined where it is not clear which. */
export function thingsIn(scene: Scene, { category, tint, half, relation }: Things): number[] | undefined {
  let found = scene.objects.flatMap((o, i) =>
    (category === undefined || o.category === category) && (tint === undefined || o.tint === tint) ? [i] : [],
  );
  if (half !== undefined) {
    const across = half === 'left' || half === 'right' ? 0 : 1;
    const border = (across === 0 ? sceneWidth(scene) : scene.size) / 2;
    const sides = found.map((i) =>
      side(middle(scene.objects[i]?.box as Box)[across] as number, border, half === 'left' || half === 'top', scene.size / 64),
    );
    if (sides.includes(undefined)) return undefined;
    found = found.filter((_, k) => sides[k]);
  }
  if (relation) {
    const [referent, ...others] = thingsIn(scene, relation.of) ?? [];
    if (referent === undefined || others.length > 0) return undefined;
    const own = found.filter((i) => i !== referent);
    const verdicts = own.map((i) => stands(scene, i, referent, relation.direction));
    if (verdicts.includes(undefined)) return undefined;
    found = own.filter((_, k) => verdicts[k]);
  }
  return found;
}

/** The true answer; undefined where it is not clear. */
export function answerOf(scene: Scene, tree: Composition): string | undefined {
  const a = thingsIn(scene, tree.a)?.length;
  if (a === undefined) return undefined;
  if (tree.kind === 'count') return String(a);
  if (tree.kind === 'exist') return a > 0 ? 'yes' : 'no';
  const b = 'b' in tree ? thingsIn(scene, tree.b)?.length : undefined;
  if (b === undefined) return undefined;
  if (tree.kind === 'total') return String(a + b);
  const truth = { more: a > b, fewer: a < b, equal: a === b, and: a > 0 && b > 0, or: a > 0 || b > 0, but: a > 0 && b === 0 }[tree.kind];
  return truth ? 'yes' : 'no';
}

const PLACES: Readonly<Record<Direction, string>> = { left: 'left of', right: 'right of', above: 'above', below: 'below' };

/** Things in words. One of them ("red cup left of the dog") or several ("red cups left of the dog"). */
export function wordsOf({ category, tint, half, relation }: Things, several: boolean): string {
  const noun = category === undefined ? (several ? 'objects' : 'object') : nameOf(category, 'en', several ? 2 : 1);
  const color = tint === undefined ? '' : `${TINTS[tint]?.en} `;
  const place = half === undefined ? '' : ` in the ${half} half of the image`;
  return `${color}${noun}${place}${relation ? ` ${PLACES[relation.direction]} the ${wordsOf(relation.of, false)}` : ''}`;
}

const one = (things: Things): string => {
  const words = wordsOf(things, false);
  return `${article(words)} ${words}`;
};

/** The words of a question; `rng` chooses among wordings. */
export function questionOfTree(tree: Composition, rng?: Rng): string {
  const pick = (...all: string[]): string => (rng ? rng.pick(all) : (all[0] as string));
  const a = wordsOf(tree.a, true);
  if (tree.kind === 'count') return pick(`How many ${a} are there?`, `How many ${a} can you see?`, `What is the number of ${a}?`);
  if (tree.kind === 'exist') return pick(`Is there ${one(tree.a)}?`, `Are there any ${a}?`, `Can you see ${one(tree.a)}?`);
  const b = wordsOf(tree.b, true);
  switch (tree.kind) {
    case 'more':
      return pick(`Are there more ${a} than ${b}?`, `Is the number of ${a} greater than the number of ${b}?`);
    case 'fewer':
      return pick(`Are there fewer ${a} than ${b}?`, `Is the number of ${a} smaller than the number of ${b}?`);
    case 'equal':
      return pick(`Are there as many ${a} as ${b}?`, `Is the number of ${a} equal to the number of ${b}?`);
    case 'total':
      return pick(`How many ${a} and ${b} are there in total?`, `What is the number of ${a} plus the number of ${b}?`);
    case 'and':
      return pick(`Is there ${one(tree.a)} and also ${one(tree.b)}?`, `Are there both ${a} and ${b}?`);
    case 'or':
      return pick(`Is there ${one(tree.a)} or ${one(tree.b)}?`, `Are there any ${a} or ${b}?`);
    case 'but':
      return pick(`Is there ${one(tree.a)} but not ${one(tree.b)}?`, `Are there ${a} but no ${b}?`);
  }
}

/** Things of a shape that a question about a scene may speak of: mostly of what is there. */
function drawThings(scene: Scene, shape: Shape, rng: Rng): Things | undefined {
  const groups = groupsOf(scene);
  const present = groups.map(({ category }) => category);
  const group = (): Things & { category: number } => {
    const { category, tint } = rng.pick(groups);
    return { category, tint };
  };
  const category = (): number => (rng.bool(0.3) ? absentCategory(present, rng) : group().category);
  const tint = (own: number): number =>
    groups.find((g) => g.category === own && rng.bool(0.7))?.tint ?? rng.pick(rng.bool() ? groups.map((g) => g.tint) : [...TINTS.keys()]);
  const direction = (): Direction => rng.pick(DIRECTIONS);
  const single = (): number | undefined => {
    const singles = groups.filter(({ objects }) => objects.length === 1);
    return singles.length > 0 ? rng.pick(singles).category : undefined;
  };
  const referent = single();
  switch (shape) {
    case 'noun':
      return { category: category() };
    case 'tinted': {
      const own = category();
      return { category: own, tint: tint(own) };
    }
    case 'objects':
      return { tint: rng.bool(0.75) ? (group().tint as number) : rng.int(TINTS.length) };
    case 'half':
      return { ...(rng.bool(0.75) ? { category: category() } : {}), half: rng.pick(HALVES) };
    case 'chain': {
      if (referent === undefined) return undefined;
      // The thing in between is one of several, so that the chain is needed, or a single one.
      return {
        category: category(),
        relation: {
          direction: direction(),
          of: { category: group().category, relation: { direction: direction(), of: { category: referent } } },
        },
      };
    }
    default: {
      if (referent === undefined) return undefined;
      const own = category();
      const of = { category: referent, ...(shape === 'related tinted' ? { tint: groups.find((g) => g.category === referent)?.tint } : {}) };
      return {
        ...(shape !== 'related' || rng.bool(0.75) ? { category: own } : {}),
        ...(shape === 'tinted related' ? { tint: tint(own) } : {}),
        relation: { direction: direction(), of },
      };
    }
  }
}

/** Things that stand in a relation to one of their own kind, as "the dog left of the dog". */
const ofItself = ({ category, relation }: Things): boolean =>
  relation !== undefined && (relation.of.category === category || ofItself(relation.of));

/** A question of a composition about a scene, with the answer that is wanted if one is; undefined where some tries give none. */
export function drawQuestion(
  scene: Scene,
  { kind, shapes, name }: Pick<(typeof COMPOSITIONS)[number], 'kind' | 'shapes' | 'name'>,
  { rng, wanted, tries = 12 }: { rng: Rng; wanted?: string; tries?: number },
): CompositionalQuestion | undefined {
  if (scene.objects.length === 0) return undefined;
  for (let i = 0; i < tries; i++) {
    const a = drawThings(scene, shapes[0] as Shape, rng);
    const b = shapes[1] === undefined ? undefined : drawThings(scene, shapes[1], rng);
    if (!a || (shapes[1] !== undefined && !b)) continue;
    if (ofItself(a) || (b && (ofItself(b) || wordsOf(a, true) === wordsOf(b, true)))) continue;
    const tree = (b ? { kind, a, b } : { kind, a }) as Composition;
    const answer = answerOf(scene, tree);
    if (answer === undefined || (wanted !== undefined && answer !== wanted)) continue;
    return { composition: name, tree, question: questionOfTree(tree, rng), answer };
  }
  return undefined;
}

/** A tree of a composition about no scene in particular: what a planner, which sees none, is taught. */
export function drawTree({ kind, shapes }: Pick<(typeof COMPOSITIONS)[number], 'kind' | 'shapes'>, rng: Rng): Composition {
  const noun = (): Things => ({ category: rng.int(CATEGORIES.length) });
  const tinted = (): Things => ({ ...noun(), tint: rng.int(TINTS.length) });
  const related = (own: Things, of: Things): Things => ({ ...own, relation: { direction: rng.pick(DIRECTIONS), of } });
  const any = (): Things => (rng.bool(0.25) ? {} : noun());
  const makers: Record<Shape, () => Things> = {
    noun,
    tinted,
    objects: () => ({ tint: rng.int(TINTS.length) }),
    half: () => ({ ...any(), half: rng.pick(HALVES) }),
    related: () => related(any(), noun()),
    'tinted related': () => related(tinted(), noun()),
    'related tinted': () => related(any(), tinted()),
    chain: () => related(noun(), related(noun(), noun())),
  };
  const [a, b] = shapes.map((shape) => makers[shape]());
  return (b ? { kind, a, b } : { kind, a }) as Composition;
}

/** The answers that a kind is asked for in turn, so that none is a good guess. */
export const wantedAnswers = (kind: CompositionKind): readonly string[] =>
  kind === 'count' ? ['0', '1', '2', '3'] : kind === 'total' ? ['1', '2', '3', '4'] : ['yes', 'no'];
