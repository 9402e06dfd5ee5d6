// `sensorium agent --bench NAMES`: benchmarks of the scene world with an agent in place of a model, beside the trivial baselines.

import { type AgentDefinition, agentResponder, type Equipment, type Planner, type Trace } from '../agents/index.js';
import { checkProgram, parseViper, parseVisprog } from '../agents/programs/index.js';
import { WORLD_BENCHMARKS, WORLD_FORMS, WORLD_OWN } from '../evaluate/benchmarks/index.js';
import { runBenchmarks } from '../evaluate/runner.js';
import { worldScenes } from '../evaluate/world-source.js';
import { loadSprites } from '../world/render.js';
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';

/** What is measured. */
export interface AgentBenchOptions {
  benches: readonly string[];
  agent: AgentDefinition;
  planner: Planner;
  equipment: Equipment;
  /** Rows of each kind. */
  n?: number;
  seed?: number;
  split?: 'test' | 'test-style' | 'test-pairs' | 'test-tints' | 'test-backgrounds';
  budget?: object;
  /** Also over the mean image. */
  baselines?: boolean;
  signal?: AbortSignal;
  onTrace?: (trace: Trace) => void;
}

/** The program that a trace shows, if it shows one: whether it is valid. */
function valid({ steps, agent }: Trace): boolean | undefined {
  const program = steps.findLast(({ kind, name }) => kind === 'thought' && name === 'program');
  if (!program) return undefined;
  try {
    checkProgram((agent === 'viper' ? parseViper : parseVisprog)(program.text ?? ''));
    return true;
  } catch {
    return false; // that is what is counted
  }
}

/** Runs the benchmarks. Errors: a usage error for a name that there is not, those of `runBenchmarks`. */
export async function agentBench(o: AgentBenchOptions) {
  const { agent, planner, equipment, n, seed = 0, split = 'test', budget, signal, baselines = false } = o;
  const scenes = worldScenes(await loadSprites(), { seed, split });
  const all = [...WORLD_BENCHMARKS, ...WORLD_FORMS, ...WORLD_OWN].map((open) => open(scenes));
  const benchmarks = o.benches.map((name) => {
    const found = all.find((one) => one.name === name);
    if (found) return found;
    throw usageError('there is no such benchmark', {
      place: '--bench',
      got: name,
      hint: didYouMean(
        name,
        all.map((one) => one.name),
      ),
    });
  });
  const programs = { valid: 0, n: 0 };
  const responder = agentResponder(agent, {
    planner,
    equipment,
    budget,
    onResult: ({ trace }) => {
      const sound = valid(trace);
      if (sound !== undefined) programs.n++;
      if (sound) programs.valid++;
      o.onTrace?.(trace);
    },
  });
  const results = await runBenchmarks({ benchmarks, responder, n, seed, baselines, signal });
  return {
    agent: agent.name,
    tier: planner.tier,
    planner: planner.name,
    source: scenes.source.description,
    seed,
    programs,
    failed: responder.counts.failed,
    results,
  };
}
