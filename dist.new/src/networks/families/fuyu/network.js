// FuyuForCausalLM: no encoder; patches of the image go through one linear layer and stand in the text row by row.
import { z } from 'zod';
import { input } from '../../../graph/index.js';
import { Linear } from '../../../nn/index.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { hasPrefix, prefixMap } from '../../names.js';
import { Persimmon, persimmonConfig } from './persimmon.js';
const size = z.number().int().positive();
/** Published configs have the fields of the text model at the top, where they have no `text_config`. */
function nested(raw) {
    if (typeof raw !== 'object' || raw === null || 'text_config' in raw)
        return raw;
    const { model_type, architectures, ...text } = raw;
    return { ...raw, text_config: text };
}
/** `config.json` of FuyuForCausalLM. */
export const fuyuConfig = z.preprocess(nested, z.object({
    model_type: z.literal('fuyu').default('fuyu'),
    architectures: z.array(z.string()).default(['FuyuForCausalLM']),
    patch_size: size.default(30),
    num_channels: z.literal(3).default(3),
    image_token_id: z.number().int().nonnegative().default(71011),
    tie_word_embeddings: z.boolean().default(false),
    text_config: persimmonConfig,
}));
/** The network; one run of `see` takes any number of patches. */
export class Fuyu extends MultimodalNetwork {
    config;
    vision_embed_tokens;
    language_model;
    constructor(config) {
        super();
        this.config = config;
        this.vision_embed_tokens = new Linear(3 * config.patch_size ** 2, config.text_config.hidden_size);
        this.language_model = new Persimmon({ ...config.text_config, tie_word_embeddings: config.tie_word_embeddings });
        this.nameParameters();
    }
    tower() {
        return [];
    }
    /** There is no tower: the patches themselves, [n, p p 3], channels last. */
    encode() {
        return input('patches', ['n', 3 * this.config.patch_size ** 2]);
    }
    /** [n, p p 3] -> [n, width]. */
    connect(patches) {
        return this.vision_embed_tokens.forward(patches);
    }
}
const published = prefixMap([['language_model.model.norm', 'language_model.model.final_layernorm']]);
/** Attributes of FuyuForCausalLM in transformers >= 4.52. */
export const fuyuAttributes = prefixMap([
    ['language_model.model.norm', 'model.language_model.final_layernorm'],
    ['language_model.model', 'model.language_model'],
    ['language_model.lm_head', 'lm_head'],
    ['vision_embed_tokens', 'model.vision_embed_tokens'],
]);
const base = prefixMap([
    ['language_model.model.norm', 'language_model.final_layernorm'],
    ['language_model.model', 'language_model'],
    ['language_model.lm_head', 'lm_head'],
]);
/** Checkpoints have three layouts: the one of publication, the attributes of newer transformers, and those of the base class. */
export function fuyuNames(inFile) {
    if (inFile.has('model.vision_embed_tokens.weight'))
        return fuyuAttributes;
    return hasPrefix(inFile, 'language_model.layers.') ? base : published;
}
//# sourceMappingURL=network.js.map