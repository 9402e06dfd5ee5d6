// Shared by recipes about resolution: scenes of 128 pixels with objects of half the usual size, which a tower of 64 pixels sees as a few pixels
// each, and two stages over them.

import { worldVqa } from '../../src/evaluate/index.js';
import type { ConnectorSpec, EncoderSpec } from '../../src/networks/index.js';
import { clipVision, mllm } from '../../src/networks/index.js';
import { stage } from '../../src/train/index.js';
import { world } from '../../src/world/index.js';
import { SHIPPED, worldLlama } from './shipped.js';
import { ofWorld } from './zoo.js';

/** The scenes. */
export const SMALL = { size: 128, scale: 0.5 } as const;

/** world-clip's tower, at 64 pixels. */
export const tower = clipVision({
  ...{ imageSize: 64, patchSize: 8, width: 128, layers: 3, heads: 4, featureLayer: -1 },
  ...{ stem: [32, 64], stemNorm: true },
});

/** Questions about these scenes, with one true answer each. */
export const smallVqa = ofWorld(worldVqa, SMALL);

/** An encoder and a connector before world-llama. */
export const before = (vision: EncoderSpec, connector: ConnectorSpec) => ({
  model: mllm({ vision, connector, language: worldLlama() }),
  from: SHIPPED,
});

/** The connector learns from lists of look-ups, then connector and language model from dialogues; `train`: what of the encoder learns in both. */
export function overSmall(steps: { align: number; instruct: number }, train: readonly string[] = []) {
  const scenes = { ...SMALL, scenes: 400_000 };
  return [
    stage.pretrain({
      ...{ name: 'align', train: ['connector', ...train], steps: steps.align, batch: 12, lr: 3e-3, maxLength: 240 },
      data: world.instructions({ ...scenes, seed: 3, lists: 1 }),
    }),
    stage.instruct({
      ...{ train: ['connector', 'language', ...train], steps: steps.instruct, batch: 10, maxLength: 256 },
      ...{ lr: 1.5e-3, betas: [0.9, 0.98] as [number, number], weightDecay: 0.02, minRatio: 0.03 },
      data: world.instructions({
        ...{ ...scenes, seed: 4, turns: 11, captions: 0.1, lists: 0.3 },
        types: ['existence', 'existence', 'color', 'count', 'relation', 'text'],
      }),
    }),
  ];
}
