// A small anchor-free detector: CLIP's vision tower, and for each patch and class whether an object of it is there and how far its sides are.

import { z } from 'zod';
import { softplus, type Tensor } from '../../../graph/index.js';
import { Linear, Module } from '../../../nn/index.js';
import { ClipVision, clipVisionConfig } from '../../encoders/clip-vision.js';

/** `config.json` of a detector; classes are numbered from 0 without gaps, as `id2label` of transformers. */
export const detectorConfig = z.object({
  model_type: z.literal('sensorium_detector'),
  architectures: z.array(z.string()).default(['SensoriumForObjectDetection']),
  vision_config: clipVisionConfig,
  id2label: z
    .record(z.string().regex(/^\d+$/), z.string().min(1))
    .refine((labels) => Object.keys(labels).every((_, i) => `${i}` in labels) && Object.keys(labels).length > 0, {
      message: 'classes numbered from 0 without gaps',
    }),
});
export type DetectorConfig = z.infer<typeof detectorConfig>;

/** Logits begin here: an object of a class is the exception (Lin et al. 2017). */
const PRIOR = -4;

/**
 * What FCOS (Tian et al. 2019) predicts, on a grid of the tower's patches: presence and the distances from the patch's middle to the left,
 * top, right and bottom of the box. Both are of each class apart: what stands in a container shares its middle.
 */
export class SensoriumDetector extends Module {
  vision_model: ClipVision;
  class_head: Linear;
  box_head: Linear;
  /** Names of the classes, in order. */
  readonly labels: readonly string[];
  constructor(readonly config: DetectorConfig) {
    super();
    this.labels = Object.keys(config.id2label).map((_, i) => config.id2label[`${i}`] as string);
    const { hidden_size: width } = config.vision_config;
    this.vision_model = new ClipVision(config.vision_config);
    this.class_head = new Linear(width, this.labels.length);
    this.box_head = new Linear(width, 4 * this.labels.length);
  }

  /** Patches on a side. */
  get side(): number {
    return this.vision_model.side;
  }

  /** pixels: [batch, 3, size, size] -> `logits` [batch, patches, classes] and `sides` [batch, patches, classes, 4], in patches, above 0. */
  detect(pixels: Tensor): { logits: Tensor; sides: Tensor } {
    return this.trace(() => {
      const patches = this.vision_model.output(pixels).slice({ axis: 1, start: 1 });
      return {
        logits: this.class_head.forward(patches).add(PRIOR),
        sides: softplus(this.box_head.forward(patches)).reshape([pixels.dim(0), this.vision_model.tokenCount, this.labels.length, 4]),
      };
    });
  }
}
