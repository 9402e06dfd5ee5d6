// Sweeps: the product of some overrides, and what their runs say when they are compared: means over seeds, intervals, paired tests.

import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';

/** One combination of a sweep. */
export interface SweepPoint {
  /** `connector=mlp,lr=1e-3`: what it changes, without the seed. */
  setting: string;
  seed: string;
  /** All of its overrides. */
  overrides: readonly string[];
  /** Name of its folder. */
  folder: string;
}

/** Runs that a sweep may have at most. */
const MOST = 1000;

/**
 * The product of overrides with several values: `connector=linear,mlp seed=1,2` makes four. Values with commas of their own are written as
 * JSON, `betas=[0.9,0.98]`. Errors: `train.sweep` for words without a value, keys given twice and products of more than 1,000.
 */
export function sweepPoints(words: readonly string[]): SweepPoint[] {
  const axes = words.map((word): [string, string[]] => {
    const at = word.indexOf('=');
    const values = at < 1 ? [] : splitValues(word.slice(at + 1));
    if (values.length === 0 || values.includes(''))
      throw new SensoriumError('train.sweep', 'a sweep needs keys with values', { expected: 'key=value,value', got: word });
    return [word.slice(0, at), values];
  });
  const repeated = axes.find(([key, values], i) => axes.findIndex(([k]) => k === key) !== i || new Set(values).size < values.length);
  if (repeated) throw new SensoriumError('train.sweep', 'a key or value of the sweep is given twice', { place: repeated[0] });
  const count = axes.reduce((n, [, values]) => n * values.length, 1);
  if (count > MOST)
    throw new SensoriumError('train.sweep', 'the sweep is too large', { expected: `at most ${MOST} runs`, got: String(count) });
  let points: [string, string][][] = [[]];
  for (const [key, values] of axes) points = points.flatMap((point) => values.map((value): [string, string][] => [...point, [key, value]]));
  return points.map((point) => {
    const text = (pairs: readonly [string, string][]): string => pairs.map(([k, v]) => `${k}=${v}`).join(',');
    const varied = point.filter((_, i) => (axes[i] as [string, string[]])[1].length > 1);
    return {
      setting: text(varied.filter(([key]) => key !== 'seed')) || 'as it stands',
      seed: point.find(([key]) => key === 'seed')?.[1] ?? '',
      overrides: point.map(([k, v]) => `${k}=${v}`),
      folder: (text(varied) || 'run').replace(/[^\w.,=+-]+/g, '_'),
    };
  });
}

/** Parts between commas; commas inside brackets and braces do not count. */
function splitValues(text: string): string[] {
  const out = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '[' || c === '{') depth++;
    if (c === ']' || c === '}') depth--;
    if (c === ',' && depth === 0) out.push('');
    else out[out.length - 1] += c;
  }
  return out.map((part) => part.trim());
}

/** What a run measured, by name. */
export type Metrics = Readonly<Record<string, number>>;

/** One metric of one setting over its seeds. */
export interface SweepScore {
  setting: string;
  metric: string;
  n: number;
  mean: number;
  /** 95 % interval of the mean by Student's t; undefined for a single run. */
  low?: number;
  high?: number;
  values: number[];
  /** Against the first setting over the seeds that both have: mean difference and the two-sided p of the sign-flip test. */
  paired?: { n: number; difference: number; p: number };
}

/** A run as comparisons take it. */
type Compared = Pick<SweepPoint, 'setting' | 'seed'> & { metrics: Metrics };

/**
 * Runs that measured the same to the bit as an earlier one of their setting, with its seed. A recipe whose weights are all there and whose rows come in
 * order is the same run for every seed, and several of it are no more evidence than one.
 */
export function repeatedRuns<R extends Compared>(runs: readonly R[]): { run: R; as: string }[] {
  const first = new Map<string, string>();
  return runs.flatMap((run) => {
    if (Object.keys(run.metrics).length === 0) return [];
    const key = JSON.stringify([run.setting, run.metrics]);
    const as = first.get(key);
    if (as !== undefined && as !== run.seed) return [{ run, as }];
    first.set(key, run.seed);
    return [];
  });
}

/**
 * Compares the settings of a sweep, in the order of their first runs. Metrics that a run does not have are left out of it; runs that a seed did not
 * change count once.
 */
export function compareSweep(given: readonly Compared[]): SweepScore[] {
  const repeated = new Set(repeatedRuns(given).map(({ run }) => run));
  const runs = given.filter((run) => !repeated.has(run));
  const settings = [...new Set(runs.map((run) => run.setting))];
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const of = (setting: string, metric: string): Map<string, number> =>
    new Map(
      runs.flatMap((run): [string, number][] => {
        const value = run.metrics[metric];
        return run.setting === setting && value !== undefined && Number.isFinite(value) ? [[run.seed, value]] : [];
      }),
    );
  return metrics.flatMap((metric) => {
    const first = of(settings[0] as string, metric);
    return settings.flatMap((setting, i): SweepScore[] => {
      const own = of(setting, metric);
      if (own.size === 0) return [];
      const values = [...own.values()];
      const differences = [...own].flatMap(([seed, value]) => (first.has(seed) ? [value - (first.get(seed) as number)] : []));
      const paired =
        i > 0 && differences.length > 0
          ? { paired: { n: differences.length, difference: meanOf(differences), p: signFlipTest(differences) } }
          : {};
      return [{ setting, metric, n: values.length, ...studentInterval(values), values, ...paired }];
    });
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** The mean of some values with its 95 % interval by Student's t, which a single value does not have. */
export function studentInterval(values: readonly number[]): { mean: number; low?: number; high?: number } {
  const n = values.length;
  const mean = meanOf(values);
  if (n < 2) return { mean };
  const deviation = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1));
  const half = ((T[n - 2] ?? 2.042) * deviation) / Math.sqrt(n);
  return { mean, low: mean - half, high: mean + half };
}

/**
 * Two-sided p of paired differences under random signs (Fisher 1935): exact up to 16 pairs, else 65,536 draws of a fixed seed. With n pairs no
 * p is below 2 / 2^n: three seeds cannot show more than p = 0.25.
 */
export function signFlipTest(differences: readonly number[]): number {
  const n = differences.length;
  const seen = Math.abs(meanOf(differences)) * n - 1e-12;
  const draws = 2 ** Math.min(n, 16);
  const rng = new Rng(0).fork('sign-flip');
  let extreme = 0;
  for (let i = 0; i < draws; i++) {
    const signs = (k: number): boolean => (n <= 16 ? ((i >> k) & 1) === 1 : rng.int(2) === 1);
    const sum = differences.reduce((s, d, k) => s + (signs(k) ? d : -d), 0);
    if (Math.abs(sum) >= seen) extreme++;
  }
  return extreme / draws;
}
