import { z } from 'zod';
import { Parameter, type Tensor } from '../../graph/index.js';
import { LayerNorm, Linear, Module } from '../../nn/index.js';
export interface TowerConfig {
    hidden_size: number;
    intermediate_size: number;
    num_hidden_layers: number;
    num_attention_heads: number;
    layer_norm_eps: number;
    hidden_act: TowerActivation;
}
/** Activations by the names that transformers has for them. */
export declare const activations: {
    quick_gelu: (x: Tensor) => Tensor;
    gelu: (x: Tensor) => Tensor;
    gelu_pytorch_tanh: (x: Tensor) => Tensor;
    gelu_new: (x: Tensor) => Tensor;
    relu: (x: Tensor) => Tensor;
    silu: (x: Tensor) => Tensor;
    swish: (x: Tensor) => Tensor;
};
/** `hidden_act` and the like. */
export declare const towerActivation: z.ZodEnum<{
    gelu: "gelu";
    gelu_new: "gelu_new";
    gelu_pytorch_tanh: "gelu_pytorch_tanh";
    quick_gelu: "quick_gelu";
    relu: "relu";
    silu: "silu";
    swish: "swish";
}>;
export type TowerActivation = z.infer<typeof towerActivation>;
/** A Conv2d over RGB of size and stride `patch`, as one matrix product. pixels: [batch, 3, H, W] -> [batch, patches, width]; what is beyond the last whole patch is left out. */
export declare class PatchEmbedding extends Module {
    readonly width: number;
    readonly patch: number;
    weight: Parameter;
    bias?: Parameter;
    constructor(width: number, patch: number, options?: {
        bias?: boolean;
    });
    forward(pixels: Tensor): Tensor;
}
/** Self-attention of a layer, under the names of its family. */
export interface TowerAttention extends Module {
    /** x: [batch, n, width] -> the same; `mask` is added to the scores. */
    forward(x: Tensor, mask?: Tensor): Tensor;
}
/** Multi-head attention with four projections. */
export declare class ClipAttention extends Module implements TowerAttention {
    private readonly c;
    k_proj: Linear;
    v_proj: Linear;
    q_proj: Linear;
    out_proj: Linear;
    constructor(c: Pick<TowerConfig, 'hidden_size' | 'num_attention_heads' | 'num_hidden_layers'>, { bias, keyBias }?: {
        bias?: boolean;
        keyBias?: boolean;
    });
    forward(x: Tensor, mask?: Tensor): Tensor;
}
/** Linear, activation, Linear. */
export declare class ClipMlp extends Module {
    private readonly c;
    fc1: Linear;
    fc2: Linear;
    constructor(c: Pick<TowerConfig, 'hidden_size' | 'intermediate_size' | 'num_hidden_layers' | 'hidden_act'>);
    forward(x: Tensor): Tensor;
}
/** The feed-forward of a layer: x [batch, n, width] -> the same. */
export interface TowerMlp extends Module {
    forward(x: Tensor): Tensor;
}
/** What the layers of a family have in place of CLIP's. */
export interface LayerParts {
    attention(): TowerAttention;
    mlp?(): TowerMlp;
}
declare class ClipLayer extends Module {
    self_attn: TowerAttention;
    layer_norm1: LayerNorm;
    mlp: TowerMlp;
    layer_norm2: LayerNorm;
    constructor(c: TowerConfig, { attention, mlp }: LayerParts);
    forward(x: Tensor, mask?: Tensor): Tensor;
}
/** A stack of layers, with parts of another kind where `parts` makes them. */
export declare class ClipEncoder extends Module {
    layers: ClipLayer[];
    constructor(c: TowerConfig, parts?: LayerParts);
    /** x: [batch, n, width] -> the hidden states: x itself, then the output of every layer. */
    states(x: Tensor, mask?: Tensor, upTo?: number): Tensor[];
}
export {};
