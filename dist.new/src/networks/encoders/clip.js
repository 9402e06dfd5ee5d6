// CLIP: a vision tower and a text tower with a shared space, under the names of Hugging Face's CLIPModel.
import { z } from 'zod';
import { constant, crossEntropy, normalize, Parameter } from '../../graph/index.js';
import { init, Linear, Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { isRecord } from '../../util/records.js';
import { ClipText, clipTextConfig } from './clip-text.js';
import { ClipVision, clipVisionConfig } from './clip-vision.js';
/**
 * Files of transformers before 4.26 may have the parts a second time, as `text_config_dict` and `vision_config_dict`: these count, completed
 * by the defaults of their classes.
 */
function completed(raw) {
    if (!isRecord(raw))
        return raw;
    const part = (key, schema) => {
        const [given, older] = [raw[key] ?? {}, raw[`${key}_dict`]];
        if (!isRecord(older) || !isRecord(given))
            return given;
        const whole = schema.safeParse(older);
        return { ...given, ...(whole.success ? whole.data : older) };
    };
    return { ...raw, text_config: part('text_config', clipTextConfig), vision_config: part('vision_config', clipVisionConfig) };
}
/** `config.json` of CLIPModel. */
export const clipConfig = z.preprocess(completed, z.object({
    model_type: z.enum(['clip', 'sensorium_clip']).default('clip'),
    architectures: z.array(z.string()).default(['CLIPModel']),
    projection_dim: z.number().int().positive().default(512),
    logit_scale_init_value: z.number().default(2.6592),
    vision_config: clipVisionConfig,
    text_config: clipTextConfig,
}));
/** Largest log temperature: the scale is clamped at 100 (Radford et al. 2021, 2.5). */
const MAX_LOGIT_SCALE = Math.log(100);
/** CLIPModel: both towers, their projections and the temperature. */
export class Clip extends Module {
    config;
    text_model;
    vision_model;
    visual_projection;
    text_projection;
    logit_scale;
    constructor(config) {
        super();
        this.config = config;
        this.text_model = new ClipText(config.text_config);
        this.vision_model = new ClipVision(config.vision_config);
        this.visual_projection = new Linear(config.vision_config.hidden_size, config.projection_dim, { bias: false });
        this.text_projection = new Linear(config.text_config.hidden_size, config.projection_dim, { bias: false });
        this.logit_scale = new Parameter([], init.fill(config.logit_scale_init_value));
    }
    /** pixels -> unit vectors: the image [batch, dim] and its patches [batch, n, dim]; and the tower's own output, class token first. */
    embedImages(pixels) {
        const states = this.vision_model.output(pixels);
        const unit = normalize(this.visual_projection.forward(states));
        return { image: unit.slice({ axis: 1, end: 1 }).squeeze(1), patches: unit.slice({ axis: 1, start: 1 }), states };
    }
    /** ids: int [batch, n], ends: int [batch] of flat positions -> unit vectors [batch, dim]. */
    embedTexts(ids, ends) {
        return normalize(this.text_projection.forward(this.text_model.pooled(ids, ends)));
    }
    /** exp(logit_scale), clamped. */
    scale() {
        return this.logit_scale.clip(Number.NEGATIVE_INFINITY, MAX_LOGIT_SCALE).exp();
    }
}
/** Symmetric InfoNCE over a batch of pairs of unit vectors [n, dim]; `scale` multiplies the cosines. */
export function contrastiveLoss(a, b, scale) {
    const n = a.size(0);
    const logits = a.matMul(b.transpose()).mul(scale);
    const labels = constant(hostTensor('int32', [n], Int32Array.from({ length: n }, (_, i) => i)));
    return crossEntropy(logits, labels).mean().add(crossEntropy(logits.transpose(), labels).mean()).mul(0.5);
}
//# sourceMappingURL=clip.js.map