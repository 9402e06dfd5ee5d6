// GPT4Tools (Yang et al. 2023, arXiv:2305.18752): world-llama learns to decide whether a tool is needed, which of those that the prompt lists, and with what.
// Six of ten tools in training do not exist, so the list must be read: `sensorium train recipes/gpt4tools.ts --out runs/gpt4tools`.
// Must show: overall success >= 0.9 on tools that training lists, >= 0.7 on tools that it never lists (results/gpt4tools.json).

import { join } from 'node:path';
import { gpt4toolsPlanner } from '../src/agents/gpt4tools/planner.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import { GPT4TOOLS_TOKENS, toolConversations } from '../src/data/index.js';
import { worldToolsSeen, worldToolsUnseen } from '../src/evaluate/benchmarks/world/tools.js';
import { type BenchResult, responderOf, runBenchmarks, worldScenes } from '../src/evaluate/index.js';
import { Mllm } from '../src/generate/mllm.js';
import { open } from '../src/model/index.js';
import { defineRecipe, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { writeAtomic } from '../src/util/fs.js';
import { packageRoot } from '../src/util/package.js';
import { loadSprites } from '../src/world/index.js';
import { commitOf, machine } from './parts/provenance.js';

/** Rows of each benchmark; half of them calls, a quarter calls about an earlier turn, a quarter talk. */
const ROWS = 200;

/** Saves the model and measures it free and held to the form: `gpt4tools.json` in the run's folder and `results/`. `quick`: few rows. */
export async function finish({ result, dir, signal, note, publish }: FinishContext, quick?: { rows: number }): Promise<void> {
  const model = await Mllm.load(await saveTrained(result.state as OpenedState, dir), { signal });
  const free = await responderOf(model);
  try {
    const scenes = worldScenes(await loadSprites(), { seed: 77, split: 'test', language: 'en' });
    const benchmarks = [worldToolsSeen, worldToolsUnseen].map((of) => of(scenes));
    const n = (quick?.rows ?? ROWS) / 2;
    const measured: Record<string, readonly BenchResult[]> = {
      own: await runBenchmarks({ responder: gpt4toolsPlanner(model), benchmarks, n, signal }),
      'own, without constraints': await runBenchmarks({ responder: free, benchmarks, n, signal }),
    };
    const { summaries, seconds } = result;
    const run = { steps: summaries.reduce((sum, { steps }) => sum + steps, 0), seconds: Math.round(seconds), loss: summaries.at(-1)?.loss };
    const about = {
      command: 'sensorium train recipes/gpt4tools.ts',
      commit: commitOf(packageRoot()),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
    };
    const text = `${JSON.stringify({ name: 'gpt4tools', world: 'scene world', tier: 'own', ...about, training: run, measured }, null, 2)}\n`;
    await writeAtomic(join(dir, 'gpt4tools.json'), text);
    await publish('gpt4tools.json', text);
    for (const [how, results] of Object.entries(measured))
      for (const { title, scores } of results)
        for (const { name, value, low, high, detail } of scores.model ?? [])
          if (!detail) note(`${how}: ${title} ${name} ${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`);
  } finally {
    await free.dispose();
    await model.dispose();
  }
}

export default defineRecipe({
  name: 'gpt4tools',
  seed: 0,
  model: open('models/world-llama', { tokens: [...GPT4TOOLS_TOKENS] }),
  stages: [
    stage.instruct({
      name: 'tools',
      train: ['all'],
      steps: 2500,
      batch: 8,
      lr: 1.5e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.03,
      maxLength: 256,
      blindEvery: 0,
      data: toolConversations({ rows: 100_000, seed: 17 }),
    }),
  ],
});
