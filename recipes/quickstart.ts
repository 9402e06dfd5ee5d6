// Quickstart: the survey's normal case. A pretrained vision encoder and a pretrained language model (ours), a fresh connector:
// alignment pretraining of the connector on lists of look-ups, then instruction tuning of connector and language model (LLaVA, Liu et al. 2023).
// Must show: POPE F1 random >= 0.90, adversarial >= 0.80; VQA color, count, relation >= 0.75 each; all at least 0.20 above blind.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mllm, mlp } from '../src/networks/index.js';
import { defineRecipe, type Recipe, runRecipe, stage, type TrainedModel } from '../src/train/index.js';
import { SensoriumError } from '../src/util/errors.js';
import { world } from '../src/world/index.js';
import { type LifeEvent, type LifeResult, measureAndReport } from './parts/measure.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';

/** The joined model: world-clip's tower, a connector that makes a token of each of its 64 patches, world-llama. */
export const worldMllm = mllm({
  vision: worldClip(),
  connector: mlp({ depth: 2 }),
  language: worldLlama(),
});

/** The folder of a shipped model. */
export function shipped(name: string): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json')) || dir.endsWith('dist')) dir = dirname(dir);
  const path = join(dir, 'models', name);
  if (!existsSync(join(path, 'config.json')))
    throw new SensoriumError('weights.folder', `the model '${name}' is not there`, {
      place: path,
      hint: 'Clone the repository with its models/ folder, or train it: npm run train:parts',
    });
  return path;
}

export interface JoinOptions {
  vision: string;
  language: string;
  seed?: number;
  /** Of so many scenes, the one with most relations is talked about in instruction tuning. Default 1. */
  candidates?: number;
  pretrain?: Record<string, unknown>;
  instruct?: Record<string, unknown>;
}

/** Alignment and instruction tuning over two trained parts. */
export function joinRecipe(name: string, o: JoinOptions, steps: { pretrain: number; instruct: number }): Recipe {
  const { seed = 0, candidates = 1 } = o;
  return defineRecipe({
    name,
    seed,
    model: worldMllm,
    from: { vision: o.vision, language: o.language },
    stages: [
      stage.pretrain({
        name: 'align',
        train: ['connector'],
        steps: steps.pretrain,
        batch: 16,
        lr: 3e-3,
        maxLength: 208,
        data: world.instructions({ scenes: 200_000, seed: 3, language: 'mixed', chinese: 0.2, lists: 1 }),
        ...o.pretrain,
      }),
      stage.instruct({
        train: ['connector', 'language'],
        steps: steps.instruct,
        batch: 10,
        lr: 1.5e-3,
        betas: [0.9, 0.98],
        weightDecay: 0.02,
        minRatio: 0.03,
        maxLength: 256,
        data: world.instructions({
          scenes: 400_000,
          seed: 4,
          language: 'mixed',
          chinese: 0.2,
          turns: 13,
          types: ['existence', 'existence', 'color', 'count', 'relation', 'text'],
          captions: 0.15,
          lists: 0.3,
          candidates,
        }),
        ...o.instruct,
      }),
    ],
  });
}

/** Steps of the two stages. */
const QUICK = { pretrain: 150, instruct: 1100 };

export interface QuickstartOptions {
  dir: string;
  fromScratch?: boolean;
  signal?: AbortSignal;
  onEvent?: (event: LifeEvent) => void;
}

/** Seconds that a run takes on two ordinary cores. */
export function expectedSeconds({ fromScratch }: { fromScratch: boolean }): number {
  return fromScratch ? 6500 : 400;
}

/** Trains (or resumes), measures, asks, and writes `dir`: model, run.jsonl, report.json, report.html, images. */
export async function quickstart({ dir, fromScratch = false, signal, onEvent }: QuickstartOptions): Promise<LifeResult> {
  let parts: { vision: string; language: string };
  if (fromScratch) {
    const { trainParts } = await import('./parts/train.js');
    parts = await trainParts({ dir, signal, onEvent });
  } else parts = { vision: shipped('world-clip'), language: shipped('world-llama') };
  const result = await runRecipe(joinRecipe('quickstart', parts, QUICK), { dir, resume: true, signal, onEvent });
  return measureAndReport({
    title: 'Quickstart',
    dir,
    state: result.state as TrainedModel,
    summaries: result.summaries,
    command: `npm run quickstart${fromScratch ? ' -- --from-scratch' : ''}`,
    seed: 0,
    counts: { pope: 600, vqa: 200, caption: 100 },
    trainSeconds: result.seconds,
    signal,
    onEvent,
  });
}

export default joinRecipe('quickstart', SHIPPED, QUICK);
