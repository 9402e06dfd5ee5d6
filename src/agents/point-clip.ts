// PointCLIP V2: a cloud of points is classified by a CLIP that has never met one, through ten depth images and prompts about shapes.

import type { Points, RgbImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { type ProjectionSteps, projectPoints, VIEW_COUNT, viewImage } from './point-projection.js';

/** What turns texts and images into unit vectors of one space. */
export interface PointEmbedder {
  texts(texts: readonly string[], signal?: AbortSignal): Promise<{ vectors: readonly Float32Array[] }>;
  images(images: readonly RgbImage[], signal?: AbortSignal): Promise<{ vectors: readonly Float32Array[] }>;
}

/** Prompts of each class, by its name. The published ones come from a language model that was asked to describe depth maps of shapes. */
export type ShapePrompts = Readonly<Record<string, readonly string[]>>;

/** Prompts in the manner of the published ones, by templates. */
export const shapePrompts = (names: readonly string[]): ShapePrompts =>
  Object.fromEntries(names.map((name) => [name, [`a depth map of a ${name}`, `a gray 3D model of a ${name}`, `a ${name}`]]));

export interface PointClassOptions {
  embedder: PointEmbedder;
  prompts: ShapePrompts;
  /** Weight of each of the ten views. Default: all equal. */
  weights?: readonly number[];
  /** Default: all four. */
  steps?: Partial<ProjectionSteps>;
  signal?: AbortSignal;
}

/** The class of a cloud, and the mean likeness of its views to each class. */
export interface PointClass {
  best: string;
  scores: Record<string, number>;
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Mean of unit vectors, with length 1. */
function meanVector(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (vector[i] as number);
  const length = Math.hypot(...sum) || 1;
  return sum.map((v) => v / length);
}

/**
 * Classifies a cloud without training: the weighted sum over views of the cosine to each class, the mean of its prompts. Errors: `agent.argument` for no
 * classes or a wrong number of weights; `media.points`; those of the embedder.
 */
export async function classifyPoints(cloud: Points, o: PointClassOptions): Promise<PointClass> {
  const { embedder, prompts, weights = Array<number>(VIEW_COUNT).fill(1), steps, signal } = o;
  const classes = Object.entries(prompts).filter(([, texts]) => texts.length > 0);
  if (classes.length === 0)
    throw new SensoriumError('agent.argument', 'there is nothing to choose from', {
      place: 'prompts',
      expected: 'at least one class with a prompt',
    });
  const total = weights.reduce((a, b) => a + b, 0);
  if (weights.length !== VIEW_COUNT || !weights.every((w) => w >= 0) || !(total > 0))
    throw new SensoriumError('agent.argument', 'each view has a weight', {
      place: 'weights',
      expected: `${VIEW_COUNT} numbers from 0, not all 0`,
      got: JSON.stringify(weights),
    });
  const views = projectPoints(cloud, steps).map(viewImage);
  const seen = (await embedder.images(views, signal)).vectors;
  const words = (
    await embedder.texts(
      classes.flatMap(([, texts]) => texts),
      signal,
    )
  ).vectors;
  const scores: Record<string, number> = {};
  let at = 0;
  for (const [name, texts] of classes) {
    const text = meanVector(words.slice(at, at + texts.length));
    at += texts.length;
    scores[name] = seen.reduce((sum, image, view) => sum + (weights[view] as number) * dot(image, text), 0) / total;
  }
  const best = Object.entries(scores).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return { best, scores };
}
