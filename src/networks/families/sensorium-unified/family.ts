// The rows of tokenizers of images, and of decoders over words and codes of images.

import { defineFamily } from '../../family.js';
import { VqVae, vqVaeConfig } from '../../generators/vq-vae.js';
import { tiedLlavaHead } from '../llava/config.js';
import { UnifiedNetwork, unifiedConfig } from './network.js';
import { unifiedProcessor } from './processor.js';

/** A tokenizer of images by itself. */
export const sensoriumVqVaeFamily = defineFamily({
  modelType: 'sensorium_vq_vae',
  architectures: ['SensoriumVqVae'],
  kind: 'encoder',
  config: vqVaeConfig,
  build: (c) => new VqVae(c),
});

/** A VQ-VAE and a decoder with one vocabulary. */
export const sensoriumUnifiedFamily = defineFamily({
  modelType: 'sensorium_unified',
  architectures: ['SensoriumForUnifiedGeneration'],
  kind: 'multimodal',
  config: unifiedConfig,
  build: (c) => new UnifiedNetwork(c),
  tied: tiedLlavaHead,
  processor: unifiedProcessor,
});
