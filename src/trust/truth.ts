// What is true of an image, from boxes and labels or from a scene of the world, and the verdict on a claim by it.

import { normalizeAnswer } from '../evaluate/metrics/vqa-normalize.js';
import { CATEGORIES, cellOf, relates, type Scene, type SceneObject, sceneWidth, TINTS } from '../world/index.js';
import type { AttributeKind, Claim, ClaimRelation, ImagePlace } from './claim.js';

/** Left, top, right, bottom in pixels. */
export type TruthBox = readonly [number, number, number, number];

/** One object of an image. */
export interface TrueObject {
  id: string;
  box?: TruthBox;
  /** What is known of it; a kind that is left out is not known. */
  attributes?: Partial<Record<AttributeKind, readonly string[]>>;
}

/** `unclear`: too near the line to be called. */
export type Holds = 'yes' | 'no' | 'unclear';

/** What is known of an image. */
export interface ImageTruth {
  objects: readonly TrueObject[];
  /** The printed words; left out where they are not known. */
  texts?: readonly string[];
  /** Width and height in pixels, which places in the image need. */
  size?: readonly [number, number];
  /** The objects whose absence is known: all but those in `objects` are absent. Default: any. */
  knows?(id: string): boolean;
  /** Counts in `objects` are complete. Default true; false for labels without boxes. */
  counts?: boolean;
  /** How object number a stands to number b. Default: by their boxes. */
  relates?(a: number, relation: ClaimRelation, b: number): Holds;
  /** Column and row, each 0, 1 or 2, of an object in thirds of the image. Default: by the center of its box. */
  cell?(index: number): readonly [number, number] | undefined;
}

/** `moot`: about an object that is not there, which the existence claim of the same noun is counted for. */
export type ClaimVerdict = 'true' | 'false' | 'unknown' | 'moot';

/** A verdict on a claim, and what it rests on. */
export interface Verdict {
  claim: Claim;
  verdict: ClaimVerdict;
  /** Boxes of what was found. */
  boxes?: readonly TruthBox[];
  /** What is so instead, where it is known: a color, a count, a relation, the printed words. */
  instead?: string;
  /** How sure, in 0..1, where the source says. */
  confidence?: number;
}

const not = (verdict: ClaimVerdict): ClaimVerdict => (verdict === 'true' ? 'false' : verdict === 'false' ? 'true' : verdict);

/** The verdict on a claim. A claim that something is not so is true where it is not so. */
export function judgeByTruth(claim: Claim, truth: ImageTruth): Verdict {
  const verdict = judgePositive(claim, truth);
  return claim.denied ? { ...verdict, verdict: not(verdict.verdict), instead: undefined } : verdict;
}

const indicesOf = (truth: ImageTruth, id: string): number[] => truth.objects.flatMap((object, i) => (object.id === id ? [i] : []));
const boxesOf = (truth: ImageTruth, indices: readonly number[]): TruthBox[] =>
  indices.flatMap((i) => {
    const box = truth.objects[i]?.box;
    return box ? [box] : [];
  });

function judgePositive(claim: Claim, truth: ImageTruth): Verdict {
  if (claim.type === 'text') {
    if (truth.texts === undefined) return { claim, verdict: 'unknown' };
    const said = normalizeAnswer(claim.words).replaceAll(' ', '');
    const right = truth.texts.some((text) => normalizeAnswer(text).replaceAll(' ', '') === said);
    return { claim, verdict: right ? 'true' : 'false', ...(right || !truth.texts.length ? {} : { instead: truth.texts.join(' ') }) };
  }
  const found = indicesOf(truth, claim.object);
  const known = truth.knows?.(claim.object) ?? true;
  if (found.length === 0) {
    if (claim.type === 'existence') return { claim, verdict: known ? 'false' : 'unknown' };
    return { claim, verdict: known ? 'moot' : 'unknown' };
  }
  const boxes = boxesOf(truth, found);
  if (claim.type === 'existence') return { claim, verdict: 'true', boxes };
  if (claim.type === 'count') {
    if (truth.counts === false) return { claim, verdict: 'unknown', boxes };
    const right = found.length === claim.count;
    return { claim, verdict: right ? 'true' : 'false', boxes, ...(right ? {} : { instead: String(found.length) }) };
  }
  if (claim.type === 'attribute') {
    const values = found.map((i) => truth.objects[i]?.attributes?.[claim.kind]);
    if (values.some((value) => value?.includes(claim.value))) return { claim, verdict: 'true', boxes };
    if (values.some((value) => value === undefined)) return { claim, verdict: 'unknown', boxes };
    const all = new Set(values.flatMap((value) => value ?? []));
    return { claim, verdict: 'false', boxes, ...(all.size === 1 ? { instead: [...all][0] as string } : {}) };
  }
  if (claim.relation === 'place') return { claim, boxes, verdict: placeVerdict(claim.place, truth, found) };
  const others = indicesOf(truth, claim.other);
  if (others.length === 0) return { claim, verdict: (truth.knows?.(claim.other) ?? true) ? 'moot' : 'unknown', boxes };
  const { relation } = claim;
  const holds = found.flatMap((a) => others.filter((b) => b !== a).map((b) => relatesIn(truth, a, relation, b)));
  const verdict = holds.includes('yes') ? 'true' : holds.length > 0 && holds.every((h) => h === 'no') ? 'false' : 'unknown';
  return { claim, verdict, boxes: [...boxes, ...boxesOf(truth, others)] };
}

function relatesIn(truth: ImageTruth, a: number, relation: ClaimRelation, b: number): Holds {
  if (truth.relates) return truth.relates(a, relation, b);
  const [from, to] = [truth.objects[a]?.box, truth.objects[b]?.box];
  return from && to ? boxesRelate(from, relation, to) : 'unclear';
}

/** A place holds where one of the objects has its center there; a direction that only the neighboring third fits is unclear. */
function placeVerdict(place: ImagePlace, truth: ImageTruth, found: readonly number[]): ClaimVerdict {
  const cells = found.map((i) => truth.cell?.(i) ?? centerCell(truth, i));
  if (cells.some((cell) => cell === undefined)) return 'unknown';
  const columns = ['left', 'middle', 'right'];
  const rows = ['top', 'middle', 'bottom'];
  const off = (wanted: string | undefined, names: readonly string[], at: number): number =>
    wanted === undefined ? 0 : Math.abs(names.indexOf(wanted) - at);
  const worst = cells.map((cell) => {
    const [x, y] = cell as readonly [number, number];
    return Math.max(off(place.column, columns, x), off(place.row, rows, y));
  });
  const best = Math.min(...worst);
  return best === 0 ? 'true' : best === 1 ? 'unknown' : 'false';
}

function centerCell(truth: ImageTruth, index: number): readonly [number, number] | undefined {
  const box = truth.objects[index]?.box;
  if (!box || !truth.size) return undefined;
  const [width, height] = truth.size;
  const third = (v: number, side: number): number => Math.max(0, Math.min(2, Math.floor((3 * v) / side)));
  return [third((box[0] + box[2]) / 2, width), third((box[1] + box[3]) / 2, height)];
}

/**
 * A relation by boxes alone. Directions go by the longer axis between the centers (clear beyond a ratio of 1.25), `near` by the gap in
 * sizes of the smaller box (clear within half and beyond two), `inside` by the share of the area that is covered (0.8, and none), `on` by
 * resting above while the boxes meet. Depth is not in boxes: `behind` and `front` are unclear.
 */
export function boxesRelate(a: TruthBox, relation: ClaimRelation, b: TruthBox): Holds {
  const [ax, ay, bx, by] = [(a[0] + a[2]) / 2, (a[1] + a[3]) / 2, (b[0] + b[2]) / 2, (b[1] + b[3]) / 2];
  const direction = (along: number, across: number): Holds => {
    if (along > 0 && along >= 1.25 * Math.abs(across)) return 'yes';
    return along <= 0 || along <= 0.8 * Math.abs(across) ? 'no' : 'unclear';
  };
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box: TruthBox): number => Math.max(1e-9, (box[2] - box[0]) * (box[3] - box[1]));
  const covered = (width * height) / area(a);
  const gap = Math.hypot(Math.max(0, a[0] - b[2], b[0] - a[2]), Math.max(0, a[1] - b[3], b[1] - a[3]));
  const side = Math.sqrt(Math.min(area(a), area(b)));
  switch (relation) {
    case 'left':
      return direction(bx - ax, by - ay);
    case 'right':
      return direction(ax - bx, by - ay);
    case 'above':
      return direction(by - ay, bx - ax);
    case 'below':
    case 'under':
      return direction(ay - by, bx - ax);
    case 'near':
      return gap <= 0.5 * side ? 'yes' : gap > 2 * side ? 'no' : 'unclear';
    case 'inside':
      return covered >= 0.8 ? 'yes' : covered === 0 ? 'no' : 'unclear';
    case 'on':
      if (gap > 0.25 * side || ay > b[3]) return 'no';
      return width > 0 && ay < by && a[3] <= b[3] ? 'yes' : 'unclear';
    default:
      return 'unclear';
  }
}

/** The exact truth of a scene of the world: colors, counts, relations, places and the printed word. Sizes are not known. */
export function worldTruth(scene: Scene): ImageTruth {
  const direct: Partial<Record<ClaimRelation, 'left' | 'right' | 'above' | 'below' | 'inside' | 'near'>> = {
    left: 'left',
    right: 'right',
    above: 'above',
    below: 'below',
    under: 'below',
    inside: 'inside',
    near: 'near',
  };
  return {
    objects: scene.objects.map(({ category, tint, box }) => ({
      id: CATEGORIES[category]?.id ?? '',
      box,
      attributes: { color: [TINTS[tint]?.id ?? ''] },
    })),
    texts: scene.text ? [scene.text.word] : [],
    size: [sceneWidth(scene), scene.size],
    relates: (a, relation, b) => {
      const name = direct[relation];
      return name ? relates(scene, a, b, name) : 'unclear';
    },
    cell: (i) => cellOf(scene, scene.objects[i] as SceneObject, 3),
  };
}

/** The truth of a photograph from labeled boxes, as of COCO instances; `ids`: the categories that were annotated. */
export function boxTruth(
  boxes: readonly { label: string; box: TruthBox }[],
  { ids, size }: { ids?: Iterable<string>; size?: readonly [number, number] } = {},
): ImageTruth {
  const known = ids && new Set(ids);
  return {
    objects: boxes.map(({ label, box }) => ({ id: label, box })),
    ...(size ? { size } : {}),
    ...(known ? { knows: (id: string) => known.has(id) } : {}),
  };
}

/** The truth of a photograph from labels alone: what is there, not how often nor where. */
export function labelTruth(labels: Iterable<string>, ids?: Iterable<string>): ImageTruth {
  const known = ids && new Set(ids);
  return {
    objects: [...new Set(labels)].map((id) => ({ id })),
    counts: false,
    ...(known ? { knows: (id: string) => known.has(id) } : {}),
  };
}
