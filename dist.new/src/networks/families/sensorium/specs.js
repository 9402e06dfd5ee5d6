// Models by their sizes, as recipes write them: a vision tower, a language model, and `mllm`, which joins an encoder and a language model.
import { z } from 'zod';
import { SensoriumError } from '../../../util/errors.js';
import { withClip } from '../../encoders/clip-encoder.js';
import { clipVisionConfig } from '../../encoders/clip-vision.js';
import { parseConfig, wrongField } from '../../parse-config.js';
import { Llama, llamaConfig } from '../llama/network.js';
import { EncoderMllm, encoderMllmConfig } from './encoder-network.js';
import { MllmNetwork, mllmConfig } from './network.js';
const size = z.number().int().positive();
const clipVisionOptions = z
    .object({
    imageSize: size,
    patchSize: size,
    width: size,
    layers: size,
    /** Default one for each 32 of the width. */
    heads: size.optional(),
    /** Channels of a convolutional stem before the width, such as [32, 64]: each step halves the side. */
    stem: z.array(size).optional(),
    /** Normalises the stem's channels before each activation. */
    stemNorm: z.boolean().optional(),
    /** The hidden state that the connector reads; -2 as in LLaVA. */
    featureLayer: z.number().int().default(-2),
})
    .superRefine((o, context) => {
    const wrong = (field, expected, input) => wrongField(context, field, expected, input);
    const states = o.layers + 1;
    if (o.featureLayer < -states || o.featureLayer >= states)
        wrong('featureLayer', `one of the ${states} hidden states, ${-states} to ${states - 1}`, o.featureLayer);
    if (o.imageSize < o.patchSize)
        wrong('imageSize', `at least one patch (${o.patchSize})`, o.imageSize);
    const halvings = 2 ** ((o.stem?.length ?? 0) + 1);
    if (o.stem && (o.patchSize !== halvings || o.imageSize % halvings !== 0))
        wrong('patchSize', `${halvings}, since the stem of ${o.stem.length} layers halves the side ${o.stem.length + 1} times, and whole patches`, `patches of ${o.patchSize} in ${o.imageSize}`);
});
/** A CLIP vision tower by its sizes. Errors: `model.config`, naming the field. */
export function clipVision(options) {
    const o = parseConfig(clipVisionOptions, options, 'clipVision');
    const config = parseConfig(clipVisionConfig, {
        model_type: o.stem ? 'sensorium_clip_vision_model' : 'clip_vision_model',
        hidden_size: o.width,
        intermediate_size: o.width * 4,
        num_hidden_layers: o.layers,
        num_attention_heads: o.heads ?? Math.max(1, Math.round(o.width / 32)),
        image_size: o.imageSize,
        patch_size: o.patchSize,
        stem_channels: o.stem,
        stem_norm: o.stemNorm,
    }, 'clipVision');
    const json = { kind: 'clip-vision', vision_config: config, vision_feature_layer: o.featureLayer };
    return { kind: 'clip-vision', options, config, featureLayer: o.featureLayer, json, parts: [] };
}
const llamaOptions = z.object({
    width: size,
    layers: size,
    heads: size,
    kvHeads: size.optional(),
    /** Feed-forward width; 8/3 of the width rounded up to a multiple of 32 by default. */
    feedForward: size.optional(),
    vocabSize: size.optional(),
    positions: size.default(512),
    tied: z.boolean().default(true),
    /** Biases on the attention's projections. */
    attentionBias: z.boolean().default(false),
});
/** A LLaMA-family language model by its sizes; the vocabulary size is filled in from the tokenizer when left out. Errors: `model.config`. */
export function llama(options) {
    const o = parseConfig(llamaOptions, options, 'llama');
    const config = (vocabSize) => parseConfig(llamaConfig, {
        vocab_size: o.vocabSize ?? vocabSize,
        hidden_size: o.width,
        intermediate_size: o.feedForward ?? Math.ceil((o.width * 8) / 3 / 32) * 32,
        num_hidden_layers: o.layers,
        num_attention_heads: o.heads,
        num_key_value_heads: o.kvHeads ?? o.heads,
        head_dim: o.width / o.heads,
        max_position_embeddings: o.positions,
        rms_norm_eps: 1e-5,
        tie_word_embeddings: o.tied,
        attention_bias: o.attentionBias,
    }, 'llama');
    return { kind: 'llama', options, config, build: (v) => new Llama(config(v)) };
}
const part = (fits, expected) => z.custom((given) => typeof given === 'object' && given !== null && fits(given), `expected ${expected}`);
const partSpecs = z.object({
    vision: part((o) => typeof o.kind === 'string' && typeof o.json === 'object', 'clipVision({ imageSize, patchSize, width, layers }) or another encoder'),
    connector: part((o) => typeof o.kind === 'string' && typeof o.build === 'function', 'mlp(), linear(), qformer({…}) or a connector of your own'),
    language: part((o) => o.kind === 'llama', 'llama({ width, layers, heads })'),
});
/** True for the parts of a LLaVA. */
export const isLlavaParts = (parts) => parts.vision.kind === 'clip-vision' && 'options' in parts.vision;
export function mllm(given) {
    const parts = parseConfig(partSpecs, given, 'mllm');
    const { connector, language } = parts;
    const spec = isLlavaParts(parts)
        ? { kind: 'mllm', parts, describe: {}, config: (t) => llavaOf(parts, t), build: (t) => new MllmNetwork(llavaOf(parts, t)) }
        : { kind: 'mllm', parts, describe: {}, config: (t) => encoderMllmOf(parts, t), build: (t) => new EncoderMllm(encoderMllmOf(parts, t)) };
    spec.config({ vocabSize: language.options.vocabSize ?? 1, imageTokenId: 0 }); // sizes are checked here, where they are written
    const vision = isLlavaParts(parts)
        ? { vision: parts.vision.config, featureLayer: parts.vision.featureLayer }
        : { vision: parts.vision.json };
    return {
        ...spec,
        describe: {
            ...vision,
            connector: connector.kind === 'mlp' ? connector.config : { ...connector.config, kind: connector.kind },
            language: language.options,
        },
    };
}
function llavaOf({ vision: tower, connector, language }, t) {
    const vision = t.vision ?? tower.config;
    const text_config = t.language ?? language.config(t.vocabSize);
    const mlpConfig = connector.kind === 'mlp' ? connector.config : undefined;
    const ours = vision.model_type !== 'clip_vision_model' || mlpConfig?.shuffle !== 1 || mlpConfig.depth === 1;
    const side = Math.floor(vision.image_size / vision.patch_size);
    if (mlpConfig && side % mlpConfig.shuffle !== 0)
        throw new SensoriumError('model.config', 'a field of the config is wrong', {
            place: 'mlp: shuffle',
            expected: `a divisor of the ${side} patches on a side of the image`,
            got: String(mlpConfig.shuffle),
        });
    return parseConfig(mllmConfig, {
        model_type: ours ? 'sensorium_llava' : 'llava',
        vision_config: vision,
        text_config,
        image_token_index: t.imageTokenId,
        vision_feature_layer: tower.featureLayer,
        ...(mlpConfig
            ? { projector_depth: mlpConfig.depth, projector_pixel_shuffle: mlpConfig.shuffle }
            : { projector: { ...connector.config, kind: connector.kind } }),
        image_seq_length: connector.build(vision.hidden_size, text_config.hidden_size, text_config.vocab_size).tokenCount(side ** 2),
    }, 'mllm');
}
function encoderMllmOf({ vision, connector, language }, t) {
    const encoder = t.vision
        ? withClip(vision.json, { vision_config: t.vision, ...(t.images ? { image_processor: t.images } : {}) })
        : vision.json;
    const config = {
        encoder,
        projector: { ...connector.config, kind: connector.kind },
        text_config: t.language ?? language.config(t.vocabSize),
        image_token_index: t.imageTokenId,
    };
    return parseConfig(encoderMllmConfig, config, 'mllm');
}
//# sourceMappingURL=specs.js.map