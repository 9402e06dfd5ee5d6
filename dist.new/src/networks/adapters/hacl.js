// HACL's head: what the decoder makes of an image and of a caption, projected to one space where the contrastive loss compares them.
import { z } from 'zod';
import { normalize, Parameter } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { defineAdapter } from './registry.js';
/** Bounds of the temperature (Li et al. 2021, ALBEF, whose losses HACL takes up). */
const [LEAST, MOST] = [0.001, 0.5];
/** Projections of the last hidden states of images and texts, and the temperature of their comparison. Nothing that is generated depends on it. */
export class HaclHead extends Module {
    features;
    image_proj;
    text_proj;
    temperature = new Parameter([1], init.fill(0.07));
    constructor(width, 
    /** Numbers of a feature. */
    features) {
        super();
        this.features = features;
        this.image_proj = new Linear(width, features);
        this.text_proj = new Linear(width, features);
    }
    /** states: [n, width] -> features of length 1, [n, features]. */
    image(states) {
        return this.trace(() => normalize(this.image_proj.forward(states)));
    }
    /** states: [n, width] -> features of length 1, [n, features]. */
    text(states) {
        return this.trace(() => normalize(this.text_proj.forward(states)));
    }
    /** The temperature within its bounds: [1]. */
    bounded() {
        return this.trace(() => this.temperature.clip(LEAST, MOST));
    }
}
/** The head that `stage.hacl` needs (Jiang et al. 2023, arXiv:2312.06968). `features`: numbers of a feature, default 256. */
export const hacl = defineAdapter({
    kind: 'hacl',
    options: z.object({ features: z.number().int().positive().default(256) }),
    end: ({ features }, { width }) => new HaclHead(width, features),
});
//# sourceMappingURL=hacl.js.map