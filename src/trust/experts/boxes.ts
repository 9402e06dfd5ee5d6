// Boxes that detectors give: how far two are the same, and the best of those that are.

import type { TruthBox } from '../truth.js';
import type { Detection } from '../verifier.js';

/** Intersection over union of two boxes. */
export function boxIou(a: TruthBox, b: TruthBox): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: TruthBox): number => (box[2] - box[0]) * (box[3] - box[1]);
  const both = width * height;
  return both / (area(a) + area(b) - both);
}

/** Non-maximum suppression within each label: of boxes that overlap by `iou` or more the one with the highest score stays. Best first. */
export function suppress(found: readonly Detection[], iou = 0.5): Detection[] {
  const kept: Detection[] = [];
  for (const one of [...found].sort((a, b) => b.score - a.score))
    if (!kept.some((other) => other.label === one.label && boxIou(other.box, one.box) >= iou)) kept.push(one);
  return kept;
}

/** A box within an image of a size; undefined where nothing of it is left. */
export function clipBox(box: TruthBox, [width, height]: readonly [number, number]): TruthBox | undefined {
  const x = (v: number): number => Math.min(width, Math.max(0, v));
  const y = (v: number): number => Math.min(height, Math.max(0, v));
  const clipped: TruthBox = [x(box[0]), y(box[1]), x(box[2]), y(box[3])];
  return clipped[2] - clipped[0] >= 1 && clipped[3] - clipped[1] >= 1 ? clipped : undefined;
}
