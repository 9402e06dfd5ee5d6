// A vision tower as a part of another model: the `vision_config` of a multimodal config, which names its family by model_type.

import type { z } from 'zod';
import type { Raw } from '../../util/records.js';
import { partConfig } from '../parse-config.js';
import type { VisionTower } from '../parts.js';
import { ClipVision, type ClipVisionConfig, clipVisionConfig } from './clip-vision.js';
import { SiglipVision, type SiglipVisionConfig, siglipVisionConfig } from './siglip-vision.js';

/** The config of any vision tower. */
export type VisionConfig = ClipVisionConfig | SiglipVisionConfig;

const towers: Readonly<Record<string, z.ZodType<VisionConfig>>> = {
  clip_vision_model: clipVisionConfig,
  sensorium_clip_vision_model: clipVisionConfig,
  siglip_vision_model: siglipVisionConfig,
};

/** The config of any vision tower, of `type` where it does not say; see `partConfig`. */
export const visionConfig = (type: keyof typeof towers, whole: Raw = {}) => partConfig(towers, type, whole);

/** The tower of a config that `visionConfig` read. */
export function buildVision(config: VisionConfig): VisionTower {
  return config.model_type === 'siglip_vision_model' ? new SiglipVision(config) : new ClipVision(config);
}
