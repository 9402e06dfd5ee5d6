// Drawings graded by world-detector, which has never seen the generator: whether it finds what was asked for, and what was asked for elsewhere.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { proportion, type Score } from '../../src/evaluate/index.js';
import { encodePng, type RgbImage } from '../../src/media/index.js';
import { drawing } from '../../src/train/index.js';
import { TrainedDetector } from '../../src/trust/index.js';
import { throwIfAborted } from '../../src/util/errors.js';
import { writeAtomic } from '../../src/util/fs.js';
import { CATEGORIES } from '../../src/world/index.js';
import { shipped } from '../quickstart.js';

/** The folder of the generator that recipes lead: SENSORIUM_GENERATOR, else models/world-generator. */
export const worldGenerator = (): string => process.env.SENSORIUM_GENERATOR || shipped('world-generator');

/** A request, and the categories that it asks for. */
export interface Asked {
  text: string;
  labels: readonly string[];
}

/** A text as a request, in one of several wordings by `seed`. */
export function drawingRequest(text: string, seed: number): string {
  const wordings = ['Draw @.', 'Please draw @.', 'Make an image of @.', 'Show me @.', 'A picture of @, please.'];
  return (wordings[seed % wordings.length] as string).replace('@', text);
}

/** Requests over scenes of the split `test`, which no recipe trains on. */
export function asked(n: number): Asked[] {
  return Array.from({ length: n }, (_, i) => {
    const { scene, text } = drawing(i, { seed: 401, split: 'test' });
    return { text, labels: [...new Set(scene.objects.map(({ category }) => CATEGORIES[category]?.id ?? ''))] };
  });
}

/** An object counts from this score of the detector on. */
const THRESHOLD = 0.5;
/** Drawings that are kept as files. */
const KEPT = 16;

/**
 * Draws every request and grades it: whole requests, single objects, and, as the blind row, the objects of the next request with other ones. The first drawings go
 * to `DIR/drawings`.
 */
export async function measureDrawings(
  draw: (text: string, seed: number) => Promise<RgbImage | undefined>,
  requests: readonly Asked[],
  { dir, signal }: { dir: string; signal?: AbortSignal },
): Promise<[present: Score, objects: Score, blind: Score]> {
  const detector = await TrainedDetector.load(shipped('world-detector'), { signal });
  await mkdir(join(dir, 'drawings'), { recursive: true });
  const found: Set<string>[] = [];
  try {
    for (const [i, { text }] of requests.entries()) {
      throwIfAborted(signal);
      const image = await draw(text, i);
      const objects = image ? await detector.detect({ type: 'image', source: image }, { signal }) : [];
      found.push(new Set(objects.flatMap(({ label, score }) => (score >= THRESHOLD ? [label] : []))));
      if (i < KEPT && image) await writeAtomic(join(dir, 'drawings', `${i + 1} ${text}.png`), await encodePng(image));
    }
  } finally {
    detector.dispose();
  }
  const share = (name: string, verdicts: readonly boolean[]): Score => ({
    name,
    ...proportion(verdicts.filter(Boolean).length, verdicts.length),
    better: 'higher',
  });
  const at = (i: number): Set<string> => found[i] as Set<string>;
  /** The next request that asks for nothing of this one's. */
  const other = ({ labels }: Asked, i: number): Asked | undefined =>
    [...requests.slice(i + 1), ...requests.slice(0, i)].find((next) => !next.labels.some((label) => labels.includes(label)));
  return [
    share(
      'all that was asked for is there',
      requests.map(({ labels }, i) => labels.every((label) => at(i).has(label))),
    ),
    share(
      'objects that were asked for are there',
      requests.flatMap(({ labels }, i) => labels.map((label) => at(i).has(label))),
    ),
    share(
      'objects of another request are there',
      requests.flatMap((one, i) => (other(one, i)?.labels ?? []).map((label) => at(i).has(label))),
    ),
  ];
}
