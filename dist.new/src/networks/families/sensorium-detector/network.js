// A small anchor-free detector: CLIP's vision tower, and for each patch and class whether an object of it is there and how far its sides are.
import { z } from 'zod';
import { softplus } from '../../../graph/index.js';
import { init, Linear, Module } from '../../../nn/index.js';
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
/** Logits begin here: an object of a class is the exception (Lin et al. 2017). */
const PRIOR = -5;
/** Sides begin at about one patch. */
const SIDE = 0.6;
/**
 * What FCOS (Tian et al. 2019) predicts, on a grid of the tower's patches: presence and the distances from the patch's middle to the left,
 * top, right and bottom of the box. Both are of each class apart, since what stands in a container shares its middle; sides are what all classes
 * have in common, which is learnt soon, and what each adds, which begins at nothing.
 */
export class SensoriumDetector extends Module {
    config;
    vision_model;
    class_head;
    box_head;
    class_box_head;
    /** Names of the classes, in order. */
    labels;
    constructor(config) {
        super();
        this.config = config;
        this.labels = Object.keys(config.id2label).map((_, i) => config.id2label[`${i}`]);
        const { hidden_size: width } = config.vision_config;
        this.vision_model = new ClipVision(config.vision_config);
        this.class_head = new Linear(width, this.labels.length, { init: init.normal(0.01) });
        this.box_head = new Linear(width, 4, { init: init.normal(0.01) });
        this.class_box_head = new Linear(width, 4 * this.labels.length, { init: init.zeros });
    }
    /** Patches on a side. */
    get side() {
        return this.vision_model.side;
    }
    /** pixels: [batch, 3, size, size] -> `logits` [batch, patches, classes] and `sides` [batch, patches, classes, 4], in patches, above 0. */
    detect(pixels) {
        return this.trace(() => {
            const patches = this.vision_model.output(pixels).slice({ axis: 1, start: 1 });
            const [batch, n] = [pixels.dim(0), this.vision_model.tokenCount];
            const own = this.class_box_head.forward(patches).reshape([batch, n, this.labels.length, 4]);
            const shared = this.box_head.forward(patches).add(SIDE).reshape([batch, n, 1, 4]);
            return { logits: this.class_head.forward(patches).add(PRIOR), sides: softplus(own.add(shared)) };
        });
    }
}
//# sourceMappingURL=network.js.map