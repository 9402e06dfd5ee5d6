import { z } from 'zod';
import { type Tensor } from '../../../graph/index.js';
import { Linear, type Module } from '../../../nn/index.js';
import type { ParameterNames } from '../../family.js';
import { MultimodalNetwork } from '../../multimodal.js';
import { Persimmon } from './persimmon.js';
/** `config.json` of FuyuForCausalLM. */
export declare const fuyuConfig: z.ZodPreprocess<z.ZodObject<{
    model_type: z.ZodDefault<z.ZodLiteral<"fuyu">>;
    architectures: z.ZodDefault<z.ZodArray<z.ZodString>>;
    patch_size: z.ZodDefault<z.ZodNumber>;
    num_channels: z.ZodDefault<z.ZodLiteral<3>>;
    image_token_id: z.ZodDefault<z.ZodNumber>;
    tie_word_embeddings: z.ZodDefault<z.ZodBoolean>;
    text_config: z.ZodPreprocess<z.ZodPreprocess<z.ZodObject<{
        vocab_size: z.ZodNumber;
        hidden_size: z.ZodNumber;
        intermediate_size: z.ZodNumber;
        num_hidden_layers: z.ZodNumber;
        num_attention_heads: z.ZodNumber;
        num_key_value_heads: z.ZodNumber;
        head_dim: z.ZodNumber;
        max_position_embeddings: z.ZodNumber;
        rms_norm_eps: z.ZodNumber;
        rope_theta: z.ZodNumber;
        rope_scaling: z.ZodOptional<z.ZodNullable<z.ZodDiscriminatedUnion<[z.ZodObject<{
            rope_type: z.ZodLiteral<"linear">;
            factor: z.ZodNumber;
        }, z.core.$strip>, z.ZodObject<{
            rope_type: z.ZodLiteral<"dynamic">;
            factor: z.ZodNumber;
        }, z.core.$strip>, z.ZodObject<{
            rope_type: z.ZodLiteral<"llama3">;
            factor: z.ZodNumber;
            low_freq_factor: z.ZodNumber;
            high_freq_factor: z.ZodNumber;
            original_max_position_embeddings: z.ZodNumber;
        }, z.core.$strip>, z.ZodObject<{
            rope_type: z.ZodLiteral<"yarn">;
            factor: z.ZodNumber;
            original_max_position_embeddings: z.ZodOptional<z.ZodNumber>;
            attention_factor: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
            beta_fast: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
            beta_slow: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
            mscale: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
            mscale_all_dim: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
            truncate: z.ZodOptional<z.ZodNullable<z.ZodBoolean>>;
        }, z.core.$strip>], "rope_type">>>;
        tie_word_embeddings: z.ZodBoolean;
        bos_token_id: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
        eos_token_id: z.ZodOptional<z.ZodNullable<z.ZodUnion<readonly [z.ZodNumber, z.ZodArray<z.ZodNumber>]>>>;
        pad_token_id: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
        model_type: z.ZodDefault<z.ZodLiteral<"persimmon">>;
        hidden_act: z.ZodDefault<z.ZodLiteral<"relu2">>;
        layer_norm_eps: z.ZodNumber;
        partial_rotary_factor: z.ZodNumber;
        qk_layernorm: z.ZodDefault<z.ZodBoolean>;
    }, z.core.$strip>, unknown>, unknown>;
}, z.core.$strip>, unknown>;
export type FuyuConfig = z.infer<typeof fuyuConfig>;
/** The network; one run of `see` takes any number of patches. */
export declare class Fuyu extends MultimodalNetwork {
    readonly config: FuyuConfig;
    vision_embed_tokens: Linear;
    language_model: Persimmon;
    constructor(config: FuyuConfig);
    protected tower(): Module[];
    /** There is no tower: the patches themselves, [n, p p 3], channels last. */
    encode(): Tensor;
    /** [n, p p 3] -> [n, width]. */
    connect(patches: Tensor): Tensor;
}
/** Attributes of FuyuForCausalLM in transformers >= 4.52. */
export declare const fuyuAttributes: ParameterNames;
/** Checkpoints have three layouts: the one of publication, the attributes of newer transformers, and those of the base class. */
export declare function fuyuNames(inFile: ReadonlySet<string>): ParameterNames;
