// What the experiments on claims share: a model of the scene world that goes on learning, and what is measured of each run of a sweep.

import type { FinishContext } from '../../src/cli/recipe-module.js';
import type { SceneSource, TrainedModel } from '../../src/train/index.js';
import { Rng } from '../../src/util/rng.js';
import { type MeasureOptions, measureAndReport } from './measure.js';

/** The `finish` of a claim: POPE and the questions of the scene world, 200 rows of each kind, from one split and language. */
export function measured(title: string, o: Pick<MeasureOptions, 'over' | 'more' | 'benches'> = {}) {
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

/** Options of a short tuning of sensorium-tiny. */
export const SHORT = { steps: 150, batch: 10, lr: 5e-4, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, minRatio: 0.05 };

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
