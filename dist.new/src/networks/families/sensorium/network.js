// LLaVA with parts of ours: a CLIP tower with a stem, another connector than the MLP.
import { z } from 'zod';
import { connectorConfig, connectorFrom } from '../../connectors/define.js';
import { mlp } from '../../connectors/mlp.js';
import { clipVisionConfig } from '../../encoders/clip-vision.js';
import { llamaConfig } from '../llama/network.js';
import { LlavaNetwork } from '../llava/network.js';
/** `config.json` of LlavaForConditionalGeneration. `projector` (a connector other than the MLP) and `projector_*` are ours (model_type says so). */
export const mllmConfig = z.object({
    model_type: z.enum(['llava', 'sensorium_llava']).default('llava'),
    architectures: z.array(z.string()).default(['LlavaForConditionalGeneration']),
    vision_config: clipVisionConfig,
    text_config: llamaConfig,
    image_token_index: z.number().int().nonnegative(),
    vision_feature_layer: z.number().int().default(-2),
    vision_feature_select_strategy: z.literal('default').default('default'),
    projector_hidden_act: z.literal('gelu').default('gelu'),
    projector_depth: z.union([z.literal(1), z.literal(2)]).default(2),
    projector_pixel_shuffle: z.number().int().positive().default(1),
    projector: connectorConfig.optional(),
    image_seq_length: z.number().int().positive().optional(),
    tie_word_embeddings: z.boolean().optional(),
});
/** The joined network: a LLaVA of a CLIP, any connector and a LLaMA (weights and graph only; `Mllm` of the package adds the rest). */
export class MllmNetwork extends LlavaNetwork {
    constructor(config) {
        const { projector, projector_depth: depth, projector_pixel_shuffle: shuffle } = config;
        super(config, projector ? connectorFrom(projector) : mlp({ depth, shuffle }));
        this.nameParameters();
    }
    get vision() {
        return this.vision_tower.vision_model;
    }
}
//# sourceMappingURL=network.js.map