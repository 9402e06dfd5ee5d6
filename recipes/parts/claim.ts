// What the experiments on claims share: a model of the scene world that goes on learning, and what is measured of each run of a sweep.

import type { FinishContext, SweepContext } from '../../src/cli/recipe-module.js';
import type { SceneSource, TrainedModel } from '../../src/train/index.js';
import { studentInterval } from '../../src/train/sweep.js';
import { packageRoot } from '../../src/util/package.js';
import { Rng } from '../../src/util/rng.js';
import { type MeasureOptions, measureAndReport } from './measure.js';
import { commitOf, machine } from './provenance.js';

/** The `finish` of a claim: POPE and the questions of the scene world, 200 rows of each kind, from one split and language. */
export function measured(
  title: string,
  o: Partial<Pick<MeasureOptions, 'over' | 'more' | 'benches' | 'baselines' | 'world' | 'command'>> = {},
) {
  return async ({ result, dir, signal }: FinishContext): Promise<void> => {
    await measureAndReport({
      title,
      dir,
      state: result.state as TrainedModel,
      summaries: result.summaries,
      command: `sensorium train recipes/claims/${title}.ts`,
      seed: 0,
      counts: { pope: 200, vqa: 200 },
      benches: ['pope', 'vqa'],
      baselines: false,
      trainSeconds: result.seconds,
      signal,
      ...o,
    });
  };
}

/** Questions of the scene world that need the image, and POPE; names as a sweep has them. */
export const QUESTIONS = ['VQA existence', 'VQA color', 'VQA count', 'VQA relation'];
export const POPE = ['POPE accuracy, random', 'POPE accuracy, popular', 'POPE accuracy, adversarial'];

/** A side of a comparison: the mean of some metrics of the runs of a variant. */
export interface ClaimSide {
  variant: string;
  metrics: readonly string[];
}

/**
 * What must hold of the difference of two sides over the seeds, for its 95 % interval: `above` a margin, `within` it on both sides of 0, or
 * `at least` that far (a small loss is allowed: a negative margin).
 */
export interface ClaimCheck {
  says: string;
  of: ClaimSide;
  than: ClaimSide;
  rule: 'above' | 'within' | 'at least';
  margin: number;
}

/** A check with what was measured: the difference of each seed that has both sides. Without any nothing is known. */
export interface CheckedClaim extends ClaimCheck {
  seeds: string[];
  differences: number[];
  mean?: number;
  low?: number;
  high?: number;
}

/** A claim with its experiment, as `results/claims/NAME.json`; `scripts/claims.mjs` makes docs/claims.md of them. */
export interface ClaimResult {
  name: string;
  claim: string;
  experiment: string;
  world: string;
  command: string;
  commit?: string;
  date: string;
  machine: string;
  checks: CheckedClaim[];
  runs: { setting: string; seed: string; seconds: number; metrics: Readonly<Record<string, number>> }[];
}

/** Compares the runs of a sweep as a claim wants it. */
export function checkClaim(checks: readonly ClaimCheck[], runs: SweepContext['runs']): CheckedClaim[] {
  const value = ({ variant, metrics }: ClaimSide, seed: string): number | undefined => {
    const found = runs.find((run) => run.setting === `variant=${variant}` && run.seed === seed)?.metrics;
    const values = metrics.map((name) => found?.[name]);
    return values.every((v) => v !== undefined) ? values.reduce((a, b) => a + b, 0) / values.length : undefined;
  };
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  return checks.map((check) => {
    const pairs = seeds.flatMap((seed) => {
      const [a, b] = [value(check.of, seed), value(check.than, seed)];
      return a === undefined || b === undefined ? [] : [{ seed, difference: a - b }];
    });
    const differences = pairs.map(({ difference }) => difference);
    const about = differences.length > 0 ? studentInterval(differences) : {};
    return { ...check, seeds: pairs.map(({ seed }) => seed), differences, ...about };
  });
}

/** The `finishSweep` of a claim: compares the runs and writes `results/claims/NAME.json`. */
export function claimed(
  name: string,
  { claim, experiment, checks }: Pick<ClaimResult, 'claim' | 'experiment'> & { checks: readonly ClaimCheck[] },
) {
  return async ({ command, runs, note, publish }: SweepContext): Promise<void> => {
    const result: ClaimResult = {
      ...{ name, claim, experiment, world: 'scene world', command },
      commit: commitOf(packageRoot()),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      checks: checkClaim(checks, runs),
      runs: runs.map(({ setting, seed, seconds, metrics }) => ({ setting, seed, seconds: Math.round(seconds), metrics })),
    };
    await publish(`claims/${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
    for (const { says, mean, low, high } of result.checks)
      note(
        `${says}: ${mean === undefined ? 'not measured' : `${mean.toFixed(3)} (${low?.toFixed(3) ?? '-'} to ${high?.toFixed(3) ?? '-'})`}`,
      );
    note('docs/claims.md: node scripts/claims.mjs');
  };
}

/** Options of a short tuning of sensorium-tiny; shuffled, since its weights are all there and only the order of rows is left to a seed. */
export const SHORT = {
  shuffle: true,
  steps: 150,
  batch: 10,
  lr: 5e-4,
  betas: [0.9, 0.98] as [number, number],
  weightDecay: 0.02,
  minRatio: 0.05,
};

/** A source of which some rows have the words of the next one, as text found beside an image on the web often does. */
export function mismatched(source: SceneSource, share: number): SceneSource {
  return {
    length: source.length,
    description: { mismatched: share, of: source.description },
    get(index) {
      const row = source.get(index);
      if (!new Rng('mismatched').fork('row', index).bool(share)) return row;
      return { ...source.get((index + 1) % source.length), scene: row.scene };
    },
  };
}

/** Rows of several sources by turns: `[a, a, b]` takes two of `a` for one of `b`. */
export function byTurns(sources: readonly SceneSource[]): SceneSource {
  const n = sources.length;
  return {
    length: Math.min(...sources.map((s) => s.length)) * n,
    description: { byTurns: sources.map((s) => s.description) },
    get: (index) => (sources[index % n] as SceneSource).get(Math.floor(index / n)),
  };
}
