// The SigLIP tower as an encoder: SigLIP's, and SigLIP 2's of one size, which have the same network (Tschannen et al. 2025).

import type { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { type HeightWidth, imageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { definePictureEncoder, type PictureNetwork, pictureInput } from './pictures.js';
import { SiglipVision, type SiglipVisionConfig, siglipVisionConfig } from './siglip-vision.js';

/** Names as in SiglipVisionModel. Tokens are the normalized ones of the last layer. */
class SiglipEncoder extends Module implements PictureNetwork {
  vision_model: SiglipVision;
  constructor(private readonly config: SiglipVisionConfig) {
    super();
    this.vision_model = new SiglipVision({ ...config, vision_use_head: false }); // nothing is pooled
  }
  get width(): number {
    return this.config.hidden_size;
  }
  get tokenCount(): number {
    return this.vision_model.tokenCount;
  }
  get pictureSize(): HeightWidth {
    return [this.config.image_size, this.config.image_size];
  }
  get grid(): HeightWidth {
    return this.gridAt(this.pictureSize);
  }
  gridAt([height, width]: HeightWidth): HeightWidth {
    const { patch_size: patch } = this.config;
    return [Math.floor(height / patch), Math.floor(width / patch)];
  }
  tokens(pixels: Tensor): Tensor {
    return this.vision_model.tokens(pixels);
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/** A SigLIP tower by the fields of its config.json. */
export const siglipVision = definePictureEncoder<SiglipVisionConfig, z.input<typeof siglipVisionConfig>>('siglip-vision', {
  config: siglipVisionConfig,
  network: (config) => new SiglipEncoder(config),
  images: ({ image_size: side }) =>
    imageProcessor({ image_processor_type: 'SiglipImageProcessor', size: { height: side, width: side } }, 'encoder: images'),
});
