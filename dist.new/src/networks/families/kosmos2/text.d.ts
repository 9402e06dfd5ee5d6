import { z } from 'zod';
import { type Tensor } from '../../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../../nn/index.js';
import { Adapted } from '../../language/adapted.js';
import type { AttentionStrategy } from '../../language/attention.js';
import { CausalDecoder } from '../../language/decoder.js';
/** `text_config` of Kosmos-2. */
export declare const kosmosTextConfig: z.ZodPreprocess<z.ZodPreprocess<z.ZodObject<{
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
    hidden_act: z.ZodDefault<z.ZodLiteral<"silu">>;
    bos_token_id: z.ZodOptional<z.ZodNullable<z.ZodNumber>>;
    eos_token_id: z.ZodOptional<z.ZodNullable<z.ZodUnion<readonly [z.ZodNumber, z.ZodArray<z.ZodNumber>]>>>;
    model_type: z.ZodDefault<z.ZodLiteral<"kosmos_2_text_model">>;
    activation_function: z.ZodDefault<z.ZodLiteral<"gelu">>;
    scale_embedding: z.ZodDefault<z.ZodBoolean>;
    add_cross_attention: z.ZodDefault<z.ZodLiteral<false>>;
    pad_token_id: z.ZodDefault<z.ZodNumber>;
    layer_norm_eps: z.ZodNumber;
    partial_rotary_factor: z.ZodLiteral<0>;
}, z.core.$strip>, unknown>, unknown>;
export type KosmosTextConfig = z.infer<typeof kosmosTextConfig>;
/** Four projections, and a norm before the last where the layer is one of the decoder. */
export declare class KosmosAttention extends Module {
    private readonly c;
    k_proj: Linear;
    v_proj: Linear;
    q_proj: Linear;
    out_proj: Linear;
    inner_attn_ln?: LayerNorm;
    constructor(c: Pick<KosmosTextConfig, 'hidden_size' | 'num_attention_heads' | 'layer_norm_eps'>, { inner }: {
        inner: boolean;
    });
    /** Within a text. */
    forward(x: Tensor, strategy: AttentionStrategy, layer: number, adapted: Adapted): Tensor;
    /** Tokens x: [batch, n, width] attend to others, at: [batch, m, width]. */
    crossAttend(x: Tensor, at: Tensor): Tensor;
}
/** Kosmos2TextForCausalLM; its last norm is called `layer_norm` in files. */
export declare class KosmosText extends CausalDecoder<KosmosTextConfig> {
    constructor(config: KosmosTextConfig);
    /** Image rows are scaled as embeddings are; the first token stands after the position of padding. */
    protected enter(x: Tensor, strategy: AttentionStrategy): Tensor;
}
