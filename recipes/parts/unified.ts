// Unified in-context generation, measured: words by exact match, masks by their overlap with the truth, recolored pictures by world-detector and by their color.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { meanInterval, proportion, type Score } from '../../src/evaluate/index.js';
import type { Mllm } from '../../src/generate/mllm.js';
import { encodePng, type RgbImage } from '../../src/media/index.js';
import { turnsOf, type UnifiedEpisode, UnifiedEpisodes, type UnifiedExample, type UnifiedTask } from '../../src/reason/index.js';
import { TrainedDetector } from '../../src/trust/index.js';
import { throwIfAborted } from '../../src/util/errors.js';
import { writeAtomic } from '../../src/util/fs.js';
import { CATEGORIES, TINTS } from '../../src/world/index.js';
import { shipped } from '../quickstart.js';

/** Intersection over union of two masks of 0 and 1; 1 where both are empty. */
export function overlap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    if (a[i] && b[i]) both++;
    if (a[i] || b[i]) either++;
  }
  return either === 0 ? 1 : both / either;
}

/** How the prompts of a row of results are made. `blind`: gray in place of the query; `shuffled`: every answer is one of another episode. */
export interface UnifiedRow {
  shots: number;
  kind?: 'blind' | 'shuffled';
}

/** Rows that are measured: the first is the score. */
export const UNIFIED_ROWS: readonly UnifiedRow[] = [
  { shots: 2 },
  { shots: 1 },
  { shots: 0 },
  { shots: 2, kind: 'blind' },
  { shots: 2, kind: 'shuffled' },
];

const titled = (name: string, { shots, kind }: UnifiedRow): string => `${name}, ${shots} shots${kind ? `, ${kind}` : ''}`;

const gray = ({ width, height }: RgbImage): RgbImage => ({ width, height, data: new Uint8Array(3 * width * height).fill(128) });

/** The examples that a prompt shows: of `shuffled` with answers of later episodes, whatever their tasks are. */
function shown(episodes: UnifiedEpisodes, episode: UnifiedEpisode, index: number, { kind }: UnifiedRow): UnifiedExample[] {
  if (kind !== 'shuffled') return episode.support;
  return episode.support.map((one, k) => ({ ...one, answer: episodes.at(index + 1000 * (k + 1), { shots: 0 }).query.answer }));
}

/** The tint whose color is nearest to the mean of a picture's pixels under a mask. */
function tintOf({ data }: RgbImage, mask: Uint8Array): number {
  const sum = [0, 0, 0];
  let n = 0;
  for (let i = 0; i < mask.length; i++)
    if (mask[i]) {
      n++;
      for (let c = 0; c < 3; c++) sum[c] = (sum[c] as number) + (data[3 * i + c] as number);
    }
  const direction = (rgb: readonly number[]): number[] => {
    const mean = rgb.reduce((a, b) => a + b, 0) / 3;
    return rgb.map((v) => v - mean);
  };
  const own = direction(sum.map((v) => v / Math.max(n, 1)));
  const length = Math.hypot(...own);
  // Shades of a drawing go from dark to light: colors are compared by direction, gray by having none.
  if (length < 15) return TINTS.findIndex(({ id }) => id === 'gray');
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  for (const [t, { id, rgb }] of TINTS.entries()) {
    if (id === 'gray') continue;
    const other = direction(rgb);
    const cosine = own.reduce((s, v, c) => s + v * (other[c] as number), 0) / (length * Math.hypot(...other));
    if (cosine > most) [best, most] = [t, cosine];
  }
  return best;
}

/** Drawings that are kept as files. */
const KEPT = 12;

/** An object counts from this score of the detector on. */
const THRESHOLD = 0.5;

/** Replies to `n` held-out episodes of a task in the form of a row. */
async function* replies(model: Mllm, episodes: UnifiedEpisodes, task: UnifiedTask, row: UnifiedRow, o: { n: number; signal: AbortSignal }) {
  for (let i = 0; i < o.n; i++) {
    throwIfAborted(o.signal);
    const episode = episodes.at(i, { shots: row.shots, task });
    const { query } = episode;
    const image = row.kind === 'blind' ? gray(query.image) : query.image;
    const messages = [
      ...turnsOf(shown(episodes, episode, i, row)),
      { role: 'user' as const, content: [{ type: 'image' as const, source: image }] },
    ];
    yield { i, episode, reply: await model.reply({ messages, maxTokens: 8, temperature: 0, signal: o.signal }) };
  }
}

/**
 * Scores of every row: `text accuracy` (names and colors, exact), `mean IoU` of masks (0 where the reply has no picture), `recolored`: pictures in which
 * world-detector finds the thing, and whose color is the one of the demonstrations. The first pictures go to `DIR/drawings`.
 */
export async function measureUnified(model: Mllm, { dir, n, signal }: { dir: string; n: number; signal: AbortSignal }): Promise<Score[]> {
  const episodes = await UnifiedEpisodes.open({ split: 'test', seed: 611 });
  const detector = await TrainedDetector.load(shipped('world-detector'), { signal });
  await mkdir(join(dir, 'drawings'), { recursive: true });
  const keep = async (i: number, task: string, row: UnifiedRow, image: RgbImage | undefined): Promise<void> => {
    if (i < KEPT && image && row.shots === 2 && !row.kind)
      await writeAtomic(join(dir, 'drawings', `${task} ${i + 1}.png`), await encodePng(image));
  };
  const scores: Score[] = [];
  try {
    for (const row of UNIFIED_ROWS) {
      const right: Record<'name' | 'color', number> = { name: 0, color: 0 };
      for (const task of ['name', 'color'] as const)
        for await (const { episode, reply } of replies(model, episodes, task, row, { n, signal }))
          if (reply.text.trim() === episode.query.answer) right[task]++;
      scores.push(
        { name: titled('text accuracy', row), ...proportion(right.name + right.color, 2 * n), better: 'higher' },
        { name: titled('names', row), ...proportion(right.name, n), better: 'higher', detail: true },
        { name: titled('colors', row), ...proportion(right.color, n), better: 'higher', detail: true },
      );
      const overlaps: number[] = [];
      for await (const { i, episode, reply } of replies(model, episodes, 'segment', row, { n, signal })) {
        const image = reply.images?.[0];
        const mask = episodes.mask(episode.query.scene);
        overlaps.push(
          image
            ? overlap(
                mask.map((_, k) => ((image.data[3 * k] as number) > 127 ? 1 : 0)),
                mask,
              )
            : 0,
        );
        await keep(i, 'segment', row, image);
      }
      scores.push({ name: titled('mean IoU', row), ...meanInterval(overlaps), n, better: 'higher' });
      let [found, tinted] = [0, 0];
      for await (const { i, episode, reply } of replies(model, episodes, 'recolor', row, { n, signal })) {
        const image = reply.images?.[0];
        if (!image) continue;
        const objects = await detector.detect({ type: 'image', source: image }, { signal });
        const { category } = episode.query.scene.objects[0] as UnifiedEpisode['query']['scene']['objects'][number];
        if (objects.some(({ label, score }) => score >= THRESHOLD && label === CATEGORIES[category]?.id)) found++;
        if (tintOf(image, episodes.mask(episode.query.scene)) === episode.tint) tinted++;
        await keep(i, 'recolor', row, image);
      }
      scores.push(
        { name: titled('recolored: the thing is found', row), ...proportion(found, n), better: 'higher' },
        { name: titled('recolored: in the color of the demonstrations', row), ...proportion(tinted, n), better: 'higher' },
      );
    }
  } finally {
    detector.dispose();
  }
  return scores;
}
