// A vision tower as a part of another model: the `vision_config` of a multimodal config, which names its family by model_type.

import { z } from 'zod';
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

/**
 * The config of any vision tower, of `type` where it does not say. What it leaves out are the defaults of its class; `whole` is the tower of
 * a config that has none at all.
 */
export const visionConfig = (type: keyof typeof towers, whole: Readonly<Record<string, unknown>> = {}) =>
  z
    .unknown()
    .prefault(whole)
    .transform((raw, context): VisionConfig => {
      const given = (raw ?? whole) as Record<string, unknown>;
      const model_type = given.model_type ?? type;
      const schema = typeof model_type === 'string' && Object.hasOwn(towers, model_type) ? towers[model_type] : undefined;
      if (!schema) {
        context.issues.push({ code: 'invalid_value', values: Object.keys(towers), path: ['model_type'], input: model_type });
        return z.NEVER;
      }
      const read = schema.safeParse({ ...given, model_type }, { reportInput: true });
      if (read.success) return read.data;
      for (const issue of read.error.issues) context.issues.push({ ...issue, input: issue.input } as z.core.$ZodRawIssue);
      return z.NEVER;
    });

/** The tower of a config that `visionConfig` read. */
export function buildVision(config: VisionConfig): VisionTower {
  return config.model_type === 'siglip_vision_model' ? new SiglipVision(config) : new ClipVision(config);
}
