// The rows of SigLIP.

import { SiglipVisionModel, siglipVisionConfig } from '../../encoders/siglip-vision.js';
import { defineFamily } from '../../family.js';
import { towerNames } from '../../names.js';
import { Siglip, siglipConfig } from './network.js';

/** The vision tower of SigLIP. */
export const siglipVisionFamily = defineFamily({
  modelType: 'siglip_vision_model',
  architectures: ['SiglipVisionModel'],
  kind: 'encoder',
  config: siglipVisionConfig,
  build: (c) => new SiglipVisionModel(c),
  names: towerNames,
});

/** SigLIP as published, and SigLIP 2 at a fixed resolution, which is of the same class: both towers. */
export const siglipFamily = defineFamily({
  modelType: 'siglip',
  architectures: ['SiglipModel'],
  alsoFor: ['SiglipForImageClassification'],
  kind: 'encoder',
  config: siglipConfig,
  build: (c) => new Siglip(c),
  ignore: () => [/\.embeddings\.position_ids$/, /^classifier\./],
});
