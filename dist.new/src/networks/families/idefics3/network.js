// Idefics3ForConditionalGeneration (Idefics 3, SmolVLM): tiles of an image and its whole, a pixel shuffle, one linear layer, a LLaMA.
import { z } from 'zod';
import { constant, input } from '../../../graph/index.js';
import { Linear, Module } from '../../../nn/index.js';
import { hostTensor } from '../../../util/host.js';
import { pixelShuffle } from '../../connectors/mlp.js';
import { IdeficsVision, idefics3VisionConfig, ideficsPositions } from '../../encoders/idefics-vision.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { hasPrefix, prefixMap } from '../../names.js';
import { wrongField } from '../../parse-config.js';
import { buildLanguage, partOf } from '../language-part.js';
const fields = {
    vision_config: idefics3VisionConfig.prefault({}),
    text_config: partOf('llama', { rms_norm_eps: 1e-5 }),
    image_token_id: z.number().int().nonnegative().default(128257),
    scale_factor: z.number().int().positive().default(2),
    tie_word_embeddings: z.boolean().default(false),
};
/** `config.json` of Idefics3ForConditionalGeneration, and of SmolVLMForConditionalGeneration, which is the same network. */
export const idefics3Config = z
    .object({
    model_type: z.enum(['idefics3', 'smolvlm']).default('idefics3'),
    architectures: z.array(z.string()).default(['Idefics3ForConditionalGeneration']),
    ...fields,
})
    .superRefine(({ vision_config: v, scale_factor }, context) => {
    const side = Math.floor(v.image_size / v.patch_size);
    if (side % scale_factor !== 0)
        wrongField(context, 'scale_factor', `a divisor of the ${side} patches along a side`, scale_factor);
});
class ModalityProjection extends Module {
    proj;
    constructor(inputs, width) {
        super();
        this.proj = new Linear(inputs, width, { bias: false });
    }
}
class Idefics3Connector extends Module {
    scale;
    modality_projection;
    constructor(inputs, width, scale) {
        super();
        this.scale = scale;
        this.modality_projection = new ModalityProjection(inputs * scale ** 2, width);
    }
    /** Tokens of a square grid: [tiles, n, inputs] -> [tiles, n / scale², width]. */
    project(tokens) {
        return this.trace(() => this.modality_projection.proj.forward(pixelShuffle(tokens, this.scale)));
    }
}
/** The network; one run of `see` takes all tiles of an image. */
export class Idefics3 extends MultimodalNetwork {
    config;
    vision_model;
    connector;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        this.vision_model = new IdeficsVision(config.vision_config);
        this.connector = new Idefics3Connector(config.vision_config.hidden_size, config.text_config.hidden_size, config.scale_factor);
        this.language_model = buildLanguage({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
        this.nameParameters();
    }
    /** Patches along each side of a tile. */
    get side() {
        return Math.floor(this.config.vision_config.image_size / this.config.vision_config.patch_size);
    }
    /** Rows of each tile. */
    get tileTokens() {
        return (this.side / this.config.scale_factor) ** 2;
    }
    tower() {
        return [this.vision_model];
    }
    /** patches: [tiles, side², 3 p p] -> [tiles, side², vision width]. */
    encode() {
        const { side } = this;
        const patches = input('patches', ['tiles', side ** 2, 3 * this.config.vision_config.patch_size ** 2]);
        const positions = constant(hostTensor('int32', [side ** 2], ideficsPositions(side, side, side)));
        return this.vision_model.tokens(patches, positions);
    }
    /** [tiles, side², vision width] -> [tiles * tileTokens, width]. */
    connect(tokens) {
        return this.connector.project(tokens).reshape([-1, this.language_model.width]);
    }
}
const published = prefixMap([
    ['language_model.model', 'model.text_model'],
    ['language_model.lm_head', 'lm_head'],
    ['vision_model', 'model.vision_model'],
    ['connector', 'model.connector'],
]);
const base = prefixMap([
    ['language_model.model', 'text_model'],
    ['language_model.lm_head', 'lm_head'],
]);
/** The parts of Idefics 2 and 3 in the file, which may be that of the base class. */
export const ideficsNames = (inFile) => (hasPrefix(inFile, 'text_model.') ? base : published);
//# sourceMappingURL=network.js.map