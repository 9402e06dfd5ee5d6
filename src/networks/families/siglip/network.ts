// SigLIP and SigLIP 2 at a fixed resolution: a vision and a text tower whose pairs are scored one by one, by a sigmoid (Zhai et al. 2023).

import { z } from 'zod';
import { constant, normalize, Parameter, softplus, type Tensor } from '../../../graph/index.js';
import { Embedding, init, LayerNorm, Linear, Module } from '../../../nn/index.js';
import { hostTensor } from '../../../util/host.js';
import { ClipEncoder, towerActivation } from '../../encoders/clip-layers.js';
import { SiglipVision, siglipVisionConfig } from '../../encoders/siglip-vision.js';
import { divides, wrongField } from '../../parse-config.js';

const size = z.number().int().positive();

/** `text_config` of SiglipModel. */
export const siglipTextConfig = z
  .object({
    model_type: z.literal('siglip_text_model').default('siglip_text_model'),
    vocab_size: size.default(32000),
    hidden_size: size.default(768),
    intermediate_size: size.default(3072),
    num_hidden_layers: size.default(12),
    num_attention_heads: size.default(12),
    max_position_embeddings: size.default(64),
    hidden_act: towerActivation.default('gelu_pytorch_tanh'),
    layer_norm_eps: z.number().positive().default(1e-6),
    /** Of the pooled vector: that of the tower by default. */
    projection_size: size.nullish(),
    pad_token_id: z.number().int().nullish().default(1),
  })
  .superRefine(divides('num_attention_heads', 'hidden_size'));
export type SiglipTextConfig = z.infer<typeof siglipTextConfig>;

/** `config.json` of SiglipModel, and of SiglipForImageClassification, which has no text tower. */
export const siglipConfig = z
  .object({
    model_type: z.literal('siglip').default('siglip'),
    architectures: z.array(z.string()).default(['SiglipModel']),
    text_config: siglipTextConfig.prefault({}),
    vision_config: siglipVisionConfig.prefault({}),
  })
  .superRefine((c, context) => {
    const { projection_size, hidden_size } = c.text_config;
    const width = projection_size ?? hidden_size;
    if (c.architectures.includes('SiglipModel') && width !== c.vision_config.hidden_size)
      wrongField(context, 'text_config.projection_size', `hidden_size of the vision tower, ${c.vision_config.hidden_size}`, width);
  });
export type SiglipConfig = z.infer<typeof siglipConfig>;

class TextEmbeddings extends Module {
  token_embedding: Embedding;
  position_embedding: Embedding;
  constructor(c: SiglipTextConfig) {
    super();
    this.token_embedding = new Embedding(c.vocab_size, c.hidden_size);
    this.position_embedding = new Embedding(c.max_position_embeddings, c.hidden_size);
  }
}

/** SiglipTextModel: every token sees all others, padding included, and the last one stands for the text. */
export class SiglipText extends Module {
  embeddings: TextEmbeddings;
  encoder: ClipEncoder;
  final_layer_norm: LayerNorm;
  head: Linear;
  constructor(readonly config: SiglipTextConfig) {
    super();
    this.embeddings = new TextEmbeddings(config);
    this.encoder = new ClipEncoder(config);
    this.final_layer_norm = new LayerNorm(config.hidden_size, config.layer_norm_eps);
    this.head = new Linear(config.hidden_size, config.projection_size ?? config.hidden_size);
  }
  /** ids: int [batch, n], filled up to n = max_position_embeddings as in training -> states [batch, n, width]. */
  tokens(ids: Tensor): Tensor {
    return this.trace(() => {
      const positions = this.embeddings.position_embedding.weight.slice({ axis: 0, end: ids.size(1) });
      const x = this.embeddings.token_embedding.forward(ids).add(positions);
      return this.final_layer_norm.forward(this.encoder.states(x).at(-1) as Tensor);
    });
  }
  /** What `tokens` gave -> [batch, dim]. */
  pooled(tokens: Tensor): Tensor {
    return this.trace(() => this.head.forward(tokens.slice({ axis: 1, start: tokens.size(1) - 1 }).squeeze(1)));
  }
}

/** SiglipModel; of SiglipForImageClassification the vision tower alone. */
export class Siglip extends Module {
  text_model?: SiglipText;
  vision_model: SiglipVision;
  logit_scale?: Parameter;
  logit_bias?: Parameter;
  constructor(readonly config: SiglipConfig) {
    super();
    this.vision_model = new SiglipVision(config.vision_config);
    if (!config.architectures.includes('SiglipModel')) return;
    this.text_model = new SiglipText(config.text_config);
    this.logit_scale = new Parameter([1], init.fill(Math.log(10)));
    this.logit_bias = new Parameter([1], init.fill(-10));
  }
  /** pixels: [images, 3, size, size] -> unit vectors [images, dim]; undefined for a tower without its pooling head. */
  embedImages(pixels: Tensor): Tensor | undefined {
    const pooled = this.vision_model.pooled(this.vision_model.tokens(pixels));
    return pooled && normalize(pooled);
  }
  /** ids: int [texts, n], filled up with `pad_token_id` -> unit vectors [texts, dim]; undefined where there is no text tower. */
  embedTexts(ids: Tensor): Tensor | undefined {
    return this.text_model && normalize(this.text_model.pooled(this.text_model.tokens(ids)));
  }
  /** Unit vectors [images, dim] and [texts, dim] -> logits [images, texts] of belonging together. */
  pairLogits(images: Tensor, texts: Tensor): Tensor {
    const [scale, bias] = [this.logit_scale as Parameter, this.logit_bias as Parameter];
    return images.matMul(texts.transpose()).mul(scale.exp()).add(bias);
  }
}

/** The mean over n images of -log sigmoid(z) summed over its n texts, z the logit for the pair on the diagonal and minus it elsewhere. logits: [n, n]. */
export function sigmoidLoss(logits: Tensor): Tensor {
  const n = logits.size(0);
  const signs = Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? -1 : 1));
  return softplus(logits.mul(constant(hostTensor('float32', [n, n], signs))))
    .sum(1)
    .mean();
}
