// Qwen2VLForConditionalGeneration, Qwen2_5_VLForConditionalGeneration: media of any size, positions in time, height and width.
import { z } from 'zod';
import { input } from '../../../graph/index.js';
import { isRecord } from '../../../util/records.js';
import { decoderConfig, decoderFields, windowFields } from '../../language/config.js';
import { CausalDecoder } from '../../language/decoder.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { baseLanguageNames, hasPrefix, prefixMap } from '../../names.js';
import { wrongField } from '../../parse-config.js';
import { sectionedRotation } from './rotation.js';
import { qwen2Vision, qwen2VisionConfig, qwen25Vision, qwen25VisionConfig } from './vision.js';
/** Takes the sections of the rotary positions out of whichever key holds them; `mrope` as a type says nothing else. */
export function withSections(raw) {
    if (!isRecord(raw))
        return raw;
    const out = { ...raw };
    for (const key of ['rope_parameters', 'rope_scaling']) {
        const rope = raw[key];
        if (!isRecord(rope))
            continue;
        const { mrope_section = out.mrope_section, type, rope_type = type ?? 'default', ...rest } = rope;
        out[key] = { ...rest, rope_type: rope_type === 'mrope' ? 'default' : rope_type };
        out.mrope_section = mrope_section;
    }
    return out;
}
/** The message for a rope that is refused: its angles would change with the length of the text, which positions of three kinds do not show. */
export const DYNAMIC = "expected 'yarn', 'linear' or 'llama3', or positions by mrope_section alone";
/** `text_config` of both: a Qwen2 whose tokens have three positions. */
export const qwenVlTextConfig = z.preprocess(withSections, decoderConfig({
    vocab_size: 152064,
    hidden_size: 8192,
    intermediate_size: 29568,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    max_position_embeddings: 32768,
    rms_norm_eps: 1e-5,
    rope_theta: 1000000,
    tie_word_embeddings: false,
    sliding_window: 4096,
}, {
    model_type: z.string().default('qwen2_vl_text'),
    ...decoderFields,
    rope_scaling: decoderFields.rope_scaling.refine((s) => s?.rope_type !== 'dynamic', DYNAMIC),
    mrope_section: z.array(z.number().int().nonnegative()).length(3).default([16, 24, 24]),
    use_sliding_window: z
        .boolean()
        .nullish()
        .transform((v) => v ?? false),
    max_window_layers: z
        .number()
        .int()
        .nonnegative()
        .nullish()
        .transform((v) => v ?? 80),
    ...windowFields,
}));
/** Published configs have the fields of the text model at the top. */
export function nested(raw) {
    if (!isRecord(raw))
        return raw;
    if (!isRecord(raw.text_config)) {
        const { vision_config, model_type, architectures, ...text } = raw;
        return { ...raw, text_config: text };
    }
    // Either place says that the head is tied, as in transformers 5.
    return { ...raw, tie_word_embeddings: raw.tie_word_embeddings || raw.text_config.tie_word_embeddings };
}
const id = z.number().int().nonnegative();
const top = {
    architectures: z.array(z.string()).optional(),
    text_config: qwenVlTextConfig,
    image_token_id: id.default(151655),
    video_token_id: id.default(151656),
    tie_word_embeddings: z.boolean().default(false),
};
/** The rotary sections must make up the head; the vision encoder must give what the text model takes. */
export function consistent(c, context) {
    const { mrope_section, head_dim } = c.text_config;
    if (mrope_section.reduce((a, b) => a + b, 0) * 2 !== head_dim)
        wrongField(context, 'text_config.mrope_section', `three counts that add up to half of head_dim, ${head_dim / 2}`, mrope_section);
}
/** For `superRefine`: the vision encoder's outputs, which `key` counts, must be as wide as the text model. */
export function outputs(c, key, got, context) {
    const { hidden_size } = c.text_config;
    if (got !== hidden_size)
        wrongField(context, `vision_config.${key}`, `hidden_size of the text model, ${hidden_size}`, got);
}
/** `config.json` of Qwen2VLForConditionalGeneration. */
export const qwen2VlConfig = z.preprocess(nested, z
    .object({ model_type: z.literal('qwen2_vl').default('qwen2_vl'), vision_config: qwen2VisionConfig.prefault({}), ...top })
    .superRefine((c, context) => {
    consistent(c, context);
    outputs(c, 'hidden_size', c.vision_config.hidden_size, context);
}));
/** `config.json` of Qwen2_5_VLForConditionalGeneration. */
export const qwen25VlConfig = z.preprocess(nested, z
    .object({ model_type: z.literal('qwen2_5_vl').default('qwen2_5_vl'), vision_config: qwen25VisionConfig.prefault({}), ...top })
    .superRefine((c, context) => {
    consistent(c, context);
    outputs(c, 'out_hidden_size', c.vision_config.out_hidden_size, context);
}));
/** The decoder: Qwen2's, whose tokens turn by three positions. Over caches these are the input `positions`: int32 [3, batch, seq]. */
export class QwenVlDecoder extends CausalDecoder {
    positionKinds = 3;
    constructor(config) {
        super(config, { qkvBias: true });
    }
    overCache(capacity) {
        const positions = input('positions', [this.positionKinds, 'batch', 'seq'], 'int32');
        return super.overCache(capacity, sectionedRotation(this.config, positions, this.config.mrope_section));
    }
    /** `positions` of three kinds turn each section of a head by its own; of one kind, [batch, n], all three alike, as in texts. */
    wholeSequence(batch, n, options = {}) {
        const { positions } = options;
        if (positions?.rank !== 3)
            return super.wholeSequence(batch, n, options);
        const rotation = sectionedRotation(this.config, positions, this.config.mrope_section);
        return super.wholeSequence(batch, n, { ...options, positions: undefined, rotation });
    }
}
/** The network; one run of `see` takes an image, or the frames of a video. */
export class QwenVl extends MultimodalNetwork {
    config;
    visual;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        const { vision_config: v } = config;
        this.visual = 'embed_dim' in v ? qwen2Vision(v) : qwen25Vision(v);
        this.language_model = new QwenVlDecoder({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
        this.nameParameters();
    }
    /** Groups of patches along a side of a window; undefined where there are no windows. */
    get windowSide() {
        const { vision_config: v } = this.config;
        return 'window_size' in v ? Math.floor(Math.floor(v.window_size / v.spatial_merge_size) / v.patch_size) : undefined;
    }
    tower() {
        return [this.visual.patch_embed, ...this.visual.blocks];
    }
    encode() {
        return this.visual.encode();
    }
    /** [frames, merge² groups, vision width] -> [frames * groups, width]. */
    connect(tokens) {
        return this.visual.merger.forward(tokens);
    }
}
/**
 * Positions of `n` tokens in time, height and width: [3, n]. Text counts on in all three; the groups of an image count from where it
 * begins, and what follows goes on after its longer side (also after a video, as transformers 5 counts).
 */
export function gridPositions(n, runs, merge) {
    const out = new Int32Array(3 * n);
    let position = 0;
    let at = 0;
    const text = (end) => {
        for (; at < end; at++, position++)
            for (let kind = 0; kind < 3; kind++)
                out[kind * n + at] = position;
    };
    for (const { start, grid, interval = 1 } of runs) {
        text(start);
        const [frames, rows, columns] = [grid[0], grid[1] / merge, grid[2] / merge];
        for (let f = 0; f < frames; f++)
            for (let r = 0; r < rows; r++)
                for (let c = 0; c < columns; c++, at++) {
                    out[at] = position + Math.trunc(f * interval);
                    out[n + at] = position + r;
                    out[2 * n + at] = position + c;
                }
        position += Math.max(rows, columns);
    }
    text(n);
    return out;
}
const published = prefixMap([
    ['language_model.model', 'model'],
    ['language_model.lm_head', 'lm_head'],
]);
/** Attributes of the classes in transformers >= 4.52. */
export const qwenVlAttributes = prefixMap([
    ['language_model.model', 'model.language_model'],
    ['language_model.lm_head', 'lm_head'],
    ['visual', 'model.visual'],
]);
/** Checkpoints have three layouts: the one of publication, the attributes of transformers >= 4.52, and those of the base class. */
export function qwenVlNames(inFile) {
    if (hasPrefix(inFile, 'model.language_model.'))
        return qwenVlAttributes;
    return hasPrefix(inFile, 'language_model.layers.') ? baseLanguageNames : published;
}
//# sourceMappingURL=network.js.map