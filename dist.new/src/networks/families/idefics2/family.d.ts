import { Idefics2 } from './network.js';
/** Idefics 2. */
export declare const idefics2Family: import("../../family.js").Family<{
    model_type: "idefics2";
    architectures: string[];
    vision_config: {
        model_type: "idefics2" | "idefics2_vision";
        hidden_size: number;
        intermediate_size: number;
        num_hidden_layers: number;
        num_attention_heads: number;
        num_channels: 3;
        image_size: number;
        patch_size: number;
        hidden_act: "gelu" | "gelu_pytorch_tanh" | "quick_gelu";
        layer_norm_eps: number;
    };
    perceiver_config: {
        hidden_act: "silu";
        hidden_size: number;
        rms_norm_eps: number;
        resampler_n_latents: number;
        resampler_depth: number;
        resampler_n_heads: number;
        resampler_head_dim: number;
        num_key_value_heads: number;
    };
    text_config: import("../../index.js").DecoderConfig;
    image_token_id: number;
    tie_word_embeddings: boolean;
}, Idefics2>;
