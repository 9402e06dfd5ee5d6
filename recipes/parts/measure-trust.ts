// What a stage changed of what its model makes up: CHAIR-i at equal coverage before and after, on scenes of other seeds than it learned from.

import type { FinishContext } from '../../src/cli/recipe-module.js';
import { trustModelOf } from '../../src/cli/trust-models.js';
import { worldScenes } from '../../src/evaluate/world-source.js';
import { Mllm } from '../../src/generate/mllm.js';
import { type OpenedState, saveTrained } from '../../src/train/index.js';
import { otherModel, overSeeds, type SeededBench, trustBench, worldImages } from '../../src/trust/index.js';
import { packageRoot } from '../../src/util/package.js';
import { loadSprites } from '../../src/world/index.js';
import { BIASED } from '../biased.js';
import { commitOf, machine } from './provenance.js';

/** What is measured. */
export interface TrustMeasure {
  /** Of the recipe and of its file in `results`. */
  name: string;
  what: string;
  /** Of the scenes. Default: those where the biased model makes things up. */
  dials?: { prior: number; evidence: number };
  /** Scenes of each seed. Default 60. */
  n?: number;
  /** Default 201, 202, 203: none of them is trained on. */
  seeds?: readonly number[];
}

/** Scenes of the same evidence whose objects do not go together: where the biased model makes things up. */
const DIALS = { prior: 0.2, evidence: BIASED.evidence } as const;

/** Saves what was trained, measures it beside the model that it began with, and writes `results/NAME.json`. */
export async function measureTrust({ result, dir, signal, note, publish }: FinishContext, o: TrustMeasure): Promise<void> {
  const state = result.state as OpenedState;
  const saved = await saveTrained(state, dir);
  const { n = 60, seeds = [201, 202, 203], dials = DIALS } = o;
  const before = await Mllm.load(state.model.dir, { signal });
  const after = Mllm.of(state.trained());
  const runs: SeededBench[] = [];
  try {
    const sprites = await loadSprites();
    for (const seed of seeds) {
      const images = worldImages(worldScenes(sprites, { ...dials, split: 'test', seed }));
      const bench = await trustBench({
        ...{ model: trustModelOf(before), images, n, signal, now: () => performance.now() },
        methods: [otherModel('after', trustModelOf(after), `${saved}, greedy.`)],
      });
      runs.push({ seed, ...bench });
      const { pair } = bench.rows[1] ?? {};
      if (pair) {
        const { base, own, coverage } = pair;
        const interval = `${own.changeLow.toFixed(3)} to ${own.changeHigh.toFixed(3)}`;
        note(
          `seed ${seed}, coverage ${coverage.toFixed(2)}: CHAIR-i ${base.chair.toFixed(3)} before, ${own.chair.toFixed(3)} after (change ${interval})`,
        );
      }
    }
  } finally {
    before.dispose();
    after.dispose();
  }
  const report = {
    what: o.what,
    command: `sensorium train recipes/${o.name}.ts --out runs/${o.name} model=${state.model.dir}`,
    commit: commitOf(packageRoot()),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    world: `scene world, ${JSON.stringify({ ...dials, split: 'test' })}`,
    ...{ seeds, n },
    training: { seconds: result.seconds, stages: result.summaries },
    over: overSeeds(runs),
    runs,
  };
  await publish(`${o.name}.json`, `${JSON.stringify(report, null, 2)}\n`);
}
