// Any encoder and any connector before a LLaMA: what `mllm` makes where the encoder is not the plain tower of a LLaVA.
import { z } from 'zod';
import { connectorConfig, connectorFrom } from '../../connectors/define.js';
import { mlp } from '../../connectors/mlp.js';
import { ClipVision } from '../../encoders/clip-vision.js';
import { encoderConfig, encoderFrom, } from '../../encoders/define.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { buildLanguage } from '../language-part.js';
import { llamaConfig } from '../llama/network.js';
/** `config.json` of an encoder, a connector (`projector`, by its kind) and a LLaMA. */
export const encoderMllmConfig = z.object({
    model_type: z.literal('sensorium_mllm').default('sensorium_mllm'),
    architectures: z.array(z.string()).default(['SensoriumForConditionalGeneration']),
    encoder: encoderConfig,
    projector: connectorConfig,
    text_config: llamaConfig,
    image_token_index: z.number().int().nonnegative(),
    tie_word_embeddings: z.boolean().optional(),
});
/** The connector of a `projector` with its kind, the MLP included. */
function projectorFrom({ kind, ...config }) {
    return kind === 'mlp' ? mlp(config) : connectorFrom({ kind, ...config });
}
/** The joined network. Names: `vision_tower`, `multi_modal_projector`, `media_rows` where the encoder arranges its rows, `language_model`. */
export class EncoderMllm extends MultimodalNetwork {
    config;
    vision_tower;
    multi_modal_projector;
    media_rows;
    language_model;
    /** How media become feeds, and what becomes of them. */
    encoder;
    constructor(config) {
        super();
        this.config = config;
        const { encoder, projector, text_config: text } = config;
        this.encoder = encoderFrom(encoder);
        this.vision_tower = this.encoder.network;
        this.multi_modal_projector = projectorFrom(projector).build(this.vision_tower.width, text.hidden_size, text.vocab_size);
        this.media_rows = this.encoder.arrangement(this.itemSizes);
        this.language_model = buildLanguage(text);
        this.nameParameters();
    }
    /** What the connector makes of one item of the encoder. */
    get itemSizes() {
        return {
            rows: this.multi_modal_projector.tokenCount(this.vision_tower.tokenCount),
            width: this.config.text_config.hidden_size,
        };
    }
    /** The first CLIP tower of the encoder and its path; undefined where it has none. */
    get clip() {
        for (const [path, tower] of this.vision_tower.namedModules('vision_tower'))
            if (tower instanceof ClipVision)
                return { path, tower };
        return undefined;
    }
    tower() {
        return [this.vision_tower];
    }
    encode() {
        return this.vision_tower.encode();
    }
    connect(tokens) {
        const rows = this.multi_modal_projector.project(tokens).reshape([-1, this.config.text_config.hidden_size]);
        return this.media_rows ? this.media_rows.arrange(rows) : rows;
    }
}
//# sourceMappingURL=encoder-network.js.map