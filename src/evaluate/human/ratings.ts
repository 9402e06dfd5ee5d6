// Ratings of people as scores: each model by itself, models against each other row by row, and how far the raters agree.

import type { Score } from '../benchmark.js';
import { cohenKappa } from '../metrics/kappa.js';
import { krippendorffAlpha } from '../metrics/krippendorff.js';
import { pairedDifference } from '../metrics/paired.js';
import { meanInterval } from '../metrics/resample.js';
import { groupBy, shareOf } from '../scores.js';
import { proportion } from '../wilson.js';
import type { FilledSheets, Rating } from './read-sheet.js';

/** Two models over the rows that both were rated in. */
export interface ModelPair {
  a: string;
  b: string;
  /** Rows in which the first was rated higher on average, the second, and neither. */
  better: number;
  worse: number;
  equal: number;
  /** Share of the uneven rows that the first won, with Wilson's interval. */
  wins: { value: number; low: number; high: number; n: number };
  /** Mean of the second minus that of the first, and the p of the paired randomization test. */
  difference: { difference: number; low: number; high: number; p: number; n: number };
}

/** What the ratings of people amount to. */
export interface HumanScores {
  scale: string;
  raters: string[];
  /** By model. */
  models: Record<string, Score[]>;
  pairs: ModelPair[];
  /** Of all raters (Krippendorff's alpha), and of each two of them (Cohen's kappa). */
  agreement: Score[];
  /** How many cells and rows were left out, by why. */
  faults: Record<string, number>;
}

/** The scores. A row that several people rated counts once, with their mean; the intervals are over rows. */
export function humanScores({ scale, raters, ratings, faults }: FilledSheets): HumanScores {
  const models = [...new Set(ratings.map(({ model }) => model))].sort();
  const values = scale.levels.map(({ value }) => value);
  const range: [number, number] = [Math.min(...values), Math.max(...values)];
  const means = new Map(models.map((model) => [model, rowMeans(ratings.filter((rating) => rating.model === model))]));
  const scoresOf = (model: string): Score[] => {
    const own = ratings.filter((rating) => rating.model === model);
    const rows = [...(means.get(model)?.values() ?? [])];
    return [
      shareOf(scale.goodName, rows, (value) => value >= scale.good, { note: 'of the rows, by the mean of their raters' }),
      ...(scale.measurement === 'nominal'
        ? []
        : [{ name: 'mean', ...meanInterval(rows, range), better: 'higher' as const, note: `${range[0]} to ${range[1]}` }]),
      ...scale.levels.map(({ mark, value }) =>
        shareOf(`rated ${mark}`, own, (rating) => rating.value === value, { detail: true, better: 'neither', note: 'of the ratings' }),
      ),
    ];
  };
  const counts: Record<string, number> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return {
    scale: scale.name,
    raters,
    models: Object.fromEntries(models.map((model) => [model, scoresOf(model)])),
    pairs: models.flatMap((a, i) =>
      models.slice(i + 1).map((b) => pairOf(a, b, means.get(a) as Map<string, number>, means.get(b) as Map<string, number>)),
    ),
    agreement: agreement(ratings, raters, scale),
    faults: counts,
  };
}

/** The mean rating of each row. */
function rowMeans(ratings: readonly Rating[]): Map<string, number> {
  return new Map(
    [...groupBy(ratings, ({ row }) => row)].map(([row, own]) => [row, own.reduce((sum, { value }) => sum + value, 0) / own.length]),
  );
}

function pairOf(a: string, b: string, first: ReadonlyMap<string, number>, second: ReadonlyMap<string, number>): ModelPair {
  const rows = [...first.keys()].filter((row) => second.has(row));
  const [x, y] = [rows.map((row) => first.get(row) as number), rows.map((row) => second.get(row) as number)];
  const better = x.filter((value, i) => value > (y[i] as number)).length;
  const worse = x.filter((value, i) => value < (y[i] as number)).length;
  return {
    a,
    b,
    better,
    worse,
    equal: rows.length - better - worse,
    wins: proportion(better, better + worse),
    difference: pairedDifference(x, y),
  };
}

function agreement(ratings: readonly Rating[], raters: readonly string[], scale: FilledSheets['scale']): Score[] {
  const replyOf = ({ row, model }: Rating): string => JSON.stringify([row, model]);
  const byReply = [...groupBy(ratings, replyOf).values()];
  const alpha = krippendorffAlpha(
    byReply.map((own) => own.map(({ value }) => value)),
    scale.measurement,
  );
  const out: Score[] = [{ name: 'alpha', ...alpha, better: 'higher', note: `Krippendorff, ${scale.measurement}, all raters` }];
  const categories = scale.levels.map(({ value }) => value).sort((p, q) => p - q);
  for (const [i, a] of raters.entries())
    for (const b of raters.slice(i + 1)) {
      const both = byReply.flatMap((own) => {
        const [x, y] = [own.find(({ rater }) => rater === a), own.find(({ rater }) => rater === b)];
        return x && y ? [[x.value, y.value] as const] : [];
      });
      const kappa = cohenKappa<number>(
        both.map(([x]) => x),
        both.map(([, y]) => y),
        { categories, weights: scale.measurement === 'nominal' ? 'none' : 'quadratic' },
      );
      out.push({ name: `kappa, ${a} and ${b}`, ...kappa, better: 'higher', detail: true });
    }
  return out;
}
