// Clouds of procedural shapes: points drawn evenly from the surfaces of spheres, cubes, cylinders and more, in sizes, colors, numbers and places.

import type { Points } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { defineMediaWorld, type MediaQuestion, type Wording, worded } from './media-world.js';
import { article, type Language, TINTS } from './vocabulary.js';

type Vec = [number, number, number];

/** A shape of about unit size: its names, and a point of its surface, each part of the surface with a chance by its area. */
interface Shape {
  en: string;
  zh: string;
  sample(rng: Rng): Vec;
}

const TAU = 2 * Math.PI;
const around = (r: number, angle: number, y: number): Vec => [r * Math.cos(angle), y, r * Math.sin(angle)];
/** A point of a disk of radius `r` at height `y`. */
const disk = (rng: Rng, r: number, y: number): Vec => around(r * Math.sqrt(rng.float()), TAU * rng.float(), y);
/** A point of the triangle a b c. */
function triangle(rng: Rng, [a, b, c]: readonly [Vec, Vec, Vec]): Vec {
  const s = Math.sqrt(rng.float());
  const t = rng.float();
  return [0, 1, 2].map((i) => (1 - s) * (a[i] as number) + s * (1 - t) * (b[i] as number) + s * t * (c[i] as number)) as Vec;
}

/** The shapes, y upwards. */
export const SHAPES_3D: readonly Shape[] = [
  {
    en: 'sphere',
    zh: '球',
    sample(rng) {
      const y = rng.uniform(-1, 1);
      return around(Math.sqrt(1 - y * y), TAU * rng.float(), y);
    },
  },
  {
    en: 'cube',
    zh: '立方体',
    sample(rng) {
      const point: Vec = [rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8)];
      point[rng.int(3)] = rng.bool() ? 0.8 : -0.8;
      return point;
    },
  },
  {
    en: 'cylinder',
    zh: '圆柱',
    sample(rng) {
      // Side 2 pi r h, both ends together 2 pi r².
      const [r, h] = [0.6, 2];
      if (rng.bool(h / (h + r))) return around(r, TAU * rng.float(), rng.uniform(-1, 1));
      return disk(rng, r, rng.bool() ? 1 : -1);
    },
  },
  {
    en: 'cone',
    zh: '圆锥',
    sample(rng) {
      // Side pi r s, base pi r².
      const [r, h] = [0.8, 2];
      const slant = Math.hypot(r, h);
      if (rng.bool(r / (r + slant))) return disk(rng, r, -1);
      const t = Math.sqrt(rng.float());
      return around(r * t, TAU * rng.float(), 1 - h * t);
    },
  },
  {
    en: 'torus',
    zh: '圆环',
    sample(rng) {
      // More area lies outside than inside: a place is taken with a chance by its distance from the axis.
      const [big, small] = [0.75, 0.25];
      for (;;) {
        const v = TAU * rng.float();
        const reach = big + small * Math.cos(v);
        if (rng.float() * (big + small) <= reach) return around(reach, TAU * rng.float(), small * Math.sin(v));
      }
    },
  },
  {
    en: 'pyramid',
    zh: '棱锥',
    sample(rng) {
      const [a, h] = [0.8, 2];
      const corners: Vec[] = [
        [-a, -1, -a],
        [a, -1, -a],
        [a, -1, a],
        [-a, -1, a],
      ];
      const side = 2 * a * 0.5 * Math.hypot(h, a);
      const base = 4 * a * a;
      if (rng.bool(base / (base + 4 * side))) return [rng.uniform(-a, a), -1, rng.uniform(-a, a)];
      const k = rng.int(4);
      return triangle(rng, [[0, 1, 0], corners[k] as Vec, corners[(k + 1) % 4] as Vec]);
    },
  },
  { en: 'plate', zh: '圆盘', sample: (rng) => disk(rng, 1, 0) },
  {
    en: 'cross',
    zh: '十字',
    sample(rng) {
      // Three bars through the middle, without their ends.
      const axis = rng.int(3);
      const point: Vec = [0, 0, 0];
      const [along, wide] = [rng.uniform(-1, 1), rng.uniform(-0.15, 0.15)];
      const other = (axis + 1 + rng.int(2)) % 3;
      point[axis] = along;
      point[other] = rng.bool() ? 0.15 : -0.15;
      point[3 - axis - other] = wide;
      return point;
    },
  },
];

/** One shape of a cloud. */
export interface Solid {
  shape: number;
  tint: number;
  /** Half its extent. */
  size: number;
  at: Vec;
}

/** What a cloud is made of. */
export interface CloudItem {
  solids: readonly Solid[];
  /** Around the vertical axis, in radians; of the split `test-rotated` around any, as a rotation matrix by rows. */
  rotation: readonly number[];
  points: number;
  /** Standard deviation of every coordinate. */
  noise: number;
  seed: number;
}

type Dials = 'points' | 'noise' | 'most';

/** The color that a shape has in the split `test-pairs` alone, another for each shape. */
const heldOutTint = (shape: number): number => (3 * shape + 1) % TINTS.length;

function turn(rng: Rng, free: boolean): number[] {
  const angle = TAU * rng.float();
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  if (!free) return [c, 0, s, 0, 1, 0, -s, 0, c];
  // A random unit quaternion is four normals, normalized.
  const q = [rng.normal(), rng.normal(), rng.normal(), rng.normal()];
  const length = Math.hypot(...q);
  const [w, x, y, z] = q.map((v) => v / length) as [number, number, number, number];
  return [
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

function makeCloud(rng: Rng, { split, dials }: { split: string; dials: Readonly<Record<Dials, number>> }): CloudItem {
  const count = 1 + rng.int(dials.most);
  const heldOut = split === 'test-pairs';
  const shapes = rng.sample([...SHAPES_3D.keys()], count);
  const solids = shapes.map((shape): Solid => {
    const own = heldOutTint(shape);
    const tint = heldOut ? own : (own + 1 + rng.int(TINTS.length - 1)) % TINTS.length;
    return { shape, tint, size: 0, at: [0, 0, 0] };
  });
  // One is clearly larger than the others; they stand on top of each other, with room between.
  const large = rng.int(count);
  let y = 0;
  for (const [i, solid] of solids.entries()) {
    solid.size = i === large ? 0.6 : 0.33;
    solid.at = [rng.uniform(-0.15, 0.15), y + solid.size, rng.uniform(-0.15, 0.15)];
    y += 2 * solid.size + 0.15;
  }
  const rotation = turn(rng, split === 'test-rotated');
  return { solids, rotation, points: dials.points, noise: dials.noise, seed: rng.u32() };
}

/** The points of a cloud in random order: x, y, z, then red, green and blue in 0…1, [points, 6]. */
export function cloudPoints({ solids, rotation, points, noise, seed }: CloudItem): Points {
  const rng = new Rng(seed);
  const out = new Float32Array(6 * points);
  // Each by its extent, so that small ones are not thick with points.
  const weights = solids.map(({ size }) => size);
  for (let i = 0; i < points; i++) {
    const { shape, tint, size, at } = solids[i < solids.length ? i : rng.weighted(weights)] as Solid;
    const local = (SHAPES_3D[shape] as Shape).sample(rng).map((v, axis) => v * size + (at[axis] as number));
    for (let row = 0; row < 3; row++) {
      const v = local.reduce((sum, x, column) => sum + x * (rotation[3 * row + column] as number), 0);
      out[6 * i + row] = v + noise * rng.normal();
      out[6 * i + 3 + row] = ((TINTS[tint]?.rgb[row] ?? 0) / 255) * rng.uniform(0.85, 1);
    }
  }
  return { points: out, channels: 6 };
}

const nameOf = ({ shape }: Solid, language: Language): string => SHAPES_3D[shape]?.[language] ?? '';
const colorOf = ({ tint }: Solid, language: Language): string => TINTS[tint]?.[language] ?? '';

/** Turned around the vertical axis alone: what was above still is. */
const isUpright = (rotation: readonly number[]): boolean => rotation[4] === 1;

type Ask = (cloud: CloudItem, how: Wording) => MediaQuestion | undefined;

const asks: Record<string, Ask> = {
  shape({ solids }, how) {
    const solid = how.rng.pick(solids);
    if (solids.some((other) => other !== solid && other.tint === solid.tint)) return undefined;
    const forms = {
      en:
        solids.length === 1 ? ['What shape is it?', 'Which shape do the points have?'] : ['What shape is the X one?', 'Which shape is X?'],
      zh: solids.length === 1 ? ['这是什么形状？'] : ['X的是什么形状？'],
    };
    return { question: worded(forms, how, [colorOf(solid, how.language)]), answer: nameOf(solid, how.language) };
  },
  color({ solids }, how) {
    const solid = how.rng.pick(solids);
    const forms = { en: ['What color is the X?'], zh: ['X是什么颜色的？'] };
    return { question: worded(forms, how, [nameOf(solid, how.language)]), answer: colorOf(solid, how.language) };
  },
  count({ solids }, how) {
    return { question: worded({ en: ['How many shapes are there?'], zh: ['有几个形状？'] }, how), answer: String(solids.length) };
  },
  size({ solids }, how) {
    if (solids.length < 2) return undefined;
    const [a, b] = how.rng.sample(solids, 2) as [Solid, Solid];
    if (a.size === b.size) return undefined;
    const [x, y] = [nameOf(a, how.language), nameOf(b, how.language)];
    const larger = how.rng.bool();
    const forms = { en: [`Which is ${larger ? 'larger' : 'smaller'}, the X or the Y?`], zh: [`X和Y哪个更${larger ? '大' : '小'}？`] };
    return { question: worded(forms, how, [x, y]), answer: a.size > b.size === larger ? x : y };
  },
  position({ solids, rotation }, how) {
    if (solids.length < 2 || !isUpright(rotation)) return undefined;
    const i = how.rng.int(solids.length - 1);
    const [low, high] = [nameOf(solids[i] as Solid, how.language), nameOf(solids[i + 1] as Solid, how.language)];
    const above = how.rng.bool();
    const forms = { en: [`What is right ${above ? 'above' : 'below'} the X?`], zh: [`紧挨着X${above ? '上面' : '下面'}的是什么？`] };
    return { question: worded(forms, how, [above ? low : high]), answer: above ? high : low };
  },
};

/** Clouds of one to three different shapes on top of each other, one of them larger. */
export const points = defineMediaWorld<CloudItem, Dials, undefined>({
  name: 'points',
  title: 'world points',
  about: 'clouds of shapes: shape, color, number, size, what is above what',
  splits: ['train', 'test', 'test-rotated', 'test-pairs'],
  dials: {
    points: { default: 512, from: 64, to: 8192, whole: true },
    noise: { default: 0.01, from: 0, to: 0.2 },
    /** Shapes in a cloud, at most. */
    most: { default: 3, from: 1, to: 3, whole: true },
  },
  kinds: Object.keys(asks),
  score: 'exact',
  maxTokens: 12,
  load: async () => undefined,
  make: makeCloud,
  part: (item) => ({ type: 'points', points: cloudPoints(item) }) as ContentPart,
  ask: (cloud, kind, how) => asks[kind]?.(cloud, how),
  caption({ solids, rotation }, { language }) {
    const each = solids.map((s) => {
      const [color, name] = [colorOf(s, language), nameOf(s, language)];
      return language === 'zh' ? `${color}的${name}` : `${article(color)} ${color} ${name}`;
    });
    const ordered = solids.length > 1 && isUpright(rotation);
    return language === 'zh' ? `${ordered ? '从下到上：' : ''}${each.join('、')}。` : `${ordered ? 'From below: ' : ''}${each.join(', ')}.`;
  },
  requests: { en: ['Describe the points.', 'What is in the cloud?'], zh: ['描述这些点。', '点云里有什么？'] },
});
