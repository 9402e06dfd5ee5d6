// Shared by recipes that join the shipped parts: data and settings of both stages, and their benchmark.

import { worldVqa } from '../../src/evaluate/index.js';
import { type StageSpec, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { ofWorld, type ZooOptions } from './zoo.js';

/** Questions about held-out scenes, all kinds together. */
export const VQA: Pick<ZooOptions, 'benchmark' | 'score' | 'rows'> = { benchmark: ofWorld(worldVqa), score: 'pooled', rows: 100 };

/** Lists of look-ups, by which a connector learns to tell what stands where. */
export const align = (train: readonly string[], steps: number, more: Record<string, unknown> = {}): StageSpec =>
  stage.pretrain({
    name: 'align',
    train: [...train],
    data: world.instructions({ scenes: 200_000, seed: 3, lists: 1 }),
    steps,
    batch: 16,
    lr: 3e-3,
    maxLength: 208,
    ...more,
  });

/** Conversations about scenes. */
export const instruct = (train: readonly string[], steps: number, more: Record<string, unknown> = {}): StageSpec =>
  stage.instruct({
    train: [...train],
    data: world.instructions({
      scenes: 400_000,
      seed: 4,
      turns: 13,
      types: ['existence', 'existence', 'color', 'count', 'relation', 'text'],
      captions: 0.15,
      lists: 0.3,
    }),
    steps,
    batch: 10,
    lr: 1.5e-3,
    betas: [0.9, 0.98],
    weightDecay: 0.02,
    minRatio: 0.03,
    maxLength: 256,
    ...more,
  });
