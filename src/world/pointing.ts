// Pointing: an object of a scene marked by a box, a point, a scribble or its mask, and questions about what is pointed at.

import type { RegionShape } from '../media/region.js';
import type { Rng } from '../util/rng.js';
import { unitBox } from './referring.js';
import { sceneMasks } from './render.js';
import { type Scene, type SceneObject, sceneWidth } from './scene.js';
import type { Sprites } from './sprites.js';
import { twinsOf } from './twins.js';
import { type Language, nameOf, TINTS } from './vocabulary.js';

/** How an object is pointed at. */
export type PointerKind = 'box' | 'point' | 'scribble' | 'mask';
/** All of them. */
export const POINTER_KINDS: readonly PointerKind[] = ['box', 'point', 'scribble', 'mask'];

/** An object that is pointed at; a mask is drawn when the region is needed. */
export interface Pointer {
  kind: PointerKind;
  /** Index in `scene.objects`. */
  target: number;
  /** Of all kinds but `mask`. */
  shape?: RegionShape;
}

/** What is asked about the thing that is pointed at. */
export type PointedKind = 'color' | 'what';
/** All of them. */
export const POINTED_KINDS: readonly PointedKind[] = ['color', 'what'];

/** A question about a pointed thing. */
export interface PointedQuestion {
  kind: PointedKind;
  question: string;
  answer: string;
  pointer: Pointer;
}

const forms: Record<PointedKind, Record<Language, readonly string[]>> = {
  color: {
    en: ['What color is this?', 'What is the color of this?', 'Which color does this have?'],
    zh: ['这是什么颜色的？', '这个是什么颜色？'],
  },
  what: { en: ['What is this?', 'Which thing is this?'], zh: ['这是什么？', '这是什么东西？'] },
};

/** Points at an object: a box a little off, a point near its middle, a scribble through it, or its mask. */
export function pointAt(scene: Scene, target: number, kind: PointerKind, rng: Rng): Pointer {
  if (kind === 'mask') return { kind, target };
  const [x0, y0, x1, y1] = unitBox(scene, scene.objects[target] as SceneObject);
  const within = (lo: number, hi: number, from: number, to: number): number => lo + (hi - lo) * rng.uniform(from, to);
  const clamp = (v: number): number => Math.min(1, Math.max(0, v));
  const place = (from: number, to: number): [number, number] => [within(x0, x1, from, to), within(y0, y1, from, to)];
  if (kind === 'point') return { kind, target, shape: { point: place(0.35, 0.65) } };
  if (kind === 'scribble') return { kind, target, shape: { scribble: [place(0.2, 0.4), place(0.4, 0.6), place(0.6, 0.8)] } };
  const off = (): number => rng.uniform(-0.05, 0.05);
  const [w, h] = [x1 - x0, y1 - y0];
  return { kind, target, shape: { box: [clamp(x0 + w * off()), clamp(y0 + h * off()), clamp(x1 + w * off()), clamp(y1 + h * off())] } };
}

/** The region of a pointer; a mask is that of the pixels in which the object can be seen, its box where there are none. */
export function pointerShape(scene: Scene, { shape, target }: Pointer, sprites: Sprites): RegionShape {
  if (shape) return shape;
  const data = sceneMasks(scene, sprites)[target] as Uint8Array;
  if (data.some((v) => v !== 0)) return { mask: { width: sceneWidth(scene), height: scene.size, data } };
  return { box: unitBox(scene, scene.objects[target] as SceneObject) };
}

/** True for an object of which some twin has another tint: only pointing tells whose color is asked for. */
export function isAmbiguous(scene: Scene, target: number): boolean {
  const tint = scene.objects[target]?.tint;
  return twinsOf(scene, target).some((i) => scene.objects[i]?.tint !== tint);
}

/**
 * `n` questions about pointed things. Colors are asked of objects with a twin of another color where there are any, names of every object;
 * objects come again only when all have been asked about. Errors: none; an empty scene has no questions.
 */
export function pointedQuestions(
  scene: Scene,
  o: { language: Language; rng: Rng; n: number; pointers?: readonly PointerKind[]; kinds?: readonly PointedKind[] },
): PointedQuestion[] {
  const { language, rng, n, pointers = POINTER_KINDS, kinds = POINTED_KINDS } = o;
  const all = scene.objects.map((_, i) => i);
  const unclear = all.filter((i) => isAmbiguous(scene, i));
  const queues: Record<PointedKind, number[]> = { color: [], what: [] };
  const out: PointedQuestion[] = [];
  for (let i = 0; i < n && all.length > 0; i++) {
    const kind = rng.pick(kinds);
    if (queues[kind].length === 0) queues[kind] = rng.shuffle([...(kind === 'color' && unclear.length > 0 ? unclear : all)]);
    const target = queues[kind].pop() as number;
    const { category, tint } = scene.objects[target] as SceneObject;
    const answer = kind === 'color' ? (TINTS[tint]?.[language] as string) : nameOf(category, language);
    out.push({ kind, question: rng.pick(forms[kind][language]), answer, pointer: pointAt(scene, target, rng.pick(pointers), rng) });
  }
  return out;
}

/** The first form of a question, which benchmarks ask. */
export const pointedForm = (kind: PointedKind, language: Language): string => forms[kind][language][0] as string;
