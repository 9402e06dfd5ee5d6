// What recipes of systems inside the decoder share: the shipped parts, the data of both stages, and their benchmark.

import { worldVqa } from '../../src/evaluate/index.js';
import { clipVision, llama } from '../../src/networks/index.js';
import { type StageSpec, stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { ofWorld, type ZooOptions } from './zoo.js';

/** Sizes of world-clip and world-llama, which the recipes begin with. */
export const vision = () =>
  clipVision({ imageSize: 64, patchSize: 8, width: 128, layers: 3, heads: 4, stem: [32, 64], stemNorm: true, featureLayer: -1 });
export const language = () => llama({ width: 128, layers: 4, heads: 4, feedForward: 384, positions: 256 });
export const FROM = { vision: 'models/world-clip', language: 'models/world-llama' } as const;

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
