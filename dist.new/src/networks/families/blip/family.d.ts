/** BLIP-2 over a T5 or a decoder. */
export declare const blip2Family: import("../../family.js").Family<{
    vision_config: {
        model_type: "blip_2_vision_model" | "instructblip_vision_model";
        hidden_size: number;
        intermediate_size: number;
        num_hidden_layers: number;
        num_attention_heads: number;
        image_size: number;
        patch_size: number;
        hidden_act: "gelu" | "gelu_pytorch_tanh" | "quick_gelu";
        layer_norm_eps: number;
        qkv_bias: boolean;
    };
    qformer_config: {
        model_type: "blip_2_qformer" | "instructblip_qformer";
        vocab_size: number;
        hidden_size: number;
        num_hidden_layers: number;
        num_attention_heads: number;
        intermediate_size: number;
        hidden_act: "gelu" | "gelu_new" | "gelu_pytorch_tanh" | "relu" | "silu";
        max_position_embeddings: number;
        layer_norm_eps: number;
        cross_attention_frequency: number;
        encoder_hidden_size: number;
        use_qformer_text_input: boolean;
    };
    text_config: import("../../index.js").DecoderConfig | {
        model_type: "t5";
        architectures: string[];
        vocab_size: number;
        d_model: number;
        d_kv: number;
        d_ff: number;
        num_layers: number;
        num_decoder_layers?: number | null | undefined;
        num_heads: number;
        relative_attention_num_buckets: number;
        relative_attention_max_distance: number;
        layer_norm_epsilon: number;
        feed_forward_proj: "gated-gelu" | "gated-silu" | "relu";
        tie_word_embeddings: boolean;
        scale_decoder_outputs?: boolean | undefined;
        is_encoder_decoder: true;
        decoder_start_token_id?: number | null | undefined;
        eos_token_id: number | number[] | null;
        pad_token_id: number | null;
    };
    num_query_tokens: number;
    image_token_index: number;
    model_type: "blip-2";
    architectures: string[];
}, import("./network.js").Blip2 | import("./network.js").Blip2Seq2Seq>;
/** InstructBLIP over a T5 or Vicuna. */
export declare const instructBlipFamily: import("../../family.js").Family<{
    vision_config: {
        model_type: "blip_2_vision_model" | "instructblip_vision_model";
        hidden_size: number;
        intermediate_size: number;
        num_hidden_layers: number;
        num_attention_heads: number;
        image_size: number;
        patch_size: number;
        hidden_act: "gelu" | "gelu_pytorch_tanh" | "quick_gelu";
        layer_norm_eps: number;
        qkv_bias: boolean;
    };
    qformer_config: {
        model_type: "blip_2_qformer" | "instructblip_qformer";
        vocab_size: number;
        hidden_size: number;
        num_hidden_layers: number;
        num_attention_heads: number;
        intermediate_size: number;
        hidden_act: "gelu" | "gelu_new" | "gelu_pytorch_tanh" | "relu" | "silu";
        max_position_embeddings: number;
        layer_norm_eps: number;
        cross_attention_frequency: number;
        encoder_hidden_size: number;
        use_qformer_text_input: boolean;
    };
    text_config: import("../../index.js").DecoderConfig | {
        model_type: "t5";
        architectures: string[];
        vocab_size: number;
        d_model: number;
        d_kv: number;
        d_ff: number;
        num_layers: number;
        num_decoder_layers?: number | null | undefined;
        num_heads: number;
        relative_attention_num_buckets: number;
        relative_attention_max_distance: number;
        layer_norm_epsilon: number;
        feed_forward_proj: "gated-gelu" | "gated-silu" | "relu";
        tie_word_embeddings: boolean;
        scale_decoder_outputs?: boolean | undefined;
        is_encoder_decoder: true;
        decoder_start_token_id?: number | null | undefined;
        eos_token_id: number | number[] | null;
        pad_token_id: number | null;
    };
    num_query_tokens: number;
    image_token_index: number;
    model_type: "instructblip";
    architectures: string[];
}, import("./network.js").Blip2 | import("./network.js").Blip2Seq2Seq>;
