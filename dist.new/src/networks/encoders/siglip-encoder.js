// The SigLIP tower as an encoder: SigLIP's, and SigLIP 2's of one size, which have the same network (Tschannen et al. 2025).
import { imageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { definePictureEncoder, pictureInput } from './pictures.js';
import { SiglipVision, siglipVisionConfig } from './siglip-vision.js';
/** Names as in SiglipVisionModel. Tokens are the normalized ones of the last layer. */
class SiglipEncoder extends Module {
    config;
    vision_model;
    constructor(config) {
        super();
        this.config = config;
        this.vision_model = new SiglipVision({ ...config, vision_use_head: false }); // nothing is pooled
    }
    get width() {
        return this.config.hidden_size;
    }
    get tokenCount() {
        return this.vision_model.tokenCount;
    }
    get pictureSize() {
        return [this.config.image_size, this.config.image_size];
    }
    get grid() {
        return this.gridAt(this.pictureSize);
    }
    gridAt([height, width]) {
        const { patch_size: patch } = this.config;
        return [Math.floor(height / patch), Math.floor(width / patch)];
    }
    tokens(pixels) {
        return this.vision_model.tokens(pixels);
    }
    encode() {
        return this.tokens(pictureInput(this));
    }
}
/** A SigLIP tower by the fields of its config.json. */
export const siglipVision = definePictureEncoder('siglip-vision', {
    config: siglipVisionConfig,
    network: (config) => new SiglipEncoder(config),
    images: ({ image_size: side }) => imageProcessor({ image_processor_type: 'SiglipImageProcessor', size: { height: side, width: side } }, 'encoder: images'),
});
//# sourceMappingURL=siglip-encoder.js.map