import { Dinov2 } from '../../encoders/dinov2.js';
/** DINOv2 without a classifier. */
export declare const dinov2Family: import("../../family.js").Family<{
    model_type: "dinov2";
    architectures: string[];
    hidden_size: number;
    num_hidden_layers: number;
    num_attention_heads: number;
    mlp_ratio: number;
    hidden_act: "gelu" | "gelu_new" | "gelu_pytorch_tanh" | "quick_gelu" | "relu" | "silu" | "swish";
    layer_norm_eps: number;
    image_size: number;
    patch_size: number;
    num_channels: 3;
    qkv_bias: boolean;
    layerscale_value: number;
    use_swiglu_ffn: boolean;
    use_mask_token: boolean;
}, Dinov2>;
