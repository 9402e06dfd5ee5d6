// Dense samples of the scene world for contrastive training: what every patch shows, in phrases.

import { Rng } from '../util/rng.js';
import {
  article,
  CATEGORIES,
  caption,
  cellLabels,
  cellOf,
  makeScene,
  mostRelated,
  onlyCategory,
  RELATIONS,
  type Relation,
  renderScene,
  type Scene,
  type Sprites,
  TINTS,
  WORDS,
  type WorldOptions,
} from '../world/index.js';
import type { DenseSample, PhraseGroup } from './objectives/contrastive.js';

const NOTHING = CATEGORIES.length + WORDS.length;

/** What patches are told apart by: category or printed word or nothing; tint; whether an object's middle lies in the patch. */
export const PHRASE_GROUPS: readonly PhraseGroup[] = [
  {
    name: 'what',
    phrases: [...CATEGORIES.map((c) => `${article(c.en)} ${c.en}`), ...WORDS.map((w) => `the word ${w}`), 'nothing'],
    weights: [...CATEGORIES.map(() => 1), ...WORDS.map(() => 0.6), 0.15],
    present: true,
  },
  { name: 'tint', phrases: TINTS.map((t) => `something ${t.en}`) },
  { name: 'middle', phrases: ['the middle of an object', 'not the middle of an object'], weights: [1, 0.15] },
];

/** What patches of signs show, letter by letter: how reading begins. */
export const LETTER_GROUP: PhraseGroup = { name: 'letter', phrases: Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (c) => `the letter ${c}`) };

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];

/** What a patch's object is among others: how many of its kind there are, and the column and row (of eight) that its middle lies in. */
export const DETAIL_GROUPS: readonly PhraseGroup[] = [
  { name: 'count', phrases: ['the only one', 'one of two', 'one of three', 'one of four'], weights: [0.6, 1, 1, 1.5] },
  { name: 'column', phrases: ORDINALS.map((n) => `in the ${n} column`) },
  { name: 'row', phrases: ORDINALS.map((n) => `in the ${n} row`) },
];

/** What stands left, right … of a patch's object, where exactly one category does. */
export const RELATION_GROUPS: readonly PhraseGroup[] = RELATIONS.map((name) => ({
  name,
  phrases: CATEGORIES.map((c) => c.en),
  unspoken: true,
}));

/** The zero-shot prompts, one per category. */
export const CATEGORY_PROMPTS = (PHRASE_GROUPS[0] as PhraseGroup).phrases.slice(0, CATEGORIES.length);

/** The dense sample of one scene; patches are cells of a square grid. */
export function denseSample(scene: Scene, sprites: Sprites, grid: number): DenseSample {
  const cells = cellLabels(scene, sprites, grid);
  const what = new Int32Array(cells.length).fill(NOTHING);
  const tint = new Int32Array(cells.length).fill(-1);
  const middle = new Int32Array(cells.length).fill(1);
  const [count, column, row] = DETAIL_GROUPS.map(() => new Int32Array(cells.length).fill(-1)) as [Int32Array, Int32Array, Int32Array];
  const word = scene.text ? WORDS.indexOf(scene.text.word) : -1;
  cells.forEach((k, i) => {
    const object = scene.objects[k];
    if (object) {
      what[i] = object.category;
      tint[i] = object.tint;
      count[i] = Math.min(4, scene.objects.filter((o) => o.category === object.category).length) - 1;
      [column[i], row[i]] = cellOf(scene, object, ORDINALS.length);
    } else if (k === -2 && word >= 0) what[i] = CATEGORIES.length + word;
  });
  for (const object of scene.objects) {
    const [x, y] = cellOf(scene, object, grid);
    middle[y * grid + x] = 0;
  }
  const categories = [...new Set(scene.objects.map((o) => o.category))];
  return {
    pixels: renderScene(scene, sprites),
    caption: caption(scene, { language: 'en', detail: 'short', rng: new Rng(scene.noiseSeed) }),
    labels: { what, tint, middle, letter: letterLabels(scene, grid), count, column, row, ...relationLabels(scene, cells) },
    present: { what: word >= 0 ? [...categories, CATEGORIES.length + word] : categories },
  };
}

/** Per relation and patch, the only category that stands in it to the patch's object, or -1. */
function relationLabels(scene: Scene, cells: ArrayLike<number>): Record<string, Int32Array> {
  const of = (relation: Relation): Int32Array => {
    const only = scene.objects.map((_, b) => onlyCategory(scene, b, relation)?.category ?? -1);
    return Int32Array.from(cells, (k) => only[k] ?? -1);
  };
  return Object.fromEntries(RELATIONS.map((r) => [r, of(r)]));
}

/** Per patch, the printed letter whose middle lies in it (the one nearest the patch's middle, where two do), or -1. */
function letterLabels(scene: Scene, grid: number): Int32Array {
  const out = new Int32Array(grid * grid).fill(-1);
  if (!scene.text) return out;
  const { word, box, dot } = scene.text;
  const cell = scene.size / grid;
  const near = new Float32Array(out.length).fill(Number.POSITIVE_INFINITY);
  const y = (box[1] + box[3]) / 2;
  for (const [k, letter] of Array.from(word.toUpperCase()).entries()) {
    const x = box[0] + (4.5 + 6 * k) * dot;
    const at = Math.min(grid - 1, Math.floor(y / cell)) * grid + Math.min(grid - 1, Math.floor(x / cell));
    const distance = Math.abs((x % cell) - cell / 2);
    if (distance >= (near[at] as number)) continue;
    near[at] = distance;
    out[at] = letter.charCodeAt(0) - 65;
  }
  return out;
}

/**
 * Every `singles`-th scene shows a single large object; the first `easy` ones grow from one object to the full distribution;
 * `candidates`: of so many scenes the one is taken in which most relations hold that could be asked for.
 */
export function denseScenes(
  sprites: Sprites,
  grid: number,
  options: WorldOptions & { easy?: number; singles?: number; candidates?: number } = {},
): (index: number) => DenseSample {
  const { easy = 0, singles = 4, candidates = 1, ...world } = options;
  return (index) => {
    const curriculum = easy > 0 ? Math.min(1, index / easy) : 1;
    const single = index % singles === singles - 1;
    const scene = single
      ? makeScene(index * candidates, { ...world, curriculum, single })
      : mostRelated(index, { ...world, curriculum }, candidates);
    return denseSample(scene, sprites, grid);
  };
}
