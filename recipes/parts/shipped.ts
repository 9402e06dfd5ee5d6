// The shipped parts that most recipes begin with: their sizes, and the folders that their values come from.

import { clipVision, llama } from '../../src/networks/index.js';

/** The tower of models/world-clip: 64 tokens of 128 channels for 64 x 64 pixels. */
export const worldClip = () =>
  clipVision({ imageSize: 64, patchSize: 8, width: 128, layers: 3, heads: 4, stem: [32, 64], stemNorm: true, featureLayer: -1 });

/** The language model of models/world-llama: width 128, 256 positions. */
export const worldLlama = () => llama({ width: 128, layers: 4, heads: 4, feedForward: 384, positions: 256 });

/** `from` of a recipe that takes both. */
export const SHIPPED = { vision: 'models/world-clip', language: 'models/world-llama' } as const;
