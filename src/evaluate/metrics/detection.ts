// Detection: precision and recall at a threshold, and average precision (Everingham et al. 2010), with intervals over images.

import { Rng } from '../../util/rng.js';
import { type Proportion, proportion } from '../wilson.js';
import { type Box, iou } from './boxes.js';
import type { Interval } from './resample.js';

/** What is in an image, and what was found in it. */
export interface DetectedImage {
  truth: readonly { label: string; box: Box }[];
  found: readonly { label: string; box: Box; score: number }[];
}

export interface DetectionScores {
  /** Of detections with at least `threshold`: those on a true object, each object once. */
  precision: Proportion;
  /** Of true objects: those found with at least `threshold`. */
  recall: Proportion;
  /** Mean over classes with objects of the area under precision over recall; the interval is the bootstrap's over images, `n` the images. */
  meanAveragePrecision: Interval;
  /** Mean overlap of the right detections with their objects. */
  meanOverlap: number;
  classes: number;
}

export interface DetectionMetricOptions {
  /** Overlap that makes a detection right. Default 0.5. */
  overlap?: number;
  /** Score from which a detection counts for precision and recall. Default 0.5. */
  threshold?: number;
  /** Bootstrap samples. Default 1000. */
  resamples?: number;
}

interface Match {
  label: string;
  score: number;
  /** 0 where it is on no object, or on one that has been found. */
  overlap: number;
}

/** Detections of one image, the surest first, each with the overlap with the object that it finds: the nearest of its class that is left. */
function matches({ truth, found }: DetectedImage, overlap: number): Match[] {
  const left = new Set(truth.keys());
  return [...found]
    .sort((a, b) => b.score - a.score)
    .map(({ label, box, score }) => {
      let best = { index: -1, overlap: 0 };
      for (const index of left) {
        const object = truth[index] as (typeof truth)[number];
        const shared = object.label === label ? iou(object.box, box) : 0;
        if (shared > best.overlap) best = { index, overlap: shared };
      }
      const right = best.overlap >= overlap;
      if (right) left.delete(best.index);
      return { label, score, overlap: right ? best.overlap : 0 };
    });
}

/** Area under the precision that is reached at each recall or beyond. */
function areaUnder(sorted: readonly Match[], objects: number): number {
  let right = 0;
  const precision: number[] = [];
  for (const [i, { overlap }] of sorted.entries()) if (overlap > 0) precision.push(++right / (i + 1));
  let best = 0;
  let area = 0;
  for (let i = precision.length - 1; i >= 0; i--) {
    best = Math.max(best, precision[i] as number);
    area += best;
  }
  return area / objects;
}

interface Judged {
  truth: readonly string[];
  matches: readonly Match[];
}

function meanArea(images: readonly Judged[]): { value: number; classes: number } {
  const objects = new Map<string, number>();
  const byClass = new Map<string, Match[]>();
  for (const { truth, matches: own } of images) {
    for (const label of truth) objects.set(label, (objects.get(label) ?? 0) + 1);
    for (const match of own) {
      const list = byClass.get(match.label);
      if (list) list.push(match);
      else byClass.set(match.label, [match]);
    }
  }
  const areas = [...objects].map(([label, n]) => {
    const sorted = (byClass.get(label) ?? []).sort((a, b) => b.score - a.score);
    return areaUnder(sorted, n);
  });
  return { value: areas.length ? areas.reduce((a, b) => a + b, 0) / areas.length : 0, classes: areas.length };
}

/** The scores of a detector over images. */
export function detectionScores(images: readonly DetectedImage[], options: DetectionMetricOptions = {}): DetectionScores {
  const { overlap = 0.5, threshold = 0.5, resamples = 1000 } = options;
  const judged = images.map((image): Judged => ({ truth: image.truth.map(({ label }) => label), matches: matches(image, overlap) }));
  const counted = judged.flatMap((image) => image.matches.filter(({ score }) => score >= threshold));
  const right = counted.filter((match) => match.overlap > 0);
  const objects = judged.reduce((n, { truth }) => n + truth.length, 0);
  const { value, classes } = meanArea(judged);
  const rng = new Rng('detection');
  const drawn = Array.from({ length: judged.length > 1 ? resamples : 0 }, () => {
    const sample = judged.map(() => judged[rng.int(judged.length)] as Judged);
    return meanArea(sample).value;
  }).sort((a, b) => a - b);
  const at = (q: number, other: number): number => drawn[Math.round(q * (drawn.length - 1))] ?? other;
  return {
    precision: proportion(right.length, counted.length),
    recall: proportion(right.length, objects),
    meanAveragePrecision: { value, low: at(0.025, 0), high: at(0.975, 1), n: images.length },
    meanOverlap: right.length ? right.reduce((sum, match) => sum + match.overlap, 0) / right.length : 0,
    classes,
  };
}
