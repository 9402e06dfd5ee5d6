// A vision tower as a part of another model: the `vision_config` of a multimodal config, which names its family by model_type.
import { partConfig } from '../parse-config.js';
import { ClipVision, clipVisionConfig } from './clip-vision.js';
import { SiglipVision, siglipVisionConfig } from './siglip-vision.js';
const towers = {
    clip_vision_model: clipVisionConfig,
    sensorium_clip_vision_model: clipVisionConfig,
    siglip_vision_model: siglipVisionConfig,
};
/** The config of any vision tower, of `type` where it does not say; see `partConfig`. */
export const visionConfig = (type, whole = {}) => partConfig(towers, type, whole);
/** The tower of a config that `visionConfig` read. */
export function buildVision(config) {
    return config.model_type === 'siglip_vision_model' ? new SiglipVision(config) : new ClipVision(config);
}
//# sourceMappingURL=any-vision.js.map